// A process that ends in the middle of a transaction, by itself or by the test.
//   DIES  JSON {url, dir, exits: boolean}
const { PrismaPg } = require('@prisma/adapter-pg')
const { makeApp } = require('./app')
const { Block } = require('../../js')

const { url, dir, exits } = JSON.parse(/** @type {string} */ (process.env.DIES))

async function main() {
  const app = await makeApp()
  const client = new app.PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: 2 }) })
  const db = await Block.create({ blockId: 'boundary', client, dir, generated: app.generated })
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
