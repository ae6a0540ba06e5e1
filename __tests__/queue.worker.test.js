// Writers and appliers in processes of their own, with Redis between them. A data folder of its own stands for another machine.
const fs = require('node:fs')
const path = require('node:path')
const { Block } = require('../js')
const { mainIdentity } = require('../js/identity')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { FIRST_APP_MS } = require('./support/doors')
const { eventually, startApp } = require('./support/queue')
const { dropKeys, redisUrl } = require('./support/redis')

/** @type {any} */
let app
/** @type {{client: any, url: string, drop: () => Promise<void>}} */
let main
/** @type {any[]} */
let children = []
/** @type {any[]} */
let blocks = []

beforeAll(async () => {
  app = await makeApp()
}, FIRST_APP_MS)

beforeEach(async () => {
  main = await newMain(app)
})

afterEach(async () => {
  await Promise.all(children.map((child) => child.kill()))
  await Promise.all(blocks.map((db) => db.$disconnect().catch(() => {})))
  children = []
  blocks = []
  const { identity } = await mainIdentity(main.client)
  await dropKeys(redisUrl(), identity)
  await main.drop()
})

/** @param {any} [options] */
async function open({ blockId = 'b', dir = temporaryDir(), connection = redisUrl() } = {}) {
  const db = await Block.create({ blockId, client: main.client, dir, generated: app.generated, connection })
  blocks.push(db)
  return db
}

/** @param {any} [setup] */
async function start(setup = {}) {
  const child = await startApp({ url: main.url, connection: redisUrl(), ...setup })
  children.push(child)
  return child
}

const worker = (/** @type {object} */ options = {}) => start({ worker: options })
const slugs = async () =>
  (await main.client.slug.findMany({ orderBy: { slug: 'asc' } })).map((/** @type {any} */ row) => row.slug)
const hits = async (/** @type {string} */ slug) =>
  (await main.client.slug.findUnique({ where: { slug } }))?.hits ?? 0

test('a worker applies what another process wrote, and opens no block', async () => {
  const applier = await worker()
  const db = await open()
  await db.slug.create({ data: { slug: 'a' } })
  await db.slug.update({ where: { slug: 'a' }, data: { hits: { increment: 3 } } })
  await db.$block.flush()
  expect(await hits('a')).toBe(3)
  expect(db.$block.pending().commits).toBe(0)
  expect(await applier.ask('status')).toMatchObject({ applied: 2, rejected: 0, waiting: 0, connected: true })
  expect(db.$block.status().applier).toMatchObject({
    applying: false,
    queue: { kind: 'redis', connected: true },
  })
})

test('one worker drains many blocks', async () => {
  const applier = await worker({ concurrency: 3 })
  const dir = temporaryDir()
  const ids = Array.from({ length: 25 }, (_, at) => `block ${at}`)
  const dbs = await Promise.all(ids.map((blockId) => open({ blockId, dir })))
  await Promise.all(dbs.map((db, at) => db.slug.create({ data: { slug: `s${at}` } })))
  await Promise.all(dbs.map((db) => db.$block.flush()))
  expect(await slugs()).toHaveLength(25)
  await eventually(async () => (await applier.ask('status')).applied === 25)
})

test('what a direct writer made of a row comes back with the increment', async () => {
  await worker()
  const db = await open()
  await db.slug.create({ data: { slug: 'a' } })
  await db.$block.flush()
  await main.client.slug.update({ where: { slug: 'a' }, data: { hits: 100 } })
  await db.slug.update({ where: { slug: 'a' }, data: { hits: { increment: 1 } } })
  await db.$block.flush()
  expect(await db.slug.findUnique({ where: { slug: 'a' } })).toMatchObject({ hits: 101 })
})

