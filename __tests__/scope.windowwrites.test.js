// Writes of sets: made in the block while a window holds all of its set, and by main first where it does not, or has ceased to.
const path = require('node:path')
const { setTimeout: sleep } = require('node:timers/promises')
const { Block } = require('..')
const { startChild } = require('./support/child')
const { scopedBlocks, statsOf } = require('./support/scope')
const { gate } = require('./support/gate')
const { deepSame } = require('./support/parity')

const place = scopedBlocks()
const { dir, openBlock } = place

const RELOADER = path.join(__dirname, 'support', 'reloader.js')
const NEWEST = [{ number: 'desc' }, { teamId: 'desc' }]
const where = { userId: 'u0' }
const key = { userId_teamId: { userId: 'u0', teamId: 't1' } }
const JOINED = [{ joinedAt: 'desc' }, { userId: 'asc' }, { teamId: 'asc' }]
/** @param {number} notes @param {number} memberships */
const scopeOf = (notes, memberships) => ({
  user: { where: { id: 'u0' } },
  membership: { where, take: memberships, orderBy: JOINED },
  note: { where, take: notes, orderBy: NEWEST },
})
const WHOLE = scopeOf(20, 20)
const PART = scopeOf(5, 1)
const note = (/** @type {number} */ number) => ({ userId: 'u0', teamId: 't1', number })
const all = (/** @type {any} */ client) => client.note.findMany({ where, orderBy: NEWEST })
const members = (/** @type {any} */ client) => client.membership.findMany({ where, orderBy: JOINED })
const at = (/** @type {number} */ day) => new Date(Date.UTC(2030, 0, day))

beforeEach(async () => {
  const { client } = place.main
  await client.note.deleteMany({ where })
  await client.note.createMany({ data: Array.from({ length: 8 }, (_, n) => note(100 + n)) })
})

/**
 * The same write on the block and, undone, on main: what it tells is the same, and so are the rows that it leaves, here and there.
 * @param {any} db @param {(client: any) => Promise<any>} call @returns {Promise<'block' | 'main'>} who has made it
 */
async function write(db, call) {
  const { client } = place.main
  /** @type {any} */
  let expected
  const undone = client.$transaction(async (/** @type {any} */ tx) => {
    expected = [await call(tx), await all(tx), await members(tx)]
    throw new Error('undone')
  })
  await expect(undone).rejects.toThrow('undone')
  const { forwarded } = statsOf(db)
  const answer = await call(db)
  const isMains = statsOf(db).forwarded > forwarded
  const held = isMains ? null : [await all(db), await members(db)]
  await db.$block.flush()
  deepSame(answer, expected[0])
  deepSame([await all(client), await members(client)], expected.slice(1))
  if (held !== null) deepSame(held, expected.slice(1))
  expect(db.$block.rejected()).toEqual([])
  return isMains ? 'main' : 'block'
}

/** @type {[string, (c: any) => Promise<any>][]} */
const WRITES = [
  ['updateMany', (c) => c.note.updateMany({ where, data: { text: 'seen' } })],
  [
    'updateMany of some',
    (c) => c.note.updateMany({ where: { ...where, text: '-', number: { gt: 103 } }, data: { text: 'seen' } }),
  ],
  [
    'updateMany by the record above',
    (c) =>
      c.note.updateMany({
        where: { membership: { user: { id: 'u0' } }, userId: 'u0' },
        data: { text: 'mine' },
      }),
  ],
  ['updateMany of none', (c) => c.note.updateMany({ where: { ...where, number: 7 }, data: { text: 'x' } })],
  ['deleteMany', (c) => c.note.deleteMany({ where })],
  ['deleteMany of some', (c) => c.note.deleteMany({ where: { ...where, number: { in: [101, 105, 9] } } })],
  [
    'updateManyAndReturn',
    async (c) => {
      const rows = await c.note.updateManyAndReturn({ where, data: { text: 'told' } })
      return rows.sort((/** @type {any} */ one, /** @type {any} */ other) => one.number - other.number)
    },
  ],
  [
    'a nested updateMany',
    (c) =>
      c.membership.update({
        where: key,
        data: { notes: { updateMany: { where: { number: { lt: 104 } }, data: { text: 'nested' } } } },
      }),
  ],
  [
    'a nested deleteMany',
    (c) => c.membership.update({ where: key, data: { notes: { deleteMany: { number: { lt: 104 } } } } }),
  ],
  [
    'a nested updateMany, and the list as it is then',
    (c) =>
      c.user.update({
        where: { id: 'u0' },
        data: { memberships: { updateMany: { where: { teamId: 't1' }, data: { joinedAt: at(1) } } } },
        include: { memberships: { orderBy: JOINED }, _count: { select: { memberships: true } } },
      }),
  ],
  [
    'a page of a list that is shown',
    (c) =>
      c.user.update({
        where: { id: 'u0' },
        data: { memberships: { update: { where: key, data: { joinedAt: at(2) } } } },
        include: { memberships: { orderBy: JOINED, take: 2 } },
      }),
  ],
]

