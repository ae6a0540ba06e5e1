// Arguments of included relations, for each parent; one statement a level.
const { throughBothDoors } = require('./support/doors')
const { loadAll, seed } = require('./support/seed')
const { askStatements } = require('./support/statements')

const byId = { orderBy: { id: 'asc' } }
const byName = { orderBy: { name: 'asc' } }

const ONE_LEVEL = {
  'no order: take is by id': ['user', { posts: { take: 2 } }],
  'no order: skip is by id': ['user', { posts: { skip: 1 } }],
  'the last ones': ['user', { posts: { take: -2, skip: 1 } }],
  none: ['user', { posts: { take: 0 } }],
  'a filter, an order and a page': [
    'user',
    {
      posts: {
        where: { published: true },
        orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
        take: 1,
        skip: 1,
      },
    },
  ],
  'a filter over a relation': ['user', { posts: { ...byId, where: { comments: { some: {} } }, take: 2 } }],
  'a page of a self relation': ['user', { reports: { orderBy: { id: 'desc' }, take: 2 } }],
  'a page of a many-to-many': ['post', { categories: { ...byName, take: 1 } }],
  'the last of a many-to-many': ['category', { posts: { ...byId, take: -2 } }],
  'a filter of a many-to-many': ['category', { posts: { ...byId, where: { rating: { gte: 2 } }, skip: 1 } }],
  'a page over a multi-field key': ['membership', { notes: { orderBy: { number: 'desc' }, take: 1 } }],
  'a to-one with a filter': ['post', { reviewer: { where: { age: { gt: 21 } } } }],
  'a to-one with a filter that none meets': ['post', { reviewer: { where: { email: 'nobody' } } }],
  'a to-one of the other side with a filter': ['user', { profile: { where: { bio: 'bio 1' } } }],
  'a self relation with a filter': ['user', { manager: { where: { active: true } } }],
}
const KEYS = { membership: [{ userId: 'asc' }, { teamId: 'asc' }], category: { name: 'asc' } }

throughBothDoors({ seed, load: loadAll }, (pair) => {
  test.each(Object.entries(ONE_LEVEL))('%s', async (_, [model, include]) => {
    const orderBy = KEYS[model] ?? { id: 'asc' }
    await askStatements(pair, (db) => db[model].findMany({ orderBy, include }), 2)
    await pair.ask((db) => db[model].findFirst({ orderBy, include }))
    await pair.ask((db) => db[model].findMany({ orderBy, include, skip: 1, take: 1 }))
  })

  test('three levels, a page at each', async () => {
    const comments = { ...byId, take: -2, include: { author: { select: { name: true } } } }
    const include = {
      posts: { orderBy: { id: 'desc' }, take: 2, include: { comments, categories: { ...byName, take: 1 } } },
    }
    await askStatements(pair, (db) => db.user.findMany({ ...byId, include }), 5)
    await askStatements(pair, (db) => db.user.findUnique({ where: { id: 'u2' }, include }), 5)
  })

  test('select, include and omit at each level', async () => {
    const select = {
      title: true,
      author: { omit: { settings: true, avatar: true } },
      comments: { ...byId, select: { at: true } },
    }
    await askStatements(pair, (db) => db.post.findMany({ ...byId, select }), 3)
    await pair.ask((db) =>
      db.post.findMany({ ...byId, omit: { body: true }, include: { author: { select: { id: true } } } }),
    )
    await pair.ask((db) =>
      db.post.findMany({ ...byId, omit: { body: false }, include: { author: undefined } }),
    )
    await pair.ask((db) =>
      db.category.findFirst({ ...byName, omit: { id: true, name: true }, include: { posts: byId } }),
    )
    await pair.ask((db) => db.category.findMany({ omit: { id: true, name: true } }))
    await pair.ask((db) => db.category.findMany({ omit: { friend: true } }))
    await pair.ask((db) => db.category.findMany({ select: {} }))
    await pair.ask((db) => db.category.findMany({ select: { id: false } }))
  })

  test('the same child of several parents', async () => {
    const select = { author: { include: { posts: { ...byId, take: 1, select: { id: true } } } } }
    await askStatements(pair, (db) => db.post.findMany({ ...byId, select }), 3)
    const posts = {
      ...byId,
      include: { categories: { ...byName, include: { posts: { ...byId, take: 2 } } } },
    }
    await askStatements(pair, (db) => db.category.findMany({ ...byName, include: { posts } }), 4)
  })

  test('fluent calls', async () => {
    await pair.ask((db) => db.user.findUnique({ where: { id: 'u1' } }).posts({ take: 2 }))
    await pair.ask((db) =>
      db.user.findUnique({ where: { id: 'u1' } }).posts({ ...byId, skip: 1, select: { id: true } }),
    )
    await pair.ask((db) =>
      db.post
        .findUnique({ where: { id: 2 } })
        .author()
        .posts({ take: -1 }),
    )
    await pair.ask((db) => db.post.findUnique({ where: { id: 2 } }).reviewer({ where: { age: 0 } }))
    await pair.ask((db) => db.user.findUnique({ where: { id: 'nobody' } }).posts())
    await pair.ask((db) => db.post.findFirst(byId).categories(byName))
  })

  test('what Prisma refuses', async () => {
    await pair.ask((db) => db.post.findMany({ include: { author: { where: { id: 'x' } } } }))
    await pair.ask((db) => db.user.findMany({ include: { profile: { orderBy: { id: 'asc' } } } }))
    await pair.ask((db) => db.user.findMany({ include: { posts: { limit: 1 } } }))
    await pair.ask((db) =>
      db.user.findMany({ include: { posts: { include: { author: true }, select: { id: true } } } }),
    )
  })
})
