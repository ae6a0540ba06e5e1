// Lists below a row from windows: as long as each of them is full, or the window has all of its set, the block answers.
const { scopedBlocks } = require('./support/scope')

const place = scopedBlocks()
const { ask, openBlock } = place

const NEWEST = [{ createdAt: 'desc' }, { id: 'desc' }]
const HELD = 10
/** A chat (u0) of 30 messages, each with one comment, written by others; its people have notes. */
const SCOPE = {
  user: { where: { id: { in: ['u0', 'u1', 'u2'] } } },
  post: { where: { authorId: 'u0' }, take: HELD, orderBy: NEWEST },
  comment: { where: { post: { authorId: 'u0' } } },
  membership: { where: { userId: 'u0' } },
  note: { where: { userId: 'u0' }, take: 3, orderBy: { number: 'desc' } },
}
const at = (/** @type {number} */ n) => new Date(Date.UTC(2026, 5, 1, 12, n >> 1))
const message = (/** @type {number} */ n, authorId = 'u0') => ({
  title: `message ${n}`,
  authorId,
  reviewerId: ['u1', 'u2', null][n % 3],
  rating: n % 4,
  createdAt: at(n),
})

beforeEach(async () => {
  const { client } = place.main
  await client.post.deleteMany({ where: { authorId: { in: ['u0', 'u1'] } } })
  await client.note.deleteMany({ where: { userId: 'u0' } })
  for (let n = 0; n < 30; n++)
    await client.post.create({
      data: {
        ...message(n),
        comments: { create: { id: `m${n}`, text: `${n}`, authorId: 'u1', at: at(n) } },
      },
    })
  await client.post.createMany({ data: [1, 2, 3].map((n) => message(100 + n, 'u1')) })
  const notes = Array.from({ length: 8 }, (_, number) => ({ userId: 'u0', teamId: 't1', number }))
  await client.note.createMany({ data: notes })
})

/** @param {any} db @param {any} list @param {any} [id] @returns {Promise<string>} who has answered; the answer is main's */
const chat = (db, list, id = 'u0') =>
  ask(db, (/** @type {any} */ c) =>
    c.user.findUnique({ where: { id }, include: { posts: { orderBy: NEWEST, ...list } } }),
  )

