// Windows: the first rows by an order are answered by the block, as far as it surely has them; what is deeper by main.
const { Block } = require('..')
const { scopedBlocks } = require('./support/scope')

const place = scopedBlocks()
const { ask, dir, openBlock } = place

const NEWEST = [{ number: 'desc' }, { teamId: 'desc' }]
const where = { userId: 'u0' }
const SCOPE = { note: { where, take: 10, orderBy: NEWEST } }
const note = (/** @type {number} */ number, teamId = 't1') => ({ userId: 'u0', teamId, number })

/** @param {any} db @param {any} args @returns {Promise<string>} who has answered; the answer is main's */
const page = (db, args) =>
  ask(db, (/** @type {any} */ c) => c.note.findMany({ where, orderBy: NEWEST, ...args }))

beforeEach(async () => {
  await place.main.client.note.deleteMany({ where })
  await place.main.client.note.createMany({ data: Array.from({ length: 30 }, (_, n) => note(100 + n)) })
})

describe('reads', () => {
  test('the window itself, pages of it and filters in it; a page that ends beyond it is main’s', async () => {
    const db = await openBlock(SCOPE)
    expect(await page(db, { take: 10 })).not.toBe('main')
    expect(await page(db, { take: 4 })).not.toBe('main')
    expect(await page(db, { take: 4, skip: 6 })).not.toBe('main')
    expect(await page(db, { take: 4, skip: 7 })).toBe('main')
    expect(await page(db, { take: 11 })).toBe('main')
    expect(await page(db, { take: 2, where: { ...where, number: { lt: 126 } } })).not.toBe('main')
    expect(await page(db, { take: 7, where: { ...where, number: { lt: 126 } } })).toBe('main')
    expect(await ask(db, (c) => c.note.findFirst({ where, orderBy: NEWEST }))).not.toBe('main')
    expect(
      await ask(db, (c) => c.note.findFirst({ where: { ...where, number: { lt: 110 } }, orderBy: NEWEST })),
    ).toBe('main')
    await db.$disconnect()
  })

  test.each([
    ['no take', { take: undefined }],
    ['another order', { take: 2, orderBy: [{ number: 'asc' }, { teamId: 'asc' }] }],
    ['a part of the order', { take: 2, orderBy: { number: 'desc' } }],
    ['from the end', { take: -2 }],
    ['a cursor beyond', { take: 2, cursor: { place: { ...note(110) } } }],
    ['a cursor at the end', { take: 4, cursor: { place: { ...note(122) } } }],
    ['a cursor that is nowhere', { take: 2, cursor: { place: { ...note(7) } } }],
    ['distinct', { take: 2, distinct: ['teamId'] }],
    ['other rows', { take: 2, where: {} }],
  ])('%s: main', async (_, args) => {
    const db = await openBlock(SCOPE)
    expect(await page(db, args)).toBe('main')
    await db.$disconnect()
  })

  test('a cursor: from a row that is held, as far as the rows are', async () => {
    const db = await openBlock(SCOPE)
    const cursor = (/** @type {number} */ number) => ({ cursor: { place: note(number) } })
    expect(await page(db, { take: 3, ...cursor(125) })).not.toBe('main')
    expect(await page(db, { take: 3, skip: 1, ...cursor(125) })).not.toBe('main')
    expect(await page(db, { take: 5, skip: 1, ...cursor(125) })).not.toBe('main')
    expect(await page(db, { take: 6, skip: 1, ...cursor(125) })).toBe('main')
    expect(await page(db, { take: 6, ...cursor(125) })).not.toBe('main')
    const first = (/** @type {any} */ args) =>
      ask(db, (c) => c.note.findFirst({ where, orderBy: NEWEST, ...args }))
    expect(await first(cursor(121))).not.toBe('main')
    expect(await first({ ...cursor(121), skip: 1 })).not.toBe('main')
    expect(await first({ ...cursor(120), skip: 1 })).toBe('main')
    // It is held by now, since main has shown it.
    expect(await page(db, { take: 2, ...cursor(110) })).toBe('main')
    await db.$disconnect()
  })

  test('a cursor whose own row the filter leaves out', async () => {
    const db = await openBlock(SCOPE)
    const odd = { ...where, number: { in: [101, 121, 123, 125, 127] } }
    for (const number of [124, 128, 120, 100])
      for (const take of [1, 2, 3, 5]) await page(db, { take, where: odd, cursor: { place: note(number) } })
    await db.$disconnect()
  })

  test('the last one: main', async () => {
    const db = await openBlock(SCOPE)
    expect(await ask(db, (c) => c.note.findFirst({ where, orderBy: NEWEST, take: -1 }))).toBe('main')
    await db.$disconnect()
  })

  test('a set of fewer rows than the window is wholly there', async () => {
    const db = await openBlock({
      note: { where: { ...where, number: { gte: 125 } }, take: 10, orderBy: NEWEST },
    })
    const some = { ...where, number: { gte: 125 } }
    expect(await page(db, { where: some, take: 10 })).not.toBe('main')
    expect(await page(db, { where: some, take: 3, skip: 4 })).not.toBe('main')
    expect(await page(db, { where: { ...some, teamId: 'none' }, take: 3 })).not.toBe('main')
    await db.$disconnect()
  })

  describe('while a window has all of its set it is as good as a scope', () => {
    const some = { ...where, number: { gte: 125 } }
    const scope = { note: { where: some, take: 10, orderBy: NEWEST } }

    test.each([
      ['no take', (/** @type {any} */ c) => c.note.findMany({ where: some, orderBy: NEWEST })],
      ['another order', (c) => c.note.findMany({ where: some, orderBy: { number: 'asc' }, take: -2 })],
      ['distinct', (c) => c.note.findMany({ where: some, orderBy: NEWEST, distinct: ['teamId'], take: 3 })],
      ['nothing', (c) => c.note.findMany({ where: { ...some, text: 'none' } })],
      ['nothing, first', (c) => c.note.findFirst({ where: { ...some, text: 'none' }, orderBy: NEWEST })],
      ['count', (c) => c.note.count({ where: { ...some, number: { gt: 126 } } })],
      ['aggregate', (c) => c.note.aggregate({ where: some, _max: { number: true }, _count: true })],
      ['groupBy', (c) => c.note.groupBy({ where: some, by: ['teamId'], _sum: { number: true } })],
      [
        'a cursor',
        (c) => c.note.findMany({ where: some, orderBy: NEWEST, take: 5, cursor: { place: note(127) } }),
      ],
    ])('%s', async (_, call) => {
      const db = await openBlock(scope)
      expect(await ask(db, call)).not.toBe('main')
      await place.main.client.note.createMany({ data: Array.from({ length: 9 }, (_, n) => note(500 + n)) })
      await Block.invalidate(db.$block.id, { dir, generated: place.app.generated })
      const isSame = _ === 'a cursor'
      const answered = await ask(db, call)
      if (!isSame) expect(answered).toBe('main')
      await db.$disconnect()
    })

    test.each([
      ['a cursor that main alone has', { take: 5, cursor: { place: note(124) } }],
      ['the same, skipped', { take: 5, skip: 1, cursor: { place: note(124) } }],
      ['a cursor after which there is none', { take: 5, skip: 1, cursor: { place: note(125) } }],
    ])('%s: main', async (_, args) => {
      const db = await openBlock(scope)
      const call = (/** @type {any} */ c) => c.note.findMany({ where: some, orderBy: NEWEST, ...args })
      expect(await ask(db, call)).toBe('main')
      await db.$disconnect()
    })
  })
})

