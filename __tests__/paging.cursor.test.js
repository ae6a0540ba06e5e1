// cursor, take and skip: pages that begin at a row.
const { throughBothDoors } = require('./support/doors')
const { askStatements } = require('./support/statements')
const { loadAll, seed } = require('./support/seed')
const { sqlOf } = require('./support/sql')

const byId = { id: 'asc' }
const MEMBER = { userId_teamId: { userId: 'u1', teamId: 't1' } }

/** Orders that tell every two rows apart, whether Prisma knows it or not. */
const PAGES = {
  'no order: by id': ['post', { cursor: { id: 4 } }],
  'by id, descending': ['post', { cursor: { id: 9 }, orderBy: { id: 'desc' } }],
  'on another unique': ['user', { cursor: { email: 'u4@example.com' } }],
  'on another unique, by another': ['user', { cursor: { email: 'u4@example.com' }, orderBy: { id: 'desc' } }],
  'on two uniques': ['user', { cursor: { id: 'u4', email: 'u4@example.com' } }],
  'on two uniques of two rows': ['user', { cursor: { id: 'u4', email: 'u5@example.com' } }],
  'on a unique and a field': ['post', { cursor: { id: 4, published: false } }],
  'on a unique and a field that differs': ['post', { cursor: { id: 4, published: true } }],
  'on a compound id': ['membership', { cursor: MEMBER }],
  'on a compound id, in another order': [
    'membership',
    { cursor: MEMBER, orderBy: [{ teamId: 'asc' }, { userId: 'desc' }] },
  ],
  'on a compound unique': [
    'post',
    {
      cursor: { authorId_title: { authorId: 'u1', title: 'post 5' } },
      orderBy: [{ authorId: 'desc' }, { title: 'asc' }],
    },
  ],
  'on a named compound unique': ['team', { cursor: { place: { region: 'us', name: 'core' } } }],
  'an enum before the id': ['user', { cursor: { id: 'u4' }, orderBy: [{ role: 'desc' }, byId] }],
  'a Decimal before the id': ['user', { cursor: { id: 'u4' }, orderBy: [{ balance: 'asc' }, byId] }],
  'a nullable field before the id': ['post', { cursor: { id: 9 }, orderBy: [{ rating: 'asc' }, byId] }],
  'a nullable field, descending': [
    'post',
    { cursor: { id: 9 }, orderBy: [{ rating: 'desc' }, { id: 'desc' }] },
  ],
  'nulls first': [
    'post',
    { cursor: { id: 9 }, orderBy: [{ rating: { sort: 'asc', nulls: 'first' } }, byId] },
  ],
  'a cursor that is null there': ['post', { cursor: { id: 6 }, orderBy: [{ rating: 'asc' }, byId] }],
  'three fields': [
    'post',
    { cursor: { id: 7 }, orderBy: [{ published: 'desc' }, { createdAt: 'asc' }, { id: 'desc' }] },
  ],
  'a required relation': ['post', { cursor: { id: 6 }, orderBy: [{ author: { email: 'desc' } }, byId] }],
  'a nullable field of a relation': [
    'post',
    { cursor: { id: 6 }, orderBy: [{ author: { name: 'asc' } }, byId] },
  ],
  'an optional relation': ['post', { cursor: { id: 8 }, orderBy: [{ reviewer: { email: 'asc' } }, byId] }],
  'an optional relation that the cursor lacks': [
    'post',
    { cursor: { id: 4 }, orderBy: [{ reviewer: { email: 'desc' } }, byId] },
  ],
  'a unique over a one-to-one': [
    'profile',
    { cursor: { userId: 'u4' }, orderBy: { user: { email: 'desc' } } },
  ],
  'a unique over the other side': ['user', { cursor: { id: 'u4' }, orderBy: { profile: { id: 'asc' } } }],
  'a count before the id': ['post', { cursor: { id: 6 }, orderBy: [{ comments: { _count: 'desc' } }, byId] }],
  'a count over an optional relation': [
    'post',
    { cursor: { id: 6 }, orderBy: [{ reviewer: { posts: { _count: 'desc' } } }, byId] },
  ],
}

