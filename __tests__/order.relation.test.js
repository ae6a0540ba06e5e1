// orderBy over relations: a field at the end of a path of to-one relations, and the number of rows of a list.
const { throughBothDoors } = require('./support/doors')
const { askStatements } = require('./support/statements')
const { loadAll, seed } = require('./support/seed')
const { sqlOf } = require('./support/sql')

const byId = { id: 'asc' }

const FIELDS = {
  'a required relation': ['post', [{ author: { email: 'desc' } }, byId]],
  'an optional relation: no row is NULL': ['post', [{ reviewer: { name: 'asc' } }, byId]],
  'the same, descending': ['post', [{ reviewer: { name: 'desc' } }, byId]],
  'nulls first': ['post', [{ reviewer: { name: { sort: 'asc', nulls: 'first' } } }, byId]],
  'nulls last': ['post', [{ reviewer: { name: { sort: 'desc', nulls: 'last' } } }, byId]],
  'a one-to-one from the other side': ['user', [{ profile: { bio: 'desc' } }, byId]],
  'a self relation': ['user', [{ manager: { age: 'asc' } }, byId]],
  'two relations deep': ['post', [{ reviewer: { manager: { email: 'asc' } } }, byId]],
  'three relations deep': ['comment', [{ post: { author: { manager: { name: 'desc' } } } }, byId]],
  'an enum, by its declaration': ['post', [{ author: { role: 'desc' } }, byId]],
  'an exact Decimal': ['post', [{ author: { balance: 'asc' } }, byId]],
  'several paths': ['post', [{ author: { role: 'asc' } }, { reviewer: { age: 'desc' } }, byId]],
  'a multi-field key': ['note', [{ membership: { joinedAt: 'desc' } }, { number: 'asc' }]],
}

const COUNTS = {
  'a list': ['user', [{ posts: { _count: 'asc' } }, byId]],
  'a list, descending': ['user', [{ posts: { _count: 'desc' } }, byId]],
  'a many-to-many': ['post', [{ categories: { _count: 'desc' } }, byId]],
  'a self relation': ['user', [{ reports: { _count: 'desc' } }, byId]],
  'a multi-field key': ['membership', [{ notes: { _count: 'desc' } }, { userId: 'asc' }, { teamId: 'asc' }]],
  'at the end of a path': ['post', [{ author: { comments: { _count: 'desc' } } }, byId]],
  'at the end of a path that may end early': ['post', [{ reviewer: { posts: { _count: 'desc' } } }, byId]],
  'two lists': ['user', [{ comments: { _count: 'desc' } }, { reports: { _count: 'asc' } }, byId]],
}

throughBothDoors({ seed, load: loadAll }, (pair) => {
  describe.each([
    ['by a field of', FIELDS],
    ['by the count of', COUNTS],
  ])('%s', (_, cases) => {
    test.each(Object.entries(cases))('%s', async (_, [model, orderBy]) => {
      await askStatements(pair, (db) => db[model].findMany({ orderBy }), 1)
      await askStatements(pair, (db) => db[model].findMany({ orderBy, take: 4, skip: 1 }), 1)
      await askStatements(pair, (db) => db[model].findMany({ orderBy, take: -4, skip: 1 }), 1)
      await askStatements(pair, (db) => db[model].findFirst({ orderBy }), 1)
    })
  })

  test('in an included list', async () => {
    const orderBy = [{ reviewer: { name: 'desc' } }, { comments: { _count: 'desc' } }, byId]
    const include = { posts: { orderBy, take: 2 } }
    await askStatements(pair, (db) => db.user.findMany({ orderBy: byId, include }), 2)
  })

  test('objects that order nothing', async () => {
    await askStatements(pair, (db) => db.post.findMany({ orderBy: [{ author: {} }, {}, byId] }), 1)
    await askStatements(pair, (db) => db.post.findMany({ orderBy: [{ author: {} }, {}], take: 3 }), 1)
  })

  test('what Prisma refuses', async () => {
    await pair.ask((db) => db.post.findMany({ orderBy: { author: { id: 'asc', name: 'asc' } } }))
    await pair.ask((db) => db.user.findMany({ orderBy: { posts: { id: 'asc' } } }))
    await pair.ask((db) => db.user.findMany({ orderBy: { posts: {} } }))
    await pair.ask((db) => db.user.findMany({ orderBy: { posts: { _count: { sort: 'asc' } } } }))
    await pair.ask((db) =>
      db.post.findMany({ orderBy: { author: { email: { sort: 'asc', nulls: 'last' } } } }),
    )
    await pair.ask((db) => db.post.findMany({ orderBy: { author: { friend: 'asc' } } }))
  })

  test('a list that leads out of the block is counted by main', async () => {
    const orderBy = [{ auditLogs: { _count: 'desc' } }, byId]
    await pair.ask((db) => db.user.findMany({ orderBy }))
    expect(await sqlOf(pair.block, (db) => db.user.findMany({ orderBy }))).toEqual([])
  })
})
