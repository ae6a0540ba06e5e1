// Windows within an interactive transaction: here, with what it has written, but where main has a part of it; of a snapshot, up to its own boundary.
const { Block } = require('..')
const { scopedBlocks, statsOf } = require('./support/scope')
const { gate } = require('./support/gate')
const { deepSame } = require('./support/parity')

const place = scopedBlocks()
const { dir, openBlock } = place

const NEWEST = [{ number: 'desc' }, { teamId: 'desc' }]
const where = { userId: 'u0' }
const note = (/** @type {number} */ number) => ({ userId: 'u0', teamId: 't1', number })
const page = (/** @type {any} */ c, /** @type {number} */ take) =>
  c.note.findMany({ where, orderBy: NEWEST, take })

/** @type {any} */
let db

beforeEach(async () => {
  await place.main.client.note.deleteMany({ where })
  await place.main.client.note.createMany({ data: Array.from({ length: 30 }, (_, n) => note(100 + n)) })
  db = await openBlock({ note: { where, take: 10, orderBy: NEWEST } })
})

afterEach(() => db.$disconnect())

/** Whether main was asked for it, whose answer it is. @param {any} tx @param {number} take */
async function isMains(tx, take) {
  const { forwarded } = statsOf(db)
  const rows = await page(tx, take)
  const isAsked = statsOf(db).forwarded > forwarded
  deepSame(rows, await page(place.main.client, take))
  return isAsked
}

test('before it has written, through both doors', async () => {
  await db.$transaction(async (/** @type {any} */ tx) => {
    expect(await isMains(tx, 3)).toBe(false)
    expect(await isMains(tx, 12)).toBe(true)
  })
  await page(db, 3)
  const { fast } = statsOf(db)
  await db.$transaction(async (/** @type {any} */ tx) => {
    expect(await isMains(tx, 4)).toBe(false)
    expect(await isMains(tx, 12)).toBe(true)
  })
  expect(statsOf(db).fast).toBe(fast + 1)
})

test('when it has written: what it wrote is there, through both doors', async () => {
  for (const made of [500, 501]) {
    await db.$transaction(async (/** @type {any} */ tx) => {
      await tx.note.create({ data: note(made) })
      await tx.note.delete({ where: { place: note(made === 500 ? 128 : 127) } })
      const { forwarded } = statsOf(db)
      const rows = await page(tx, 3)
      expect(statsOf(db).forwarded).toBe(forwarded)
      const numbers = rows.map((/** @type {any} */ row) => row.number)
      expect(numbers).toEqual(made === 500 ? [500, 129, 127] : [501, 500, 129])
    })
    await db.$block.flush()
    for (let n = 0; n < 2; n++) expect(await isMains(db, 3)).toBe(false)
  }
})

test('what it has written and the window lacks: main has both', async () => {
  await db.$transaction(async (/** @type {any} */ tx) => {
    await tx.note.create({ data: note(500) })
    const rows = await page(tx, 15)
    expect(rows.map((/** @type {any} */ row) => row.number).slice(0, 2)).toEqual([500, 129])
    expect(rows).toHaveLength(15)
    // From now on main has a part of it, and may have rows of its own.
    expect(await page(tx, 2)).toEqual(rows.slice(0, 2))
  })
  await db.$block.flush()
  expect(await isMains(db, 3)).toBe(false)
})

test('rolled back: the window is what it was', async () => {
  const undone = db.$transaction(async (/** @type {any} */ tx) => {
    await tx.note.create({ data: note(500) })
    expect((await page(tx, 1))[0].number).toBe(500)
    throw new Error('undone')
  })
  await expect(undone).rejects.toThrow('undone')
  expect(await isMains(db, 3)).toBe(false)
})

test('a refresh waits for it', async () => {
  await page(db, 3)
  await place.main.client.note.createMany({ data: [600, 601, 602].map((number) => note(number)) })
  const [wrote, asked] = [gate(), gate()]
  const running = db.$transaction(async (/** @type {any} */ tx) => {
    await tx.note.create({ data: note(500) })
    wrote.open()
    await asked.opened
    const rows = await page(tx, 3)
    expect(rows.map((/** @type {any} */ row) => row.number)).toEqual([500, 129, 128])
  })
  await wrote.opened
  const loaded = Block.invalidate(db.$block.id, { dir, generated: place.app.generated })
  await new Promise((resolve) => setTimeout(resolve, 300))
  asked.open()
  await running
  await loaded
  expect(await isMains(db, 3)).toBe(false)
})

