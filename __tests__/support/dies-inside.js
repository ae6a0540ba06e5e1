// A process that ends in the middle of a transaction, by itself or by the test; or one that applies until the test ends it.
//   DIES  JSON {url, dir, exits?: boolean, applies?: boolean}
const { PrismaPg } = require('@prisma/adapter-pg')
const { makeApp } = require('./app')
const { Block } = require('../../js')

const { url, dir, exits, applies } = JSON.parse(/** @type {string} */ (process.env.DIES))

async function main() {
  const app = await makeApp()
  const client = new app.PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: 2 }) })
  const db = await Block.create({ blockId: 'boundary', client, dir, generated: app.generated })
  if (applies) {
    // Whoever writes applies, and keeps to it.
    const addOne = () => db.counter.update({ where: { id: 'busy' }, data: { n: { increment: 1 } } })
    await db.counter.create({ data: { id: 'busy' } })
    await db.$block.flush()
    console.log('applying')
    for (;;) {
      await addOne()
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  await db.$transaction(
    async (/** @type {any} */ tx) => {
      await tx.counter.create({ data: { id: 'lost' } })
      await tx.counter.update({ where: { id: 'hot' }, data: { n: 1_000 } })
      console.log('written')
      if (exits) process.exit(0)
      await new Promise(() => setInterval(() => {}, 1_000))
    },
    { timeout: 60_000 },
  )
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
