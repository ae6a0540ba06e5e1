// Filters on Json: the rows that main returns, with every kind of value and of null.
const { throughBothDoors } = require('./support/doors')
const { askLocally, askOfMain } = require('./support/local')
const { scalarRow } = require('./support/rows')
const seeds = require('./support/seed')

const orderBy = { id: 'asc' }
const select = { id: true }

const VALUES = [
  { a: { b: 1 } },
  { a: { b: 'x' } },
  { a: null },
  {},
  [],
  [1, 2, 3],
  [[1], 2],
  'str',
  'Str%x',
  0,
  1,
  true,
  null,
  { a: [1, { b: 2 }] },
  { a: ['x', 'y'] },
  { a: 'abc' },
  { a: 'ABC' },
  { a: 10 },
  { a: 9 },
  { a: '9' },
  ['abc'],
  [null],
  [{ y: 2, x: 1 }],
  { a: { b: [{ c: 1 }] } },
  { 'a.b': 1, 0: 'zero' },
  1e21,
  'null',
  { a: true },
  { a: '' },
  '',
  { a: 1.5 },
  { a: [] },
  { a: [[1, 2]] },
  { a: {} },
  'a "quoted" word\n',
  { a: 'éÉ💡' },
  { a: -3 },
]

const uuid = (/** @type {number} */ n) => `10000000-0000-4000-8000-${String(n).padStart(12, '0')}`

/** @param {any} main */
async function seed(main) {
  await seeds.seed(main)
  for (const [id, json] of VALUES.entries()) {
    await main.scalar.create({ data: scalarRow(id, { json, jsonN: json }) })
    await main.native.create({ data: { id: uuid(id), jsonText: json } })
  }
  await main.scalar.create({ data: scalarRow(90, {}) })
  await main.native.create({ data: { id: uuid(90) } })
}

/** @param {any} block @param {any} main */
async function load(block, main) {
  await seeds.loadAll(block, main)
  await block.scalar.createMany({ data: await main.scalar.findMany() })
  await block.native.createMany({ data: await main.native.findMany() })
}

/** @type {Record<string, any>} */
const FILTERS = {
  equals: { equals: { a: { b: 1 } } },
  'equals whatever the order of keys': { equals: [{ x: 1, y: 2 }] },
  'equals a string': { equals: 'null' },
  'equals null is JSON’s': { equals: null },
  not: { not: { a: { b: 1 } } },
  'not null': { not: null },
  'not of an operator is a value': { not: { string_contains: 't' } },
  'equals and not': { equals: { a: 10 }, not: { a: 9 } },
  'nothing at all': {},
  path: { path: ['a'], equals: 10 },
  'path to an object': { path: ['a'], equals: { b: 1 } },
  'path, not': { path: ['a'], not: 10 },
  'path, equals null': { path: ['a'], equals: null },
  'path of two': { path: ['a', 'b'], equals: 1 },
  'path into a list': { path: ['a', '1', 'b'], equals: 2 },
  'path from the end of a list': { path: ['a', '-1'], equals: 'y' },
  'path to a position': { path: ['0'], equals: 1 },
  'path to a key that is a number': { path: ['0'], equals: 'zero' },
  'path to a position with a sign': { path: ['+1'], equals: 2 },
  'path to a position with zeros': { path: [' 01'], equals: 2 },
  'path to a position that is none': { path: ['1x'], not: 2 },
  'path with a dot': { path: ['a.b'], equals: 1 },
  'path of nothing': { path: [], equals: 1 },
  'path of an empty key': { path: [''], equals: 1 },
  'path, equals and not': { path: ['a'], equals: 10, not: 9 },
  string_contains: { string_contains: 't' },
  'string_starts_with sees the quotes': { string_starts_with: '"S' },
  'string_ends_with sees them too': { string_ends_with: 'r"' },
  'string_starts_with without them': { string_starts_with: 'S' },
  'string_contains nothing': { string_contains: '' },
  'string_contains a wildcard': { string_contains: '_r%x' },
  'string_contains an escape': { string_contains: '\\n' },
  'path, string_contains': { path: ['a'], string_contains: 'b' },
  'path, string_starts_with': { path: ['a'], string_starts_with: 'a' },
  'path, string_ends_with': { path: ['a'], string_ends_with: 'c' },
  'path, two of them': { path: ['a'], string_contains: 'b', string_starts_with: 'a' },
  'path, letters beyond ASCII': { path: ['a'], string_contains: 'É' },
  array_contains: { array_contains: [1, 3] },
  'array_contains a bare value': { array_contains: 1 },
  'array_contains nothing': { array_contains: [] },
  'array_contains null': { array_contains: null },
  'array_contains a list of null': { array_contains: [null] },
  'array_contains a string': { array_contains: 'abc' },
  'array_contains an object': { array_contains: { x: 1 } },
  'array_contains part of an object': { array_contains: [{ x: 1 }] },
  'array_contains a list in a list': { array_contains: [[1]] },
  array_starts_with: { array_starts_with: 1 },
  'array_starts_with a list': { array_starts_with: [1] },
  'array_starts_with null': { array_starts_with: null },
  array_ends_with: { array_ends_with: 3 },
  'array_ends_with an object': { array_ends_with: { x: 1, y: 2 } },
  'path, array_contains': { path: ['a'], array_contains: ['x'] },
  'path, array_starts_with': { path: ['a'], array_starts_with: 'x' },
  'path, array_ends_with': { path: ['a'], array_ends_with: { b: 2 } },
  'lt of a number': { lt: 1 },
  'gt of a string': { gt: 'S' },
  'path, lt': { path: ['a'], lt: 10 },
  'path, lte and gte': { path: ['a'], lte: 10, gte: 9 },
  'path, gt of a string': { path: ['a'], gt: '9' },
  'path, gte of a fraction': { path: ['a'], gte: 1.5 },
}

