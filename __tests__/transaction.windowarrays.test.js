// Arrays of calls, $transaction([…]), with reads of windows in them: the block in one moment where it has all answers, else main.
const { setTimeout: sleep } = require('node:timers/promises')
const { Block } = require('..')
const { scopedBlocks, statsOf } = require('./support/scope')
const { gate } = require('./support/gate')
const { deepSame } = require('./support/parity')

const place = scopedBlocks()
const { dir, openBlock } = place

const NEWEST = [{ number: 'desc' }, { teamId: 'desc' }]
const where = { userId: 'u0' }
const key = { userId_teamId: { userId: 'u0', teamId: 't1' } }
const note = (/** @type {number} */ number) => ({ userId: 'u0', teamId: 't1', number })
/** @param {number} take */
const scopeOf = (take) => ({
  user: { where: { id: { in: ['u0', 'u1'] } } },
  membership: { where },
  note: { where, take, orderBy: NEWEST },
})

beforeEach(async () => {
  const { client } = place.main
  await client.note.deleteMany({ where })
  await client.note.createMany({ data: Array.from({ length: 12 }, (_, n) => note(100 + n)) })
})

/** @typedef {(client: any) => any[]} Calls */

/** @param {any} db @param {Calls} calls @param {any} [options] @returns {Promise<string>} who has answered; the answers are main's */
async function ask(db, calls, options) {
  const { forwarded } = statsOf(db)
  const { client } = place.main
  const expected = await client.$transaction(calls(client), options)
  deepSame(await db.$transaction(calls(db), options), expected)
  return statsOf(db).forwarded === forwarded ? 'block' : 'main'
}

/** @param {any} c @param {any} args */
const page = (c, args) => c.note.findMany({ where, orderBy: NEWEST, ...args })

/** @type {[string, Calls, string, string][]} */
const READS = [
  ['a page and the number of all', (c) => [page(c, { take: 5 }), c.note.count({ where })], 'main', 'block'],
  ['pages', (c) => [page(c, { take: 3 }), page(c, { take: 3, skip: 2 })], 'block', 'block'],
  ['a page that is too long', (c) => [page(c, { take: 3 }), page(c, { take: 8 })], 'main', 'block'],
  [
    'a page, a row by its key and a covered set',
    (c) => [page(c, { take: 2 }), c.user.findUnique({ where: { id: 'u0' } }), c.membership.count({ where })],
    'block',
    'block',
  ],
  [
    'a list',
    (c) => [
      c.membership.findUnique({ where: key, include: { notes: { orderBy: NEWEST, take: 4 } } }),
      page(c, { take: 1 }),
    ],
    'block',
    'block',
  ],
  [
    'a cursor',
    (c) => [page(c, { take: 2, cursor: { place: note(110) } }), page(c, { take: 1 })],
    'block',
    'block',
  ],
  [
    'a cursor that is nowhere',
    (c) => [page(c, { take: 2, cursor: { place: note(7) } }), page(c, { take: 1 })],
    'main',
    'main',
  ],
  ['a set that nothing covers', (c) => [page(c, { take: 2 }), c.slug.findMany()], 'main', 'main'],
  [
    'an aggregate, groups and another order',
    (c) => [
      c.note.aggregate({ where, _max: { number: true } }),
      c.note.groupBy({ where, by: ['teamId'], _count: true, orderBy: { teamId: 'asc' } }),
      c.note.findMany({ where, orderBy: { number: 'asc' } }),
    ],
    'main',
    'block',
  ],
]

describe.each(READS)('%s', (_, calls, part, whole) => {
  test.each([
    ['a part', 6, part],
    ['all', 20, whole],
  ])('of a window with %s of its set', async (__, take, who) => {
    const db = await openBlock(scopeOf(take))
    expect(await ask(db, calls)).toBe(who)
    expect(await ask(db, calls, { isolationLevel: 'Serializable' })).toBe(who)
    await db.note.create({ data: note(300) })
    await db.$block.flush()
    expect(await ask(db, calls)).toBe(who)
    await Block.invalidate(db.$block.id, { dir, generated: place.app.generated })
    expect(await ask(db, calls)).toBe(who)
    await db.$disconnect()
  })
})

