// Answers of the main database that come in another order than its writes, and rows in them that no block can hold.
const fs = require('node:fs')
const { Block, BlockClosedError, NotSupportedError } = require('..')
const registry = require('../js/block/registry')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { FIRST_APP_MS } = require('./support/doors')
const { gate } = require('./support/gate')

/** @type {any} */
let app
/** @type {any} */
let main
let blocks = 0

beforeAll(async () => {
  app = await makeApp()
  main = await newMain(app)
}, FIRST_APP_MS)
beforeEach(async () => {
  await main.client.counter.deleteMany()
  const data = Array.from({ length: 8 }, (_, nth) => ({ id: `c${nth}`, n: 0, label: 'm' }))
  await main.client.counter.createMany({ data })
})
afterEach(async () => {
  delete engine().request
  await Block.shutdown()
})
afterAll(() => main.drop())

const where = { label: 'm' }
const order = { orderBy: { id: 'asc' } }
const engine = () => main.client._originalClient._engine
/** @param {any} [more] */
const open = (more = {}) =>
  Block.create({
    blockId: `answers ${++blocks}`,
    client: main.client,
    dir: temporaryDir(),
    generated: app.generated,
    durability: 'os',
    connection: false,
    ...more,
  })

/** What happens to main's answers, or its questions. @param {(query: any, ask: () => Promise<any>) => Promise<any>} between */
function between(between) {
  const { request } = Object.getPrototypeOf(engine())
  engine().request = (/** @type {any} */ query, /** @type {any} */ opts) =>
    between(query, () => request.call(engine(), query, opts))
}

/** @param {any} db */
const increment = (db) => db.counter.updateMany({ where, data: { n: { increment: 1 } } })

describe('of two writes by way of main the first one is answered last', () => {
  const window = { scope: { counter: { where, take: 5, orderBy: [{ id: 'asc' }] } } }
  test.each([
    ['another write through', window, (/** @type {any} */ db) => increment(db)],
    [
      'one in an array',
      window,
      (/** @type {any} */ db) => db.$transaction([increment(db), db.counter.count()]),
    ],
    ['one in a transaction', window, (/** @type {any} */ db) => db.$transaction(increment)],
    ['one of another process', { coverage: 'forward' }, null],
  ])('%s', async (_, options, second) => {
    const db = await open(options)
    await db.counter.findMany({ where })
    const { opened, open: go } = gate()
    let asked = 0
    between(async (query, ask) => {
      const answer = await ask()
      if (/^updateMany/.test(query.action) && ++asked === 1) await opened
      return answer
    })
    // Prisma's promises begin when they are asked for.
    const first = increment(db).then((/** @type {any} */ made) => made)
    while (asked === 0) await new Promise((next) => setTimeout(next, 5))
    if (second) await second(db)
    else {
      // What it would do in the file: its rows, and that it was counted.
      await main.client.counter.updateMany({ where, data: { n: { increment: 1 } } })
      const [{ native }] = registry.named(db.$block.id)
      const row = JSON.stringify(['id', 'n'])
      for (let nth = 0; nth < 8; nth++) native.overwriteRow('Counter', row, [`c${nth}`, 2n], native.lastSeq())
      native.setMeta('settled', '1')
    }
    go()
    await first
    await db.$block.flush()
    const rows = await Promise.all(
      Array.from({ length: 8 }, (_, nth) => db.counter.findUnique({ where: { id: `c${nth}` } })),
    )
    expect(rows).toEqual(await main.client.counter.findMany(order))
    expect(rows[0].n).toBe(2)
  })

  test('many at once', async () => {
    const db = await open(window)
    await Promise.all(
      Array.from({ length: 24 }, (_, nth) =>
        nth % 3 === 0
          ? db.counter.update({ where: { id: 'c1' }, data: { n: { increment: 1 } } })
          : increment(db),
      ),
    )
    await db.$block.flush()
    const held = await db.counter.findMany({ ...order, take: 5, where })
    expect(held).toEqual(await main.client.counter.findMany({ ...order, take: 5, where }))
    expect(held.map(({ n }) => n)).toEqual([16, 24, 16, 16, 16])
  })
})