const CUTS = [{}, { take: 3 }, { take: 2, skip: 1 }, { skip: 2 }, { take: -3 }, { take: -2, skip: 1 }]

throughBothDoors({ seed, load: loadAll }, (pair) => {
  test.each(Object.entries(PAGES))('%s', async (_, [model, args]) => {
    for (const cut of CUTS) await pair.ask((db) => db[model].findMany({ ...args, ...cut }))
    await pair.ask((db) => db[model].findMany({ ...args, take: 0 }))
    await pair.ask((db) => db[model].findFirst({ ...args, skip: 1 }))
    await pair.ask((db) => db[model].findFirst({ ...args, take: -1 }))
  })

  test('pages are read in the block', async () => {
    for (const args of [{ orderBy: byId }, { orderBy: [{ rating: 'desc' }, byId] }])
      await askStatements(pair, (db) => db.post.findMany({ ...args, cursor: { id: 5 }, take: 2 }), 1)
  })

  test('a filter: in SQL the cursor need not meet it, in memory it must', async () => {
    const where = { published: false }
    for (const orderBy of [byId, [{ createdAt: 'desc' }, byId], [{ rating: 'asc' }, byId]]) {
      for (const id of [3, 4]) {
        await pair.ask((db) => db.post.findMany({ where, orderBy, cursor: { id } }))
        await pair.ask((db) => db.post.findMany({ where, orderBy, cursor: { id }, take: -2 }))
      }
    }
  })

  test('rows that the order leaves alike: each page goes on where the last one ended', async () => {
    const all = await pair.block.post.findMany({ orderBy: { published: 'desc' }, take: 12 })
    for (let at = 0; at < all.length; at += 3) {
      const page = { orderBy: { published: 'desc' }, cursor: { id: all[at].id }, take: 3 }
      expect(await pair.block.post.findMany(page)).toEqual(all.slice(at, at + 3))
    }
  })

  test('where Prisma looks for the cursor in memory, it looks for what is written', async () => {
    const post = await pair.main.post.findUnique({ where: { id: 4 } })
    const { createdAt } = post
    const written = [createdAt, createdAt.toISOString(), createdAt.toISOString().replace('Z', '+00:00')]
    for (const orderBy of [[{ rating: 'asc' }, byId], byId]) {
      for (const at of written) {
        const page = { cursor: { id: 4, createdAt: at }, orderBy, take: 3, select: { id: true } }
        await pair.ask((db) => db.post.findMany(page))
        await pair.ask((db) => db.user.findMany({ orderBy: byId, select: { posts: page } }))
      }
    }
    const user = { id: 'u4' }
    for (const balance of ['10.00', '10', 10, new pair.Prisma.Decimal(10)]) {
      const { id } = (await pair.main.user.findFirst({ where: { balance: 10 }, orderBy: byId })) ?? user
      const page = { cursor: { id, balance }, orderBy: [{ age: 'asc' }, byId], take: 3, select: { id: true } }
      await pair.ask((db) => db.user.findMany(page))
    }
  })

  test('a cursor that is not there is asked of main', async () => {
    await pair.ask((db) => db.user.findMany({ cursor: { id: 'nobody' }, orderBy: byId }))
    await pair.ask((db) => db.user.findMany({ cursor: { id: 'nobody' }, orderBy: { age: 'asc' } }))
    const include = { posts: { cursor: { id: 999 } } }
    await pair.ask((db) => db.user.findMany({ orderBy: byId, include }))
    await pair.ask((db) => db.user.findUnique({ where: { id: 'u1' }, include }))
  })

  test('within a list the cursor must be one of its rows, but below findUnique', async () => {
    for (const orderBy of [byId, { id: 'desc' }, [{ rating: 'asc' }, byId]]) {
      for (const cut of CUTS) {
        const include = { posts: { orderBy, cursor: { id: 6 }, ...cut } }
        await pair.ask((db) => db.user.findMany({ orderBy: byId, include }))
        await pair.ask((db) => db.user.findFirst({ where: { id: 'u1' }, include }))
        for (const id of ['u1', 'u2']) await pair.ask((db) => db.user.findUnique({ where: { id }, include }))
      }
    }
    await askStatements(
      pair,
      (db) => db.user.findMany({ orderBy: byId, include: { posts: { cursor: { id: 6 }, take: 1 } } }),
      2,
    )
  })

  test('two levels below findUnique it must be one of the rows again', async () => {
    const posts = { cursor: { id: 5 }, take: 2 }
    await pair.ask((db) =>
      db.post.findUnique({ where: { id: 2 }, select: { author: { select: { posts } } } }),
    )
    await pair.ask((db) => db.user.findUnique({ where: { id: 'u1' } }).posts(posts))
    await pair.ask((db) =>
      db.post
        .findUnique({ where: { id: 2 } })
        .author()
        .posts(posts),
    )
  })

  test('within a many-to-many', async () => {
    for (const cut of CUTS) {
      const posts = { cursor: { id: 6 }, ...cut }
      await pair.ask((db) => db.category.findMany({ orderBy: { name: 'asc' }, include: { posts } }))
      await pair.ask((db) => db.category.findUnique({ where: { name: 'code' }, include: { posts } }))
    }
  })

  test('count', async () => {
    for (const cut of CUTS)
      await askStatements(
        pair,
        (db) => db.post.count({ cursor: { id: 4 }, orderBy: { id: 'desc' }, ...cut }),
        1,
      )
    await pair.ask((db) => db.post.count({ cursor: { id: 4 }, orderBy: { rating: 'desc' } }))
    await pair.ask((db) => db.membership.count({ cursor: MEMBER }))
  })

  test.each([
    ['null', null],
    ['empty', {}],
    ['not unique', { name: 'x' }],
    ['a filter', { id: { gt: 'x' } }],
    ['a filter beside the key', { id: 'u3', AND: [{ age: 3 }] }],
    ['null beside the key', { id: 'u3', age: null }],
  ])('%s', (_, cursor) => pair.ask((db) => db.user.findMany({ cursor })))

  test.each([[1.5], [-1.5], [0.5], [2 ** 31], [2 ** 53], [1e300], ['1'], [null], [9n]])(
    'take and skip %s',
    async (n) => {
      for (const cut of [{ take: n }, { skip: n }]) {
        await pair.ask((db) => db.team.findMany(cut))
        await pair.ask((db) => db.user.findMany({ orderBy: byId, include: { posts: cut } }))
      }
    },
  )

  test('a negative skip', async () => {
    await pair.ask((db) => db.team.findMany({ skip: -1 }))
    await pair.ask((db) => db.user.findMany({ include: { posts: { skip: -1 } } }))
  })

  test('findFirst takes one, from either end', async () => {
    for (const take of [0, 1, -1, 2]) await pair.ask((db) => db.post.findFirst({ take, skip: 1 }))
    await pair.ask((db) => db.post.findFirstOrThrow({ take: -1 }))
    await pair.ask((db) => db.post.findFirstOrThrow({ skip: 100 }))
  })

  test('a page of each list is one statement, cut in SQL', async () => {
    const include = { posts: { orderBy: { createdAt: 'desc' }, take: 1 } }
    const sql = await sqlOf(pair.block, (db) => db.user.findMany({ include }))
    expect(sql[1]).toMatch(
      /^SELECT .* FROM json_each\(\?\) AS p CROSS JOIN "Post" AS t ON t\._rowid_ IN \(SELECT .* LIMIT \?\)/,
    )
    expect(sql).toHaveLength(2)
  })
})
