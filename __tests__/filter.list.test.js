// Filters on scalar lists. A list may be empty, or NULL, which Prisma's client shows as empty too: what the block has
// from main may be either, and where that makes a difference main is asked.
const { throughBothDoors } = require('./support/doors')
const { askLocally, askOfMain, withMainDown } = require('./support/local')

const orderBy = { id: 'asc' }
const select = { id: true }

const at = (/** @type {number} */ n) => new Date(Date.UTC(2026, 0, n))

const ROWS = [
  { id: 0 },
  {
    id: 1,
    ints: [],
    bigInts: [],
    floats: [],
    decimals: [],
    strings: [],
    booleans: [],
    dateTimes: [],
    bytes: [],
    jsons: [],
    moods: [],
  },
  {
    id: 2,
    ints: [1, 2],
    bigInts: [1n, 9_007_199_254_740_993n],
    floats: [1.5, 2],
    decimals: ['1.50', '2'],
    strings: ['a', 'A'],
    booleans: [true],
    dateTimes: [at(1)],
    bytes: [new Uint8Array([1, 255])],
    jsons: [{ b: 1, a: [1] }, null],
    moods: ['SAD'],
  },
  { id: 3, ints: [2, 1], strings: ['b', 'é"\\'], moods: ['HAPPY', 'SAD'], booleans: [false, true] },
  { id: 4, ints: [1, 1, 2], strings: ['a', 'b', 'c'], decimals: ['1.5', '1e-7'], floats: [1e21, -0.5] },
]

/** Filters that are the same for an empty list and for NULL. */
/** @type {Record<string, any>} */
const SAME = {
  has: { ints: { has: 1 } },
  'has nothing like it': { ints: { has: 9 } },
  'has a BigInt beyond 2^53': { bigInts: { has: 9_007_199_254_740_993n } },
  'has a Float': { floats: { has: 1.5 } },
  'has a large Float': { floats: { has: 1e21 } },
  'has a whole Float': { floats: { has: 2 } },
  'has a Decimal': { decimals: { has: '1.500' } },
  'has a small Decimal': { decimals: { has: 1e-7 } },
  'has a String by case': { strings: { has: 'A' } },
  'has a String with quotes': { strings: { has: 'é"\\' } },
  'has a Boolean': { booleans: { has: false } },
  'has a DateTime': { dateTimes: { has: at(1) } },
  'has Bytes': { bytes: { has: new Uint8Array([1, 255]) } },
  'has Json': { jsons: { has: { a: [1], b: 1 } } },
  'has JSON’s null': { jsons: { has: null } },
  'has an enum': { moods: { has: 'SAD' } },
  hasEvery: { ints: { hasEvery: [1, 2] } },
  'hasEvery, twice the same': { ints: { hasEvery: [1, 1] } },
  'hasEvery of Decimals': { decimals: { hasEvery: ['1.5', '2.0'] } },
  'hasEvery of enums': { moods: { hasEvery: ['SAD', 'HAPPY'] } },
  'hasEvery of Json': { jsons: { hasEvery: [{ a: [1], b: 1 }] } },
  hasSome: { strings: { hasSome: ['A', 'c', 'z'] } },
  equals: { ints: { equals: [1, 2] } },
  'equals, in order': { ints: { equals: [2, 1] } },
  'equals, twice the same': { ints: { equals: [1, 1, 2] } },
  'equals Json': { jsons: { equals: [{ a: [1], b: 1 }, null] } },
  'equals enums': { moods: { equals: ['HAPPY', 'SAD'] } },
  'equals DateTimes': { dateTimes: { equals: [at(1)] } },
  'is not empty': { ints: { isEmpty: false } },
  'below AND and OR': {
    OR: [{ ints: { has: 1 } }, { AND: [{ strings: { has: 'b' } }, { moods: { has: 'SAD' } }] }],
  },
}

/** Filters that tell them apart. */
/** @type {Record<string, any>} */
const APART = {
  isEmpty: { ints: { isEmpty: true } },
  'equals nothing': { ints: { equals: [] } },
  'equals null': { ints: { equals: null } },
  'hasEvery of nothing': { ints: { hasEvery: [] } },
  'not has': { NOT: { ints: { has: 1 } } },
  'not hasSome': { NOT: { strings: { hasSome: ['A'] } } },
  'not equals': { NOT: { moods: { equals: ['SAD'] } } },
  'not isEmpty': { NOT: { jsons: { isEmpty: true } } },
  'not equals null': { NOT: { ints: { equals: null } } },
}

