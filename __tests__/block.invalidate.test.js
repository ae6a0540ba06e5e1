// Block.invalidate reaches every process that has the block open, on any machine, by Redis. A data folder of its own stands for another
// machine.
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
/** @type {any[]} */
let children = []
/** @type {any[]} */
let blocks = []

beforeAll(async () => {
  app = await makeApp()
}, FIRST_APP_MS)

beforeEach(async () => {
  main = await newMain(app)
  redis = await startPrivateRedis()
  await main.client.slug.create({ data: { slug: 'a', target: 'old' } })
})

afterEach(async () => {
  redis.resume()
  await Promise.all(children.map((child) => child.kill()))
  for (const db of blocks) if (db.$block.status().open) await db.$disconnect().catch(() => {})
  children = []
  blocks = []
  await redis.remove()
  await main.drop()
})

let loads = 0
const loader = async (/** @type {any} */ block, /** @type {any} */ from) => {
  loads += 1
  await block.slug.createMany({ data: await from.slug.findMany() })
}

/** @param {any} [options] */
async function open(options = {}) {
  const common = { blockId: 'b', client: main.client, generated: app.generated, dir: temporaryDir(), loader }
  const db = await Block.create({ ...common, connection: redis.url, ...options })
  blocks.push(db)
  return db
}

/** @param {any} [setup] */
async function start(setup = {}) {
  const child = await startApp({
    url: main.url,
    connection: redis.url,
    dir: temporaryDir(),
    loads: true,
    ...setup,
  })
  children.push(child)
  return child
}

const target = async (/** @type {any} */ db) => (await db.slug.findUnique({ where: { slug: 'a' } })).target
const targetThere = async (/** @type {any} */ child) =>
  (await child.ask('read', { block: 'b', slug: 'a' })).target
const change = (/** @type {string} */ to) =>
  main.client.slug.update({ where: { slug: 'a' }, data: { target: to } })
const versionKnown = async (/** @type {any} */ db) => db._engine.block.meta('heard') !== null

test('another process, another data folder: it loads again', async () => {
  const [child, db] = [await start(), await open()]
  expect([await targetThere(child), await target(db)]).toEqual(['old', 'old'])
  await change('new')
  expect(await Block.invalidate('b', { generated: app.generated })).toBe('refreshed')
  expect(await target(db)).toBe('new')
  await eventually(async () => (await targetThere(child)) === 'new')
  await change('newer')
  expect(await child.ask('invalidate', { block: 'b' })).toBe('refreshed')
  await eventually(async () => (await target(db)) === 'newer')
})

test('from a process that has no such block: by its client it knows whose', async () => {
  const child = await start()
  expect(await targetThere(child)).toBe('old')
  await change('new')
  const place = { generated: app.generated, dir: temporaryDir(), connection: redis.url }
  await expect(Block.invalidate('b', place)).rejects.toThrow(
    /^client: expected your PrismaClient, given undefined: block 'b' is not on this machine/,
  )
  expect(await Block.invalidate('b', { ...place, client: main.client })).toBe('told')
  await eventually(async () => (await targetThere(child)) === 'new')
})

test('a process with the local queue hears by Block.watch', async () => {
  const child = await start({ connection: false, watches: redis.url })
  const db = await open()
  expect(await targetThere(child)).toBe('old')
  await eventually(() => versionKnown(db))
  await change('new')
  await Block.invalidate('b', { generated: app.generated })
  await eventually(async () => (await targetThere(child)) === 'new')
})

test('cut off from Redis meanwhile: it loads again when it is back', async () => {
  const [child, db] = [await start(), await open()]
  expect(await targetThere(child)).toBe('old')
  await eventually(() => versionKnown(db))
  // The listening connections of both are closed; the bells do not ring for a while.
  child.signal('SIGSTOP')
  await redis.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
  await change('new')
  await eventually(() =>
    Block.invalidate('b', { generated: app.generated }).then(
      () => true,
      () => false,
    ),
  )
  // Nobody can hear of it later by the stream alone.
  for (const key of await redis.command('KEYS', '*:stale')) await redis.command('DEL', key)
  child.signal('SIGCONT')
  await eventually(async () => (await targetThere(child)) === 'new')
}, 60_000)

test('Redis comes back empty: what it may have forgotten is loaded again', async () => {
  const db = await open()
  await eventually(() => versionKnown(db))
  await change('new')
  await redis.kill()
  await redis.start()
  await eventually(async () => (await target(db)) === 'new')
}, 60_000)

test('a file that was closed meanwhile is loaded again when it is opened', async () => {
  const dir = temporaryDir()
  const db = await open({ dir })
  await eventually(() => versionKnown(db))
  await db.$disconnect()
  await change('new')
  const elsewhere = {
    generated: app.generated,
    dir: temporaryDir(),
    connection: redis.url,
    client: main.client,
  }
  expect(await Block.invalidate('b', elsewhere)).toBe('told')
  const again = await open({ dir })
  await eventually(async () => (await target(again)) === 'new')
})

test('two processes that share the file load once; who has told does not load twice', async () => {
  const dir = temporaryDir()
  const db = await open({ dir })
  const child = await start({ dir })
  expect(await targetThere(child)).toBe('old')
  await eventually(() => versionKnown(db))
  const loaded = () => loads + child.lines.filter((/** @type {string} */ line) => line === 'loaded').length
  const before = loaded()
  await change('new')
  await Block.invalidate('b', { generated: app.generated })
  expect(await targetThere(child)).toBe('new')
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(loaded() - before).toBe(1)
  expect(await child.ask('status', { block: 'b' })).toMatchObject({ stale: false })
})

test('Redis does not answer: the call says so, and nothing is done', async () => {
  const db = await open()
  await change('new')
  await redis.kill()
  await expect(Block.invalidate('b', { generated: app.generated })).rejects.toMatchObject({
    code: 'SHARDED_QUEUE',
  })
  expect(await target(db)).toBe('old')
  await redis.start()
})
