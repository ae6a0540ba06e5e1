// How a declared scope is loaded, what of it is not covered, and what is wrong with one.
const { Block } = require('..')
const { connectMain } = require('./support/app')
const { deepSame } = require('./support/parity')
const { scopedBlocks, statsOf } = require('./support/scope')

const place = scopedBlocks()
const { ask, dir, openBlock } = place
const order = { orderBy: { id: 'asc' } }

describe('loading', () => {
  test('tells of its progress', async () => {
    const told = []
    const db = await openBlock(
      { Post: { where: { authorId: 'u1' } }, category: {} },
      { progress: (one) => told.push(one) },
    )
    const rows = await place.main.client.post.count({ where: { authorId: 'u1' } })
    expect(told).toContainEqual({ model: 'Post', rows, done: true })
    expect(told).toContainEqual({ model: 'Category', rows: 3, done: true })
    await db.$disconnect()
  })

  test('a refresh loads the scope again, with progress', async () => {
    const db = await openBlock({ slug: {}, user: { where: { id: 'u1' } } })
    const told = []
    db.$block.on('progress', (one) => told.push(one))
    await place.main.client.slug.create({ data: { slug: 'new' } })
    await Block.invalidate(db.$block.id, { dir, generated: place.app.generated })
    expect(told).toContainEqual({ model: 'Slug', rows: 3, done: true })
    expect(await ask(db, (c) => c.slug.findMany({ orderBy: { slug: 'asc' } }))).toBe('fast')
    await db.$disconnect()
  })

  test('pages of a compound key, and of many rows', async () => {
    const ids = Array.from({ length: 5_003 }, (_, n) => n)
    await place.main.client.note.createMany({
      data: ids.map((n) => ({ userId: 'u0', teamId: 't1', number: 100 + n })),
    })
    const db = await openBlock({ note: {} })
    expect(await ask(db, (c) => c.note.count())).toBe('fast')
    expect(
      await ask(db, (c) =>
        c.note.findMany({ orderBy: [{ userId: 'asc' }, { teamId: 'asc' }, { number: 'asc' }] }),
      ),
    ).not.toBe('main')
    await db.$disconnect()
  })

  test('a loader beside it loads what it likes', async () => {
    const loader = async (block, source) => block.team.createMany({ data: await source.team.findMany() })
    const db = await openBlock({ slug: {} }, { loader })
    expect(await ask(db, (c) => c.team.findUnique({ where: { id: 't1' } }))).toBe('fast')
    expect(await ask(db, (c) => c.team.findMany({ orderBy: { id: 'asc' } }))).toBe('main')
    await db.$disconnect()
  })

  const scope = { user: {}, post: { where: { authorId: 'u1' } }, comment: { take: 4, ...order } }
  const SHOWN = [
    (c) => c.post.count({ where: { authorId: 'u1' } }),
    (c) => c.post.findMany({ where: { authorId: 'u1' }, ...order }),
    (c) => c.user.findUnique({ where: { id: 'u1' }, include: { posts: order } }),
    (c) => c.comment.findMany({ ...order, take: 2 }),
  ]

  test('whatever extensions of the client leave out or change, it is loaded as main has it', async () => {
    const { client: plain } = place.main
    const some = async ({ args, query }) => {
      const rows = await query({ ...args, take: 1 })
      return rows.map((row) => ({ ...row, text: 'hidden', title: `${row.title}!` }))
    }
    const client = plain.$extends({ query: { post: { findMany: some }, comment: { findMany: some } } })
    const db = await openBlock(scope, { client })
    for (const call of SHOWN) deepSame(await call(db), await call(client))
    await db.$block.refresh()
    for (const call of SHOWN) deepSame(await call(db), await call(client))
    expect(statsOf(db).forwarded).toBe(0)
    await db.$disconnect()
  })

  test('so it is where the client omits fields', async () => {
    const omit = { user: { email: true }, post: { title: true }, comment: { text: true } }
    const client = connectMain(place.app, place.main.url, { omit })
    const db = await openBlock(scope, { client })
    const whole = (c) => c.post.findMany({ where: { authorId: 'u1' }, omit: { title: false }, ...order })
    for (const call of [...SHOWN, whole]) deepSame(await call(db), await call(client))
    expect(statsOf(db).forwarded).toBe(0)
    await db.$disconnect()
    await client.$disconnect()
  })

  test('a window is held, and of its model no other set is known', async () => {
    const db = await openBlock({ post: { take: 2, orderBy: { id: 'desc' } } })
    const [last] = await place.main.client.post.findMany({ take: 1, orderBy: { id: 'desc' } })
    const before = statsOf(db).forwarded
    await db.post.findUnique({ where: { id: last.id } })
    expect(statsOf(db).forwarded).toBe(before)
    expect(await ask(db, (c) => c.post.findMany({ take: 2, orderBy: { id: 'desc' } }))).toBe('fast')
    expect(await ask(db, (c) => c.post.findMany({ take: 3, orderBy: { id: 'desc' } }))).toBe('main')
    expect(await ask(db, (c) => c.post.count())).toBe('main')
    await db.$disconnect()
  })

  test('what any update of the row above changes is not covered', async () => {
    const where = { author: { updatedAt: { gte: new Date(0) } } }
    const db = await openBlock({ user: {}, post: { where } })
    expect(await ask(db, (c) => c.post.findMany({ where, ...order }))).toBe('main')
    await db.$disconnect()
  })

  test('an OR with a branch that says nothing, which Prisma leaves out, is not covered', async () => {
    const where = { OR: [{}, { slug: 'none' }] }
    const db = await openBlock({ slug: { where } })
    expect(await ask(db, (c) => c.slug.findMany({ orderBy: { slug: 'asc' } }))).toBe('main')
    expect(await ask(db, (c) => c.slug.findMany({ where, orderBy: { slug: 'asc' } }))).toBe('main')
    await db.$disconnect()
  })

  test('a file that was loaded by another scope is not opened', async () => {
    const db = await openBlock({ slug: {} })
    const { id } = db.$block
    const again = (scope) => openBlock(scope, { blockId: id })
    await (await again({ Slug: { where: {} } })).$disconnect()
    await expect(again({ slug: { where: { hits: 3 } } })).rejects.toThrow(
      /scope: block .* was loaded by .*Slug/,
    )
    await expect(again(undefined, {})).rejects.toThrow(/scope: block/)
    await expect(openBlock(undefined, { blockId: id, scope: undefined })).rejects.toThrow(/given none/)
    await db.$disconnect()
  })
})

