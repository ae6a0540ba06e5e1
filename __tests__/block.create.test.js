// Block.create: what it refuses, which file it makes, and that a block is made once and whole or not at all.
const fs = require('node:fs')
const path = require('node:path')
const sharded = require('../js/index')
const { encodeBlockId } = require('../js/blockid')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { startChild } = require('./support/child')

const { Block } = sharded
const CREATOR = path.join(__dirname, 'support', 'creator.js')
const dir = temporaryDir()
let app
let main
let fingerprint

beforeAll(async () => {
  app = await makeApp()
  main = await newMain(app)
  fingerprint = JSON.parse(fs.readFileSync(path.join(app.generated, 'manifest.json'), 'utf8')).fingerprint
  await main.client.slug.createMany({ data: [{ slug: 'a' }, { slug: 'b' }] })
})
afterAll(() => main.drop())

const config = (blockId, more = {}) => ({
  blockId,
  client: main.client,
  dir,
  generated: app.generated,
  ...more,
})
const loadSlugs = async (block, from) =>
  void (await block.slug.createMany({ data: await from.slug.findMany() }))
const filesOf = (blockId) =>
  fs.readdirSync(dir).filter((name) => name.startsWith(`${encodeBlockId(blockId)}.`))
const dataOf = (blockId) => filesOf(blockId).filter((name) => !name.endsWith('.lock'))
/** What is left of a block that nobody has open. */
const closed = (file) => ['', '-shm', '-wal'].map((suffix) => file + suffix)

describe('refuses', () => {
  test('a client that is not a PrismaClient', async () => {
    await expect(Block.create(config('x', { client: { findMany() {} } }))).rejects.toThrow(
      sharded.InvalidOptionError,
    )
  })

  test('a wrong option, as a rejection and before anything is written', async () => {
    await expect(Block.create(config('wrong', { ttl: -1 }))).rejects.toThrow(
      'ttl: expected a number of seconds',
    )
    expect(filesOf('wrong')).toEqual([])
  })

  test('to work without generated files, and names the command', async () => {
    const generated = path.join(dir, 'nowhere')
    const failure = Block.create(config('x', { generated }))
    await expect(failure).rejects.toThrow(sharded.NotGeneratedError)
    await expect(failure).rejects.toThrow('npx sharded generate')
  })

  test('generated files of another version or provider', async () => {
    const write = (name, manifest) => {
      const folder = path.join(dir, name, 'generated')
      fs.mkdirSync(folder, { recursive: true })
      fs.writeFileSync(path.join(folder, 'manifest.json'), manifest)
      return folder
    }
    const manifest = JSON.parse(fs.readFileSync(path.join(app.generated, 'manifest.json'), 'utf8'))
    const cases = [
      ['broken', '{', sharded.NotGeneratedError],
      ['old', JSON.stringify({ ...manifest, version: 0 }), sharded.NotGeneratedError],
      ['path', JSON.stringify({ ...manifest, fingerprint: '../../../../x' }), sharded.NotGeneratedError],
      ['mongodb', JSON.stringify({ ...manifest, provider: 'mongodb' }), sharded.NotSupportedError],
    ]
    for (const [name, text, Class] of cases) {
      await expect(Block.create(config('x', { generated: write(name, text) }))).rejects.toThrow(Class)
    }
  })

  test('two clients of one block with different durability in one process', async () => {
    const db = await Block.create(config('shared', { durability: 'os' }))
    await expect(Block.create(config('shared'))).rejects.toThrow(
      "durability: expected 'os', with which block 'shared'",
    )
    await db.$disconnect()
  })

  test('a second client that wants a block refreshed otherwise; one that leaves it to the first is welcome', async () => {
    const db = await Block.create(config('kept fresh', { ttl: 60, node: 'master' }))
    const again = await Block.create(config('kept fresh'))
    await expect(Block.create(config('kept fresh', { ttl: 5 }))).rejects.toThrow(
      "ttl: expected 60, with which block 'kept fresh' is already open in this process, given 5",
    )
    await again.$disconnect()
    await db.$disconnect()
    const worker = await Block.create(config('kept fresh'))
    await expect(Block.create(config('kept fresh', { ttl: 60 }))).rejects.toThrow('ttl: expected undefined')
    await expect(Block.create(config('kept fresh', { node: 'master' }))).rejects.toThrow(
      "node: expected 'worker'",
    )
    await worker.$disconnect()
  })
})

