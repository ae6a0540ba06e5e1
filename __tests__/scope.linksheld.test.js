// Which links of an implicit many-to-many relation a scope makes known.
const { deepSame } = require('./support/parity')
const { here, linkedPosts } = require('./support/links')
const { statsOf } = require('./support/scope')

const { place, ids, news, ofNews, withPosts, next, unheld } = linkedPosts()
const order = { orderBy: { id: 'asc' } }
const byName = { orderBy: { name: 'asc' } }

describe('which links are held', () => {
  test('those that a scope of one end alone asks', async () => {
    const db = await place.openBlock({ post: { where: ofNews() } })
    expect(await place.ask(db, withPosts)).toBe('fast')
    expect(await place.ask(db, (c) => c.post.findMany({ where: ofNews(), ...order }))).toBe('fast')
    await db.$disconnect()
  })

  test('those of a row that is named, though its list be a part', async () => {
    const db = await place.openBlock({ category: { where: news() }, post: { where: { authorId: 'u1' } } })
    const of = (where) => (c) =>
      c.category.findUnique({ where: news(), include: { posts: { where, ...order } } })
    expect(await place.ask(db, of({ authorId: 'u1' }))).toBe('fast')
    expect(await place.ask(db, of({}))).toBe('main')
    // The links are known, the rows that they lead to are not.
    await unheld({ authorId: 'u3', rating: 9, categories: { connect: news() } })
    const by = (posts) => (c) => c.category.findMany({ where: { ...news(), posts } })
    expect(await place.ask(db, by({ some: { authorId: 'u1', rating: 1 } }))).toBe('fast')
    expect(await place.ask(db, by({ some: { rating: 9 } }))).toBe('main')
    expect(await place.ask(db, by({ every: { authorId: 'u1' } }))).toBe('main')
    expect(
      await place.ask(db, (c) =>
        c.category.findMany({ where: news(), orderBy: { posts: { _count: 'asc' } } }),
      ),
    ).toBe('main')
    // Who comes into the scope has had the link before.
    const id = await unheld({ authorId: 'u2', categories: { connect: news() } })
    await db.$block.refresh()
    await db.post.update({ where: { id }, data: { authorId: 'u1' } })
    const { posts } = await here(db, of({ authorId: 'u1' }))
    expect(posts.map((post) => post.id)).toContain(id)
    await db.$block.flush()
    expect(await place.ask(db, of({ authorId: 'u1' }))).toBe('fast')
    await db.$disconnect()
  })

  test('a list of which a part is held is set by main first', async () => {
    const id = await unheld({ authorId: 'u4', categories: { connect: { id: ids.sports } } })
    const where = { id: ids.sports }
    const db = await place.openBlock({ category: { where }, post: { where: { authorId: 'u1' } } })
    const kept = await unheld({ authorId: 'u4' })
    const before = statsOf(db).forwarded
    await db.category.update({ where, data: { posts: { set: [{ id: kept }] } } })
    expect(statsOf(db).forwarded).toBeGreaterThan(before)
    await db.$block.flush()
    const { posts } = await place.main.client.category.findUnique({ where, include: { posts: true } })
    expect(posts.map((post) => post.id)).toEqual([kept])
    await place.main.client.post.update({ where: { id }, data: { categories: { connect: where } } })
    await db.$block.refresh()
    // Of one that is named it is enough to know the links.
    await db.category.update({ where, data: { posts: { disconnect: { id } } } })
    await db.$block.flush()
    expect(await place.main.client.post.count({ where: { id, categories: { some: where } } })).toBe(0)
    await db.$disconnect()
  })

  test('all of two models that are held as a whole', async () => {
    const db = await place.openBlock({ category: {}, post: {} })
    expect(await place.ask(db, (c) => c.post.findMany({ include: { categories: byName }, ...order }))).toBe(
      'fast',
    )
    expect(
      await place.ask(db, (c) => c.category.findMany({ where: { posts: { none: {} } }, ...byName })),
    ).toBe('fast')
    await db.$disconnect()
  })

  test('not those of a row that a write may bring into the scope', async () => {
    const db = await place.openBlock({ category: {}, post: { where: { authorId: 'u1' } } })
    const call = (c) =>
      c.post.findMany({ where: { authorId: 'u1' }, include: { categories: byName }, ...order })
    expect(await place.ask(db, call)).toBe('main')
    await db.$disconnect()
  })

  test('those of either: categories of some posts, and some others', async () => {
    const ofPosts = { posts: { some: { authorId: 'u1' } } }
    const where = { OR: [ofPosts, { name: 'links sports' }] }
    const db = await place.openBlock({ post: { where: { authorId: 'u1' } }, category: { where } })
    const own = { where: { authorId: 'u1' }, include: { categories: byName }, ...order }
    expect(await place.ask(db, (c) => c.post.findMany(own))).toBe('fast')
    expect(await place.ask(db, (c) => c.category.findMany({ where: ofPosts, ...byName }))).toBe('fast')
    expect(await place.ask(db, (c) => c.category.findMany({ where: { name: 'links sports' } }))).toBe('fast')
    expect(await place.ask(db, (c) => c.category.findMany(byName))).toBe('main')
    const { id } = await place.main.client.category.create({ data: { name: `links other ${next()}` } })
    const post = await here(db, (c) => c.post.findFirst(own))
    await db.post.update({ where: { id: post.id }, data: { categories: { connect: { id } } } })
    const [changed] = await here(db, (c) => c.post.findMany({ ...own, take: 1 }))
    expect(changed.categories.map((one) => one.id)).toContain(id)
    const found = await here(db, (c) => c.category.findMany({ where: ofPosts, ...byName }))
    expect(found.map((one) => one.id)).toContain(id)
    await db.$block.flush()
    deepSame(found, await place.main.client.category.findMany({ where: ofPosts, ...byName }))
    const refused = { code: 'SHARDED_NOT_SUPPORTED', message: expect.stringContaining('Post.authorId') }
    const data = { authorId: 'u2' }
    await expect(db.post.update({ where: { id: post.id }, data })).rejects.toMatchObject(refused)
    // Also where main would have to make the write for another reason.
    const { id: other } = await place.main.client.post.findFirst({ where: { authorId: 'u2' } })
    const nowhere = { title: 'no such title' }
    await expect(db.post.updateMany({ where: nowhere, data })).rejects.toMatchObject(refused)
    const unset = { comments: { updateMany: { where: {}, data: { text: 'x' } } }, authorId: 'u1' }
    await expect(db.post.update({ where: { id: other }, data: unset })).rejects.toMatchObject(refused)
    await db.$disconnect()
  })

  test('of posts by their authors: who is the author of a post decides as well', async () => {
    const { email } = await place.main.client.user.findUniqueOrThrow({ where: { id: 'u1' } })
    const some = { author: { email } }
    const db = await place.openBlock({ category: { where: { posts: { some } } } })
    const { id } = await place.main.client.post.findFirst({ where: { authorId: 'u2' } })
    for (const data of [{ authorId: 'u1' }, { author: { connect: { id: 'u1' } } }])
      await expect(db.post.update({ where: { id }, data })).rejects.toMatchObject({
        code: 'SHARDED_NOT_SUPPORTED',
        message: expect.stringContaining('Post.authorId'),
      })
    await db.$disconnect()
  })

  test('of several categories, by what they have in common', async () => {
    const some = { name: { in: ['links news', 'links sports'] } }
    const db = await place.openBlock({ post: { where: { categories: { some } } } })
    const call = (c) => c.category.findMany({ where: some, include: { posts: order }, ...byName })
    expect(await place.ask(db, call)).toBe('fast')
    await expect(
      db.category.update({ where: { name: 'links news' }, data: { name: 'old' } }),
    ).rejects.toMatchObject({
      code: 'SHARDED_NOT_SUPPORTED',
      message: expect.stringContaining('Category.name'),
    })
    await db.$disconnect()
  })
})