describe("coverage: 'forward'", () => {
  test('nothing is covered but look-ups by key', async () => {
    const loader = async (block, source) => block.user.createMany({ data: await source.user.findMany() })
    const db = await openBlock(undefined, { scope: undefined, loader, coverage: 'forward' })
    expect(await ask(db, (c) => c.user.findMany({ where: { role: 'ADMIN' }, ...order }))).toBe('main')
    expect(await ask(db, (c) => c.user.count())).toBe('main')
    expect(await ask(db, (c) => c.user.findUnique({ where: { id: 'u1' }, include: { posts: order } }))).toBe(
      'main',
    )
    expect(await ask(db, (c) => c.user.findUnique({ where: { id: 'u1' }, include: { manager: true } }))).toBe(
      'fast',
    )
    expect(await ask(db, (c) => c.user.findFirst({ where: { email: 'u1@example.com' } }))).toBe('fast')
    expect(await ask(db, (c) => c.user.findMany({ where: { id: 'u1', role: 'USER' } }))).toBe('fast')
    await db.$disconnect()
  })
})

describe('what is wrong with a scope is said before anything is done', () => {
  test.each([
    ['a list', [], /scope: expected an object/],
    ['nothing', {}, /scope: expected an object of the block's models/],
    ['an unknown model', { chat: {} }, /scope: expected the block's models .* given 'chat'/],
    ['a model outside the block', { auditLog: {} }, /scope: expected the block's models/],
    ['a model twice', { user: {}, User: {} }, /User is named twice/],
    ['no object', { user: true }, /scope.user: expected an object \{where, take, orderBy\}, given true/],
    [
      'an unknown argument',
      { user: { select: {} } },
      /scope.user.select: expected one of where, take, orderBy/,
    ],
    ['a where that is none', { user: { where: 1 } }, /scope.user.where: expected an object/],
    ['an unknown field', { user: { where: { nick: 'a' } } }, /scope.user.where: .*nick/],
    ['an unknown field above', { post: { where: { author: { nick: 'a' } } } }, /scope.post.where: .*nick/],
    ['a bad take', { user: { take: 0 } }, /scope.user.take: expected a whole number of rows/],
    ['an order of all', { user: { orderBy: { id: 'asc' } } }, /scope.user.orderBy/],
    [
      'an order by nothing known',
      { user: { take: 1, orderBy: { nick: 'asc' } } },
      /scope.user.orderBy: expected scalar fields/,
    ],
  ])('%s', async (_, scope, message) => {
    await expect(openBlock(scope)).rejects.toThrow(message)
  })
})