describe('makes', () => {
  test.each(['chat-1', 'Chat-1', '../../evil', 'a/b\\c:d', 'ünï😀', 'con', `long ${'x'.repeat(400)}`])(
    'one private file for %p',
    async (blockId) => {
      const db = await Block.create(config(blockId))
      const file = path.join(dir, `${encodeBlockId(blockId)}.${fingerprint}.sqlite`)
      expect(db.$block).toMatchObject({ id: blockId, path: file })
      expect(fs.statSync(file).mode & 0o777).toBe(0o600)
      await db.$disconnect()
      expect(dataOf(blockId)).toEqual(closed(path.basename(file)))
    },
  )

  test('its folder, for the owner only', async () => {
    const deep = path.join(dir, 'deep', 'er')
    const db = await Block.create(config('x', { dir: deep }))
    expect(fs.statSync(deep).mode & 0o777).toBe(0o700)
    await db.$disconnect()
  })

  test('its files where SHARDED_DIR says', async () => {
    process.env.SHARDED_DIR = path.join(dir, 'from-env')
    try {
      const db = await Block.create(config('x', { dir: undefined }))
      expect(path.dirname(db.$block.path)).toBe(process.env.SHARDED_DIR)
      await db.$disconnect()
    } finally {
      delete process.env.SHARDED_DIR
    }
  })

  test('a block that serves what the loader loaded and sends nothing of it to the main database', async () => {
    const db = await Block.create(config('served', { loader: loadSlugs }))
    expect(await db.slug.findMany({ orderBy: { slug: 'asc' } })).toEqual(
      await main.client.slug.findMany({ orderBy: { slug: 'asc' } }),
    )
    expect(db.$block.pending().commits).toBe(0)
    expect(db.$block.status()).toMatchObject({
      open: true,
      main: 'same',
      stale: false,
      loadedAt: expect.any(Date),
    })
    await db.$disconnect()
  })
})

describe('once', () => {
  test('an existing block is opened, not loaded', async () => {
    const loader = jest.fn(loadSlugs)
    const first = await Block.create(config('reopened', { loader }))
    await first.$disconnect()
    const again = await Block.create(config('reopened', { loader }))
    expect(loader).toHaveBeenCalledTimes(1)
    expect(await again.slug.count()).toBe(2)
    await again.$disconnect()
  })

  test('concurrent creators of one process load once and share the block', async () => {
    const loader = jest.fn(loadSlugs)
    const clients = await Promise.all([1, 2, 3, 4].map(() => Block.create(config('together', { loader }))))
    expect(loader).toHaveBeenCalledTimes(1)
    await clients[0].slug.create({ data: { slug: 'seen by all' } })
    for (const db of clients)
      expect(await db.slug.findUnique({ where: { slug: 'seen by all' } })).not.toBeNull()
    for (const db of clients) await db.$disconnect()
    expect(await main.client.slug.findUnique({ where: { slug: 'seen by all' } })).not.toBeNull()
    await main.client.slug.delete({ where: { slug: 'seen by all' } })
  })

  test('concurrent creators of two processes load once', async () => {
    const env = { DATABASE_URL: main.url, BLOCK_DIR: dir, BLOCK_ID: 'processes' }
    const children = [startChild(CREATOR, { env }), startChild(CREATOR, { env })]
    const ends = await Promise.all(children.map((child) => child.exit()))
    const lines = ends.flatMap((end) => end.lines)
    expect(ends.map((end) => end.errors)).toEqual(['', ''])
    expect(lines.filter((line) => line === 'loading')).toHaveLength(1)
    expect(lines.filter((line) => line === 'rows 2')).toHaveLength(2)
  })

  test('a creator that is killed while loading leaves no block, and the next one loads', async () => {
    const env = { DATABASE_URL: main.url, BLOCK_DIR: dir, BLOCK_ID: 'killed', HANG: '1' }
    const child = startChild(CREATOR, { env })
    await child.line('loading')
    await child.kill()
    expect(dataOf('killed')).not.toContain(`killed.${fingerprint}.sqlite`)
    const db = await Block.create(config('killed', { loader: loadSlugs }))
    expect(await db.slug.count()).toBe(2)
    await db.$disconnect()
    expect(dataOf('killed')).toEqual(closed(`killed.${fingerprint}.sqlite`))
  })
})

