// Reads of windows through the fast door: it looks at the boundary and at the number of rows, and leaves the rest to the shell.
const { Block } = require('..')
const { scopedBlocks, statsOf } = require('./support/scope')
const { deepSame } = require('./support/parity')

const place = scopedBlocks()
const { dir, openBlock } = place

const NEWEST = [{ number: 'desc' }, { teamId: 'desc' }]
const where = { userId: 'u0' }
const SCOPE = {
  membership: { where },
  note: { where, take: 10, orderBy: NEWEST },
}
const note = (/** @type {number} */ number) => ({ userId: 'u0', teamId: 't1', number })
const refresh = (/** @type {any} */ db) =>
  Block.invalidate(db.$block.id, { dir, generated: place.app.generated })

/**
 * The call on the block, whose answer is main's, and what it has counted.
 * @param {any} db @param {(client: any) => Promise<any>} call
 */
async function count(db, call) {
  const before = statsOf(db)
  const answer = await call(db)
  const after = statsOf(db)
  deepSame(answer, await call(place.main.client))
  const names = ['fast', 'shell', 'learned', 'fallbacks', 'forwarded']
  const counted = names.map((name) => [name, after[name] - before[name]]).filter(([, n]) => n > 0)
  return Object.fromEntries(counted)
}

const FAST = { fast: 1 }
const LEARNED = { shell: 1, learned: 1 }
const AGAIN = { shell: 1, fallbacks: 1 }
const MAIN = { shell: 1, forwarded: 1 }
const LATE = { shell: 1, fallbacks: 1, forwarded: 1 }

beforeEach(async () => {
  await place.main.client.note.deleteMany({ where })
  await place.main.client.note.createMany({ data: Array.from({ length: 30 }, (_, n) => note(100 + n)) })
})

const page = (args) => (c) => c.note.findMany({ where, orderBy: NEWEST, ...args })
const list = (args) => (c) =>
  c.membership.findUnique({
    where: { userId_teamId: { userId: 'u0', teamId: 't1' } },
    include: { notes: { orderBy: NEWEST, ...args } },
  })

test.each([
  ['findMany', (/** @type {number} */ n) => page({ take: n })],
  ['a list', (n) => list({ take: n })],
  [
    'with values before and after the boundary’s',
    (n) => page({ take: n, skip: 1, where: { ...where, number: { lt: 200 } } }),
  ],
  ['with a cursor', (n) => page({ take: n, cursor: { place: note(127) } })],
])('%s: the first call of a form is the shell’s, later ones are not', async (_, call) => {
  const db = await openBlock(SCOPE)
  expect(await count(db, call(3))).toEqual(LEARNED)
  for (const n of [3, 2, 5]) expect(await count(db, call(n))).toEqual(FAST)
  expect(await count(db, call(12))).toEqual(LATE)
  expect(await count(db, call(4))).toEqual(FAST)
  await db.$disconnect()
})

test.each(['findFirst', 'findFirstOrThrow'])('%s', async (method) => {
  const db = await openBlock(SCOPE)
  const first = (/** @type {number} */ number) => (/** @type {any} */ c) =>
    c.note[method]({ where: { ...where, number: { lt: number } }, orderBy: NEWEST })
  expect(await count(db, first(125))).toEqual(LEARNED)
  expect(await count(db, first(123))).toEqual(FAST)
  expect(await count(db, first(115))).toEqual(LATE)
  expect(await count(db, first(123))).toEqual(FAST)
  await db.$disconnect()
})

test('an OrThrow that finds nothing in a window with all of its set: the shell says it', async () => {
  const db = await openBlock({ note: { where, take: 99, orderBy: NEWEST } })
  const first = (/** @type {number} */ number) => (/** @type {any} */ c) =>
    c.note.findFirstOrThrow({ where: { ...where, number: { lt: number } }, orderBy: NEWEST })
  expect(await count(db, first(125))).toEqual(LEARNED)
  expect(await count(db, first(101))).toEqual(FAST)
  const before = statsOf(db)
  await expect(first(5)(db)).rejects.toMatchObject({ code: 'P2025' })
  const after = statsOf(db)
  expect([after.fallbacks - before.fallbacks, after.forwarded - before.forwarded]).toEqual([1, 0])
  await db.$disconnect()
})

test('a form that is never full is not tried by the fast door', async () => {
  const db = await openBlock(SCOPE)
  for (let n = 0; n < 3; n++) expect(await count(db, page({ take: 12 + n }))).toEqual(MAIN)
  await db.$disconnect()
})

test('other values of the form: as far as they are of the window', async () => {
  const db = await openBlock(SCOPE)
  const of = (/** @type {string} */ userId) => page({ where: { userId }, take: 1 })
  expect(await count(db, of('u0'))).toEqual(LEARNED)
  expect(await count(db, of('u1'))).toEqual(MAIN)
  expect(await count(db, of('u0'))).toEqual(FAST)
  await db.$disconnect()
})

test('after a refresh the form is learned anew, with the boundary that there is then', async () => {
  const db = await openBlock(SCOPE)
  expect(await count(db, page({ take: 8 }))).toEqual(LEARNED)
  expect(await count(db, page({ take: 8 }))).toEqual(FAST)
  await place.main.client.note.createMany({ data: Array.from({ length: 5 }, (_, n) => note(300 + n)) })
  await place.main.client.note.deleteMany({ where: { ...where, number: { in: [127, 124] } } })
  await refresh(db)
  expect(await count(db, page({ take: 8 }))).toEqual(AGAIN)
  expect(await count(db, page({ take: 10 }))).toEqual(FAST)
  expect(await count(db, page({ take: 11 }))).toEqual(LATE)
  // The set becomes small enough to be held as a whole, and large again.
  await place.main.client.note.deleteMany({ where: { ...where, number: { lt: 129 } } })
  await refresh(db)
  expect(await count(db, page({ take: 20 }))).toEqual(AGAIN)
  expect(await count(db, page({ take: 3 }))).toEqual(FAST)
  await place.main.client.note.createMany({ data: Array.from({ length: 9 }, (_, n) => note(200 + n)) })
  await refresh(db)
  expect(await count(db, page({ take: 3 }))).toEqual(AGAIN)
  expect(await count(db, page({ take: 10 }))).toEqual(FAST)
  expect(await count(db, page({ take: 11 }))).toEqual(LATE)
  expect(statsOf(db).learned).toBe(1)
  await db.$disconnect()
})