describe.each(WRITES)('%s', (_, call) => {
  test('of a window with all of its set: the block', async () => {
    const db = await openBlock(WHOLE)
    expect(await write(db, call)).toBe('block')
    await db.note.create({ data: note(600) })
    await db.$block.flush()
    expect(await write(db, call)).toBe('block')
    await db.$disconnect()
  })

  test('of one with a part of it: main', async () => {
    const db = await openBlock(PART)
    expect(await write(db, call)).toBe('main')
    await db.$disconnect()
  })

  test('in a transaction: the same, all or nothing', async () => {
    for (const [scope, who] of /** @type {[any, string][]} */ ([
      [WHOLE, 'block'],
      [PART, 'main'],
    ])) {
      const db = await openBlock(scope)
      const before = await all(place.main.client)
      const failing = db.$transaction(async (/** @type {any} */ tx) => {
        await call(tx)
        throw new Error('no')
      })
      await expect(failing).rejects.toThrow('no')
      await db.$block.flush()
      deepSame(await all(place.main.client), before)
      const within = (/** @type {any} */ c) =>
        c === db
          ? db.$transaction(async (/** @type {any} */ tx) => {
              await tx.note.create({ data: note(300) })
              return call(tx)
            })
          : c.note.create({ data: note(300) }).then(() => call(c))
      expect(await write(db, within)).toBe(who)
      await db.$disconnect()
      await place.main.client.note.deleteMany({ where })
      await place.main.client.note.createMany({ data: before })
    }
  })
})

test.each([
  ['other rows', (/** @type {any} */ c) => c.note.updateMany({ where: {}, data: { text: 'all' } })],
  [
    'a list of another row',
    (/** @type {any} */ c) =>
      c.membership.update({
        where: { userId_teamId: { userId: 'u1', teamId: 't1' } },
        data: { notes: { updateMany: { where: {}, data: { text: 'theirs' } } } },
      }),
  ],
])('%s: main', async (_, call) => {
  const db = await openBlock(WHOLE)
  expect(await write(db, call)).toBe('main')
  await db.$disconnect()
})

test('one that main has to say something about: main, in its words', async () => {
  const db = await openBlock(WHOLE)
  const taken = (/** @type {any} */ c) =>
    c.note.updateMany({ where: { ...where, number: { in: [100, 101] } }, data: { number: 107 } })
  const [ours, mains] = await Promise.all([db, place.main.client].map((c) => taken(c).catch((e) => e)))
  expect([ours.code, ours.meta?.modelName]).toEqual([mains.code, mains.meta?.modelName])
  expect(ours.code).toBe('P2002')
  deepSame(await all(db), await all(place.main.client))
  await db.$disconnect()
})

test('it stands in line: what was called before it is written before it', async () => {
  const db = await openBlock(WHOLE)
  const [, , counted, , left] = await Promise.all([
    db.note.create({ data: note(700) }).then(),
    db.note.create({ data: note(701) }).then(),
    db.note.updateMany({ where: { ...where, number: { gte: 700 } }, data: { text: 'first two' } }).then(),
    db.note.create({ data: note(702) }).then(),
    db.note.deleteMany({ where: { ...where, text: 'first two' } }).then(),
  ])
  expect([counted, left]).toEqual([{ count: 2 }, { count: 2 }])
  await db.$block.flush()
  expect((await all(place.main.client))[0].number).toBe(702)
  await db.$disconnect()
})

test('after a load by which the window is whole, or is it no longer', async () => {
  const db = await openBlock({ note: { where, take: 10, orderBy: NEWEST } })
  const call = WRITES[0][1]
  const { client } = place.main
  expect(await write(db, call)).toBe('block')
  await client.note.createMany({ data: [1, 2, 3].map(note) })
  await Block.invalidate(db.$block.id, { dir, generated: place.app.generated })
  expect(await write(db, call)).toBe('main')
  await client.note.deleteMany({ where: { ...where, number: { lt: 104 } } })
  await Block.invalidate(db.$block.id, { dir, generated: place.app.generated })
  expect(await write(db, call)).toBe('block')
  await db.$disconnect()
})

