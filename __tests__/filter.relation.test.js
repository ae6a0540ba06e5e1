// Filters on relations: the rows that main returns, found in the block.
const { Block } = require('..')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { throughBothDoors } = require('./support/doors')
const { askLocally, askOfMain } = require('./support/local')
const { loadAll, seed } = require('./support/seed')
const { sqlOf } = require('./support/sql')

const orderBy = { id: 'asc' }
const select = { id: true }

const USERS = {
  some: { posts: { some: { published: true } } },
  every: { posts: { every: { rating: { gt: 1 } } } },
  'every, where a child is neither': { posts: { every: { rating: { not: 3 } } } },
  none: { posts: { none: { rating: { gt: 1 } } } },
  'some of anything': { posts: { some: {} } },
  'every of anything': { posts: { every: {} } },
  'none of anything': { posts: { none: {} } },
  'a list without a word': { posts: {} },
  'a word that is undefined': { posts: { some: undefined } },
  'some and none together': { posts: { some: { published: true }, none: { rating: 4 } } },
  'not some': { NOT: { posts: { some: { rating: { gt: 1 } } } } },
  'not every': { NOT: { posts: { every: { rating: { gt: 1 } } } } },
  'not none': { NOT: { posts: { none: { rating: { gt: 1 } } } } },
  'an empty OR inside some': { posts: { some: { OR: [] } } },
  'an empty OR inside every': { posts: { every: { OR: [] } } },
  'an empty NOT inside some': { posts: { some: { NOT: {} } } },
  'an empty relation inside OR': { OR: [{ posts: {} }, { id: 'u1' }] },
  'a one-to-one from the side without the key': { profile: { bio: 'bio 1' } },
  'the same, spelled out': { profile: { is: { bio: 'bio 1' } } },
  'no one-to-one': { profile: null },
  'is null': { profile: { is: null } },
  'isNot null': { profile: { isNot: null } },
  'isNot of a one-to-one': { profile: { isNot: { bio: 'bio 1' } } },
  'a one-to-one without a filter': { profile: {} },
  'is of nothing': { profile: { is: {} } },
  'isNot of nothing': { profile: { isNot: {} } },
  'a group that says nothing asks for the record': { profile: { AND: [] } },
  'not a one-to-one': { NOT: { profile: { bio: 'bio 1' } } },
  'a filter that is neither for a one-to-one': { NOT: { profile: { birthday: { lt: new Date(0) } } } },
  'a self relation': { manager: { age: { gt: 20 } } },
  'no self relation': { manager: null },
  'isNot of a self relation': { manager: { isNot: { age: { gt: 20 } } } },
  'is nothing of a self relation': { manager: { is: {} } },
  'isNot nothing of a self relation': { manager: { isNot: {} } },
  'not a self relation': { NOT: { manager: { name: 'Ann' } } },
  'not null of a self relation': { NOT: { manager: null } },
  'is and isNot together': { manager: { is: { age: { gt: 20 } }, isNot: { name: 'ann' } } },
  'is null and isNot null': { manager: { is: null, isNot: null } },
  'reports of a manager': { reports: { some: { reports: { none: {} }, active: true } } },
  'two relations to one model': { posts: { some: {} }, reviews: { every: { rating: { gte: 2 } } } },
  'three levels': { posts: { some: { comments: { every: { author: { is: { name: 'Ann' } } } } } } },
  'every, not, some': { posts: { every: { NOT: { comments: { some: { author: { name: 'Ann' } } } } } } },
  'through the explicit many-to-many': { memberships: { some: { team: { region: 'us' } } } },
  'a list of a record': { manager: { posts: { some: { published: true } } } },
  'a list of a record that is not': { manager: { isNot: { posts: { some: { rating: 4 } } } } },
  'below AND, OR and NOT': {
    AND: [{ OR: [{ posts: { some: { title: 'post 1' } } }, { NOT: { profile: { is: {} } } }] }],
  },
}

const POSTS = {
  'a required record': { author: { name: 'ann' } },
  'a required record, is': { author: { is: { name: 'ann' } } },
  'a required record, isNot': { author: { isNot: { name: 'ann' } } },
  'a required record, is nothing': { author: { is: {} } },
  'a required record, isNot nothing': { author: { isNot: {} } },
  'an optional record that is null': { reviewer: null },
  'an optional record, neither': { NOT: { reviewer: { age: { lt: 21 } } } },
  'many-to-many, some': { categories: { some: { name: 'news' } } },
  'many-to-many, every': { categories: { every: { name: 'news' } } },
  'many-to-many, none': { categories: { none: { name: 'news' } } },
  'many-to-many, none of anything': { categories: { none: {} } },
  'many-to-many there and back': { categories: { some: { posts: { some: { title: 'post 2' } } } } },
  'comments without an author': { comments: { some: { author: null } } },
  'comments none of whose authors': { comments: { none: { author: { isNot: { age: 20 } } } } },
}

