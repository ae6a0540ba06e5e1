// groupBy: groups, their aggregates, `having` and the order of groups, as main has them.
const { throughBothDoors } = require('./support/doors')
const { askLocally, askOfMain } = require('./support/local')
const { loadNumbers, seedNumbers } = require('./support/numbers')

const byLabel = { by: ['label'], orderBy: { label: 'asc' } }

/** Groups without an order come in any. @param {Promise<any[]>} groups */
async function sorted(groups) {
  const text = (/** @type {any} */ row) =>
    JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))
  return (await groups).sort((a, b) => (text(a) < text(b) ? -1 : 1))
}

const HAVING = {
  'a field': { label: { gt: 'a' } },
  'a value': { label: 'x' },
  null: { label: null },
  'not null': { label: { not: null } },
  'a list': { label: { in: ['x', 'z', 'nobody'] } },
  _sum: { n: { _sum: { gt: 1 } } },
  '_sum, less': { n: { _sum: { lt: 0 } } },
  '_sum, not': { n: { _sum: { not: { gt: 1 } } } },
  '_sum, not a value': { n: { _sum: { not: 2 } } },
  '_sum in a list': { n: { _sum: { in: [-1, 2, 7] } } },
  '_sum not in a list': { n: { _sum: { notIn: [-1, 2, 7] } } },
  '_sum of BigInt': { big: { _sum: { gt: 0n } } },
  '_sum of BigInt at the edge': { big: { _sum: { gt: 9_223_372_036_854_775_807n } } },
  '_sum of BigInt equals': { big: { _sum: { equals: -4n } } },
  '_sum of Decimal': { total: { _sum: { gte: '-2.50' } } },
  '_sum of Decimal equals': { total: { _sum: { equals: 0 } } },
  '_sum of Decimal in a list': { total: { _sum: { in: ['0.0', '-2.5'] } } },
  '_sum of Float': { ratio: { _sum: { lt: 3.5 } } },
  '_avg of Int': { n: { _avg: { gt: 0.99 } } },
  '_avg of Int equals': { n: { _avg: { equals: -1 } } },
  '_avg of BigInt': { big: { _avg: { lte: 1 } } },
  '_avg of Decimal': { total: { _avg: { lt: 1 } } },
  '_avg of Float': { ratio: { _avg: { gt: 1 } } },
  '_min and _max': { n: { _min: { gte: 0 }, _max: { lt: 100 } } },
  '_min of a string': { id: { _min: { gt: 'c' } } },
  '_min of a string contains': { id: { _min: { contains: 'c' } } },
  '_max of a date': { at: { _max: { gte: new Date(Date.UTC(1970, 0, 1)) } } },
  '_max of nothing': { at: { _max: { equals: null } } },
  '_max of something': { at: { _max: { not: null } } },
  '_max of Decimal': { total: { _max: { gt: '9.9' } } },
  _count: { at: { _count: { gt: 0 } } },
  '_count of the field': { label: { _count: { equals: 0 } } },
  OR: { OR: [{ label: 'x' }, { n: { _sum: { lt: 0 } } }] },
  'OR of nothing': { OR: [{ label: 'nobody' }] },
  'NOT and AND': { NOT: { label: 'x' }, AND: [{ n: { _count: { gte: 1 } } }, { n: { _avg: { gte: 0 } } }] },
  'NOT of a list': { NOT: [{ n: { _sum: { lt: 0 } } }, { label: '' }] },
}

const ORDERS = {
  _count: [{ _count: { id: 'desc' } }, { label: 'asc' }],
  '_sum of Int': [{ _sum: { n: 'asc' } }, { label: 'asc' }],
  '_sum of BigInt': [{ _sum: { big: 'desc' } }, { label: 'asc' }],
  '_sum of Decimal': [{ _sum: { total: 'asc' } }, { label: 'asc' }],
  '_avg of Int': [{ _avg: { n: 'desc' } }, { label: 'desc' }],
  '_avg of Float': [{ _avg: { ratio: 'asc' } }],
  '_avg of Decimal': [{ _avg: { total: 'desc' } }, { label: 'asc' }],
  '_min of a date, NULL last': [{ _min: { at: 'asc' } }, { label: 'asc' }],
  '_max of a date, NULL first': [{ _max: { at: 'desc' } }, { label: 'asc' }],
  '_max of Decimal': [{ _max: { total: 'asc' } }, { label: 'asc' }],
  '_min of a string': { _min: { id: 'desc' } },
  'nulls of a field': { label: { sort: 'desc', nulls: 'last' } },
}

