// _count in select and include: how many rows a list has.
const { throughBothDoors } = require('./support/doors')
const { askStatements } = require('./support/statements')
const { loadAll, seed } = require('./support/seed')
const { sqlOf } = require('./support/sql')

const byId = { id: 'asc' }
const posts = { posts: true }

const COUNTS = {
  'one list': ['user', { _count: { select: posts } }],
  'several lists, as written': ['user', { _count: { select: { reports: true, posts: true } } }],
  'a filter': ['user', { _count: { select: { posts: { where: { published: true, rating: { gt: 1 } } } } } }],
  'a filter and none': [
    'user',
    { _count: { select: { posts: { where: { rating: null } }, reviews: true } } },
  ],
  'an empty filter': ['user', { _count: { select: { posts: { where: {} } } } }],
  'a many-to-many': ['post', { _count: { select: { categories: true } } }],
  'a many-to-many with a filter': [
    'post',
    { _count: { select: { categories: { where: { name: 'news' } } } } },
  ],
  'a self relation': ['user', { _count: { select: { reports: { where: { active: true } } } } }],
  'a multi-field key': ['membership', { _count: { select: { notes: { where: { number: { gt: 1 } } } } } }],
  'every list': ['post', { _count: true }],
  'a list that is switched off': ['user', { _count: { select: { posts: true, reports: false } } }],
}
const KEYS = { membership: [{ userId: 'asc' }, { teamId: 'asc' }] }

throughBothDoors({ seed, load: loadAll }, (pair) => {
  test.each(Object.entries(COUNTS))('%s', async (_, [model, include]) => {
    const orderBy = KEYS[model] ?? byId
    await askStatements(pair, (db) => db[model].findMany({ orderBy, include }), 1)
    await askStatements(pair, (db) => db[model].findMany({ orderBy, select: include }), 1)
    await askStatements(pair, (db) => db[model].findFirst({ orderBy, include }), 1)
  })

  test('keys come in the order that Prisma gives them', async () => {
    const select = { _count: { select: posts }, name: true, posts: { orderBy: byId, take: 1 }, id: true }
    await askStatements(pair, (db) => db.user.findUnique({ where: { id: 'u0' }, select }), 2)
    const include = { posts: { orderBy: byId }, _count: { select: posts }, profile: true }
    await askStatements(pair, (db) => db.user.findMany({ orderBy: byId, include }), 3)
  })

  test('at every level', async () => {
    const count = {
      _count: { select: { comments: { where: { authorId: { not: null } } }, categories: true } },
    }
    const include = {
      _count: { select: posts },
      posts: {
        orderBy: byId,
        take: 2,
        include: { ...count, author: { include: { _count: { select: posts } } } },
      },
    }
    await askStatements(pair, (db) => db.user.findMany({ orderBy: byId, include }), 3)
    await askStatements(pair, (db) => db.user.findUnique({ where: { id: 'u1' }, include }), 3)
  })

  test('of a to-one that is null', async () => {
    const select = { reviewer: { select: { _count: { select: posts } } } }
    await askStatements(pair, (db) => db.post.findMany({ orderBy: byId, select }), 2)
  })

  test('other values are the same plan', async () => {
    for (const rating of [1, 2, 3]) {
      const include = { _count: { select: { posts: { where: { rating } } } } }
      await pair.ask((db) => db.user.findMany({ orderBy: byId, include }))
    }
  })

  test('a list that leads out of the block is counted by main', async () => {
    const call = (db) => db.user.findMany({ orderBy: byId, include: { _count: true } })
    await pair.ask(call)
    expect(await sqlOf(pair.block, call)).toEqual([])
    await pair.ask((db) =>
      db.user.findMany({ orderBy: byId, select: { _count: { select: { auditLogs: true } } } }),
    )
  })

  test('what Prisma refuses', async () => {
    await pair.ask((db) => db.user.findMany({ select: { _count: { select: {} } } }))
    await pair.ask((db) => db.user.findMany({ select: { _count: { select: { posts: false } } } }))
    await pair.ask((db) => db.user.findMany({ select: { _count: { select: { profile: true } } } }))
    await pair.ask((db) => db.user.findMany({ select: { _count: { select: { posts: { take: 1 } } } } }))
    await pair.ask((db) => db.counter.findMany({ include: { _count: true } }))
  })

  test('a created row shows its counts', async () => {
    const include = { _count: { select: posts } }
    const made = await pair.block.user.create({ data: { id: 'new', email: 'new@example.com' }, include })
    expect(made._count).toEqual({ posts: 0 })
    const changed = await pair.block.user.update({ where: { id: 'u1' }, data: { age: 21 }, include })
    expect(changed._count).toEqual({ posts: 3 })
    const gone = await pair.block.user.delete({ where: { id: 'new' }, include })
    expect(gone._count).toEqual({ posts: 0 })
    await pair.block.$block.flush()
  })
})