/** The write lock, for as long as wanted. @param {any} db @param {string} slug */
async function locked(db, slug) {
  const [has, free] = [gate(), gate()]
  const ended = db.$transaction(
    async (/** @type {any} */ tx) => {
      await tx.slug.create({ data: { slug } })
      has.open()
      await free.opened
    },
    { timeout: 20_000 },
  )
  await has.opened
  return async () => {
    free.open()
    await ended
  }
}

/** The block is read again, and its rows come in when this one lets them. @param {any} db @param {string} slug */
async function loadThatWaits(db, slug) {
  const read = gate()
  db.$block.on('progress', (/** @type {any} */ { done }) => done && read.open())
  const loaded = Block.invalidate(db.$block.id, { dir, generated: place.app.generated })
  await read.opened
  const release = await locked(db, slug)
  const { queue } = db._engine.lock
  while (queue.length === 0) await sleep(5)
  return async () => {
    await release()
    await loaded
  }
}

test.each([
  ['alone', (/** @type {any} */ db) => db.note.updateMany({ where, data: { text: 'late' } })],
  [
    'in an array',
    async (/** @type {any} */ db) => {
      const calls = [
        db.note.updateMany({ where, data: { text: 'late' } }),
        db.note.findMany({ where, orderBy: NEWEST, take: 2 }),
      ]
      const [counted, rows] = await db.$transaction(calls)
      expect(rows.map((/** @type {any} */ { text }) => text)).toEqual(['late', 'late'])
      return counted
    },
  ],
  [
    'in a transaction',
    (/** @type {any} */ db) =>
      db.$transaction((/** @type {any} */ tx) => tx.note.updateMany({ where, data: { text: 'late' } })),
  ],
])('%s: a load that comes in between the decision and the write: main', async (how, call) => {
  const db = await openBlock({ note: { where, take: 10, orderBy: NEWEST } })
  const { client } = place.main
  await client.note.createMany({ data: [1, 2, 3, 4, 5].map(note) })
  const goOn = await loadThatWaits(db, `waits ${how}`)
  const { forwarded } = statsOf(db)
  const writing = call(db).then((/** @type {any} */ counted) => counted)
  while (db._engine.lock.queue.length < 2) await sleep(5)
  await goOn()
  expect(await writing).toEqual({ count: 13 })
  expect(statsOf(db).forwarded).toBeGreaterThan(forwarded)
  await db.$block.flush()
  expect(await client.note.count({ where: { ...where, text: 'late' } })).toBe(13)
  await db.$disconnect()
})

test('another process loads the block: what the write tells is what it has done', async () => {
  const scope = { note: { where, take: 10, orderBy: NEWEST } }
  const db = await openBlock(scope)
  const { client } = place.main
  const env = { RELOADER: JSON.stringify({ url: place.main.url, dir, blockId: db.$block.id, scope }) }
  const other = startChild(RELOADER, { env })
  await other.line('open')
  for (let n = 1; n <= 6; n++) {
    const isWhole = n % 2 === 0
    await client.note.deleteMany({ where: { ...where, number: { lt: 50 } } })
    if (!isWhole) await client.note.createMany({ data: [1, 2, 3, 4, 5].map(note) })
    other.send('load')
    await other.line(`read-${n}`)
    await sleep(3 * n)
    const text = `round ${n}`
    const { forwarded } = statsOf(db)
    const { count } = await db.note.updateMany({ where, data: { text } })
    const isMains = statsOf(db).forwarded > forwarded
    await other.line(`in-${n}`)
    await db.$block.flush()
    expect(await client.note.count({ where: { ...where, text } })).toBe(count)
    // Main's are all that there are; the block's those that it had.
    if (isMains) expect(count).toBe(isWhole ? 8 : 13)
    const said = await db.note.updateMany({ where, data: { text: `${text}, again` } })
    expect(said).toEqual({ count: isWhole ? 8 : 13 })
    await db.$block.flush()
    expect(await client.note.count({ where: { ...where, text: `${text}, again` } })).toBe(said.count)
  }
  other.send('leave')
  expect(await other.exit()).toMatchObject({ code: 0, errors: '' })
  await db.$disconnect()
})