test('an OrThrow that the window does not find: main has it; one that nobody has: its error, here', async () => {
  const first = (/** @type {number} */ number) => (/** @type {any} */ c) => [
    page(c, { take: 1 }),
    c.note.findFirstOrThrow({ where: { ...where, number }, orderBy: NEWEST }),
  ]
  const part = await openBlock(scopeOf(4))
  expect(await ask(part, first(110))).toBe('block')
  expect(await ask(part, first(101))).toBe('main')
  const whole = await openBlock(scopeOf(20))
  expect(await ask(whole, first(101))).toBe('block')
  for (const [db, asked] of /** @type {[any, number][]} */ ([
    [part, 2],
    [whole, 0],
  ])) {
    const { forwarded } = statsOf(db)
    const [ours, mains] = await Promise.all(
      [db, place.main.client].map((c) => c.$transaction(first(7)(c)).catch((/** @type {any} */ e) => e)),
    )
    expect([ours.code, ours.message, ours.meta]).toEqual([mains.code, mains.message, mains.meta])
    expect([ours.code, statsOf(db).forwarded - forwarded]).toEqual(['P2025', asked])
    await db.$disconnect()
  }
})

test('a record above that is not held: fetched, and asked again', async () => {
  const { client } = place.main
  await client.membership.create({ data: { userId: 'u5', teamId: 't2', joinedAt: new Date() } })
  await client.note.createMany({ data: [1, 2, 3].map((number) => ({ userId: 'u5', teamId: 't2', number })) })
  const theirs = { userId: 'u5' }
  const db = await openBlock({ note: { where: theirs, take: 2, orderBy: NEWEST } })
  const rows = {
    where: theirs,
    orderBy: NEWEST,
    take: 2,
    include: { membership: { include: { user: true } } },
  }
  const calls = (/** @type {any} */ c) => [c.note.findMany(rows), c.note.findFirst({ ...rows, take: 1 })]
  expect(await ask(db, calls)).toBe('main')
  expect(await ask(db, calls)).toBe('block')
  await client.membership.delete({ where: { userId_teamId: { userId: 'u5', teamId: 't2' } } })
  await db.$disconnect()
})

test('one moment: a load does not come in between', async () => {
  const db = await openBlock(scopeOf(30))
  const { client } = place.main
  const calls = (/** @type {any} */ c) => [
    page(c, { take: 30 }),
    c.note.count({ where }),
    page(c, { take: 1 }),
  ]
  const { forwarded } = statsOf(db)
  for (let n = 0; n < 4; n++) {
    await client.note.createMany({ data: [note(500 + 2 * n), note(501 + 2 * n)] })
    let isIn = false
    const loaded = Block.invalidate(db.$block.id, { dir, generated: place.app.generated }).then(() => {
      isIn = true
    })
    while (!isIn) {
      const [rows, count, [newest]] = await db.$transaction(calls(db))
      expect(rows).toHaveLength(count)
      expect(rows[0]).toEqual(newest)
      await sleep(1)
    }
    await loaded
    deepSame(await db.$transaction(calls(db)), await client.$transaction(calls(client)))
  }
  expect(statsOf(db).forwarded).toBe(forwarded)
  await db.$disconnect()
})

