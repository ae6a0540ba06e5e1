// How much may wait for the main database, and how large a commit may be: with a PostgreSQL that the test stops.
const { setTimeout: sleep } = require('node:timers/promises')
const { Block, CommitTooLargeError, InvalidOptionError, OutboxFullError } = require('../js')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { FIRST_APP_MS } = require('./support/doors')
const { startPrivatePostgres } = require('./support/private-postgres')

/** @type {any} */
let app
/** @type {Awaited<ReturnType<typeof startPrivatePostgres>>} */
let postgres
/** @type {{client: any, url: string, drop: () => Promise<void>}} */
let main
/** @type {any[]} */
let blocks = []
let stopped = false

beforeAll(async () => {
  app = await makeApp()
  postgres = await startPrivatePostgres()
}, FIRST_APP_MS)

beforeEach(async () => {
  main = await newMain(app, { serverUrl: postgres.url })
})

afterEach(async () => {
  await goOn()
  await Promise.all(blocks.map((db) => db.$disconnect().catch(() => {})))
  blocks = []
  await main.drop()
})

afterAll(() => postgres.remove())

function stop() {
  stopped = true
  postgres.sigstop()
}

async function goOn() {
  if (stopped) postgres.sigcont()
  stopped = false
}

/** @param {any} outbox @param {object} [options] */
async function open(outbox, options = {}) {
  const dir = temporaryDir()
  const client = main.client
  const connection = /** @type {const} */ (false)
  const db = /** @type {any} */ (
    await Block.create({
      blockId: 'b',
      client,
      dir,
      generated: app.generated,
      connection,
      outbox,
      ...options,
    })
  )
  blocks.push(db)
  // Its main database is known, and every shape of the calls below.
  for (const slug of ['x', 'y']) await db.slug.create({ data: { slug } })
  await db.$block.flush()
  return db
}

const slugs = async () =>
  (await main.client.slug.findMany({ orderBy: { slug: 'asc' } })).map((/** @type {any} */ row) => row.slug)

/** @param {any} db @param {number} count */
async function fill(db, count) {
  for (let n = 0; n < count; n++) await db.slug.create({ data: { slug: `s${n}` } })
  expect(db.$block.pending().commits).toBe(count)
}

test("'reject': a named error at once, nothing is written, and room is made by main", async () => {
  const db = await open({ maxCommits: 3, whenFull: 'reject' })
  stop()
  await fill(db, 3)
  const before = Date.now()
  await expect(db.slug.create({ data: { slug: 'more' } })).rejects.toThrow(OutboxFullError)
  await expect(db.$transaction([db.slug.create({ data: { slug: 'more' } })])).rejects.toThrow(OutboxFullError)
  await expect(
    db.$transaction((/** @type {any} */ tx) => tx.slug.create({ data: { slug: 'more' } })),
  ).rejects.toThrow(OutboxFullError)
  expect(Date.now() - before).toBeLessThan(2_000)
  expect(await db.slug.count()).toBe(5)
  expect(db.$block.pending().commits).toBe(3)
  await goOn()
  await db.$block.flush()
  await db.slug.create({ data: { slug: 'more' } })
  await db.$block.flush()
  expect(await slugs()).toEqual(['more', 's0', 's1', 's2', 'x', 'y'])
})

describe('a write of all rows of a window', () => {
  const scope = { slug: { take: 100, orderBy: { slug: 'asc' } } }
  const all = { data: { hits: 7 } }

  test("'reject': is refused as any other", async () => {
    const db = await open({ maxCommits: 3, whenFull: 'reject' }, { scope })
    stop()
    await fill(db, 3)
    await expect(db.slug.updateMany(all)).rejects.toThrow(OutboxFullError)
    expect(await db.slug.count({ where: all.data })).toBe(0)
    await goOn()
    await db.$block.flush()
    expect(await db.slug.updateMany(all)).toEqual({ count: 5 })
    expect(db.$block.status().client.forwarded).toBe(0)
  })

  test.each([
    ['wait', 0],
    ['through', 1],
  ])('%p: waits for main, or is made by it', async (whenFull, forwarded) => {
    const db = await open({ maxCommits: 3, whenFull }, { scope })
    stop()
    await fill(db, 3)
    const writing = db.slug.updateMany(all).then((/** @type {any} */ counted) => counted)
    await sleep(200)
    expect(db.$block.pending().commits).toBe(3)
    await goOn()
    expect(await writing).toEqual({ count: 5 })
    expect(db.$block.status().client.forwarded).toBe(forwarded)
    await db.$block.flush()
    expect(await main.client.slug.count({ where: all.data })).toBe(5)
    expect(await db.slug.count({ where: all.data })).toBe(5)
  })
})

