// Durability 'queue' and 'main': when the promise of a write resolves, what it says when it waited too long, and that nothing is lost then.
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

/** @param {any} options */
async function open(options) {
  const common = { blockId: 'b', client: main.client, generated: app.generated, dir: temporaryDir() }
  const db = await Block.create({ ...common, ...options })
  blocks.push(db)
  return db
}

const slugs = async () =>
  (await main.client.slug.findMany({ orderBy: { slug: 'asc' } })).map((/** @type {any} */ row) => row.slug)
const logLength = async () => {
  const [key] = await redis.command('KEYS', '*:b}:*:log')
  return key === undefined ? 0 : redis.command('XLEN', key)
}
const hideTable = () => main.client.$executeRawUnsafe('ALTER TABLE "Slug" RENAME TO "Slug_"')
const showTable = () => main.client.$executeRawUnsafe('ALTER TABLE "Slug_" RENAME TO "Slug"')

describe("durability: 'queue'", () => {
  test('is refused by name where the queue is the local one', async () => {
    await expect(open({ durability: 'queue', connection: false })).rejects.toMatchObject({
      code: 'SHARDED_INVALID_OPTION',
      message: expect.stringMatching(/^durability: expected .*local one, given 'queue': it waits for Redis/),
    })
  })

  test('when it resolves Redis has the commit, whether or not main can take it', async () => {
    const db = await open({ durability: 'queue', connection: redis.url })
    db.$block.on('error', () => {})
    await hideTable()
    await db.slug.create({ data: { slug: 'a' } })
    expect(await logLength()).toBe(1)
    await db.$transaction(async (/** @type {any} */ tx) => {
      await tx.slug.create({ data: { slug: 'b' } })
      await tx.slug.create({ data: { slug: 'c' } })
    })
    expect(await logLength()).toBe(2)
    await db.$transaction([db.slug.create({ data: { slug: 'd' } })])
    expect(await logLength()).toBe(3)
    await showTable()
    await db.$block.flush()
    expect(await slugs()).toEqual(['a', 'b', 'c', 'd'])
  })

  test('Redis stands still: it waits; too long is a named error, and the commit stays and arrives once', async () => {
    const db = await open({ durability: 'queue', connection: redis.url, forwardTimeout: 2_000 })
    await db.slug.create({ data: { slug: 'a' } })
    redis.stall()
    let resolved = false
    const waiting = db.slug.create({ data: { slug: 'b' } }).then(() => {
      resolved = true
    })
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(resolved).toBe(false)
    expect(await db.slug.findUnique({ where: { slug: 'b' } })).toMatchObject({ slug: 'b' })
    redis.resume()
    await waiting
    redis.stall()
    await expect(db.slug.create({ data: { slug: 'c' } })).rejects.toMatchObject({
      name: 'ConfirmationTimeoutError',
      code: 'SHARDED_CONFIRMATION_TIMEOUT',
      message: expect.stringMatching(/commit 3 is on the disk here, and was not in Redis after 2000 ms/),
    })
    expect(await db.slug.count()).toBe(3)
    redis.resume()
    await db.$block.flush()
    expect(await slugs()).toEqual(['a', 'b', 'c'])
  })

  test('a process that does not offer hears it from Redis', async () => {
    const dir = temporaryDir()
    const holder = await startApp({ url: main.url, connection: redis.url, dir })
    children.push(holder)
    await hideTable()
    await holder.ask('create', { block: 'b', slug: 'a' })
    await eventually(async () => (await logLength()) === 1)
    const db = await open({ durability: 'queue', connection: redis.url, dir })
    await db.slug.create({ data: { slug: 'b' } })
    expect(await logLength()).toBe(2)
    await showTable()
    await db.$block.flush({ timeout: 25_000 })
    expect(await slugs()).toEqual(['a', 'b'])
  }, 60_000)
})

describe.each(['local', 'redis'])("durability: 'main' by the %s queue", (queue) => {
  const connection = () => (queue === 'redis' ? redis.url : false)

  test('when it resolves main has the commit', async () => {
    const db = await open({ durability: 'main', connection: connection() })
    await db.slug.create({ data: { slug: 'a' } })
    expect(await slugs()).toEqual(['a'])
    await db.$transaction(async (/** @type {any} */ tx) => {
      await tx.slug.create({ data: { slug: 'b' } })
      await tx.slug.update({ where: { slug: 'a' }, data: { hits: { increment: 2 } } })
    })
    expect(await main.client.slug.findUnique({ where: { slug: 'a' } })).toMatchObject({ hits: 2 })
    expect(await slugs()).toEqual(['a', 'b'])
  })

  test('a refusal is its rejection, and is in the list', async () => {
    const db = await open({ durability: 'main', connection: connection() })
    db.$block.on('rejected', () => {})
    await main.client.slug.create({ data: { slug: 'taken', target: 'theirs' } })
    await expect(db.slug.create({ data: { slug: 'taken', target: 'mine' } })).rejects.toMatchObject({
      name: 'RejectedError',
      code: 'SHARDED_REJECTED',
      seq: 1,
      databaseCode: '23505',
    })
    expect(db.$block.rejected()).toMatchObject([{ seq: 1 }])
    expect(await db.slug.findUnique({ where: { slug: 'taken' } })).toMatchObject({ target: 'theirs' })
  })

  test('main cannot take it: a named error in time, and the commit stays and arrives once', async () => {
    const db = await open({ durability: 'main', connection: connection(), forwardTimeout: 400 })
    db.$block.on('error', () => {})
    await hideTable()
    await expect(db.slug.create({ data: { slug: 'a' } })).rejects.toMatchObject({
      code: 'SHARDED_CONFIRMATION_TIMEOUT',
      message: expect.stringMatching(/commit 1 .* was not in the main database after 400 ms/),
    })
    expect(db.$block.pending().commits).toBe(1)
    await showTable()
    await db.$block.flush()
    expect(await slugs()).toEqual(['a'])
  })
})