/** @param {any} main */
async function seed(main) {
  for (const data of ROWS) await main.scalarList.create({ data })
}

/** @param {any} block @param {any} main */
async function load(block, main) {
  await block.scalarList.createMany({ data: await main.scalarList.findMany() })
}

throughBothDoors({ seed, load }, (pair) => {
  const find = (/** @type {any} */ where) => (/** @type {any} */ db) =>
    db.scalarList.findMany({ where, orderBy, select })

  test.each(Object.entries(SAME))('%s', async (_, where) => {
    await askLocally(pair, find(where))
    await askLocally(pair, (db) => db.scalarList.count({ where }))
  })

  test.each(Object.entries(APART))('%s: main knows which lists are NULL', async (_, where) => {
    await askOfMain(pair, find(where))
  })

  test.each(Object.entries(APART))('%s, of rows that are all filled: local', async (_, where) => {
    const filled = { AND: [{ id: 2 }, where] }
    await askLocally(pair, (db) => db.scalarList.count({ where: filled }))
  })

  test('kinds of null among the elements are asked of main', async () => {
    const { JsonNull, DbNull } = pair.Prisma
    for (const jsons of [{ hasSome: [JsonNull] }, { hasEvery: [DbNull, 1] }, { equals: [JsonNull] }])
      await pair.ask((db) => db.scalarList.findMany({ where: { jsons }, orderBy, select }))
  })

  test('has null is nowhere, hasSome of nothing neither', async () => {
    await pair.ask(find({ ints: { has: null } }))
    await pair.ask(find({ ints: { hasSome: [] } }))
    await pair.ask(find({ NOT: { ints: { has: null } } }))
  })

  test('the same shape with other values', async () => {
    for (const value of [1, 2, 3]) {
      await askLocally(pair, find({ ints: { has: value } }))
      await askLocally(pair, find({ ints: { hasSome: [value, 7] } }))
    }
    await pair.ask(find({ ints: { hasEvery: [] } }))
  })

  test('lists of Bytes: main answers, as Prisma’s adapter has it', async () => {
    const bytes = [new Uint8Array([2]), new Uint8Array([1, 255])]
    await pair.ask(find({ bytes: { hasSome: bytes } }))
    await pair.ask(find({ bytes: { equals: bytes } }))
  })

  test('an empty list is read as such, of every type', async () => {
    await askLocally(pair, (db) => db.scalarList.findMany({ orderBy }))
    await askLocally(pair, (db) => db.scalarList.findUnique({ where: { id: 0 } }))
  })

  test('what Prisma refuses or makes of other values', async () => {
    for (const ints of [
      [1],
      null,
      {},
      { has: 1, isEmpty: false },
      { not: [1] },
      { has: undefined },
      { hasEvery: null },
      { hasSome: 1 },
      { hasSome: [1, null] },
      { isEmpty: null },
      { has: 99_999_999_999 },
      { has: 1.5 },
      { has: 'x' },
    ]) {
      await pair.ask(find({ ints }))
    }
  })

  test('what was written here is known to be empty or NULL', async () => {
    const { block, main } = pair
    const ids = { id: { in: [10, 11] } }
    await block.scalarList.createMany({ data: [{ id: 10 }, { id: 11, ints: [] }] })
    await block.$block.flush()
    for (const where of Object.values(APART)) {
      const call = find({ AND: [ids, where] })
      const here = await withMainDown(main, async () => call(block)).catch(() => call(block))
      expect(here).toEqual(await call(main))
    }
    const counts = { AND: [ids, { ints: { isEmpty: true } }] }
    expect(await withMainDown(main, () => block.scalarList.count({ where: counts }))).toBe(1)
    await block.scalarList.deleteMany({ where: ids })
    await block.$block.flush()
  })

  test('a list that main tells of by a miss, and one that is set again here', async () => {
    const { block, main } = pair
    await main.scalarList.create({ data: { id: 20, ints: [] } })
    await pair.ask((db) => db.scalarList.findUnique({ where: { id: 20 } }))
    const unique = { id: 20, ints: { isEmpty: true } }
    await askOfMain(pair, (db) => db.scalarList.findUnique({ where: unique, select }))
    await block.scalarList.update({ where: { id: 20 }, data: { ints: [] } })
    await block.$block.flush()
    await askLocally(pair, (db) => db.scalarList.findUnique({ where: unique, select }))
    await block.scalarList.delete({ where: { id: 20 } })
    await block.$block.flush()
  })
})