const NOTES = {
  'a compound key': { membership: { role: 'GUEST' } },
  'a compound key, isNot': { membership: { isNot: { team: { region: 'us' } } } },
  'not a compound key': { NOT: { membership: { user: { name: 'Ann' } } } },
}

throughBothDoors({ providers: ['postgresql', 'sqlite'], seed, load: loadAll }, (pair) => {
  test.each(Object.entries(USERS))('%s', async (_, where) => {
    await askLocally(pair, (db) => db.user.findMany({ where, orderBy, select }))
    await askLocally(pair, (db) => db.user.count({ where }))
  })

  test.each(Object.entries(POSTS))('of posts: %s', async (_, where) => {
    await askLocally(pair, (db) => db.post.findMany({ where, orderBy, select }))
  })

  test.each(Object.entries(NOTES))('of notes: %s', async (_, where) => {
    await askLocally(pair, (db) => db.note.findMany({ where, orderBy: { number: 'asc' } }))
  })

  test('of memberships: lists by a compound key', async () => {
    const where = { notes: { some: { number: { gte: 2 } } } }
    await askLocally(pair, (db) => db.membership.findMany({ where, orderBy: { joinedAt: 'asc' } }))
  })

  test('of categories: the other end of many-to-many', async () => {
    const where = { posts: { some: { author: { name: 'Ann' } } } }
    await askLocally(pair, (db) => db.category.findMany({ where, orderBy: { name: 'asc' } }))
  })

  test('the same shape with other values', async () => {
    for (const name of ['Ann', 'ann', null, 'nobody']) {
      await askLocally(pair, (db) =>
        db.post.findMany({ where: { author: { name }, comments: { none: { text: name ?? '' } } }, orderBy }),
      )
    }
  })

  test('in a unique where', async () => {
    for (const id of ['u0', 'u5']) {
      await askLocally(pair, (db) => db.user.findUnique({ where: { id, posts: { some: {} } }, select }))
      await askLocally(pair, (db) => db.user.findUnique({ where: { id, manager: { id: 'u2' } }, select }))
    }
  })

  test('in the where of an included list', async () => {
    const posts = { where: { comments: { some: { author: null } } }, select, orderBy, take: 2 }
    await askLocally(pair, (db) => db.user.findMany({ orderBy, select: { id: true, posts } }))
    await askLocally(pair, (db) => db.user.findUnique({ where: { id: 'u2' }, select: { posts } }))
  })

  test('related rows are found by their key, whatever index the filter could use', async () => {
    const where = { posts: { some: { published: true } } }
    const [text] = await sqlOf(pair.block, (db) => db.user.findMany({ where, select }))
    expect(text).toContain('t1."authorId" = t."id"')
    expect(text).toContain('+t1."published" = ?')
  })

  test('with an order and a page', async () => {
    const where = { posts: { some: { published: true } }, manager: null }
    await askLocally(pair, (db) => db.user.findMany({ where, orderBy: { email: 'desc' }, skip: 1, take: 2 }))
  })

  test('a relation that leads outside the block: main answers', async () => {
    await askOfMain(pair, (db) => db.user.findMany({ where: { auditLogs: { none: {} } }, orderBy, select }))
  })

  test('what Prisma refuses', async () => {
    await pair.ask((db) => db.user.findMany({ where: { posts: null } }))
    await pair.ask((db) => db.user.findMany({ where: { posts: { some: null } } }))
    await pair.ask((db) => db.user.findMany({ where: { posts: { some: [] } } }))
    await pair.ask((db) => db.user.findMany({ where: { posts: { title: 'x' } } }))
    await pair.ask((db) => db.post.findMany({ where: { author: null } }))
    await pair.ask((db) => db.post.findMany({ where: { author: { isNot: null } } }))
    await pair.ask((db) => db.user.findMany({ where: { manager: { is: {}, name: 'x' } } }))
    await pair.ask((db) => db.user.findMany({ where: { manager: { some: {} } } }))
    await pair.ask((db) => db.user.findMany({ where: { manager: 'u1' } }))
  })
})

