// What Redis may do to a block: stop, stand still, be slow, come back empty, lose a part. Reads and writes go on, the outbox holds
// what is committed, and all of it arrives, once.
const { Block } = require('../js')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { FIRST_APP_MS } = require('./support/doors')
const { startPrivateRedis } = require('./support/private-redis')
const { eventually, startApp } = require('./support/queue')

/** @type {any} */
let app
/** @type {{client: any, url: string, drop: () => Promise<void>}} */
let main
/** @type {Awaited<ReturnType<typeof startPrivateRedis>>} */
let redis
/** @type {any} */
let db
/** @type {any[]} */
let children = []

beforeAll(async () => {
  app = await makeApp()
}, FIRST_APP_MS)

beforeEach(async () => {
  main = await newMain(app)
  redis = await startPrivateRedis()
  db = await Block.create({
    blockId: 'b',
    client: main.client,
    dir: temporaryDir(),
    generated: app.generated,
    connection: redis.url,
  })
  await db.slug.create({ data: { slug: 'hot' } })
  await db.$block.flush()
})

afterEach(async () => {
  await Promise.all(children.map((child) => child.kill()))
  children = []
  redis.resume()
  if (db.$block.status().open) await Block.shutdown({ timeout: 1 })
  await redis.remove()
  await main.drop()
})

const hit = () => db.slug.update({ where: { slug: 'hot' }, data: { hits: { increment: 1 } } })
const hits = async () => (await main.client.slug.findUnique({ where: { slug: 'hot' } })).hits
const hideTable = () => main.client.$executeRawUnsafe('ALTER TABLE "Slug" RENAME TO "Slug_"')
const showTable = () => main.client.$executeRawUnsafe('ALTER TABLE "Slug_" RENAME TO "Slug"')
const logKey = async () => (await redis.command('KEYS', '*:b}:*:log'))[0]
const logLength = async () => {
  const key = await logKey()
  return key === undefined ? 0 : redis.command('XLEN', key)
}

/** Commits that lie in Redis while the main database cannot take them. @param {number} count */
async function fill(count) {
  db.$block.on('error', () => {})
  await hideTable()
  for (let at = 0; at < count; at++) await hit()
  await eventually(async () => (await logLength()) === count)
}

test('stopped: reads and writes go on, and all arrives when it is back, empty', async () => {
  await redis.kill()
  for (let at = 0; at < 20; at++) await hit()
  expect(await db.slug.findUnique({ where: { slug: 'hot' } })).toMatchObject({ hits: 20 })
  await expect(db.$block.flush({ timeout: 300 })).rejects.toMatchObject({ code: 'SHARDED_FLUSH_TIMEOUT' })
  expect(db.$block.pending().commits).toBe(20)
  expect(db.$block.status().applier).toMatchObject({
    state: 'transient',
    lastError: { code: 'SHARDED_QUEUE' },
  })
  await redis.start()
  await db.$block.flush()
  expect(await hits()).toBe(20)
  expect(db.$block.pending().commits).toBe(0)
})

test('restarted empty with commits in it: they are sent again', async () => {
  await fill(10)
  await redis.kill()
  await redis.start()
  await showTable()
  await hit()
  await db.$block.flush()
  expect(await hits()).toBe(11)
})

test('FLUSHALL with commits in it: they are sent again', async () => {
  await fill(10)
  await redis.command('FLUSHALL')
  await showTable()
  await db.$block.flush()
  expect(await hits()).toBe(10)
})

test('FLUSHALL again and again while commits flow, a worker included: each arrives once', async () => {
  children.push(await startApp({ url: main.url, connection: redis.url, worker: {} }))
  for (let at = 0; at < 200; at++) {
    await hit()
    if (at % 20 === 10) await redis.command('FLUSHALL')
  }
  await db.$block.flush({ timeout: 25_000 })
  expect(await hits()).toBe(200)
}, 60_000)

test('a part of the log is lost: what is missing is sent again, nothing is applied out of order', async () => {
  await fill(10)
  const key = await logKey()
  const entries = await redis.command('XRANGE', key, '-', '+')
  await redis.command('XDEL', key, entries[2][0], entries[3][0])
  await showTable()
  await db.$block.flush()
  expect(await hits()).toBe(10)
})

test('the log is lost, what Redis knows of it is not', async () => {
  await fill(10)
  await redis.command('DEL', /** @type {string} */ (await logKey()))
  await showTable()
  await db.$block.flush()
  expect(await hits()).toBe(10)
})

test('receipts are lost: the ledger knows, and nothing is applied twice', async () => {
  const lost = setInterval(async () => {
    const keys = await redis.command('KEYS', '*:receipts:*').catch(() => [])
    if (keys.length > 0) await redis.command('DEL', ...keys).catch(() => {})
  }, 1)
  for (let at = 0; at < 50; at++) await hit()
  await eventually(async () => (await hits()) === 50)
  clearInterval(lost)
  await redis.command('FLUSHALL')
  await db.$block.flush()
  expect(await hits()).toBe(50)
  expect(db.$block.pending().commits).toBe(0)
})

