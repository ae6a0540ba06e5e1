// Filters that compare a field with another of the same row.
const { throughBothDoors } = require('./support/doors')
const { askLocally, askOfMain } = require('./support/local')
const { scalarRow } = require('./support/rows')
const seeds = require('./support/seed')

const orderBy = { id: 'asc' }
const select = { id: true }

/** @param {any} main */
async function seed(main) {
  await seeds.seed(main)
  await main.user.update({
    where: { id: 'u0' },
    data: { name: 'u0@example.com', tags: ['u0@example.com', 'x'] },
  })
  await main.user.update({ where: { id: 'u1' }, data: { name: '1@EXAMPLE', tags: ['x'] } })
  const rows = [
    { int: 1, intN: 1, bigInt: 2n, bigIntN: 1n, float: 1.5, floatN: 1.5, decimal: '1.50', decimalN: '1.5' },
    { int: 1, intN: 2, bigInt: 2n, bigIntN: 3n, float: 1, floatN: null, decimal: '10', decimalN: '9' },
    { string: 'a%', stringN: 'a', boolean: false, booleanN: false, mood: 'SAD', moodN: 'SAD' },
    { string: 'abc', stringN: 'a_c', dateTimeN: new Date(0), bytesN: new Uint8Array(), moodN: 'CALM' },
    { string: 'b', stringN: 'ab', dateTimeN: new Date(5), bytesN: new Uint8Array([1]) },
  ]
  await main.scalar.createMany({ data: rows.map((row, id) => scalarRow(id, row)) })
}

/** @param {any} block @param {any} main */
async function load(block, main) {
  await seeds.loadAll(block, main)
  await block.scalar.createMany({ data: await main.scalar.findMany() })
}

/** @type {Record<string, (of: any) => any>} */
const SCALARS = {
  'equals of an Int': (of) => ({ int: { equals: of.intN } }),
  'lt of an Int': (of) => ({ int: { lt: of.intN } }),
  'not of an Int': (of) => ({ intN: { not: { equals: of.int } } }),
  'gte of a BigInt': (of) => ({ bigInt: { gte: of.bigIntN } }),
  'lte of a Float': (of) => ({ float: { lte: of.floatN } }),
  'equals of a Decimal': (of) => ({ decimal: { equals: of.decimalN } }),
  'gt of a Decimal': (of) => ({ decimal: { gt: of.decimalN } }),
  'lt of a String': (of) => ({ string: { lt: of.stringN } }),
  'contains, with the other’s wildcards': (of) => ({ string: { contains: of.stringN } }),
  'startsWith the other way round': (of) => ({ stringN: { startsWith: of.string } }),
  'not contains': (of) => ({ string: { not: { contains: of.stringN } } }),
  'equals of a Boolean': (of) => ({ boolean: { equals: of.booleanN } }),
  'gt of a DateTime': (of) => ({ dateTimeN: { gt: of.dateTime } }),
  'equals of Bytes': (of) => ({ bytesN: { equals: of.bytes } }),
  'equals of an enum': (of) => ({ mood: { equals: of.moodN } }),
  'the field itself': (of) => ({ intN: { equals: of.intN } }),
  'below NOT': (of) => ({ NOT: { int: { equals: of.intN } } }),
  'two of them': (of) => ({ OR: [{ int: { gt: of.intN } }, { string: { gt: of.stringN } }] }),
}

/** @type {Record<string, (of: any) => any>} */
const USERS = {
  'in a list field': (of) => ({ name: { in: of.tags } }),
  'not in a list field': (of) => ({ name: { not: { notIn: of.tags } } }),
  'has a field': (of) => ({ tags: { has: of.email } }),
  'hasSome of a field': (of) => ({ tags: { hasSome: of.tags } }),
}

throughBothDoors({ seed, load }, (pair) => {
  test.each(Object.entries(SCALARS))('%s', async (_, whereOf) => {
    const call = (/** @type {any} */ db) =>
      db.scalar.findMany({ where: whereOf(db.scalar.fields), orderBy, select })
    await askLocally(pair, call)
    await askLocally(pair, (db) => db.scalar.count({ where: whereOf(db.scalar.fields) }))
  })

  test.each(Object.entries(USERS))('%s', async (_, whereOf) => {
    await askLocally(pair, (db) => db.user.findMany({ where: whereOf(db.user.fields), orderBy, select }))
  })

  test('lists that may be NULL: main knows', async () => {
    await askOfMain(pair, (db) =>
      db.user.findMany({ where: { name: { notIn: db.user.fields.tags } }, orderBy, select }),
    )
    await askOfMain(pair, (db) =>
      db.user.findMany({ where: { tags: { hasEvery: db.user.fields.tags } }, orderBy, select }),
    )
  })

  test('inside a relation, beside values, in a unique where', async () => {
    await askLocally(pair, (db) =>
      db.user.findMany({
        where: { posts: { some: { rating: { lt: db.post.fields.id }, published: true } } },
        orderBy,
        select,
      }),
    )
    await askLocally(pair, (db) =>
      db.user.findUnique({ where: { id: 'u0', name: { equals: db.user.fields.email } }, select }),
    )
    for (const gte of [1, 2]) {
      await askLocally(pair, (db) =>
        db.scalar.count({ where: { int: { equals: db.scalar.fields.intN, gte } } }),
      )
    }
  })

  test('endsWith, of a field whose text may end with an escape of nothing: main knows', async () => {
    await askOfMain(pair, (db) =>
      db.scalar.findMany({ where: { stringN: { endsWith: db.scalar.fields.string } }, orderBy, select }),
    )
  })

  test('fields of different native types: main compares', async () => {
    await askOfMain(pair, (db) => db.post.count({ where: { title: { equals: db.post.fields.authorId } } }))
  })

  test('what Prisma refuses', async () => {
    const user = pair.main.user.fields
    const post = pair.main.post.fields
    const wheres = [
      { age: { gt: user.score } },
      { age: { gt: post.rating } },
      { name: { in: user.email } },
      { name: user.email },
      { name: { not: user.email } },
      { tags: { equals: user.tags } },
      { tags: { has: user.tags } },
      { views: { in: user.views } },
      { posts: { some: { title: { equals: user.name } } } },
    ]
    for (const where of wheres) await pair.ask((db) => db.user.findMany({ where, orderBy, select }))
    await pair.ask((db) => db.user.findUnique({ where: { id: user.email } }))
  })
})
