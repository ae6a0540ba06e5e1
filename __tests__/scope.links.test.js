// A scope that asks links of an implicit many-to-many relation: the posts of a category, who come and go with their links.
const { deepSame } = require('./support/parity')
const { here, linkedPosts } = require('./support/links')
const { statsOf } = require('./support/scope')

const { place, ids, news, ofNews, withPosts, next, unheld, same } = linkedPosts()
const order = { orderBy: { id: 'asc' } }
const byName = { orderBy: { name: 'asc' } }
const scope = () => ({ category: { where: news() }, post: { where: ofNews() } })

describe('reads', () => {
  let db
  beforeAll(async () => {
    db = await place.openBlock(scope())
  })
  afterAll(() => db.$disconnect())

  test.each([
    ['the list', withPosts],
    [
      'a part of it',
      (c) =>
        c.category.findUnique({
          where: news(),
          include: { posts: { where: { rating: { gt: 1 } }, ...order, skip: 1, take: 2 } },
        }),
    ],
    [
      '_count',
      (c) => c.category.findUnique({ where: news(), select: { _count: { select: { posts: true } } } }),
    ],
    ['the scope itself', (c) => c.post.findMany({ where: ofNews(), ...order })],
    ['count', (c) => c.post.count({ where: { ...ofNews(), rating: { gt: 1 } } })],
    ['what the scope asks, of rows by key', (c) => c.post.findFirst({ where: { id: 1, ...ofNews() } })],
    [
      'a filter on the list',
      (c) => c.category.findMany({ where: { ...news(), posts: { every: { published: true } } } }),
    ],
    [
      'its opposite',
      (c) => c.category.findMany({ where: { ...news(), NOT: { posts: { some: { rating: 1 } } } } }),
    ],
    [
      'an order by its length',
      (c) => c.category.findMany({ where: news(), orderBy: { posts: { _count: 'asc' } } }),
    ],
    [
      'of its posts, whether they are in it',
      (c) =>
        c.category.findUnique({
          where: news(),
          include: { posts: { include: { categories: { where: news() } }, ...order } },
        }),
    ],
    [
      'with the records above',
      (c) =>
        c.category.findUnique({ where: news(), include: { posts: { include: { author: true }, ...order } } }),
    ],
  ])('covered: %s', async (_, call) => {
    expect(await place.ask(db, call)).toBe('fast')
  })

  test.each([
    [
      'another category',
      (c) => c.category.findUnique({ where: { id: ids.sports }, include: { posts: order } }),
    ],
    [
      'its posts by a filter',
      (c) => c.post.findMany({ where: { categories: { some: { id: ids.sports } } }, ...order }),
    ],
    [
      'the other categories of its posts',
      (c) => c.post.findMany({ where: ofNews(), include: { categories: byName }, ...order }),
    ],
    [
      'a filter on them',
      (c) =>
        c.post.findMany({ where: { AND: [ofNews(), { categories: { some: { name: 'x' } } }] }, ...order }),
    ],
    ['every', (c) => c.post.findMany({ where: { categories: { every: news() } }, ...order })],
    ['none', (c) => c.post.findMany({ where: { categories: { none: news() } }, ...order })],
    ['a post that is held', (c) => c.post.findUnique({ where: { id: 1 }, include: { categories: byName } })],
  ])('not covered: %s', async (_, call) => {
    expect(await place.ask(db, call)).toBe('main')
  })

  test('one form, other values: each is told by its own', async () => {
    const of = (id) => (c) => c.category.findUnique({ where: { id }, include: { posts: order } })
    expect(await place.ask(db, of(ids.news))).toBe('fast')
    expect(await place.ask(db, of(ids.sports))).toBe('main')
    expect(await place.ask(db, of(ids.news))).toBe('fast')
    const inIt = (id) => (c) => c.post.findMany({ where: { categories: { some: { id } } }, ...order })
    expect(await place.ask(db, inIt(ids.news))).toBe('fast')
    expect(await place.ask(db, inIt(ids.sports))).toBe('main')
  })
})