describe('in the where of a write', () => {
  const dir = temporaryDir()
  /** @type {any} */ let main
  /** @type {any} */ let db
  beforeAll(async () => {
    const app = await makeApp()
    main = await newMain(app)
    await seed(main.client)
    const { client } = main
    const { generated } = app
    db = await Block.create({ blockId: 'w', client, dir, generated, loader: loadAll, durability: 'os' })
  })
  afterAll(async () => {
    await db.$disconnect()
    await main.drop()
  })

  test('updateMany, deleteMany, update and delete', async () => {
    const where = { posts: { some: { published: true } }, manager: null }
    const { count } = await db.user.updateMany({ where, data: { age: 99 } })
    expect(count).toBe(await main.client.user.count({ where }))
    await db.$block.flush()
    expect(await main.client.user.count({ where: { age: 99 } })).toBe(count)

    const lone = { post: { author: { name: 'ann' } }, author: { isNot: {} } }
    const expected = await main.client.comment.count({ where: lone })
    expect((await db.comment.deleteMany({ where: lone })).count).toBe(expected)

    const unique = { id: 'u4', manager: { id: 'u1' } }
    expect(await db.user.update({ where: unique, data: { age: 5 } })).toMatchObject({ id: 'u4', age: 5 })
    const other = { id: 'u4', manager: { id: 'u2' } }
    await expect(db.user.delete({ where: other })).rejects.toMatchObject({ code: 'P2025' })
    expect(await db.user.delete({ where: unique })).toMatchObject({ id: 'u4' })
  })
})

describe('rows that the block does not hold', () => {
  /** Posts without their authors, users without their managers. */
  const load = async (/** @type {any} */ block, /** @type {any} */ main) => {
    await block.user.createMany({
      data: await main.user.findMany({ where: { id: { in: ['u0', 'u3', 'u4'] } } }),
    })
    await block.post.createMany({
      data: await main.post.findMany({ where: { authorId: { in: ['u0', 'u1'] } } }),
    })
  }
  throughBothDoors({ providers: ['postgresql', 'sqlite'], seed, load }, (pair) => {
    const posts = { id: { lte: 12 }, authorId: { in: ['u0', 'u1'] } }
    test('a record that the filter reaches: main is asked', async () => {
      await askOfMain(pair, (db) =>
        db.post.findMany({ where: { ...posts, author: { age: { gte: 20 } } }, orderBy, select }),
      )
      await askOfMain(pair, (db) => db.post.count({ where: { ...posts, NOT: { author: { age: 20 } } } }))
      await askOfMain(pair, (db) =>
        db.post.count({ where: { ...posts, author: { isNot: { name: 'Ann' } } } }),
      )
      await askOfMain(pair, (db) => db.user.findMany({ where: { id: 'u4', manager: { is: {} } }, select }))
    })

    test('a filter that does not reach it stays here', async () => {
      await askLocally(pair, (db) =>
        db.post.findMany({ where: { authorId: 'u0', author: { age: 20 } }, orderBy, select }),
      )
      await askLocally(pair, (db) =>
        db.user.findMany({ where: { id: 'u3', manager: { name: 'Ann' } }, select }),
      )
      await askLocally(pair, (db) =>
        db.user.count({ where: { id: { in: ['u0', 'u3', 'u4'] }, manager: null } }),
      )
    })

    test('the lists of a row held for look-ups only: main is asked', async () => {
      await pair.ask((db) => db.user.findUnique({ where: { id: 'u1' } }))
      await askOfMain(pair, (db) => db.user.findUnique({ where: { id: 'u1', posts: { some: {} } }, select }))
      await askOfMain(pair, (db) => db.user.findUnique({ where: { id: 'u1', profile: null }, select }))
      await askOfMain(pair, (db) =>
        db.post.findMany({ where: { id: 2, author: { posts: { every: { rating: 1 } } } }, select }),
      )
      await askLocally(pair, (db) => db.user.findUnique({ where: { id: 'u1', manager: null }, select }))
    })

    test('a write that reaches it is refused by name', async () => {
      const { block } = pair
      const where = { authorId: 'u1', author: { manager: null } }
      await block.user.findUnique({ where: { id: 'u1' } })
      await expect(block.post.count({ where })).resolves.toBe(3)
      const deep = { id: 'u4', manager: { posts: { some: {} } } }
      await expect(block.user.updateMany({ where: deep, data: { age: 1 } })).rejects.toMatchObject({
        code: 'SHARDED_NOT_SUPPORTED',
      })
    })
  })
})
