// aggregate: sums, means and ends as the main database computes them, to the last digit.
const { throughBothDoors } = require('./support/doors')
const { askLocally, askOfMain } = require('./support/local')
const { loadNumbers, seedNumbers } = require('./support/numbers')

const none = { where: { id: 'nobody' } }
const ALL_NUMBERS = { n: true, big: true, total: true, ratio: true }
const ALL_ENDS = { ...ALL_NUMBERS, id: true, label: true, at: true }

throughBothDoors({ seed: seedNumbers, load: loadNumbers }, (pair) => {
  const local = (/** @type {(db: any) => any} */ call) => askLocally(pair, call)
  const main = (/** @type {(db: any) => any} */ call) => askOfMain(pair, call)

  test('every function of every number', async () => {
    const answer = await local((db) => db.counter.aggregate({ _sum: ALL_NUMBERS, _avg: ALL_NUMBERS }))
    expect(answer._sum).toMatchObject({ n: 2_147_483_654, big: 9_223_372_036_854_775_806n })
    await local((db) => db.counter.aggregate({ _min: ALL_ENDS, _max: ALL_ENDS }))
    await local((db) => db.counter.aggregate({ _count: { _all: true, ...ALL_ENDS } }))
  })

  test('keys in the order in which they are written', async () => {
    await local((db) =>
      db.counter.aggregate({
        _max: { n: true, id: true },
        _count: { label: true, _all: true },
        _avg: { ratio: true, n: true },
        _min: { at: true },
        _sum: { total: true },
      }),
    )
    const answer = await local((db) => db.counter.aggregate({ _avg: { n: true }, _count: true }))
    expect(Object.keys(answer)).toEqual(['_avg', '_count'])
    expect(answer._count).toBe(8)
  })

  test('a sum of BigInts beyond 64 bits, either way', async () => {
    const where = (/** @type {string[]} */ ids) => ({ where: { id: { in: ids } } })
    const sum = { _sum: { big: true }, _avg: { big: true } }
    expect((await local((db) => db.counter.aggregate({ ...sum, ...where(['a', 'b']) })))._sum.big).toBe(
      18_446_744_073_709_551_614n,
    )
    await local((db) => db.counter.aggregate({ ...sum, ...where(['c']) }))
    await local((db) => db.counter.aggregate({ ...sum, ...where(['c', 'f']) }))
    await local((db) => db.counter.aggregate({ ...sum, ...where(['c', 'f', 'a']) }))
  })

  test('no rows, and nothing but NULL', async () => {
    await local((db) => db.counter.aggregate({ ...none, _sum: ALL_NUMBERS, _avg: ALL_NUMBERS, _count: true }))
    await local((db) => db.counter.aggregate({ ...none, _min: ALL_ENDS, _max: ALL_ENDS }))
    const empty = { intN: true, bigIntN: true, floatN: true, decimalN: true }
    for (const id of [3, 6])
      await local((db) => db.scalar.aggregate({ where: { id }, _sum: empty, _avg: empty, _count: empty }))
    await local((db) => db.scalar.aggregate({ where: { id: 3 }, _min: { moodN: true, stringN: true } }))
  })

  test('means of thirds, sevenths and more, at every size', async () => {
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])
      await local((db) => db.counter.aggregate({ where: { id: { not: id } }, _avg: ALL_NUMBERS }))
    for (const id of ['c', 'd', 'e', 'f', 'g'])
      await local((db) => db.counter.aggregate({ where: { id: { gte: id } }, _avg: ALL_NUMBERS }))
  })

  test('NaN and the infinities', async () => {
    const float = { float: true }
    for (const id of [4, 5, 6]) {
      await local((db) => db.scalar.aggregate({ where: { id: { lte: id } }, _sum: float, _avg: float }))
      await local((db) => db.scalar.aggregate({ where: { id: { lte: id } }, _min: float, _max: float }))
    }
  })

  test('floats that overflow on the way', async () => {
    await pair.ask((db) => db.scalar.aggregate({ _sum: { floatN: true } }))
    await pair.ask((db) => db.scalar.aggregate({ _avg: { floatN: true } }))
  })

  test('enums by declaration, dates, booleans and bytes counted', async () => {
    await local((db) =>
      db.scalar.aggregate({ _min: { mood: true, moodN: true }, _max: { mood: true, moodN: true } }),
    )
    await local((db) => db.scalar.aggregate({ _min: { dateTime: true }, _max: { dateTimeN: true } }))
    await local((db) =>
      db.scalar.aggregate({ _count: { booleanN: true, bytesN: true, jsonN: true, json: true, moodN: true } }),
    )
  })

  test('native types', async () => {
    const numbers = { small: true, real: true, price: true, whole: true }
    await local((db) => db.native.aggregate({ _sum: numbers, _avg: numbers, _min: numbers, _max: numbers }))
    await local((db) =>
      db.native.aggregate({ _min: { date: true, stamp: true, stampTz: true, varChar: true } }),
    )
    await local((db) => db.native.aggregate({ _max: { stampMicro: true, stampSecond: true, text: true } }))
    await local((db) =>
      db.native.aggregate({ _count: { char: true, oid: true, time: true, jsonText: true } }),
    )
  })

  test('a page: the aggregate of its rows alone', async () => {
    const sum = { _sum: { n: true, total: true }, _count: { _all: true, label: true } }
    await local((db) => db.counter.aggregate({ ...sum, take: 3, orderBy: { id: 'desc' } }))
    await local((db) =>
      db.counter.aggregate({ ...sum, take: 3, skip: 2, orderBy: [{ n: 'asc' }, { id: 'asc' }] }),
    )
    await local((db) => db.counter.aggregate({ ...sum, take: -3, skip: 1 }))
    await local((db) => db.counter.aggregate({ ...sum, skip: 5 }))
    await local((db) => db.counter.aggregate({ ...sum, take: 0 }))
    await local((db) =>
      db.counter.aggregate({ _max: { total: true, label: true }, _min: { total: true }, take: 4 }),
    )
    await local((db) => db.scalar.aggregate({ _max: { mood: true }, take: 2, orderBy: { id: 'desc' } }))
    await local((db) => db.counter.aggregate({ ...sum, orderBy: { n: 'asc' } }))
  })

  test('from a cursor on', async () => {
    const sum = { _sum: { n: true }, _count: true, cursor: { id: 'c' } }
    await local((db) => db.counter.aggregate({ ...sum }))
    await local((db) => db.counter.aggregate({ ...sum, take: 3, skip: 1 }))
    await local((db) => db.counter.aggregate({ ...sum, take: -2 }))
    await local((db) => db.counter.aggregate({ ...sum, orderBy: [{ n: 'desc' }, { id: 'asc' }], take: 4 }))
    await local((db) => db.counter.aggregate({ ...sum, where: { n: { gt: 0 } }, orderBy: { id: 'desc' } }))
  })

  test('values of one shape', async () => {
    for (const n of [0, 1, 7, 2_147_483_647])
      await local((db) =>
        db.counter.aggregate({ where: { n: { gte: n } }, _sum: { big: true }, _count: true }),
      )
  })

  test('what only the main database computes', async () => {
    await main((db) => db.scalar.aggregate({ _min: { boolean: true } }))
    await main((db) => db.scalar.aggregate({ _max: { bytes: true } }))
    await main((db) => db.native.aggregate({ _min: { id: true } }))
    await main((db) => db.native.aggregate({ _min: { char: true } }))
    await main((db) => db.native.aggregate({ _sum: { oid: true } }))
    await main((db) => db.scalarList.aggregate({ _sum: { ints: true } }))
    await main((db) => db.scalarList.aggregate({ _count: { ints: true } }))
  })

  test('what Prisma refuses', async () => {
    await main((db) => db.counter.aggregate({}))
    await main((db) => db.counter.aggregate())
    await main((db) => db.counter.aggregate({ _sum: {} }))
    await main((db) => db.counter.aggregate({ _sum: true }))
    await main((db) => db.counter.aggregate({ _sum: { n: false } }))
    await main((db) => db.counter.aggregate({ _sum: { id: true } }))
    await main((db) => db.counter.aggregate({ _sum: { nope: true } }))
    await main((db) => db.counter.aggregate({ _nope: { n: true } }))
    await main((db) => db.counter.aggregate({ _count: false }))
    await main((db) => db.counter.aggregate({ _count: { n: [null] } }))
    await main((db) => db.counter.aggregate({ _sum: { n: {} } }))
    await main((db) => db.counter.aggregate({ _count: true, nope: 1 }))
    await main((db) => db.scalar.aggregate({ _min: { json: true } }))
    await main((db) => db.scalarList.aggregate({ _min: { ints: true } }))
    await main((db) => db.counter.aggregate({ _sum: { n: true }, distinct: ['n'] }))
  })

  test('a result is the caller’s own', async () => {
    const first = await pair.block.counter.aggregate({ _count: true, _sum: { n: true } })
    first._sum.n = 0
    await local((db) => db.counter.aggregate({ _count: true, _sum: { n: true } }))
  })
})
