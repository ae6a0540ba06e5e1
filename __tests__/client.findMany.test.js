// findMany, findFirst and count: order, pages and selections as main gives them.
const { ALL_MAINS, throughBothDoors } = require('./support/doors')
const { loadAll, seed } = require('./support/seed')

const ORDERS = {
  'a string': { email: 'desc' },
  'a nullable string, then the key': [{ name: 'asc' }, { id: 'asc' }],
  'a nullable Int downwards: nulls first': [{ age: 'desc' }, { id: 'asc' }],
  'nulls last': [{ age: { sort: 'desc', nulls: 'last' } }, { id: 'asc' }],
  'nulls first': [{ age: { sort: 'asc', nulls: 'first' } }, { id: 'desc' }],
  'a Decimal': [{ balance: 'asc' }, { id: 'asc' }],
  'a BigInt': [{ views: 'desc' }, { id: 'asc' }],
  'a Float': [{ score: 'asc' }, { id: 'asc' }],
  'a Boolean': [{ active: 'asc' }, { id: 'desc' }],
  'a DateTime': [{ createdAt: 'desc' }, { id: 'asc' }],
  'an enum, by declaration': [{ role: 'asc' }, { id: 'asc' }],
}

throughBothDoors({ providers: ALL_MAINS, seed, load: loadAll }, (pair) => {
  test.each(Object.entries(ORDERS))('orderBy %s', async (_, orderBy) => {
    await pair.ask((db) => db.user.findMany({ orderBy }))
    await pair.ask((db) => db.user.findFirst({ orderBy }))
  })

  test.each([
    [{ take: 3 }],
    [{ take: 0 }],
    [{ skip: 4 }],
    [{ skip: 4, take: 2 }],
    [{ skip: 100 }],
    [{ take: -3 }],
    [{ take: -3, skip: 2 }],
  ])('page %j', async (page) => {
    await pair.ask((db) => db.user.findMany({ ...page, orderBy: { id: 'asc' } }))
  })

  test('every page of one shape', async () => {
    for (let skip = 0; skip < 12; skip += 3) {
      await pair.ask((db) => db.user.findMany({ skip, take: 3, orderBy: [{ age: 'asc' }, { id: 'asc' }] }))
    }
  })

  test('select and omit', async () => {
    const orderBy = { id: 'asc' }
    await pair.ask((db) => db.user.findMany({ orderBy, select: { email: true, balance: true, id: false } }))
    await pair.ask((db) => db.user.findMany({ orderBy, omit: { settings: true, avatar: true } }))
  })

  test('findFirst with a filter, and with nothing found', async () => {
    await pair.ask((db) => db.user.findFirst({ where: { age: { gt: 21 } }, orderBy: { id: 'desc' } }))
    await pair.ask((db) => db.user.findFirst({ where: { name: 'nobody' } }))
    await pair.ask((db) => db.user.findFirst({ where: { age: 20 }, skip: 1, orderBy: { id: 'asc' } }))
  })

  test('findFirstOrThrow', async () => {
    await pair.ask((db) => db.user.findFirstOrThrow({ where: { name: 'ann' } }))
    await pair.ask((db) => db.user.findFirstOrThrow({ where: { name: 'nobody' } }))
  })

  test('count, of rows and of values', async () => {
    await pair.ask((db) => db.user.count())
    await pair.ask((db) => db.user.count({ where: { active: true } }))
    await pair.ask((db) => db.user.count({ select: { _all: true, name: true, age: true } }))
    await pair.ask((db) => db.user.count({ take: 4, skip: 1, orderBy: { id: 'asc' } }))
  })

  test('the rows of a model without @id, and of one with a compound id', async () => {
    await pair.ask((db) => db.slug.findMany({ orderBy: { slug: 'asc' } }))
    await pair.ask((db) => db.membership.findMany({ orderBy: [{ userId: 'asc' }, { teamId: 'desc' }] }))
  })

  test('a wrong take, skip, order or selection is the same error', async () => {
    await pair.ask((db) => db.user.findMany({ skip: -1 }))
    await pair.ask((db) => db.user.findMany({ take: 'three' }))
    await pair.ask((db) => db.user.findMany({ orderBy: { id: 'up' } }))
    await pair.ask((db) => db.user.findMany({ select: { nothing: true } }))
    await pair.ask((db) => db.user.findMany({ select: {} }))
  })

  test('an answer belongs to its caller: changing it changes no other', async () => {
    const read = () => pair.block.user.findMany({ orderBy: { id: 'asc' } })
    const first = await read()
    first[0].settings.a.push('mine')
    first[0].createdAt.setTime(0)
    first.pop()
    await pair.ask((db) => db.user.findMany({ orderBy: { id: 'asc' } }))
  })
})