test('a load that comes in while a row is fetched: what is answered is of one boundary', async () => {
  const db = await openBlock(scopeOf(20))
  const { client } = place.main
  await client.slug.create({ data: { slug: 'far' } })
  const [has, free] = [gate(), gate()]
  const blocked = client.$transaction(
    async (/** @type {any} */ tx) => {
      await tx.$executeRawUnsafe('LOCK TABLE "Slug" IN ACCESS EXCLUSIVE MODE')
      has.open()
      await free.opened
    },
    { timeout: 20_000 },
  )
  await has.opened
  const { forwarded } = statsOf(db)
  const calls = (/** @type {any} */ c) => [
    c.slug.findUnique({ where: { slug: 'far' } }),
    page(c, { take: 12 }),
    c.note.count({ where }),
  ]
  const asked = db.$transaction(calls(db)).then((/** @type {any} */ answers) => answers)
  while (statsOf(db).forwarded === forwarded) await sleep(5)
  await client.note.createMany({ data: Array.from({ length: 15 }, (_, n) => note(600 + n)) })
  await Block.invalidate(db.$block.id, { dir, generated: place.app.generated })
  free.open()
  await blocked
  deepSame(await asked, await client.$transaction(calls(client)))
  // The window is a part by now, so main has answered all.
  expect(statsOf(db).forwarded).toBe(forwarded + 4)
  await client.slug.delete({ where: { slug: 'far' } })
  await db.$disconnect()
})

describe('with writes in them', () => {
  /** The rows that are left are main's, too. @param {any} db */
  async function settled(db) {
    await db.$block.flush()
    expect(db.$block.rejected()).toEqual([])
    const all = (/** @type {any} */ c) => c.note.findMany({ where, orderBy: NEWEST })
    deepSame(await all(db), await all(place.main.client))
  }

  /** As `ask`, but main's part is undone. @param {any} db @param {Calls} calls */
  async function write(db, calls) {
    const { client } = place.main
    /** @type {any} */
    let expected
    const undone = client.$transaction(async (/** @type {any} */ tx) => {
      expected = []
      for (const call of calls(tx)) expected.push(await call)
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    const { forwarded } = statsOf(db)
    deepSame(await db.$transaction(calls(db)), expected)
    const who = statsOf(db).forwarded === forwarded ? 'block' : 'main'
    await settled(db)
    return who
  }

  /** @type {[string, Calls, string, string][]} */
  const WRITES = [
    [
      'rows and pages of them',
      (c) => [
        c.note.create({ data: note(400) }),
        page(c, { take: 3 }),
        c.note.delete({ where: { place: note(111) } }),
        page(c, { take: 3 }),
      ],
      'block',
      'block',
    ],
    [
      'a page that gets too short by them',
      (c) => [
        page(c, { take: 6 }),
        c.note.delete({ where: { place: note(110) } }),
        page(c, { take: 6 }),
        c.note.create({ data: note(401) }),
      ],
      'main',
      'block',
    ],
    [
      'sets',
      (c) => [
        c.note.updateMany({ where, data: { text: 'seen' } }),
        c.note.deleteMany({ where: { ...where, number: { lt: 103 } } }),
      ],
      'main',
      'block',
    ],
    [
      'a set in place of another',
      (c) => [
        c.note.deleteMany({ where }),
        c.note.createMany({ data: [1, 2, 3].map(note) }),
        page(c, { take: 2 }),
        c.note.count({ where }),
      ],
      'main',
      'block',
    ],
  ]

  test.each(WRITES)('%s', async (_, calls, part, whole) => {
    for (const [take, who] of /** @type {[number, string][]} */ ([
      [6, part],
      [40, whole],
    ])) {
      const db = await openBlock(scopeOf(take))
      expect(await write(db, calls)).toBe(who)
      await db.$disconnect()
      await place.main.client.note.deleteMany({ where })
      await place.main.client.note.createMany({ data: Array.from({ length: 12 }, (__, n) => note(100 + n)) })
    }
  })

  test.each([
    ['a part', 6],
    ['all', 20],
  ])('all or nothing, of a window with %s of its set', async (_, take) => {
    const db = await openBlock(scopeOf(take))
    const failing = db.$transaction([
      db.note.updateMany({ where, data: { text: 'gone' } }),
      page(db, { take: 9 }),
      db.note.create({ data: note(100) }),
    ])
    await expect(failing).rejects.toMatchObject({ code: 'P2002' })
    await settled(db)
    expect(await place.main.client.note.count({ where: { ...where, text: 'gone' } })).toBe(0)
    await db.$disconnect()
  })
})
