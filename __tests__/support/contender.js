// A process that writes to a block which others write to as well. It prints JSON of what it saw when it is done.
//   CONTENDER  JSON {url, dir, work: 'transactions' | 'neighbour', count, workMs, holdMs}
const { setTimeout: sleep } = require('node:timers/promises')
const { PrismaPg } = require('@prisma/adapter-pg')
const { makeApp } = require('./app')
const { Block } = require('../../js')

const { url, dir, work, count, workMs, startAt } = JSON.parse(/** @type {string} */ (process.env.CONTENDER))

/** Waits of transactions that are all begun at once: from the call of the first write to its answer. @param {any} db */
async function transactions(db) {
  /** @type {number[]} */
  const waits = []
  const one = (/** @type {number} */ at) =>
    db.$transaction(
      async (/** @type {any} */ tx) => {
        await tx.counter.findUnique({ where: { id: 'hot' } })
        const asked = performance.now()
        await tx.counter.update({ where: { id: 'hot' }, data: { n: { increment: 1 } } })
        waits.push(performance.now() - asked)
        await sleep(workMs)
        await tx.counter.create({ data: { id: `t-${process.pid}-${at}` } })
      },
      { maxWait: 10_000, timeout: 20_000 },
    )
  await Promise.all(Array.from({ length: count }, (_, at) => one(at)))
  return { waits }
}

/** Takes the lock back to back until the others are done. @param {any} db */
async function neighbour(db) {
  let taken = 0
  let stop = false
  process.stdin.once('data', () => {
    stop = true
  })
  while (!stop) {
    await db.$transaction(
      async (/** @type {any} */ tx) => {
        await tx.counter.update({ where: { id: 'neighbour' }, data: { n: { increment: 1 } } })
        await sleep(workMs)
      },
      { maxWait: 10_000, timeout: 20_000 },
    )
    taken += 1
  }
  return { taken }
}

async function main() {
  const app = await makeApp()
  const client = new app.PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: 2 }) })
  const db = await Block.create({
    blockId: 'contended',
    client,
    dir,
    generated: app.generated,
    durability: 'os',
  })
  await db.$transaction((/** @type {any} */ tx) => tx.counter.findUnique({ where: { id: 'hot' } }))
  console.log('open')
  if (startAt) await sleep(Math.max(0, startAt - Date.now()))
  const seen = await (work === 'neighbour' ? neighbour(db) : transactions(db))
  console.log(`seen ${JSON.stringify(seen)}`)
  await db.$disconnect()
  await client.$disconnect()
  process.stdin.destroy()
}

main().catch((error) => {
  console.error(error)
  // Its input keeps it alive.
  process.exit(1)
})