describe('a list below a row', () => {
  test('as far as the window holds its rows', async () => {
    const db = await openBlock(SCOPE)
    expect(await chat(db, { take: HELD })).toBe('fast')
    expect(await chat(db, { take: 4, skip: 6 })).toBe('fast')
    expect(await chat(db, { take: 4, skip: 7 })).toBe('main')
    expect(await chat(db, { take: HELD + 1 })).toBe('main')
    expect(await chat(db, { take: 2, where: { rating: { gte: 2 } } })).toBe('fast')
    expect(await chat(db, { take: 9, where: { rating: { gte: 2 } } })).toBe('main')
    await db.$disconnect()
  })

  test('what stands below the list', async () => {
    const db = await openBlock(SCOPE)
    expect(await chat(db, { take: 5, include: { reviewer: true } })).toBe('fast')
    const inner = { comments: { orderBy: { id: 'asc' }, include: { author: { select: { name: true } } } } }
    expect(await chat(db, { take: 5, include: { ...inner, _count: { select: { comments: true } } } })).toBe(
      'fast',
    )
    expect(await chat(db, { take: 5, select: { title: true, comments: true } })).toBe('fast')
    await db.$disconnect()
  })

  test('select, a fluent call, a row found by conditions, a list below a record above', async () => {
    const db = await openBlock(SCOPE)
    const posts = { orderBy: NEWEST, take: 5 }
    const where = { id: 'u0' }
    for (const call of [
      (/** @type {any} */ c) => c.user.findUnique({ where, select: { name: true, posts } }),
      (/** @type {any} */ c) => c.user.findUniqueOrThrow({ where, include: { posts } }),
      (/** @type {any} */ c) => c.user.findFirst({ where, include: { posts } }),
      (/** @type {any} */ c) => c.user.findMany({ where, include: { posts } }),
      (/** @type {any} */ c) => c.user.findUnique({ where }).posts(posts),
      (/** @type {any} */ c) =>
        c.post.findMany({ where: { authorId: 'u0' }, ...posts, include: { author: { include: { posts } } } }),
    ])
      expect(await ask(db, call)).not.toBe('main')
    await db.$disconnect()
  })

  test.each([
    ['no take', { take: undefined }],
    ['another order', { take: 2, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] }],
    ['from the end', { take: -2 }],
    ['distinct', { take: 2, distinct: ['rating'] }],
  ])('%s: main', async (_, list) => {
    const db = await openBlock(SCOPE)
    expect(await chat(db, list)).toBe('main')
    await db.$disconnect()
  })

  test('of another row, or of one that is not there: main', async () => {
    const db = await openBlock(SCOPE)
    expect(await chat(db, { take: 1 }, 'u1')).toBe('main')
    expect(await chat(db, { take: 1 }, 'nobody')).toBe('main')
    // The form is known by the next one, and its values are looked at.
    expect(await chat(db, { take: 1 })).toBe('fast')
    expect(await chat(db, { take: 1 }, 'u1')).toBe('main')
    expect(await chat(db, { take: 1 }, 'nobody')).toBe('main')
    await db.$disconnect()
  })

  test('by conditions of its own, whose values are looked at', async () => {
    const db = await openBlock(SCOPE)
    /** @param {string} authorId @param {string} id */
    const reviews = (authorId, id) =>
      ask(db, (c) =>
        c.user.findUnique({
          where: { id },
          include: { reviews: { where: { authorId, rating: { lt: 9 } }, orderBy: NEWEST, take: 2 } },
        }),
      )
    expect(await reviews('u0', 'u1')).toBe('fast')
    expect(await reviews('u0', 'u2')).toBe('fast')
    expect(await reviews('u1', 'u2')).toBe('main')
    expect(await reviews('u0', 'u1')).toBe('fast')
    await db.$disconnect()
  })

  test('a count of it, and filters by it: main', async () => {
    const db = await openBlock(SCOPE)
    const where = { id: 'u0' }
    const count = { _count: { select: { posts: true } } }
    expect(await ask(db, (c) => c.user.findUnique({ where, include: count }))).toBe('main')
    expect(
      await ask(db, (c) => c.user.findMany({ where: { ...where, posts: { some: { rating: 1 } } } })),
    ).toBe('main')
    await db.$disconnect()
  })
})

describe('several of them', () => {
  const people = { where: { id: { in: ['u0', 'u1', 'u2'] } }, orderBy: { id: 'asc' } }

  test('below several rows, each has to be full', async () => {
    const db = await openBlock({ ...SCOPE, post: { take: 20, orderBy: NEWEST } })
    /** @param {any} list @param {string[]} ids */
    const lists = (list, ...ids) =>
      ask(db, (c) =>
        c.user.findMany({
          ...people,
          where: { id: { in: ids } },
          include: { posts: { orderBy: NEWEST, ...list } },
        }),
      )
    expect(await lists({ take: 3 }, 'u0', 'u1')).toBe('fast')
    expect(await lists({ take: 4 }, 'u0', 'u1')).toBe('main')
    expect(await lists({ take: 4 }, 'u0')).toBe('fast')
    await db.$disconnect()
  })

  test('in different places of one read, all have to be full', async () => {
    const db = await openBlock(SCOPE)
    /** @param {number} posts @param {number} notes */
    const both = (posts, notes) =>
      ask(db, (c) =>
        c.user.findUnique({
          where: { id: 'u0' },
          include: {
            posts: { orderBy: NEWEST, take: posts },
            memberships: {
              where: { teamId: 't1' },
              include: { notes: { orderBy: { number: 'desc' }, take: notes } },
            },
          },
        }),
      )
    expect(await both(5, 2)).toBe('fast')
    expect(await both(5, 4)).toBe('main')
    expect(await both(11, 2)).toBe('main')
    await db.$disconnect()
  })

  test('a list in rows of a window', async () => {
    const db = await openBlock(SCOPE)
    /** @param {number} outer @param {number} inner */
    const both = (outer, inner) =>
      ask(db, (c) =>
        c.post.findMany({
          where: { authorId: 'u0' },
          orderBy: NEWEST,
          take: outer,
          include: { author: { include: { posts: { orderBy: NEWEST, take: inner } } } },
        }),
      )
    expect(await both(2, 3)).toBe('fast')
    expect(await both(2, 11)).toBe('main')
    expect(await both(11, 2)).toBe('main')
    await db.$disconnect()
  })
})

