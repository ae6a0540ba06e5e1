// A block with a declared scope answers what its scope covers, and asks the main database for the rest.
const { deepSame } = require('./support/parity')
const { scopedBlocks, statsOf } = require('./support/scope')

const place = scopedBlocks()
const { ask, openBlock } = place
const order = { orderBy: { id: 'asc' } }

/** @type {[string, (c: any) => Promise<any>][]} */
const COVERED = [
  ['the scope itself', (c) => c.post.findMany({ where: { authorId: 'u1' }, ...order })],
  ['more conditions', (c) => c.post.findMany({ where: { authorId: 'u1', rating: { gt: 1 } }, ...order })],
  ['equals', (c) => c.post.findMany({ where: { authorId: { equals: 'u1' } }, ...order })],
  ['in', (c) => c.post.findMany({ where: { authorId: { in: ['u1'] } }, ...order })],
  ['AND', (c) => c.post.findMany({ where: { AND: [{ authorId: 'u1' }, { published: true }] }, ...order })],
  [
    'every branch of an OR',
    (c) => c.post.findMany({ where: { OR: [{ authorId: 'u1' }, { authorId: 'u1', rating: 1 }] }, ...order }),
  ],
  ['the relation instead of its key', (c) => c.post.findMany({ where: { author: { id: 'u1' } }, ...order })],
  ['no row', (c) => c.post.findMany({ where: { authorId: 'u1', title: 'none' } })],
  ['findFirst', (c) => c.post.findFirst({ where: { authorId: 'u1' }, ...order })],
  ['findFirst of no row', (c) => c.post.findFirst({ where: { authorId: 'u1', title: 'none' } })],
  ['count', (c) => c.post.count({ where: { authorId: 'u1' } })],
  ['aggregate', (c) => c.post.aggregate({ where: { authorId: 'u1' }, _sum: { rating: true } })],
  [
    'groupBy',
    (c) =>
      c.post.groupBy({
        by: ['published'],
        where: { authorId: 'u1' },
        _count: { id: true },
        orderBy: { _count: { id: 'desc' } },
      }),
  ],
  ['a whole model', (c) => c.category.findMany({ orderBy: { name: 'asc' } })],
  ['a list of a row', (c) => c.user.findUnique({ where: { id: 'u1' }, include: { posts: order } })],
  [
    'its count',
    (c) => c.user.findUnique({ where: { id: 'u1' }, select: { _count: { select: { posts: true } } } }),
  ],
  [
    'the row above',
    (c) => c.post.findMany({ where: { authorId: 'u1' }, include: { author: true }, ...order }),
  ],
  [
    'the list of the row above',
    (c) =>
      c.post.findMany({
        where: { authorId: 'u1' },
        select: { author: { select: { posts: { select: { id: true }, ...order } } } },
        ...order,
      }),
  ],
  ['a scope of the rows above', (c) => c.comment.findMany({ where: { post: { authorId: 'u1' } }, ...order })],
  [
    'lists of lists',
    (c) =>
      c.user.findUnique({
        where: { id: 'u1' },
        include: { posts: { include: { comments: order }, ...order } },
      }),
  ],
  ['a filter on a list', (c) => c.user.findMany({ where: { id: 'u1', posts: { some: { rating: 1 } } } })],
  [
    'an order by a count',
    (c) => c.user.findMany({ where: { id: 'u1' }, orderBy: { posts: { _count: 'asc' } } }),
  ],
]

/** @type {[string, (c: any) => Promise<any>][]} */
const UNCOVERED = [
  ['everything', (c) => c.post.findMany(order)],
  ['another value', (c) => c.post.findMany({ where: { authorId: 'u2' }, ...order })],
  ['one more value', (c) => c.post.findMany({ where: { authorId: { in: ['u1', 'u2'] } }, ...order })],
  [
    'one branch of an OR',
    (c) => c.post.findMany({ where: { OR: [{ authorId: 'u1' }, { rating: 1 }] }, ...order }),
  ],
  ['the opposite', (c) => c.post.findMany({ where: { NOT: { authorId: 'u1' } }, ...order })],
  ['count', (c) => c.post.count()],
  ['a count by key', (c) => c.user.count({ where: { id: 'u2' } })],
  ['a model without a scope', (c) => c.profile.findMany({ orderBy: { id: 'asc' } })],
  [
    'a list of a model without a scope',
    (c) => c.user.findUnique({ where: { id: 'u1' }, include: { memberships: true } }),
  ],
  ['a list of another row', (c) => c.user.findUnique({ where: { id: 'u2' }, include: { posts: order } })],
  ['every _count', (c) => c.user.findUnique({ where: { id: 'u1' }, include: { _count: true } })],
  [
    'a filter on lists outside',
    (c) => c.category.findMany({ where: { posts: { some: { rating: 1 } } }, orderBy: { name: 'asc' } }),
  ],
  [
    'links',
    (c) =>
      c.post.findMany({
        where: { authorId: 'u1' },
        include: { categories: { orderBy: { name: 'asc' } } },
        ...order,
      }),
  ],
  [
    'less than a scope of the rows above',
    (c) => c.comment.findMany({ where: { post: { rating: 1 } }, ...order }),
  ],
]

