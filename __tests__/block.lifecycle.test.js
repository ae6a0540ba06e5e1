// The life of a block after its creation: refresh, watch, close, delete. Pending commits survive every path.
const fs = require('node:fs')
const sharded = require('../js/index')
const { makeApp, newMain, temporaryDir } = require('./support/app')

const { Block } = sharded
const dir = temporaryDir()
let app
let main

beforeAll(async () => {
  app = await makeApp()
  main = await newMain(app)
})
afterAll(() => main.drop())
beforeEach(async () => {
  await main.client.slug.deleteMany()
  await main.client.slug.createMany({ data: [{ slug: 'a' }, { slug: 'b' }] })
})

const place = () => ({ dir, generated: app.generated })
const loader = async (block, from) => void (await block.slug.createMany({ data: await from.slug.findMany() }))
const open = (blockId, more = {}) =>
  Block.create({ blockId, client: main.client, loader, ...place(), ...more })
const hits = async (client, slug) => (await client.slug.findUnique({ where: { slug } }))?.hits
const setMain = (slug, value) => main.client.slug.update({ where: { slug }, data: { hits: value } })
const exists = (file) => ['', '-wal', '-shm'].some((suffix) => fs.existsSync(file + suffix))

async function until(check, what) {
  for (const deadline = Date.now() + 5_000; Date.now() < deadline; ) {
    if (await check()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`not within 5 s: ${what}`)
}

describe('$block', () => {
  test('tells its state', async () => {
    const db = await open('state')
    expect(db.$block.pending()).toMatchObject({ commits: 0 })
    expect(db.$block.rejected()).toEqual([])
    expect(db.$block.status()).toMatchObject({
      id: 'state',
      open: true,
      main: 'same',
      pending: { commits: 0 },
    })
    await db.$disconnect()
    expect(db.$block.status()).toMatchObject({ open: false, pending: null, file: null, loadedAt: null })
  })

  test('what is closed keeps an empty log for the next opening, and goes whole', async () => {
    const db = await open('kept')
    await db.slug.update({ where: { slug: 'a' }, data: { hits: 5 } })
    const { path } = db.$block
    await db.$disconnect()
    expect(fs.statSync(`${path}-wal`).size).toBe(0)
    expect(fs.existsSync(`${path}-shm`)).toBe(true)
    const again = await open('kept')
    expect(await hits(again, 'a')).toBe(5)
    await again.$disconnect()
    await Block.delete_block('kept', place())
    expect(exists(path)).toBe(false)
  })

  test('flush brings every commit to the main database', async () => {
    const db = await open('flush')
    await db.slug.update({ where: { slug: 'a' }, data: { hits: 7 } })
    await db.$block.flush()
    expect(db.$block.pending().commits).toBe(0)
    expect(await hits(main.client, 'a')).toBe(7)
    await expect(db.$block.flush({ timeout: 0 })).rejects.toThrow(
      'timeout: expected a number of milliseconds',
    )
    await db.$disconnect()
  })

  test('names what it does not do yet, and an unknown event', async () => {
    const db = await open('later')
    expect(() => db.$block.token()).toThrow(sharded.NotSupportedError)
    expect(() => db.$block.on('aplied', () => {})).toThrow(
      "$block.on(event): expected one of applied, rejected, error, stale, progress, longReader, given 'aplied'",
    )
    expect(() => db.$block.on('applied')).toThrow('$block.on(event, listener): expected a function')
    await db.$disconnect()
  })
})

describe('$disconnect', () => {
  test('of the last client flushes and closes', async () => {
    const one = await open('refs')
    const two = await open('refs')
    await one.$disconnect()
    await one.$disconnect()
    await two.slug.update({ where: { slug: 'a' }, data: { hits: 3 } })
    await two.$disconnect()
    expect(await hits(main.client, 'a')).toBe(3)
    expect(() => two.$block.pending()).toThrow(sharded.BlockClosedError)
    await expect(two.slug.findMany()).rejects.toThrow(sharded.BlockClosedError)
    await expect(two.$connect()).rejects.toThrow(sharded.BlockClosedError)
  })

  test('leaves the main client connected', async () => {
    const db = await open('main client')
    await db.$disconnect()
    expect(await main.client.slug.count()).toBe(2)
  })
})

describe('invalidate', () => {
  test('loads again: changed, new and removed rows', async () => {
    const db = await open('refresh')
    await setMain('a', 5)
    await main.client.slug.delete({ where: { slug: 'b' } })
    await main.client.slug.create({ data: { slug: 'c', hits: 1 } })
    expect(await hits(db, 'a')).toBe(0)
    expect(await Block.invalidate('refresh', place())).toBe('refreshed')
    expect(await db.slug.findMany({ orderBy: { slug: 'asc' } })).toEqual(
      await main.client.slug.findMany({ orderBy: { slug: 'asc' } }),
    )
    expect(db.$block.pending().commits).toBe(0)
    await db.$disconnect()
  })

  test('keeps a commit that is made while the loader runs', async () => {
    let during = () => {}
    const slow = async (block, from) => {
      const data = await from.slug.findMany()
      await during()
      await block.slug.createMany({ data })
    }
    const db = await open('during', { loader: slow })
    during = async () => {
      await db.slug.update({ where: { slug: 'a' }, data: { hits: 9 } })
      await db.slug.delete({ where: { slug: 'b' } })
      await db.slug.create({ data: { slug: 'n', hits: 4 } })
      await db.$block.flush()
    }
    await Block.invalidate('during', place())
    expect([await hits(db, 'a'), await hits(db, 'b'), await hits(db, 'n')]).toEqual([9, undefined, 4])
    await db.$disconnect()
    expect([
      await hits(main.client, 'a'),
      await hits(main.client, 'b'),
      await hits(main.client, 'n'),
    ]).toEqual([9, undefined, 4])
  })

  test('keeps the old contents when the loader fails, and its error reaches the caller', async () => {
    let error = null
    const failing = async (...clients) => {
      if (error) throw error
      await loader(...clients)
    }
    const db = await open('keeps', { loader: failing })
    error = new Error('of the loader')
    expect(await Block.invalidate('keeps', place()).catch((reason) => reason)).toBe(error)
    expect(await db.slug.count()).toBe(2)
    await db.$disconnect()
  })

  test('of a block that is not open here leaves a mark; of none says so', async () => {
    await (await open('marked')).$disconnect()
    expect(await Block.invalidate('marked', place())).toBe('marked')
    expect(await Block.invalidate('no such block', place())).toBe('absent')
    await setMain('a', 8)
    const db = await open('marked', { node: 'master' })
    await until(async () => (await hits(db, 'a')) === 8, 'refresh of a marked block by its master')
    await db.$disconnect()
  })
})

describe('ttl', () => {
  test('a master refreshes its block when it has passed', async () => {
    const db = await open('ttl', { node: 'master', ttl: 0.2 })
    await setMain('a', 2)
    await until(async () => (await hits(db, 'a')) === 2, 'refresh after the ttl')
    await db.$disconnect()
  })

  test('a worker does not', async () => {
    const db = await open('worker', { ttl: 0.1 })
    await setMain('a', 2)
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(await hits(db, 'a')).toBe(0)
    expect(db.$block.status().stale).toBe(true)
    await db.$disconnect()
  })

  test('Block.watch refreshes the open blocks until it is stopped, and tells', async () => {
    const db = await open('watched')
    const stale = jest.fn()
    db.$block.on('stale', stale)
    const watch = Block.watch({ ttl: 0.1, interval: 20 })
    await setMain('a', 6)
    await until(async () => (await hits(db, 'a')) === 6, 'refresh by Block.watch')
    expect(stale).toHaveBeenCalledWith({ blockId: 'watched' })
    watch.stop()
    await db.$disconnect()
  })

  test('a refresh that fails is an event, and the contents stay', async () => {
    let fail = false
    const flaky = async (...clients) => {
      if (fail) throw new Error('flaky')
      await loader(...clients)
    }
    const db = await open('flaky', { loader: flaky })
    const failed = new Promise((resolve) => db.$block.on('error', resolve))
    fail = true
    const watch = Block.watch({ ttl: 0.05, interval: 20 })
    expect((await failed).message).toBe('flaky')
    watch.stop()
    expect(await db.slug.count()).toBe(2)
    await db.$disconnect()
  })
})

describe('delete_block', () => {
  test('sends what is pending, then removes the files', async () => {
    const db = await open('gone')
    await db.slug.update({ where: { slug: 'b' }, data: { hits: 11 } })
    expect(await Block.delete_block('gone', place())).toEqual({ deleted: true, dropped: 0 })
    expect(await hits(main.client, 'b')).toBe(11)
    expect(exists(db.$block.path)).toBe(false)
    await expect(db.slug.findMany()).rejects.toThrow(sharded.ShardedError)
    expect(() => db.$block.pending()).toThrow(sharded.BlockDeletedError)
    const again = await open('gone')
    expect(await hits(again, 'b')).toBe(11)
    await again.$disconnect()
  })

  test('of a block that is not open here', async () => {
    const db = await open('closed')
    await db.$disconnect()
    expect(await Block.deleteBlock('closed', place())).toEqual({ deleted: true, dropped: 0 })
    expect(exists(db.$block.path)).toBe(false)
    expect(await Block.deleteBlock('closed', place())).toEqual({ deleted: false, dropped: 0 })
    expect(await Block.deleteBlock('closed', { ...place(), client: main.client })).toEqual({
      deleted: false,
      dropped: 0,
    })
  })

  test('names a client that is none, whether the block exists or not', async () => {
    await (await open('named')).$disconnect()
    for (const blockId of ['named', 'never made'])
      await expect(Block.delete_block(blockId, { client: {}, ...place() })).rejects.toThrow(
        /^client: expected/,
      )
    expect(await Block.delete_block('named', { client: main.client, ...place() })).toMatchObject({
      deleted: true,
    })
  })

  test('refuses to lose commits of an unreachable main database, unless forced, and says how many', async () => {
    const db = await open('stuck')
    const file = db.$block.path
    await main.client.$transaction(async (tx) => {
      await tx.$executeRawUnsafe('LOCK TABLE "Slug" IN ACCESS EXCLUSIVE MODE')
      await db.slug.update({ where: { slug: 'a' }, data: { hits: 12 } })
      await expect(Block.delete_block('stuck', { ...place(), timeout: 300 })).rejects.toThrow(
        sharded.FlushTimeoutError,
      )
      expect(fs.existsSync(file)).toBe(true)
      expect(await hits(db, 'a')).toBe(12)
    })
    await db.$disconnect()
    expect(await hits(main.client, 'a')).toBe(12)
  })

  test('force drops what is pending', async () => {
    const db = await open('forced')
    const { path } = db.$block
    const removal = await main.client.$transaction(async (tx) => {
      await tx.$executeRawUnsafe('LOCK TABLE "Slug" IN ACCESS EXCLUSIVE MODE')
      await db.slug.update({ where: { slug: 'a' }, data: { hits: 13 } })
      const running = Block.delete_block('forced', { ...place(), force: true })
      await new Promise((resolve) => setTimeout(resolve, 300))
      return { running }
    })
    const { deleted, dropped } = await removal.running
    // What was on its way when the block was deleted may still have arrived; then it was not dropped.
    expect({ deleted, dropped }).toEqual({
      deleted: true,
      dropped: (await hits(main.client, 'a')) === 13 ? 0 : 1,
    })
    expect(exists(path)).toBe(false)
  })
})