test('a cursor in a list: from a row that is held', async () => {
  const db = await openBlock(SCOPE)
  const rows = await place.main.client.post.findMany({ where: { authorId: 'u0' }, orderBy: NEWEST })
  const cursor = (/** @type {number} */ n) => ({ cursor: { id: rows[n].id } })
  expect(await chat(db, { take: 3, ...cursor(2) })).not.toBe('main')
  expect(await chat(db, { take: 3, skip: 1, ...cursor(6) })).not.toBe('main')
  expect(await chat(db, { take: 3, skip: 1, ...cursor(7) })).toBe('main')
  expect(await chat(db, { take: 3, ...cursor(20) })).toBe('main')
  const [other] = await place.main.client.post.findMany({ where: { authorId: 'u1' } })
  expect(await chat(db, { take: 3, cursor: { id: other.id } })).toBe('main')
  const { id } = rows[2]
  const listed = { posts: { orderBy: NEWEST, cursor: { id }, take: 2 } }
  expect(await ask(db, (c) => c.user.findMany({ where: { id: 'u0' }, include: listed }))).not.toBe('main')
  await db.$disconnect()
})

test('a window with all of its set gives any list, its count and filters by it', async () => {
  const db = await openBlock({ ...SCOPE, post: { where: { authorId: 'u0' }, take: 99, orderBy: NEWEST } })
  const where = { id: 'u0' }
  const stranger = await place.main.client.post.create({ data: message(500) })
  const known = await place.main.client.post.findFirst({ where: { title: 'message 7' } })
  expect(await chat(db, { take: 5, cursor: { id: known.id } })).toBe('fast')
  expect(await chat(db, { take: 5, cursor: { id: stranger.id }, skip: 1 })).toBe('main')
  await place.main.client.post.delete({ where: { id: stranger.id } })
  for (const list of [
    { take: 50 },
    {},
    { take: -3 },
    { take: 3, orderBy: { id: 'asc' } },
    { where: { rating: 9 } },
  ])
    expect(await chat(db, list)).toBe('fast')
  const count = { _count: { select: { posts: { where: { rating: 1 } } } } }
  expect(await ask(db, (c) => c.user.findUnique({ where, include: count }))).toBe('fast')
  expect(await ask(db, (c) => c.user.findMany({ where: { ...where, posts: { some: { rating: 1 } } } }))).toBe(
    'fast',
  )
  await db.$disconnect()
})

test('writes are in the list at once', async () => {
  const db = await openBlock(SCOPE)
  expect(await chat(db, { take: 3 })).toBe('fast')
  await db.post.create({ data: message(200) })
  const [, second] = await db.post.findMany({ where: { authorId: 'u0' }, orderBy: NEWEST, take: 2 })
  await db.post.delete({ where: { id: second.id } })
  await db.$block.flush()
  expect(await chat(db, { take: HELD })).toBe('fast')
  expect(await chat(db, { take: HELD + 1 })).toBe('main')
  await db.$disconnect()
})