describe('writes', () => {
  test('what is made in front is in it, what is deleted makes it shorter', async () => {
    const db = await openBlock(SCOPE)
    await db.note.create({ data: note(200) })
    await db.note.create({ data: note(1) })
    await db.$block.flush()
    expect(await page(db, { take: 11 })).not.toBe('main')
    expect(await page(db, { take: 12 })).toBe('main')
    for (const number of [129, 128]) await db.note.delete({ where: { place: note(number) } })
    await db.$block.flush()
    expect(await page(db, { take: 9 })).not.toBe('main')
    expect(await page(db, { take: 10 })).toBe('main')
    await db.$disconnect()
  })

  test('a row from beyond that moves in front is in it, one that moves away is not', async () => {
    const db = await openBlock(SCOPE)
    await db.note.update({ where: { place: note(105) }, data: { number: 205 } })
    await db.note.update({ where: { place: note(127) }, data: { number: 2 } })
    await db.$block.flush()
    expect(await page(db, { take: 10 })).not.toBe('main')
    expect(await page(db, { take: 11 })).toBe('main')
    await db.note.upsert({ where: { place: note(104) }, create: note(104), update: { number: 204 } })
    await db.$block.flush()
    expect(await page(db, { take: 2 })).not.toBe('main')
    expect(await page(db, { take: 11 })).not.toBe('main')
    await db.$disconnect()
  })
})

test('a key above, by which rows are ordered, is not changed here: others may come to the front', async () => {
  const orderBy = [{ teamId: 'asc' }, { number: 'asc' }]
  const db = await openBlock({ note: { where, take: 10, orderBy } })
  expect(await page(db, { orderBy, take: 5 })).not.toBe('main')
  const key = { userId_teamId: { userId: 'u0', teamId: 't1' } }
  await expect(db.membership.update({ where: key, data: { teamId: 't0' } })).rejects.toThrow(
    /Membership.teamId: rows of Note/,
  )
  await db.$disconnect()
})

test('a refresh moves the boundary with the rows', async () => {
  const db = await openBlock(SCOPE)
  await place.main.client.note.createMany({ data: Array.from({ length: 20 }, (_, n) => note(300 + n)) })
  await Block.invalidate(db.$block.id, { dir, generated: place.app.generated })
  expect(await page(db, { take: 10 })).not.toBe('main')
  expect(await page(db, { take: 11 })).toBe('main')
  await place.main.client.note.deleteMany({ where: { ...where, number: { gte: 103 } } })
  await Block.invalidate(db.$block.id, { dir, generated: place.app.generated })
  const held = await place.main.client.note.count({ where })
  expect(held).toBeLessThan(10)
  expect(await page(db, { take: 10 })).not.toBe('main')
  await db.$disconnect()
})