describe('reads', () => {
  let db
  beforeAll(async () => {
    db = await openBlock()
  })
  afterAll(() => db.$disconnect())

  test.each(COVERED)('covered: %s', async (_, call) => {
    expect(await ask(db, call)).toBe('fast')
  })

  test.each(UNCOVERED)('not covered: %s', async (_, call) => {
    expect(await ask(db, call)).toBe('main')
  })

  test('one form, other values: each is told by its own', async () => {
    const of = (id) => (c) => c.post.findMany({ where: { authorId: id }, ...order })
    expect(await ask(db, of('u1'))).toBe('fast')
    expect(await ask(db, of('u3'))).toBe('main')
    expect(await ask(db, of('u1'))).toBe('fast')
    const list = (id) => (c) => c.user.findUnique({ where: { id }, include: { posts: order } })
    expect(await ask(db, list('u0'))).toBe('main')
    expect(await ask(db, list('u1'))).toBe('fast')
    expect(await ask(db, list('u2'))).toBe('main')
  })

  test('rows that the main database had to tell of are found by key', async () => {
    await db.user.findMany({ where: { id: { in: ['u5', 'u6'] } } })
    expect(await ask(db, (c) => c.user.findUnique({ where: { id: 'u6' } }))).toBe('fast')
    expect(await ask(db, (c) => c.user.findMany({ where: { id: 'u1' } }))).toBe('fast')
  })
})