test('a refusal travels back: reverted, kept, told on both sides', async () => {
  const applier = await worker()
  await main.client.slug.create({ data: { slug: 'taken', target: 'theirs' } })
  const db = await open()
  /** @type {any[]} */
  const rejected = []
  db.$block.on('rejected', (/** @type {any} */ detail) => rejected.push(detail))
  await db.slug.create({ data: { slug: 'a' } })
  await db.slug.create({ data: { slug: 'taken', target: 'mine' } })
  await db.slug.update({ where: { slug: 'a' }, data: { hits: { increment: 1 } } })
  await db.$block.flush()
  expect(rejected).toMatchObject([{ seq: 2, databaseCode: '23505', reverted: true, left: [] }])
  expect(db.$block.rejected()).toMatchObject([{ seq: 2, error: { databaseCode: '23505' } }])
  expect(await db.slug.findUnique({ where: { slug: 'taken' } })).toMatchObject({ target: 'theirs' })
  expect(await hits('a')).toBe(1)
  await applier.line('rejected')
})

test('without a worker the app applies by itself', async () => {
  const db = await open()
  await db.slug.create({ data: { slug: 'a' } })
  await db.$block.flush()
  expect(await slugs()).toEqual(['a'])
})

test('a worker for some blocks leaves the others alone', async () => {
  const applier = await worker({ blocks: ['one'] })
  const dir = temporaryDir()
  const [one, other] = [await open({ blockId: 'one', dir }), await open({ blockId: 'other', dir })]
  await one.slug.create({ data: { slug: 'a' } })
  await other.slug.create({ data: { slug: 'b' } })
  await Promise.all([one.$block.flush(), other.$block.flush()])
  expect(await slugs()).toEqual(['a', 'b'])
  expect(await applier.ask('status')).toMatchObject({ applied: 1 })
})

test('a worker that starts later takes on what waits, when nobody who wrote it is left', async () => {
  const dir = temporaryDir()
  const writer = await start({ dir })
  await main.client.$executeRawUnsafe('ALTER TABLE "Slug" RENAME TO "Slug_"')
  await writer.ask('create', { block: 'b', slug: 'a' })
  await writer.line('error')
  await writer.kill()
  await main.client.$executeRawUnsafe('ALTER TABLE "Slug_" RENAME TO "Slug"')
  await worker()
  await eventually(async () => (await slugs()).length === 1)
  // The file hears of it at its next start.
  const db = await open({ dir })
  await db.$block.flush()
  expect(db.$block.pending().commits).toBe(0)
  expect(await slugs()).toEqual(['a'])
})

test('workers that are killed while they apply: each commit once, in order', async () => {
  const dir = temporaryDir()
  const writer = await start({ dir })
  await writer.ask('create', { block: 'b', slug: 'hot' })
  for (let round = 0; round < 3; round++) {
    const applier = await worker()
    const written = writer.ask('hit', { block: 'b', slug: 'hot', times: 200 })
    const before = await hits('hot')
    await eventually(async () => (await hits('hot')) > before)
    await applier.kill()
    await written
  }
  await writer.ask('flush', { block: 'b', timeout: 25_000 })
  expect(await hits('hot')).toBe(600)
}, 90_000)

test('two processes that share the file, and two files on two machines, for one block', async () => {
  const dir = temporaryDir()
  const [one, other, apart] = [
    await start({ dir }),
    await start({ dir }),
    await start({ dir: temporaryDir() }),
  ]
  await worker()
  await one.ask('create', { block: 'b', slug: 'hot' })
  await one.ask('flush', { block: 'b' })
  await apart.ask('create', { block: 'b', slug: 'other' })
  await Promise.all([
    one.ask('hit', { block: 'b', slug: 'hot', times: 100 }),
    other.ask('hit', { block: 'b', slug: 'hot', times: 100 }),
    apart.ask('hit', { block: 'b', slug: 'other', times: 100 }),
  ])
  await Promise.all([one, other, apart].map((child) => child.ask('flush', { block: 'b', timeout: 20_000 })))
  expect([await hits('hot'), await hits('other')]).toEqual([200, 100])
}, 60_000)

test('an applier that stood still beyond its lease comes too late', async () => {
  const [first, db] = [await worker(), await open()]
  await db.slug.create({ data: { slug: 'a' } })
  await db.$block.flush()
  first.signal('SIGSTOP')
  for (let at = 0; at < 5; at++)
    await db.slug.update({ where: { slug: 'a' }, data: { hits: { increment: 1 } } })
  await db.$block.flush({ timeout: 25_000 })
  first.signal('SIGCONT')
  await db.slug.update({ where: { slug: 'a' }, data: { hits: { increment: 1 } } })
  await db.$block.flush()
  expect(await hits('a')).toBe(6)
}, 60_000)