describe.each([
  ['in the block', {}],
  ['by main first', { through: ['Post', 'Category'] }],
])('writes %s', (_, options) => {
  let db
  const isHere = options.through === undefined
  beforeAll(async () => {
    db = await place.openBlock(scope(), options)
  })
  afterAll(() => db.$disconnect())

  /** @param {any} data of the category */
  const update = (data) => {
    const call = (c) => c.category.update({ where: news(), data: { posts: data } })
    return isHere ? here(db, call) : call(db)
  }

  test('a post that is connected was not held, and is in it then', async () => {
    const [one, two, three] = [await unheld(), await unheld(), await unheld()]
    await db.category.update({ where: news(), data: { posts: { connect: { id: one } } } })
    await db.post.update({ where: { id: two }, data: { categories: { connect: news() } } })
    await db.post.update({ where: { id: three }, data: { categories: { connect: { name: 'links news' } } } })
    expect(await same(db)).toEqual(expect.arrayContaining([one, two, three]))
  })

  test('a post that is made with the link, and one with the post', async () => {
    const made = next()
    // Its author is not held.
    await db.category.update({
      where: news(),
      data: { posts: { create: { title: `below ${made}`, authorId: 'u1' } } },
    })
    const { id } = await db.post.create({
      data: { title: `with ${made}`, authorId: 'u1', categories: { connect: news() } },
    })
    expect(await same(db)).toContain(id)
  })

  test('disconnect from both sides', async () => {
    const [one, two] = await same(db)
    await update({ disconnect: { id: one } })
    await db.post.update({ where: { id: two }, data: { categories: { disconnect: news() } } })
    const left = await same(db)
    expect(left).not.toContain(one)
    expect(left).not.toContain(two)
  })

  test('one form of a disconnect, other values', async () => {
    const [id] = await same(db)
    const part = (category) =>
      db.post.update({ where: { id }, data: { categories: { disconnect: { id: category } } } })
    await place.main.client.post.update({
      where: { id },
      data: { categories: { connect: { id: ids.sports } } },
    })
    for (let again = 0; again < 3; again += 1) {
      await part(ids.news)
      await db.post.update({ where: { id }, data: { categories: { connect: news() } } })
    }
    await part(ids.news)
    const { fast } = statsOf(db)
    await part(ids.news)
    // By the fast door, which another category does not pass, though it be held.
    expect(statsOf(db).fast).toBe(isHere ? fast + 1 : fast)
    await db.category.findUnique({ where: { id: ids.sports } })
    await part(ids.sports)
    expect(await same(db)).not.toContain(id)
    const { categories } = await place.main.client.post.findUnique({
      where: { id },
      include: { categories: true },
    })
    expect(categories.map((one) => one.id)).not.toContain(ids.sports)
  })

  test('set makes the list these', async () => {
    const [kept] = await same(db)
    const come = await unheld()
    await db.category.update({ where: news(), data: { posts: { set: [{ id: kept }, { id: come }] } } })
    expect(await same(db)).toEqual([kept, come])
  })

  test('a set from the other side is made by main first', async () => {
    const id = await unheld({ categories: { connect: { id: ids.sports } } })
    await db.post.update({ where: { id }, data: { categories: { set: [news()] } } })
    expect(await same(db)).toContain(id)
    const { categories } = await place.main.client.post.findUnique({
      where: { id },
      include: { categories: true },
    })
    expect(categories.map((one) => one.id)).toEqual([ids.news])
    await db.post.update({ where: { id }, data: { categories: { set: [{ id: ids.sports }] } } })
    expect(await same(db)).not.toContain(id)
  })

  test('update, upsert, delete below', async () => {
    const id = await unheld()
    await db.category.update({ where: news(), data: { posts: { connect: { id } } } })
    await update({ update: { where: { id }, data: { rating: 3 } } })
    await update({ updateMany: { where: { rating: 3 }, data: { body: 'three' } } })
    await update({
      upsert: { where: { id }, create: { title: 'no', authorId: 'u1' }, update: { rating: 4 } },
    })
    await same(db)
    await update({ delete: { id } })
    expect(await same(db)).not.toContain(id)
  })

  test('a row that is deleted goes with its links', async () => {
    const id = await unheld({ categories: { connect: news() } })
    await db.$block.refresh()
    expect(await same(db)).toContain(id)
    await db.post.delete({ where: { id } })
    expect(await same(db)).not.toContain(id)
  })

  test('shows the list as it is afterwards', async () => {
    const id = await unheld()
    const call = (c) =>
      c.category.update({
        where: news(),
        data: { posts: { connect: { id } } },
        include: { posts: order, _count: { select: { posts: true } } },
      })
    const shown = await call(db)
    await db.$block.flush()
    const { posts } = await withPosts(place.main.client)
    deepSame(shown.posts, posts)
    expect(shown._count.posts).toBe(posts.length)
  })

  test('within a transaction', async () => {
    const id = await unheld()
    await db.$transaction(async (tx) => {
      await tx.category.update({ where: news(), data: { posts: { connect: { id } } } })
      if (isHere) expect((await withPosts(tx)).posts.map((post) => post.id)).toContain(id)
    })
    expect(await same(db)).toContain(id)
  })

  test('a refresh brings in who was linked, and takes who was parted', async () => {
    const [gone] = await same(db)
    const come = await unheld()
    await place.main.client.category.update({
      where: news(),
      data: { posts: { connect: { id: come }, disconnect: { id: gone } } },
    })
    await db.$block.refresh()
    const left = await same(db)
    expect(left).toContain(come)
    expect(left).not.toContain(gone)
  })

  test('what is linked and parted while a refresh has read already stays so', async () => {
    const [gone] = await same(db)
    const come = await unheld()
    /** @type {(() => Promise<any>) | null} */
    let meanwhile = null
    const other = await place.openBlock(scope(), { ...options, loader: async () => meanwhile?.() })
    meanwhile = async () => {
      const posts = { connect: { id: come }, disconnect: { id: gone } }
      await other.category.update({ where: news(), data: { posts } })
    }
    await other.$block.refresh()
    const left = await same(other)
    expect(left).toContain(come)
    expect(left).not.toContain(gone)
    await other.$disconnect()
    await db.$block.refresh()
  })

  test('keys that links follow are not changed here', async () => {
    const [id] = await same(db)
    await expect(db.post.update({ where: { id }, data: { id: 99_999 } })).rejects.toMatchObject({
      code: 'SHARDED_NOT_SUPPORTED',
      message: expect.stringContaining('Post.id'),
    })
  })
})