test('receipts are lost that nobody has read: the commits are sent again, and found applied', async () => {
  const dir = temporaryDir()
  const writer = await startApp({ url: main.url, connection: redis.url, dir })
  children.push(writer)
  await hideTable()
  for (const slug of ['x', 'y']) await writer.ask('create', { block: 'away', slug })
  // Both are in Redis: what is not would wait for the writer to come back.
  await eventually(async () => {
    const [log] = await redis.command('KEYS', '*:away}:*:log')
    return log !== undefined && (await redis.command('XLEN', log)) === 2
  })
  await writer.kill()
  children.push(await startApp({ url: main.url, connection: redis.url, worker: {} }))
  await showTable()
  await eventually(async () => (await redis.command('KEYS', '*:away}:*:receipts:*')).length === 1)
  await eventually(async () => (await main.client.slug.count()) === 3)
  await redis.command('DEL', ...(await redis.command('KEYS', '*:away}:*:receipts:*')))
  const back = await startApp({ url: main.url, connection: redis.url, dir })
  children.push(back)
  await back.ask('flush', { block: 'away', timeout: 20_000 })
  expect(await back.ask('status', { block: 'away' })).toMatchObject({ pending: { commits: 0 } })
  expect(await main.client.slug.count()).toBe(3)
}, 60_000)

test('a Redis that says no is told by name, and tried again', async () => {
  /** @type {any[]} */
  const errors = []
  db.$block.on('error', (/** @type {any} */ error) => errors.push(error))
  await redis.command('CONFIG', 'SET', 'maxmemory', '1')
  await hit()
  await eventually(() => errors.length > 0)
  expect(errors).toMatchObject([{ code: 'SHARDED_QUEUE_REFUSED', message: expect.stringMatching(/OOM/) }])
  expect(db.$block.status().applier).toMatchObject({ state: 'blocked' })
  await redis.command('CONFIG', 'SET', 'maxmemory', '0')
  await db.$block.flush()
  expect(await hits()).toBe(1)
})

test('it stands still: writes and reads do not wait for it', async () => {
  redis.stall()
  for (let at = 0; at < 20; at++) await hit()
  expect(await db.slug.findUnique({ where: { slug: 'hot' } })).toMatchObject({ hits: 20 })
  await expect(db.$block.flush({ timeout: 300 })).rejects.toMatchObject({ code: 'SHARDED_FLUSH_TIMEOUT' })
  redis.resume()
  await db.$block.flush()
  expect(await hits()).toBe(20)
})

test('slow: all arrives', async () => {
  await redis.command('CLIENT', 'PAUSE', '800', 'ALL')
  for (let at = 0; at < 20; at++) await hit()
  await db.$block.flush()
  expect(await hits()).toBe(20)
})

test('another node takes over with less: the rest is sent again', async () => {
  await fill(5)
  const dump = await redis.command('XRANGE', /** @type {string} */ (await logKey()), '-', '+')
  expect(dump).toHaveLength(5)
  // A replica that was behind: it has the log up to the third commit, and knows so.
  const [sent] = await redis.command('KEYS', '*:b}:*:sent')
  const [[origin, last]] = [await redis.command('HGETALL', sent)]
  for (const [id] of dump.slice(3)) await redis.command('XDEL', /** @type {string} */ (await logKey()), id)
  await redis.command('HSET', sent, origin, String(Number(last) - 2))
  await showTable()
  await db.$block.flush()
  expect(await hits()).toBe(5)
})

test('a Redis that evicts is warned about, once', async () => {
  await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const other = await Block.create({
    blockId: 'other',
    client: main.client,
    dir: temporaryDir(),
    generated: app.generated,
    // Another address of the same server: a connection of its own.
    connection: { host: 'localhost', port: redis.port },
  })
  await other.slug.create({ data: { slug: 'a' } })
  await other.$block.flush()
  const texts = warn.mock.calls.map(([text]) => String(text))
  warn.mockRestore()
  expect(texts.filter((text) => /maxmemory-policy allkeys-lru.*set noeviction/.test(text))).toHaveLength(1)
  await other.$disconnect()
})

test('a process that is idle, or whose Redis is gone, ends by itself', async () => {
  const child = await startApp({ url: main.url, connection: redis.url, dir: temporaryDir() })
  children.push(child)
  await child.ask('create', { block: 'c', slug: 'a' })
  await child.ask('flush', { block: 'c' })
  await redis.kill()
  await child.ask('create', { block: 'c', slug: 'b' })
  await child.ask('leave')
  expect(await child.exit()).toMatchObject({ code: 0 })
  await redis.start()
})