describe('a row that no block can hold', () => {
  beforeEach(async () => {
    await main.client.$executeRawUnsafe(`UPDATE "Counter" SET "at" = 'infinity' WHERE id = 'c3'`)
  })
  afterEach(() => main.client.$executeRawUnsafe(`UPDATE "Counter" SET "at" = now()`))
  const numbers = async () =>
    (await main.client.counter.findMany({ ...order, select: { n: true } })).map(({ n }) => n)

  test('among those of a write through: the block knows no sets, and the rest is settled', async () => {
    const db = await open({ coverage: 'forward' })
    for (const id of ['c0', 'c3', 'c7']) await db.counter.findUnique({ where: { id } })
    expect(await increment(db)).toEqual({ count: 8 })
    expect(await numbers()).toEqual(Array(8).fill(1))
    for (const id of ['c0', 'c3', 'c7'])
      expect((await db.counter.findUnique({ where: { id }, select: { n: true } })).n).toBe(1)
  })

  test('the same where it does: the error says that main has written', async () => {
    const loader = async (/** @type {any} */ block, /** @type {any} */ from) =>
      void (await block.counter.createMany({
        data: await from.counter.findMany({ where: { NOT: { id: 'c3' } } }),
      }))
    const db = await open({ loader, through: ['Counter'] })
    const failed = db.counter.update({ where: { id: 'c3' }, data: { n: 5 } })
    await expect(failed).rejects.toThrow(NotSupportedError)
    await expect(failed).rejects.toThrow(/^Counter\.at: .* The main database has made this write/)
    expect((await numbers())[3]).toBe(5)
    await db.counter.update({ where: { id: 'c4' }, data: { n: 6 } })
    expect((await db.counter.findUnique({ where: { id: 'c4' } })).n).toBe(6)
  })
})

describe('writes that miss one row, in line', () => {
  /** @param {any} db @param {string[]} done */
  const writer = (db, done) => (/** @type {number} */ n) =>
    db.counter.update({ where: { id: 'c5' }, data: { n } }).then(
      () => void done.push(String(n)),
      (/** @type {any} */ error) => void done.push(`${n} ${error.constructor.name}`),
    )

  test('one that fails does not let those behind it pass those before it', async () => {
    const db = await open({ loader: async () => {} })
    const { opened, open: go } = gate()
    let asked = 0
    between(async (query, ask) => {
      if (query.action === 'findFirst' && ++asked === 1) {
        await opened
        throw new Error('the connection was lost')
      }
      return ask()
    })
    /** @type {string[]} */
    const done = []
    const write = writer(db, done)
    const all = [1, 2, 3].map(write)
    await new Promise((next) => setTimeout(next, 50))
    go()
    await Promise.all(all)
    expect(done).toEqual(['1 Error', '2', '3'])
    expect((await db.counter.findUnique({ where: { id: 'c5' } })).n).toBe(3)
  })

  test('nobody waits for ever when the block closes', async () => {
    const db = await open({ loader: async () => {} })
    const { opened, open: go } = gate()
    let asked = 0
    between(async (query, ask) => {
      asked += 1
      if (query.action === 'findFirst') await opened
      return ask()
    })
    /** @type {string[]} */
    const done = []
    const all = [1, 2, 3].map(writer(db, done))
    while (asked === 0) await new Promise((next) => setTimeout(next, 5))
    await db.$disconnect()
    go()
    await Promise.all(all)
    expect(done.sort()).toEqual([1, 2, 3].map((n) => `${n} ${BlockClosedError.name}`))
  })
})

test('a damaged file is no reason to write a window’s set in main', async () => {
  await main.client.counter.createMany({
    data: Array.from({ length: 3_000 }, (_, nth) => ({
      id: `d${10_000 + nth}`,
      n: 0,
      label: 'L'.repeat(900),
    })),
  })
  const options = {
    blockId: 'damaged window',
    dir: temporaryDir(),
    scope: { counter: { where: { n: { gte: 0 } }, take: 10_000, orderBy: [{ id: 'asc' }] } },
  }
  await (await open(options)).$disconnect()
  const db = await open(options)
  db.$block.on('error', () => {})
  const file = fs.openSync(db.$block.path, 'r+')
  for (let page = 200; page < fs.fstatSync(file).size / 4096 - 5; page++)
    fs.writeSync(file, Buffer.alloc(100, 0xff), 0, 100, page * 4096)
  fs.closeSync(file)
  const failed = db.counter.updateMany({ where: { n: { gte: 0 } }, data: { n: { increment: 1 } } })
  await expect(failed).rejects.toMatchObject({ code: 'SHARDED_DAMAGED' })
  expect(await main.client.counter.count({ where: { n: 0 } })).toBe(3_008)
})
