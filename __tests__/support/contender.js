// A process that writes to a block which others write to as well. It prints JSON of what it saw when it is done.
//   CONTENDER  JSON {url, dir, work: 'transactions' | 'neighbour', count, workMs}. `transactions` begin, and `neighbour` ends, at a line of input
const { setTimeout: sleep } = require('node:timers/promises')
const { PrismaPg } = require('@prisma/adapter-pg')
const { makeApp } = require('./app')
const { Block } = require('../../js')

const { url, dir, work, count, workMs } = JSON.parse(/** @type {string} */ (process.env.CONTENDER))

/** Waits of transactions that are all begun at once: from the call of the first write to its answer. @param {any} db */
async function transactions(db) {
  /** @type {number[]} */
  const waits = []
  /** @type {number[]} */
  const turns = []
  const one = async (/** @type {number} */ at) => {
    let got = 0
    await db.$transaction(
      async (/** @type {any} */ tx) => {
        await tx.counter.findUnique({ where: { id: 'hot' } })
        const asked = performance.now()
        await tx.counter.update({ where: { id: 'hot' }, data: { n: { increment: 1 } } })
        got = performance.now()
        waits.push(got - asked)
        await sleep(workMs)
        await tx.counter.create({ data: { id: `t-${process.pid}-${at}` } })
      },
      { maxWait: 10_000, timeout: 20_000 },
    )
    turns.push(performance.now() - got)
  }
  await Promise.all(Array.from({ length: count }, (_, at) => one(at)))
  return { waits, turns }
}

/** Takes the lock back to back until the others are done. @param {any} db */
async function neighbour(db) {
  /** @type {number[]} */
  const turns = []
  let stop = false
  process.stdin.once('data', () => {
    stop = true
  })
  while (!stop) {
    let got = 0
    await db.$transaction(
      async (/** @type {any} */ tx) => {
        await tx.counter.update({ where: { id: 'neighbour' }, data: { n: { increment: 1 } } })
        got = performance.now()
        await sleep(workMs)
      },
      { maxWait: 10_000, timeout: 20_000 },
    )
    turns.push(performance.now() - got)
  }
  return { turns }
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
  if (work === 'transactions') await new Promise((resolve) => process.stdin.once('data', resolve))
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