test('flush() in the callback of a transaction does not wait for its lock', async () => {
  const dir = temporaryDir()
  const [db, other] = [await open({ dir }), await start({ dir })]
  await db.slug.create({ data: { slug: 'a' } })
  for (const apart of [false, true]) {
    // Once with receipts of its own, once with another process that has heard of its own commit before.
    if (apart) await other.ask('hit', { block: 'b', slug: 'a', times: 3 })
    await db.slug.update({ where: { slug: 'a' }, data: { hits: { increment: 1 } } })
    await db.$transaction(
      async (/** @type {any} */ tx) => {
        await tx.slug.update({ where: { slug: 'a' }, data: { target: 'x' } })
        await db.$block.flush({ timeout: 8_000 })
      },
      { maxWait: 5_000, timeout: 10_000 },
    )
  }
  await db.$block.flush()
  expect(await main.client.slug.findUnique({ where: { slug: 'a' } })).toEqual({
    slug: 'a',
    target: 'x',
    hits: 5,
  })
}, 60_000)

test('a block that goes back to the local queue: what lies in Redis arrives once', async () => {
  const dir = temporaryDir()
  const writer = await start({ dir })
  await writer.ask('create', { block: 'b', slug: 'hot' })
  await writer.ask('hit', { block: 'b', slug: 'hot', times: 20 })
  await writer.kill()
  const db = await open({ dir, connection: false })
  await db.slug.update({ where: { slug: 'hot' }, data: { hits: { increment: 1 } } })
  await db.$block.flush()
  expect(await hits('hot')).toBe(21)
  const applier = await worker()
  await eventually(async () => (await applier.ask('status')).blocks.length === 0)
  await db.slug.update({ where: { slug: 'hot' }, data: { hits: { increment: 1 } } })
  await db.$block.flush()
  expect(await hits('hot')).toBe(22)
}, 60_000)

test('one Redis per block and process', async () => {
  const dir = temporaryDir()
  await open({ dir })
  await expect(open({ dir, connection: false })).rejects.toThrow(
    /^connection: expected redis:.* as block 'b' is already open in this process, given no Redis/,
  )
})

test('another secret is refused by name, and nothing is applied', async () => {
  const { hostname: host, port } = new URL(redisUrl())
  const connection = { host, port: Number(port), secret: 'right' }
  const wrong = await start({ connection: { ...connection, secret: 'wrong' }, worker: {} })
  const db = await open({ connection })
  await db.slug.create({ data: { slug: 'a' } })
  expect(JSON.parse(await wrong.line('error'))).toMatchObject({
    code: 'SHARDED_QUEUE_SIGNATURE',
    message: expect.stringMatching(/Is connection.secret the same/),
  })
  expect(await slugs()).toEqual([])
  await wrong.kill()
  await start({ connection, worker: {} })
  await db.$block.flush({ timeout: 25_000 })
  expect(await slugs()).toEqual(['a'])
}, 60_000)

test('a process that closes nothing ends by itself; one that is shut down sends first', async () => {
  const left = await start({ dir: temporaryDir() })
  await left.ask('create', { block: 'b', slug: 'a' })
  await left.ask('flush', { block: 'b' })
  await left.ask('leave')
  expect(await left.exit()).toMatchObject({ code: 0 })

  const dir = temporaryDir()
  const ended = await start({ dir })
  await ended.ask('create', { block: 'b', slug: 'b' })
  expect(await ended.ask('shutdown', { timeout: 10_000 })).toEqual({ blocks: 1, pending: 0 })
  expect(await ended.exit()).toMatchObject({ code: 0 })
  expect(await slugs()).toEqual(['a', 'b'])

  const applier = await worker()
  expect(await applier.ask('shutdown', { timeout: 1_000 })).toEqual({ blocks: 0, pending: 0 })
  expect(await applier.exit()).toMatchObject({ code: 0 })
  expect(fs.existsSync(path.join(app.blocksDir, 'data'))).toBe(false)
})