describe('a loader that throws', () => {
  test('leaves no block behind and its own error reaches every caller', async () => {
    const error = new TypeError('of the loader')
    const loader = async (block) => {
      await block.slug.create({ data: { slug: 'half', target: null, hits: 0 } })
      throw error
    }
    const calls = [1, 2].map(() => Block.create(config('failed', { loader })).catch((reason) => reason))
    expect(await Promise.all(calls)).toEqual([error, error])
    expect((await calls[0]) === error).toBe(true)
    expect(dataOf('failed')).toEqual([])
  })

  test('does not stand in the way of the next attempt', async () => {
    const db = await Block.create(config('failed', { loader: loadSlugs }))
    expect(await db.slug.count()).toBe(2)
    await db.$disconnect()
  })
})

describe('a loader that asks for its own block', () => {
  const words = /its own loader would wait for it to be loaded/

  test('is told so, by whatever way it came there', async () => {
    const inner = () => Block.create(config('circle', { loader: loadSlugs }))
    await expect(Block.create(config('circle', { loader: inner }))).rejects.toThrow(words)
    const other = () => Block.create(config('other', { loader: inner }))
    const failure = Block.create(config('circle', { loader: other }))
    await expect(failure).rejects.toThrow(sharded.LoaderError)
    await expect(failure).rejects.toThrow(words)
    expect([...dataOf('circle'), ...dataOf('other')]).toEqual([])
  })

  test('and may use others, as what it leaves behind may use its own', async () => {
    /** @type {Promise<any>} */
    let later = Promise.resolve()
    const loader = async (block, from) => {
      const other = await Block.create(config('beside', { loader: loadSlugs }))
      await block.slug.createMany({ data: await other.slug.findMany() })
      await other.$disconnect()
      later = new Promise((resolve) => setTimeout(resolve, 300)).then(() => Block.create(config('outer')))
      return from
    }
    const db = await Block.create(config('outer', { loader }))
    expect(await db.slug.count()).toBe(2)
    const again = await later
    expect(await again.slug.count()).toBe(2)
    await again.$disconnect()
    await db.$disconnect()
  })

  test('reads the old contents in a refresh, and does not refresh within', async () => {
    const counts = []
    const loader = async (block, from) => {
      await block.slug.createMany({ data: await from.slug.findMany() })
      if (db === null) return
      counts.push(await db.slug.count())
      await expect(db.$block.refresh()).rejects.toThrow(words)
    }
    /** @type {any} */
    let db = null
    db = await Block.create(config('self', { loader, stale: 'wait' }))
    await db.$block.refresh()
    expect(counts).toEqual([2])
    await db.$disconnect()
  })
})

describe('one main database', () => {
  test('another one is refused by name, before anything is served', async () => {
    const db = await Block.create(config('bound', { loader: loadSlugs }))
    const other = await newMain(app)
    const wrong = Block.create(config('bound', { client: other.client }))
    await expect(wrong).rejects.toThrow(sharded.MainDatabaseMismatchError)
    await expect(wrong).rejects.toThrow("Block.delete_block('bound', {force: true})")
    expect(await db.slug.count()).toBe(2)
    await db.$disconnect()
    await expect(Block.create(config('bound', { client: other.client }))).rejects.toThrow(
      sharded.MainDatabaseMismatchError,
    )
    await other.drop()
  })
})