/** The block's boundaries are of another load from now on, though the same. @param {any} db */
function loadedElsewhere(db) {
  const { block } = db._engine
  const { meta } = Object.getPrototypeOf(block)
  block.meta = (/** @type {string} */ key) => {
    const text = meta.call(block, key)
    return key === 'windows' ? JSON.stringify({ ...JSON.parse(text), '': 'another' }) : text
  }
}

test('another process has loaded the block: the form is learned anew', async () => {
  const db = await openBlock(SCOPE)
  expect(await count(db, list({ take: 3 }))).toEqual(LEARNED)
  expect(await count(db, list({ take: 3 }))).toEqual(FAST)
  loadedElsewhere(db)
  expect(await count(db, list({ take: 3 }))).toEqual(AGAIN)
  expect(await count(db, list({ take: 4 }))).toEqual(FAST)
  await db.$disconnect()
})

test('counts of a window with all of its set, until it has no longer', async () => {
  const db = await openBlock({ note: { where, take: 40, orderBy: NEWEST } })
  const counted = (/** @type {number} */ gte) => (/** @type {any} */ c) =>
    c.note.count({ where: { ...where, number: { gte } } })
  expect(await count(db, counted(110))).toEqual(LEARNED)
  expect(await count(db, counted(120))).toEqual(FAST)
  await place.main.client.note.createMany({ data: Array.from({ length: 20 }, (_, n) => note(300 + n)) })
  await refresh(db)
  expect(await count(db, counted(120))).toEqual(LATE)
  await db.$disconnect()
})

test('computed fields of an extension', async () => {
  const db = await openBlock(SCOPE)
  const extend = (/** @type {any} */ client) =>
    client.$extends({
      result: {
        note: {
          label: { needs: { number: true }, compute: (/** @type {any} */ { number }) => `#${number}` },
        },
      },
    })
  const [ours, mains] = [extend(db), extend(place.main.client)]
  for (const args of [{ take: 3 }, { take: 3 }, { take: 12 }]) {
    const labels = async (/** @type {any} */ c) =>
      (await page(args)(c)).map((/** @type {any} */ row) => row.label)
    expect(await labels(ours)).toEqual(await labels(mains))
    const below = async (/** @type {any} */ c) =>
      (await list(args)(c)).notes.map((/** @type {any} */ row) => row.label)
    expect(await below(ours)).toEqual(await below(mains))
  }
  await db.$disconnect()
})

test('calls keep their order', async () => {
  const db = await openBlock(SCOPE)
  const started = (/** @type {any} */ promise) => promise.then((/** @type {any} */ value) => value)
  for (let n = 0; n < 3; n++) {
    const made = 400 + n
    const [[before], , [after]] = await Promise.all([
      started(page({ take: 1 })(db)),
      started(db.note.create({ data: note(made) })),
      started(page({ take: 1 })(db)),
    ])
    expect([before.number, after.number]).toEqual([n === 0 ? 129 : made - 1, made])
  }
  await db.$disconnect()
})

describe('long reads, beside the loop', () => {
  const MANY = 4_000
  const long = (/** @type {any} */ args) => page({ take: MANY, ...args })

  test('are looked at when their rows are there', async () => {
    const texts = Array.from({ length: MANY + 10 }, (_, n) => ({
      ...note(1_000 + n),
      text: 'long '.repeat(20),
    }))
    await place.main.client.note.createMany({ data: texts })
    const db = await openBlock({ note: { where, take: MANY, orderBy: NEWEST } })
    expect(await count(db, long({ take: 1 }))).toEqual(LEARNED)
    const before = statsOf(db)
    expect(await count(db, long({}))).toEqual(FAST)
    expect(await count(db, long({ skip: undefined, take: MANY + 1 }))).toEqual(LATE)
    expect(statsOf(db).pooled).toBeGreaterThan(before.pooled)
    // The boundary moves while they are read, or before; the rows are main's of then or of now.
    const isPage = (/** @type {any[]} */ rows) => rows.every((row, n) => row.number === rows[0].number - n)
    await place.main.client.note.createMany({ data: Array.from({ length: 9 }, (_, n) => note(9_000 + n)) })
    await place.main.client.note.deleteMany({ where: { ...where, number: { lt: 9_000, gte: 5_000 } } })
    const [, ...answers] = await Promise.all([refresh(db), ...[1, 2, 3].map(() => long({})(db))])
    for (const rows of answers) {
      expect(rows).toHaveLength(MANY)
      expect(isPage(rows.filter((/** @type {any} */ row) => row.number < 5_000))).toBe(true)
    }
    expect(await count(db, long({}))).toEqual(AGAIN)
    expect(await count(db, long({}))).toEqual(FAST)
    const meanwhile = async (/** @type {any} */ c) => {
      const reading = long({})(c).then((/** @type {any[]} */ rows) => rows)
      if (c === db) loadedElsewhere(db)
      return reading
    }
    expect(await count(db, meanwhile)).toEqual(AGAIN)
    expect(await count(db, long({}))).toEqual(FAST)
    await db.$disconnect()
  })
})