throughBothDoors({ seed: seedNumbers, load: loadNumbers }, (pair) => {
  const local = (/** @type {(db: any) => any} */ call) => askLocally(pair, call)
  const main = (/** @type {(db: any) => any} */ call) => askOfMain(pair, call)

  test('NULL is a group, letters and accents are told apart', async () => {
    const groups = await local((db) => db.counter.groupBy(byLabel))
    expect(groups.map((/** @type {any} */ group) => group.label)).toEqual(['', 'X', 'x', 'z', 'é', null])
    await local((db) => db.counter.groupBy({ by: 'label', orderBy: { label: 'desc' } }))
    await local((db) => sorted(db.counter.groupBy({ by: ['label', 'n', 'label'] })))
  })

  test('aggregates first, as written, then the fields', async () => {
    const [group] = await local((db) =>
      db.counter.groupBy({ ...byLabel, _max: { n: true, at: true }, by: ['n', 'label'], _count: true }),
    )
    expect(Object.keys(group)).toEqual(['_max', '_count', 'n', 'label'])
    expect(group._count).toBe(1)
  })

  test('every function', async () => {
    const numbers = { n: true, big: true, total: true, ratio: true }
    const ends = { ...numbers, id: true, at: true }
    await local((db) => db.counter.groupBy({ ...byLabel, _sum: numbers, _avg: numbers }))
    await local((db) =>
      db.counter.groupBy({ ...byLabel, _min: ends, _max: ends, _count: { _all: true, at: true } }),
    )
  })

  test('fields of every type', async () => {
    const types = [
      'bigIntN',
      'booleanN',
      'bytes',
      'bytesN',
      'dateTime',
      'decimalN',
      'float',
      'intN',
      'json',
      'moodN',
    ]
    for (const by of types) await local((db) => sorted(db.scalar.groupBy({ by: [by], _count: true })))
    for (const by of ['bigIntN', 'dateTime', 'decimalN', 'float', 'intN', 'moodN'])
      await local((db) => db.scalar.groupBy({ by: [by], orderBy: { [by]: 'desc' }, _min: { id: true } }))
    for (const by of ['date', 'price', 'real', 'small', 'varChar', 'stamp'])
      await local((db) => db.native.groupBy({ by, orderBy: { [by]: 'asc' }, _count: { _all: true } }))
  })

  test.each(Object.entries(HAVING))('having %s', async (_, having) => {
    await local((db) => db.counter.groupBy({ ...byLabel, having }))
    await local((db) =>
      db.counter.groupBy({ ...byLabel, having, _sum: { n: true }, where: { n: { lt: 5 } } }),
    )
  })

  test('having of enums and of days', async () => {
    const byInt = { by: ['intN'], orderBy: { intN: 'asc' } }
    await local((db) => db.scalar.groupBy({ ...byInt, having: { mood: { _min: { equals: 'HAPPY' } } } }))
    await local((db) => db.scalar.groupBy({ ...byInt, having: { mood: { _max: { in: ['CALM', 'SAD'] } } } }))
    await local((db) =>
      db.scalar.groupBy({ ...byInt, orderBy: [{ _min: { moodN: 'desc' } }, { intN: 'asc' }] }),
    )
    await local((db) => db.scalar.groupBy({ by: ['mood'], having: { mood: { in: ['SAD'] } } }))
    const noon = new Date(Date.UTC(1969, 11, 31, 18))
    await local((db) =>
      sorted(db.native.groupBy({ by: ['whole'], having: { date: { _max: { equals: noon } } } })),
    )
  })

  test.each(Object.entries(ORDERS))('orderBy %s', async (_, orderBy) => {
    await local((db) => db.counter.groupBy({ by: ['label'], orderBy, _count: true }))
    await local((db) => db.counter.groupBy({ by: ['label'], orderBy, take: 2, skip: 1 }))
    await local((db) => db.counter.groupBy({ by: ['label'], orderBy, take: -2, skip: 1, _sum: { n: true } }))
  })

  test('pages', async () => {
    await local((db) => db.counter.groupBy({ ...byLabel, take: 0 }))
    await local((db) => db.counter.groupBy({ ...byLabel, skip: 4 }))
    await local((db) => db.counter.groupBy({ ...byLabel, take: -3 }))
    await local((db) => db.counter.groupBy({ by: ['id'], take: 2 }))
    await local((db) => db.counter.groupBy({ by: ['n', 'id'], skip: 5, orderBy: {} }))
    for (const take of [1, 2, 3]) await local((db) => db.counter.groupBy({ ...byLabel, take, skip: take }))
  })

  test('no rows, no groups', async () => {
    await local((db) => db.counter.groupBy({ ...byLabel, where: { id: 'nobody' }, _count: true }))
  })

  test('a field that an extension computes is on every group', async () => {
    const double = { needs: { n: true }, compute: (/** @type {{n: number}} */ row) => row.n * 2 }
    const extended = (/** @type {any} */ db) => db.$extends({ result: { counter: { double } } }).counter
    const groups = async (/** @type {any} */ db) => {
      const found = await extended(db).groupBy({ by: ['n'], orderBy: { n: 'asc' }, _count: true })
      return found.map((/** @type {any} */ { n, double, _count }) => ({ n, double, _count }))
    }
    const [first] = await pair.ask(groups)
    expect(first.double).toBe(2 * first.n)
    await pair.ask((db) => extended(db).aggregate({ _sum: { n: true } }))
  })

  test('values of one shape', async () => {
    for (const gt of [0, 1, 2])
      await local((db) =>
        db.counter.groupBy({ ...byLabel, having: { n: { _sum: { gt } } }, where: { n: { gt } } }),
      )
  })

  test('what only the main database groups', async () => {
    await main((db) => sorted(db.scalarList.groupBy({ by: ['ints'] })))
    await main((db) => sorted(db.native.groupBy({ by: ['char'] })))
    await main((db) => sorted(db.native.groupBy({ by: ['stampMicro'] })))
    await main((db) => db.native.groupBy({ by: ['jsonText'] }))
    await main((db) => sorted(db.counter.groupBy({ by: ['n'], having: { n: { gt: 0, _sum: { lt: 5 } } } })))
    await main((db) => sorted(db.native.groupBy({ by: ['id'], having: { real: { _sum: { equals: 0.1 } } } })))
    await main((db) => sorted(db.native.groupBy({ by: ['id'], having: { small: { _min: { gt: 40_000 } } } })))
    await main((db) => db.scalar.groupBy({ by: ['mood'], having: { boolean: { _min: { equals: true } } } }))
  })

  test('what Prisma refuses', async () => {
    await main((db) => db.counter.groupBy({ by: [] }))
    await main((db) => db.counter.groupBy({ by: [], _count: true }))
    await main((db) => db.counter.groupBy({ _count: true }))
    await main((db) => db.counter.groupBy({ by: ['nope'] }))
    await main((db) => db.counter.groupBy({ by: ['label'], nope: 1 }))
    await main((db) => db.counter.groupBy({ by: ['label'], cursor: { id: 'a' } }))
    await main((db) => db.counter.groupBy({ by: ['label'], take: 1 }))
    await main((db) => db.counter.groupBy({ by: ['label'], skip: 1 }))
    await main((db) => db.counter.groupBy({ by: ['label'], skip: -1, orderBy: { label: 'asc' } }))
    await main((db) => db.counter.groupBy({ by: ['label'], orderBy: { n: 'asc' } }))
    await main((db) => db.counter.groupBy({ by: ['label'], orderBy: { label: 'asc', n: 'asc' } }))
    await main((db) => db.counter.groupBy({ by: ['label'], orderBy: { _sum: { n: 'asc', big: 'asc' } } }))
    await main((db) => db.counter.groupBy({ by: ['label'], orderBy: { _sum: { n: { sort: 'asc' } } } }))
    await main((db) => db.counter.groupBy({ by: ['label'], orderBy: { _count: { _all: 'asc' } } }))
    await main((db) => db.counter.groupBy({ by: ['label'], orderBy: { _sum: {} } }))
    await main((db) => db.counter.groupBy({ by: ['label'], having: { n: { gt: 0 } } }))
    await main((db) => db.counter.groupBy({ by: ['label'], having: { n: { _sum: 1 } } }))
    await main((db) => db.counter.groupBy({ by: ['label'], having: { n: { _sum: { equals: null } } } }))
    await main((db) => db.counter.groupBy({ by: ['label'], having: { id: { _sum: { gt: 1 } } } }))
    await main((db) => db.counter.groupBy({ by: ['label'], having: { nope: { _sum: { gt: 1 } } } }))
    await main((db) => db.scalar.groupBy({ by: ['intN'], having: { json: { _count: { gt: 1 } } } }))
    await main((db) => db.counter.groupBy({ by: ['label'], having: {} }))
  })
})
