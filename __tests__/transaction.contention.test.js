// Many interactive transactions at one block: all get their turn, in one process and over several, also beside one that takes
// the write lock back to back. 20 ms of work each, with the lock held.
const path = require('node:path')
const { setTimeout: sleep } = require('node:timers/promises')
const { Block } = require('..')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { startChild } = require('./support/child')

const WORK_MS = 20
const ALL = 64
const CONTENDER = path.join(__dirname, 'support/contender.js')

/** What it takes to hand the lock on, beside the time it is held. */
const HANDOVER_MS = 3

/** How long a turn was on this machine, whatever else it has to do. @param {number[]} turns */
const turnOf = (turns) => turns.reduce((sum, ms) => sum + ms, 0) / turns.length + HANDOVER_MS

/** @param {string} what @param {number[]} waits @param {number} tookMs */
function tell(what, waits, tookMs) {
  const sorted = [...waits].sort((a, b) => a - b)
  const [median, longest] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)].map((ms) =>
    Number(ms).toFixed(0),
  )
  console.info(
    `${what}: ${waits.length} transactions in ${tookMs.toFixed(0)} ms; waits: median ${median} ms, longest ${longest} ms`,
  )
}

describe('64 transactions', () => {
  /** @type {any} */
  let database
  /** @type {any} */
  let db
  const dir = temporaryDir()

  beforeAll(async () => {
    const app = await makeApp()
    database = await newMain(app)
    await database.client.counter.createMany({ data: [{ id: 'hot' }, { id: 'neighbour' }] })
    db = await Block.create({
      blockId: 'contended',
      client: database.client,
      dir,
      generated: app.generated,
      durability: 'os',
      loader: async (block, main) => {
        for (const row of await main.counter.findMany()) await block.counter.create({ data: row })
      },
    })
  })
  afterAll(async () => {
    await db?.$disconnect()
    await database?.drop()
  })

  const counted = async () => (await db.counter.findUnique({ where: { id: 'hot' } })).n
  const child = (options) =>
    startChild(CONTENDER, {
      env: { CONTENDER: JSON.stringify({ url: database.url, dir, workMs: WORK_MS, ...options }) },
    })
  const seen = async (one) => JSON.parse(await one.line('seen', 60_000))

  /** @param {number} count @param {(tx: any, at: number, waits: number[]) => Promise<void>} work */
  async function together(count, work) {
    /** @type {number[]} */
    const waits = []
    /** @type {number[]} */
    const turns = []
    const began = performance.now()
    const one = async (_, at) => {
      let asked = 0
      const waited = []
      await db.$transaction(
        (tx) => {
          asked = performance.now()
          return work(tx, at, waited)
        },
        { maxWait: 10_000 },
      )
      waits.push(...waited)
      turns.push(performance.now() - asked - waited[0])
    }
    const all = Promise.all(Array.from({ length: count }, one))
    // Until the loop has begun all of them it can do nothing else.
    await sleep(1)
    const startMs = performance.now() - began
    await all
    return { waits, turns, startMs, tookMs: performance.now() - began }
  }

  const update = async (tx, waits) => {
    const asked = performance.now()
    await tx.counter.update({ where: { id: 'hot' }, data: { n: { increment: 1 } } })
    waits.push(performance.now() - asked)
  }

  test.each([2, 3, ALL])('in one process, the work between a read and a write: %d', async (count) => {
    const before = await counted()
    const { waits, tookMs } = await together(count, async (tx, _, waits) => {
      await tx.counter.findUnique({ where: { id: 'hot' } })
      await sleep(WORK_MS)
      await update(tx, waits)
    })
    tell('in one process, work before the write', waits, tookMs)
    expect(await counted()).toBe(before + count)
    // They work at the same time; only their writes take turns.
    if (count === ALL) expect(tookMs).toBeLessThan(count * WORK_MS)
  })

  test('in one process, the work with the lock held: in order, beside reads and writes outside', async () => {
    const before = await counted()
    /** @type {number[]} */
    const order = []
    const outside = Promise.all(
      Array.from({ length: 8 }, async (_, at) => {
        await sleep(at * 10)
        await db.counter.create({ data: { id: `outside-${at}` } })
        return db.counter.count()
      }),
    )
    const { waits, turns, tookMs } = await together(ALL, async (tx, at, waits) => {
      await tx.counter.findUnique({ where: { id: 'hot' } })
      await update(tx, waits)
      order.push(at)
      await sleep(WORK_MS)
      await tx.counter.create({ data: { id: `t-${at}` } })
    })
    tell('in one process, work with the lock', waits, tookMs)
    expect(await counted()).toBe(before + ALL)
    expect(order).toEqual(Array.from({ length: ALL }, (_, at) => at))
    await outside
    expect(Math.max(...waits)).toBeLessThan(3 * ALL * turnOf(turns))
  })

  test('over 4 processes', async () => {
    const before = await counted()
    const children = Array.from({ length: 4 }, () => child({ work: 'transactions', count: ALL / 4 }))
    await Promise.all(children.map((one) => one.line('open')))
    for (const one of children) one.send('go')
    const all = await Promise.all(children.map(seen))
    const waits = all.flatMap((one) => one.waits)
    const turn = turnOf(all.flatMap((one) => one.turns))
    for (const { waits: own } of all) tell('one of 4 processes', own, Math.max(...own))
    expect(waits).toHaveLength(ALL)
    await Promise.all(children.map((one) => one.exit()))
    expect(await counted()).toBe(before + ALL)
    expect(Math.max(...waits)).toBeLessThan(3 * ALL * turn)
  })

  test('beside a process that takes the lock back to back', async () => {
    const neighbour = child({ work: 'neighbour' })
    await neighbour.line('open')
    await sleep(200)
    const { waits, turns, startMs, tookMs } = await together(ALL, async (tx, _, waits) => {
      await update(tx, waits)
      await sleep(WORK_MS)
    })
    neighbour.send('stop')
    const { turns: others } = await seen(neighbour)
    tell('beside a greedy neighbour', waits, tookMs)
    console.info(`the neighbour had ${others.length} turns`)
    // Each waits for those before it, and each of those for one turn of the neighbour's.
    waits.sort((a, b) => a - b)
    const both = turnOf(turns) + turnOf(others)
    for (const [at, waited] of waits.entries()) expect(waited - startMs).toBeLessThan(3 * (at + 1) * both)
    await neighbour.exit()
  })

  test('a plain write beside it waits one turn or two', async () => {
    const neighbour = child({ work: 'neighbour' })
    await neighbour.line('open')
    await sleep(200)
    /** @type {number[]} */
    const waits = []
    for (let at = 0; at < 20; at++) {
      const asked = performance.now()
      await db.counter.create({ data: { id: `plain-${at}` } })
      waits.push(performance.now() - asked)
    }
    neighbour.send('stop')
    const { turns } = await seen(neighbour)
    tell(
      'plain writes beside a greedy neighbour',
      waits,
      waits.reduce((sum, ms) => sum + ms, 0),
    )
    await neighbour.exit()
    expect(waits.reduce((sum, ms) => sum + ms, 0) / waits.length).toBeLessThan(3 * turnOf(turns))
  })
})