/** A filter that asks for a type, below odd and even numbers of NOT. */
const TYPED = { settings: { string_contains: 't' } }
/** @type {Record<string, any>} */
const NEGATED = {
  twice: { NOT: { NOT: TYPED } },
  thrice: { NOT: { NOT: { NOT: TYPED } } },
  'in an OR': { NOT: { OR: [TYPED, { id: 'x' }] } },
  'inside and outside': { NOT: { AND: [TYPED, { NOT: TYPED }] } },
  'by every': { reports: { every: TYPED } },
  'by none': { NOT: { reports: { none: TYPED } } },
  'by isNot': { manager: { isNot: TYPED } },
  'by NOT and isNot': { NOT: { manager: { isNot: TYPED } } },
}

throughBothDoors({ seed, load }, (pair) => {
  test.each(Object.entries(FILTERS))('%s', async (_, jsonN) => {
    await askLocally(pair, (db) => db.scalar.findMany({ where: { jsonN }, orderBy, select }))
    await askLocally(pair, (db) => db.scalar.findMany({ where: { NOT: { jsonN } }, orderBy, select }))
    await askLocally(pair, (db) => db.scalar.count({ where: { json: jsonN } }))
  })

  test.each(Object.entries(NEGATED))('turned round %s', async (_, where) => {
    await askLocally(pair, (db) => db.user.findMany({ where, orderBy, select }))
  })

  test.each(['DbNull', 'JsonNull', 'AnyNull'])('Prisma.%s', async (name) => {
    const kind = pair.Prisma[name]
    for (const filter of [{ equals: kind }, { not: kind }]) {
      for (const jsonN of [filter, { path: ['a'], ...filter }]) {
        await askLocally(pair, (db) => db.scalar.findMany({ where: { jsonN }, orderBy, select }))
        await askLocally(pair, (db) => db.scalar.count({ where: { NOT: { jsonN } } }))
        await askLocally(pair, (db) => db.scalar.count({ where: { json: jsonN } }))
        await askLocally(pair, (db) => db.native.count({ where: { jsonText: jsonN } }))
      }
    }
  })

  test.each([
    { equals: { a: { b: 1 } } },
    { equals: [{ x: 1, y: 2 }] },
    { not: 'str' },
    { equals: null },
    { path: ['a'], equals: 10 },
    { path: ['a'], not: 10 },
    { path: ['a'], string_contains: 'b' },
    { path: ['a'], array_contains: ['x'] },
    { path: ['a'], gt: 1 },
  ])('of @db.Json: %j', async (jsonText) => {
    await askLocally(pair, (db) => db.native.findMany({ where: { jsonText }, orderBy, select }))
    await askLocally(pair, (db) => db.native.count({ where: { NOT: { jsonText } } }))
  })

  test('the same shape with other values', async () => {
    for (const step of ['a', 'b', '0']) {
      for (const value of [10, 'abc', { b: 1 }, [1], true]) {
        const where = { jsonN: { path: [step], equals: value } }
        await askLocally(pair, (db) => db.scalar.findMany({ where, orderBy, select }))
        await askLocally(pair, (db) => db.scalar.count({ where: { jsonN: { array_contains: value } } }))
      }
    }
  })

  test('what only the main database judges', async () => {
    const of = (/** @type {any} */ jsonN) => (/** @type {any} */ db) =>
      db.scalar.findMany({ where: { jsonN }, orderBy, select })
    await askOfMain(pair, of({ equals: 'STR', mode: 'insensitive' }))
    await askOfMain(pair, of({ path: ['a'], string_contains: 'B', mode: 'insensitive' }))
    await askOfMain(pair, of({ path: ['a'], equals: pair.main.scalar.fields.json }))
    await pair.ask(of({ string_contains: 'STR', mode: 'insensitive' }))
    await pair.ask((db) => db.native.findMany({ where: { jsonText: { string_contains: 'x' } } }))
    await pair.ask((db) => db.native.findMany({ where: { jsonText: { array_contains: 1 } } }))
  })

  test('what Prisma refuses', async () => {
    const { JsonNull } = pair.Prisma
    const refused = [
      { path: ['a'] },
      { path: '$.a', equals: 1 },
      { path: ['a'], in: [1] },
      { path: ['a'], equals: undefined },
      { string_contains: 5 },
      { array_contains: JsonNull },
      { lt: JsonNull },
      { gte: true },
      { lt: [1] },
      { lt: null },
      5,
      null,
      JsonNull,
    ]
    for (const jsonN of refused) await pair.ask((db) => db.scalar.findMany({ where: { jsonN } }))
  })

  test('an order of values that has none, through a plan made for numbers', async () => {
    const of = (/** @type {any} */ lt) => (/** @type {any} */ db) =>
      db.scalar.count({ where: { jsonN: { lt } } })
    for (const lt of [1, 2, 'x', true, [1], {}]) await pair.ask(of(lt))
  })
})