test("'wait': writes wait beside the loop, in order, until main has made room", async () => {
  const db = await open({ maxCommits: 3 })
  stop()
  await fill(db, 3)
  /** @type {string[]} */
  const done = []
  const write = (/** @type {string} */ slug) => db.slug.create({ data: { slug } }).then(() => done.push(slug))
  const written = [
    write('a'),
    write('b'),
    db.$transaction([db.slug.create({ data: { slug: 'c' } })]).then(() => done.push('c')),
    db
      .$transaction((/** @type {any} */ tx) => tx.slug.create({ data: { slug: 'd' } }))
      .then(() => done.push('d')),
  ]
  let turns = 0
  for (const end = Date.now() + 300; Date.now() < end; turns++) await sleep(1)
  expect(turns).toBeGreaterThan(50)
  expect(done).toEqual([])
  expect(await db.slug.count()).toBe(5)
  await goOn()
  await Promise.all(written)
  expect(done.slice(0, 2)).toEqual(['a', 'b'])
  await db.$block.flush()
  expect(await slugs()).toEqual(['a', 'b', 'c', 'd', 's0', 's1', 's2', 'x', 'y'])
})

test("'wait' ends in a named error, and nothing is written", async () => {
  const db = await open({ maxCommits: 2, timeout: 200 })
  stop()
  await fill(db, 2)
  await expect(db.slug.create({ data: { slug: 'more' } })).rejects.toThrow(/after 200 ms \(outbox.timeout\)/)
  await expect(db.slug.create({ data: { slug: 'more' } })).rejects.toThrow(OutboxFullError)
  expect(await db.slug.count()).toBe(4)
})

test("'through': the write goes to main first, with what waits", async () => {
  const db = await open({ maxCommits: 2, whenFull: 'through' })
  stop()
  await fill(db, 2)
  const written = db.slug.create({ data: { slug: 'more' } })
  await sleep(100)
  await goOn()
  expect(await written).toMatchObject({ slug: 'more' })
  expect(await slugs()).toEqual(['more', 's0', 's1', 'x', 'y'])
  expect(await db.slug.count()).toBe(5)
})

test('bytes are counted, and one commit larger than all of them is taken alone', async () => {
  const db = await open({ maxBytes: 10_000, whenFull: 'reject' })
  stop()
  await db.slug.create({ data: { slug: 'small' } })
  await db.slug.create({ data: { slug: 'large', target: 'x'.repeat(20_000) } })
  await expect(db.slug.create({ data: { slug: 'more' } })).rejects.toThrow(OutboxFullError)
  await goOn()
  await db.$block.flush()
  await db.slug.create({ data: { slug: 'more' } })
  await db.$block.flush()
  expect(await slugs()).toEqual(['large', 'more', 'small', 'x', 'y'])
})

test('maxCommit: a larger call fails by name and changes nothing', async () => {
  const db = await open({}, { maxCommit: 100 })
  const data = Array.from({ length: 101 }, (_, n) => ({ slug: `n${n}` }))
  await expect(db.slug.createMany({ data })).rejects.toThrow(CommitTooLargeError)
  await expect(db.slug.createMany({ data })).rejects.toThrow(
    /maxCommit: expected at most 100 changes .* given 101/,
  )
  await expect(
    db.$transaction(async (/** @type {any} */ tx) => {
      await tx.slug.createMany({ data: data.slice(0, 60) })
      await tx.slug.createMany({ data: data.slice(60) })
    }),
  ).rejects.toThrow(CommitTooLargeError)
  expect(await db.slug.count()).toBe(2)
  await db.slug.createMany({ data: data.slice(1) })
  await db.$block.flush()
  expect(await slugs()).toHaveLength(102)
})

test.each([
  [
    { outbox: { maxCommits: 0 } },
    /^outbox.maxCommits: expected a whole number of commits, at least 1, given 0/,
  ],
  [{ outbox: { maxBytes: '1' } }, /^outbox.maxBytes: expected/],
  [{ outbox: { whenFull: 'drop' } }, /^outbox.whenFull: expected one of 'wait', 'through', 'reject'/],
  [{ outbox: { timeout: 0 } }, /^outbox.timeout: expected/],
  [{ outbox: { maxCommit: 1 } }, /^unknown option outbox.maxCommit. Did you mean outbox.maxCommits/],
  [{ outbox: 5 }, /^outbox: expected an object/],
])('%j is refused by name', async (options, message) => {
  const given = { blockId: 'b', client: main.client, generated: app.generated, dir: temporaryDir() }
  const opened = Block.create(/** @type {any} */ ({ ...given, ...options }))
  await expect(opened).rejects.toThrow(InvalidOptionError)
  await expect(opened).rejects.toThrow(message)
})