describe('writes', () => {
  const posts = { user: {}, post: { where: { authorId: 'u1' } } }
  const own = (c) => c.post.findMany({ where: { authorId: 'u1' }, ...order })
  let db
  let made = 0
  beforeAll(async () => {
    db = await openBlock(posts)
  })
  afterAll(() => db.$disconnect())

  const titleOf = () => {
    made += 1
    return `made ${made}`
  }
  const create = (c, authorId) => c.post.create({ data: { title: titleOf(), authorId } })
  /** Main has the same, and so has the block without asking. */
  const same = async () => {
    await db.$block.flush()
    expect(await ask(db, own)).toBe('fast')
  }

  test('a row that is made in the scope is in it', async () => {
    const row = await create(db, 'u1')
    const before = statsOf(db).forwarded
    expect((await own(db)).map(({ id }) => id)).toContain(row.id)
    expect(statsOf(db).forwarded).toBe(before)
    await same()
  })

  test('a row that is made outside is found by key', async () => {
    const row = await create(db, 'u2')
    expect((await own(db)).map(({ id }) => id)).not.toContain(row.id)
    expect(await db.post.findUnique({ where: { id: row.id } })).toMatchObject({ authorId: 'u2' })
    await same()
  })

  test('a row that was not held enters', async () => {
    const { id } = await create(place.main.client, 'u2')
    await db.post.update({ where: { id }, data: { authorId: 'u1' } })
    expect((await own(db)).map((row) => row.id)).toContain(id)
    await same()
  })

  test('a row that was not held enters within a transaction', async () => {
    const { id } = await create(place.main.client, 'u2')
    await db.$transaction(async (tx) => {
      await tx.post.update({ where: { id }, data: { rating: 4 } })
      await tx.post.update({ where: { id }, data: { authorId: 'u1' } })
      expect((await own(tx)).map((row) => row.id)).toContain(id)
    })
    await same()
  })

  test('a row leaves, and comes back', async () => {
    const { id } = await create(db, 'u1')
    await db.post.update({ where: { id }, data: { authorId: 'u3' } })
    expect((await own(db)).map((row) => row.id)).not.toContain(id)
    await same()
    await db.post.update({ where: { id }, data: { authorId: 'u1' } })
    await same()
  })

  test('a row that is connected enters', async () => {
    const { id } = await create(place.main.client, 'u2')
    await db.user.update({ where: { id: 'u1' }, data: { posts: { connect: { id } } } })
    expect((await own(db)).map((row) => row.id)).toContain(id)
    await same()
  })

  test('updateMany of covered rows is made here', async () => {
    await create(db, 'u1')
    await db.$block.flush()
    const before = statsOf(db).forwarded
    const { count } = await db.post.updateMany({ where: { authorId: 'u1' }, data: { rating: 5 } })
    expect(statsOf(db).forwarded).toBe(before)
    await same()
    expect(count).toBe((await own(place.main.client)).length)
  })

  test('updateMany beyond is made by main, and its rows enter', async () => {
    const row = await create(place.main.client, 'u2')
    const where = { title: row.title }
    expect(await db.post.updateMany({ where, data: { authorId: 'u1' } })).toEqual({ count: 1 })
    expect((await own(db)).map(({ id }) => id)).toContain(row.id)
    await same()
  })

  test('deleteMany of covered rows is made here, others by main', async () => {
    const row = await create(db, 'u1')
    const unheld = await create(place.main.client, 'u2')
    await db.$block.flush()
    const before = statsOf(db).forwarded
    expect(await db.post.deleteMany({ where: { authorId: 'u1', title: row.title } })).toEqual({ count: 1 })
    expect(statsOf(db).forwarded).toBe(before)
    expect(await db.post.deleteMany({ where: { title: unheld.title } })).toEqual({ count: 1 })
    expect(await place.main.client.post.findUnique({ where: { id: unheld.id } })).toBeNull()
    await same()
  })

  test('a set within a nested write follows coverage too', async () => {
    const all = { updateMany: { where: {}, data: { rating: 2 } } }
    await create(place.main.client, 'u2')
    await db.user.update({ where: { id: 'u2' }, data: { posts: all } })
    await db.user.update({ where: { id: 'u1' }, data: { posts: all } })
    await db.$block.flush()
    const others = await place.main.client.post.count({
      where: { authorId: { in: ['u1', 'u2'] }, rating: { not: 2 } },
    })
    expect(others).toBe(0)
    await same()
  })

  test('what a write shows of lists beyond comes from main', async () => {
    await create(place.main.client, 'u2')
    const args = { where: { id: 'u2' }, data: { age: 33 }, include: { posts: order } }
    const { posts: shown } = await db.user.update(args)
    deepSame(shown, await place.main.client.post.findMany({ where: { authorId: 'u2' }, ...order }))
  })

  test('a set read within a transaction follows coverage', async () => {
    await create(place.main.client, 'u2')
    const call = (c) => c.post.findMany({ where: { authorId: 'u2' }, ...order })
    await db.$transaction(async (tx) => {
      deepSame(await call(tx), await call(place.main.client))
      deepSame(await own(tx), await own(place.main.client))
    })
    const [others, ours] = await db.$transaction([call(db), own(db)])
    deepSame(others, await call(place.main.client))
    deepSame(ours, await own(place.main.client))
  })

  test('a key that the scope follows is not changed here', async () => {
    const call = db.user.update({ where: { id: 'u5' }, data: { id: 'u1000' } })
    await expect(call).rejects.toMatchObject({
      code: 'SHARDED_NOT_SUPPORTED',
      message: expect.stringContaining('User.id'),
    })
    expect(await place.main.client.user.findUnique({ where: { id: 'u1000' } })).toBeNull()
  })
})

test('a number that main tells of is the same as one that was loaded', async () => {
  const db = await openBlock({ user: {} }, { through: ['User'] })
  const [one, two] = ['balance1', 'balance2'].map((id) => ({
    id,
    email: `${id}@example.com`,
    balance: '12.50',
  }))
  await place.main.client.user.create({ data: one })
  await db.$block.refresh()
  await db.user.create({ data: two })
  const call = (c) =>
    c.user.findMany({ distinct: ['balance'], select: { balance: true }, orderBy: { balance: 'asc' } })
  const before = statsOf(db).forwarded
  const groups = await call(db)
  expect(statsOf(db).forwarded).toBe(before)
  deepSame(groups, await call(place.main.client))
  await db.$disconnect()
})
