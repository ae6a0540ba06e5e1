// Every operator with every value of every scalar type, edges included: the rows that main returns, whatever kind of
// database it is; then orders, ends and groups by the same fields.
const { inspect } = require('node:util')
const { ALL_MAINS, throughBothDoors } = require('./support/doors')

const date = new Date('2026-02-03T04:05:06.789Z')
const REQUIRED = {
  int: 0,
  bigInt: 0n,
  float: 0,
  decimal: '0',
  string: '',
  boolean: false,
  dateTime: new Date(0),
  bytes: new Uint8Array(),
  json: {},
  mood: 'HAPPY',
}
const FIELDS = Object.keys(REQUIRED)
const ROWS = [
  {},
  { int: 2_147_483_647, bigInt: 9_223_372_036_854_775_807n, float: 1.5e300, mood: 'SAD' },
  { decimal: '12345678901234567890.123456789012345678', string: 'ünï 💡"\\', boolean: true, dateTime: date },
  { bytes: new Uint8Array([0, 1, 255]), json: { z: 1, a: [null, true], 'k"': '' } },
  { int: -2_147_483_648, bigInt: -9_223_372_036_854_775_808n, float: 2.5e-300, json: [] },
  { decimal: '-0.000000000000000000000000000001', dateTime: new Date('1000-01-01T00:00:00.001Z') },
  { float: 0.1, decimal: '1e20', dateTime: new Date('9999-12-31T23:59:59.999Z'), json: 'text' },
  { decimal: '0.1', float: 1e21, string: 'a%_b' },
  { decimal: '0.30000000000000004', float: 0.3, string: 'A%_B' },
  { decimal: '9007199254740993', float: 123_456_789.123_456_79, bigInt: 9_007_199_254_740_993n },
  { intN: 1, bigIntN: 2n, floatN: 3.5, decimalN: '4.25', stringN: 's', booleanN: false, dateTimeN: date },
  { bytesN: new Uint8Array([9]), jsonN: { n: null }, moodN: 'CALM' },
].map((row, n) => ({ ...REQUIRED, ...row, id: n + 1 }))

/** Values that no row has, but comes close to. @type {Record<string, any[]>} */
const NEAR = {
  int: [3, -1, 3e9],
  float: [1.1, 0.300_000_000_000_000_04],
  decimal: ['0.3', 0.3, '0.1000000000000000055', '0.10', '9007199254740992', '12345678901234567890', '1e-30'],
  dateTime: [new Date('2026-02-03T04:05:06.788Z'), '2026-02-03T05:05:06.789+01:00'],
  string: ['ÜNÏ 💡"\\', ' ', 'a', '%', '_', '\\'],
}

const ONE = ['equals', 'not']
const MANY = [...ONE, 'in', 'notIn']
const ORDERED = [...MANY, 'lt', 'lte', 'gt', 'gte']
/** @type {Record<string, string[]>} */
const OPERATORS = {
  boolean: ONE,
  json: ONE,
  bytes: MANY,
  mood: MANY,
  string: [...ORDERED, 'contains', 'startsWith', 'endsWith'],
}

async function seed(main) {
  for (const data of ROWS) await main.scalar.create({ data })
}

async function load(block, main) {
  await block.scalar.createMany({ data: await main.scalar.findMany() })
}

/** @param {any[]} values */
const distinct = (values) => [...new Map(values.map((value) => [inspect(value), value])).values()]

/** @param {string} type @param {string} field */
function wheresOf(type, field) {
  const held = distinct(ROWS.map((row) => row[field]).filter((value) => value !== undefined))
  return (OPERATORS[type] ?? ORDERED).flatMap((operator) =>
    [...held, ...(NEAR[type] ?? [])].map((value) => {
      const operand = operator === 'in' || operator === 'notIn' ? [value] : value
      return { [field]: { [operator]: operand } }
    }),
  )
}

throughBothDoors({ providers: ALL_MAINS, seed, load }, (pair) => {
  const page = { orderBy: { id: 'asc' }, select: { id: true } }

  test('the rows themselves', async () => {
    await pair.ask((db) => db.scalar.findMany({ orderBy: { id: 'asc' } }))
    for (const { id } of ROWS) await pair.ask((db) => db.scalar.findUnique({ where: { id } }))
  })

  test.each(FIELDS.flatMap((type) => [type, `${type}N`].map((field) => [field, type])))(
    'a filter of %s',
    async (field, type) => {
      for (const where of wheresOf(type, field)) {
        await pair.ask((db) => db.scalar.findMany({ where, ...page }))
      }
    },
  )

  test.each(FIELDS.filter((type) => type !== 'json'))('order, ends and groups by %s', async (type) => {
    for (const field of [type, `${type}N`]) {
      for (const sort of ['asc', 'desc']) {
        await pair.ask((db) =>
          db.scalar.findMany({ orderBy: [{ [field]: sort }, { id: 'asc' }], select: { id: true } }),
        )
        await pair.ask((db) => db.scalar.groupBy({ by: [field], _count: true, orderBy: { [field]: sort } }))
      }
      await pair.ask((db) =>
        db.scalar.aggregate({ _min: { [field]: true }, _max: { [field]: true }, _count: { [field]: true } }),
      )
    }
  })

  test.each(['DbNull', 'JsonNull', 'AnyNull'])('Json is, and is not, %s', async (name) => {
    for (const operator of ONE) {
      const where = { jsonN: { [operator]: pair.Prisma[name] } }
      await pair.ask((db) => db.scalar.findMany({ where, ...page }))
    }
  })

  test('what one provider takes and another refuses', async () => {
    for (const where of [
      { string: { equals: 'A%_b', mode: 'insensitive' } },
      { string: { contains: 'A', mode: 'default' } },
      { float: Number.POSITIVE_INFINITY },
      { float: Number.NaN },
      { string: { search: 'a' } },
      { json: { path: '$.z', equals: 1 } },
      { json: { path: ['z'], equals: 1 } },
      { json: { array_contains: [1] } },
      { json: { string_contains: 'x' } },
    ]) {
      await pair.ask((db) => db.scalar.findMany({ where, ...page }))
    }
  })
})
