// A process that ends by SIGKILL at the commit of a transaction of both: before the main database's commit, or between that and
// the block's.
//   DIES  JSON {url, dir, blockId, when: 'before' | 'between', durability, raw?: boolean}
const { PrismaPg } = require('@prisma/adapter-pg')
const { makeApp } = require('./app')
const { Block } = require('../../js')

const { url, dir, blockId, when, durability, raw } = JSON.parse(/** @type {string} */ (process.env.DIES))

async function main() {
  const app = await makeApp()
  const client = new app.PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: 2 }) })
  const db = await Block.create({
    blockId,
    client,
    dir,
    generated: app.generated,
    durability,
    through: ['Category'],
  })
  const engine = client._engine
  const { transaction } = engine
  await db.$transaction(
    async (/** @type {any} */ tx) => {
      await tx.counter.update({ where: { id: 'hot' }, data: { n: { increment: 1 } } })
      await tx.counter.delete({ where: { id: 'gone' } })
      await tx.user.create({
        data: { id: 'new', email: 'new@x', posts: { create: { id: 9000, title: 'new' } } },
      })
      await tx.category.create({ data: { name: 'new', posts: { connect: { id: 9000 } } } })
      if (raw) await tx.$executeRaw`UPDATE "Counter" SET n = 99 WHERE id = 'raw'`
      engine.transaction = async (/** @type {any[]} */ ...args) => {
        if (args[0] !== 'commit') return transaction.apply(engine, args)
        if (when === 'between') await transaction.apply(engine, args)
        process.kill(process.pid, 'SIGKILL')
        await new Promise(() => {})
      }
    },
    { timeout: 60_000 },
  )
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
