// distinct: the first row of each combination of values, before skip and take.
const { throughBothDoors } = require('./support/doors')
const { askStatements } = require('./support/statements')
const { loadAll, seed: seedAll } = require('./support/seed')

const byId = { id: 'asc' }
const FLOATS = [Number.NaN, 0, -0, Number.POSITIVE_INFINITY, null, 1]

/** @param {any} main */
async function seed(main) {
  await seedAll(main)
  const scalars = FLOATS.map((floatN, id) => ({
    ...{ id, int: id % 2, bigInt: 1n, float: id / 2, decimal: id % 3, string: 'ab'[id % 2] },
    ...{ boolean: id > 2, dateTime: new Date(id % 2), bytes: new Uint8Array([id % 2]) },
    ...{ json: { b: 1, a: id % 2 }, mood: id > 3 ? 'SAD' : 'CALM', floatN },
  }))
  await main.scalar.createMany({ data: scalars })
}

/** @param {any} block @param {any} main */
async function load(block, main) {
  await loadAll(block, main)
  await block.scalar.createMany({ data: await main.scalar.findMany() })
}

const FIELDS = [
  'int',
  'bigInt',
  'float',
  'decimal',
  'string',
  'boolean',
  'dateTime',
  'bytes',
  'json',
  'mood',
  'floatN',
]

throughBothDoors({ seed, load }, (pair) => {
  test.each(FIELDS)('a field %s', async (field) => {
    await askStatements(pair, (db) => db.scalar.findMany({ orderBy: byId, distinct: [field] }), 1)
    await askStatements(
      pair,
      (db) => db.scalar.findMany({ orderBy: { id: 'desc' }, distinct: field, select: { id: true } }),
      1,
    )
  })

  test.each([
    ['several fields', { distinct: ['authorId', 'published'] }],
    ['a field that is not selected', { distinct: 'authorId', select: { title: true } }],
    ['a nullable field', { distinct: ['rating'] }],
    ['no field: all rows are alike', { distinct: [] }],
    ['the same field twice', { distinct: ['rating', 'rating'] }],
  ])('%s', async (_, args) => {
    for (const cut of [
      {},
      { take: 2 },
      { skip: 1, take: 2 },
      { skip: 2 },
      { take: -2 },
      { take: -2, skip: 1 },
    ]) {
      await pair.ask((db) => db.post.findMany({ ...args, ...cut, orderBy: byId }))
      await pair.ask((db) => db.post.findMany({ ...args, ...cut, orderBy: [{ rating: 'desc' }, byId] }))
    }
    await askStatements(pair, (db) => db.post.findFirst({ ...args, orderBy: { id: 'desc' } }), 1)
    await pair.ask((db) => db.post.findFirst({ ...args, orderBy: byId, skip: 1 }))
  })

  test('a list', async () => {
    await askStatements(pair, (db) => db.user.findMany({ orderBy: byId, distinct: ['tags'] }), 1)
  })

  test('beside a cursor', async () => {
    for (const distinct of ['authorId', 'published', 'rating']) {
      for (const orderBy of [
        byId,
        { id: 'desc' },
        [{ rating: 'asc' }, byId],
        [{ rating: { sort: 'asc', nulls: 'first' } }, byId],
      ]) {
        for (const id of [3, 6, 9]) {
          await pair.ask((db) => db.post.findMany({ orderBy, distinct, cursor: { id } }))
          await pair.ask((db) => db.post.findMany({ orderBy, distinct, cursor: { id }, take: -2 }))
        }
      }
    }
  })

  test('in an included list, for each parent', async () => {
    for (const cut of [{}, { take: 1 }, { skip: 1 }, { take: -1 }, { cursor: { id: 6 } }]) {
      const include = { posts: { orderBy: byId, distinct: ['published'], ...cut } }
      await pair.ask((db) => db.user.findMany({ orderBy: byId, include }))
      await pair.ask((db) => db.user.findUnique({ where: { id: 'u1' }, include }))
      await pair.ask((db) => db.user.findUnique({ where: { id: 'u2' }, include }))
    }
    const include = { posts: { orderBy: byId, distinct: ['published'], take: 1 } }
    await askStatements(pair, (db) => db.user.findMany({ orderBy: byId, include }), 2)
  })

  test('in a many-to-many', async () => {
    const include = { posts: { orderBy: byId, distinct: ['authorId'], take: 2 } }
    await askStatements(pair, (db) => db.category.findMany({ orderBy: { name: 'asc' }, include }), 2)
  })

  test('what Prisma refuses', async () => {
    await pair.ask((db) => db.post.findMany({ distinct: ['nothing'] }))
    await pair.ask((db) => db.post.findMany({ distinct: ['author'] }))
    await pair.ask((db) => db.post.count({ distinct: ['id'] }))
  })
})