/** The block is loaded again, by other rows. @param {() => Promise<unknown>} change of main's */
async function loadAgain(change) {
  await change()
  await Block.invalidate(db.$block.id, { dir, generated: place.app.generated })
}

const numbers = (/** @type {any[]} */ rows) => rows.map(({ number }) => number)
/** From a number down. @param {number} first @param {number} count */
const down = (first, count) => Array.from({ length: count }, (_, n) => first - n)

describe.each(['RepeatableRead', 'Serializable'])('a snapshot: %s', (isolationLevel) => {
  /** @param {(tx: any) => Promise<any>} work */
  const snapshot = (work) => db.$transaction(work, { isolationLevel, timeout: 20_000 })
  const client = () => place.main.client

  test('as far as the window holds its rows, through both doors', async () => {
    await snapshot(async (tx) => {
      expect(await isMains(tx, 3)).toBe(false)
      expect(await isMains(tx, 10)).toBe(false)
      expect(await isMains(tx, 11)).toBe(true)
    })
    await page(db, 3)
    const { fast } = statsOf(db)
    await snapshot(async (tx) => {
      expect(await isMains(tx, 4)).toBe(false)
      expect(await isMains(tx, 12)).toBe(true)
    })
    expect(statsOf(db).fast).toBe(fast + 1)
  })

  test('a load meanwhile: its own rows, up to its own boundary', async () => {
    await page(db, 3)
    await snapshot(async (tx) => {
      expect(numbers(await page(tx, 2))).toEqual(down(129, 2))
      // The new boundary lies far before the old one, among rows that the snapshot does not have.
      await loadAgain(() =>
        client().note.createMany({ data: Array.from({ length: 12 }, (_, n) => note(200 + n)) }),
      )
      expect(numbers(await page(db, 3))).toEqual(down(211, 3))
      const { forwarded } = statsOf(db)
      expect(numbers(await page(tx, 3))).toEqual(down(129, 3))
      expect(numbers(await page(tx, 10))).toEqual(down(129, 10))
      expect(statsOf(db).forwarded).toBe(forwarded)
      // What it does not have is main's, as it is now.
      expect(await isMains(tx, 11)).toBe(true)
    })
    expect(await isMains(db, 10)).toBe(false)
  })

  test('a window that others make larger or whole meanwhile is what it was', async () => {
    await snapshot(async (tx) => {
      expect(await isMains(tx, 2)).toBe(false)
      await loadAgain(() => client().note.deleteMany({ where: { ...where, number: { lt: 125 } } }))
      expect(await isMains(db, 10)).toBe(false)
      const { forwarded } = statsOf(db)
      expect(numbers(await page(tx, 10))).toEqual(down(129, 10))
      expect(statsOf(db).forwarded).toBe(forwarded)
      expect(await tx.note.count({ where })).toBe(await client().note.count({ where }))
      expect(statsOf(db).forwarded).toBe(forwarded + 1)
    })
    const { forwarded } = statsOf(db)
    await snapshot(async (tx) => {
      expect(await tx.note.count({ where })).toBe(5)
      await loadAgain(() =>
        client().note.createMany({ data: Array.from({ length: 12 }, (_, n) => note(200 + n)) }),
      )
      expect(await tx.note.count({ where })).toBe(5)
      expect(await page(tx, 20)).toHaveLength(5)
    })
    expect(statsOf(db).forwarded).toBe(forwarded)
    expect(await db.note.count({ where })).toBe(17)
  })

  test('what it has written is in it', async () => {
    await snapshot(async (tx) => {
      await tx.note.create({ data: note(500) })
      const { forwarded } = statsOf(db)
      expect(numbers(await page(tx, 3))).toEqual([500, 129, 128])
      expect(statsOf(db).forwarded).toBe(forwarded)
    })
    await db.$block.flush()
    expect(await isMains(db, 3)).toBe(false)
  })

  test('sets: here while it holds all of one', async () => {
    const seen = { where, data: { text: isolationLevel } }
    await snapshot(async (tx) => expect(await tx.note.updateMany(seen)).toEqual({ count: 30 }))
    await loadAgain(() => client().note.deleteMany({ where: { ...where, number: { lt: 125 } } }))
    const { forwarded } = statsOf(db)
    await snapshot(async (tx) => {
      expect(await tx.note.updateMany({ ...seen, data: { text: 'again' } })).toEqual({ count: 5 })
      expect(await tx.note.count({ where: { ...where, text: 'again' } })).toBe(5)
    })
    expect(statsOf(db).forwarded).toBe(forwarded)
    await db.$block.flush()
    expect(await client().note.count({ where: { ...where, text: 'again' } })).toBe(5)
  })
})
