// Reads of windows within an interactive transaction: here while it reads what is outside of it, at main when it has rows of its own.
const { scopedBlocks, statsOf } = require('./support/scope')
const { deepSame } = require('./support/parity')

const place = scopedBlocks()
const { openBlock } = place

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

test('when it has written: what it wrote is there', async () => {
  await page(db, 3)
  await page(db, 3)
  await db.$transaction(async (/** @type {any} */ tx) => {
    await tx.note.create({ data: note(500) })
    const rows = await page(tx, 3)
    expect(rows.map((/** @type {any} */ row) => row.number)).toEqual([500, 129, 128])
  })
  await db.$block.flush()
  expect(await isMains(db, 3)).toBe(false)
})

test('a snapshot: main, since its rows may be those of another boundary', async () => {
  await page(db, 3)
  await page(db, 3)
  await db.$transaction(async (/** @type {any} */ tx) => expect(await isMains(tx, 3)).toBe(true), {
    isolationLevel: 'RepeatableRead',
  })
})

test('an array of calls: main', async () => {
  const [rows, count] = await db.$transaction([page(db, 3), db.note.count({ where })])
  deepSame(rows, await page(place.main.client, 3))
  expect(count).toBe(30)
})
