// include and select over relations, to any depth.
const { ALL_MAINS, throughBothDoors } = require('./support/doors')
const { loadAll, seed } = require('./support/seed')

const byId = { orderBy: { id: 'asc' } }

const INCLUDES = {
  'to-one that holds the key': ['post', { author: true }],
  'to-one that is sometimes null': ['post', { reviewer: true }],
  'to-one on the other side': ['user', { profile: true }],
  'to-many': ['user', { posts: byId }],
  'self relation, both ways': ['user', { manager: true, reports: byId }],
  'implicit many-to-many': ['post', { categories: { orderBy: { name: 'asc' } } }],
  'implicit many-to-many from the other end': ['category', { posts: byId }],
  'compound foreign key': ['membership', { notes: { orderBy: { number: 'asc' } }, team: true }],
  'two relations to one model': ['post', { author: true, reviewer: true }],
  'three levels': [
    'user',
    { posts: { ...byId, include: { comments: { ...byId, include: { author: true } } } } },
  ],
  'a circle': ['user', { posts: { ...byId, include: { author: { include: { posts: byId } } } } }],
  'filtered children': ['user', { posts: { ...byId, where: { published: true, rating: { gt: 1 } } } }],
  'a page of children per parent': ['user', { posts: { orderBy: { id: 'desc' }, take: 2, skip: 1 } }],
  'the last children per parent': ['user', { posts: { ...byId, take: -2 } }],
  'no children at all': ['user', { posts: { ...byId, take: 0 } }],
  'children in another order': [
    'post',
    { comments: { orderBy: [{ authorId: 'desc' }, { at: 'asc' }, { id: 'asc' }] } },
  ],
  'selected columns of children': ['user', { posts: { ...byId, select: { title: true } } }],
  'children without some columns': ['user', { posts: { ...byId, omit: { body: true } } }],
  'a relation that is switched off': ['user', { posts: false, profile: true }],
}

const KEYS = { membership: [{ userId: 'asc' }, { teamId: 'asc' }], category: { name: 'asc' } }

throughBothDoors({ providers: ALL_MAINS, seed, load: loadAll }, (pair) => {
  test.each(Object.entries(INCLUDES))('%s', async (_, [model, include]) => {
    const orderBy = KEYS[model] ?? { id: 'asc' }
    await pair.ask((db) => db[model].findMany({ include, orderBy }))
    await pair.ask((db) => db[model].findFirst({ include, orderBy }))
  })

  test('select of relations only', async () => {
    const select = { posts: { ...byId, select: { comments: { ...byId, select: { text: true } } } } }
    await pair.ask((db) => db.user.findMany({ ...byId, select }))
  })

  test('keys come in the order that Prisma gives them', async () => {
    const select = { posts: byId, name: true, profile: { select: { bio: true, id: true } }, id: true }
    await pair.ask((db) => db.user.findUnique({ where: { id: 'u0' }, select }))
  })

  test('no parent, and parents without children', async () => {
    const include = { posts: byId, profile: true }
    await pair.ask((db) => db.user.findMany({ where: { name: 'nobody' }, include }))
    await pair.ask((db) => db.user.findUnique({ where: { id: 'u9' }, include }))
  })

  test('unknown relations, and select beside include, are the same error', async () => {
    await pair.ask((db) => db.user.findMany({ include: { friends: true } }))
    await pair.ask((db) => db.user.findMany({ include: { name: true } }))
    await pair.ask((db) => db.user.findMany({ include: { posts: true }, select: { id: true } }))
  })

  test('a relation out of the block is answered by main', async () => {
    const log = { id: 'l1', action: 'login', userId: 'u0' }
    await pair.main.auditLog.upsert({ where: { id: 'l1' }, create: log, update: {} })
    await pair.ask((db) => db.user.findUnique({ where: { id: 'u0' }, include: { auditLogs: true } }))
    await pair.ask((db) => db.auditLog.findMany({ include: { user: true } }))
  })
})
