// Block.list and Block.status: what the files of a folder say, whoever has them open.
const fs = require('node:fs')
const path = require('node:path')
const sharded = require('../js/index')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { FIRST_APP_MS } = require('./support/doors')
const { withMainDown } = require('./support/local')

const { Block, StorageError } = sharded
/** @type {any} */
let app
/** @type {any} */
let main
let dir = ''

beforeAll(async () => {
  app = await makeApp()
  main = await newMain(app)
}, FIRST_APP_MS)
afterAll(() => main.drop())
beforeEach(async () => {
  dir = temporaryDir()
  await main.client.slug.deleteMany()
  await main.client.slug.createMany({ data: [{ slug: 'a' }, { slug: 'b' }] })
})

const place = () => ({ dir, generated: app.generated })
const loader = async (/** @type {any} */ block, /** @type {any} */ from) =>
  void (await block.slug.createMany({ data: await from.slug.findMany() }))
const open = (/** @type {string} */ blockId) =>
  Block.create({ blockId, client: main.client, loader, ...place() })

/** A block of another process, as its files tell: closed here with a commit that has not been sent. @param {string} blockId */
async function leavePending(blockId) {
  const db = await open(blockId)
  await withMainDown(main.client, async () => {
    await db.slug.create({ data: { slug: `new in ${blockId}` } })
    await Block.shutdown({ timeout: 1 })
  })
}

describe('Block.list', () => {
  test('of a folder that is not there is empty', async () => {
    expect(await Block.list({ ...place(), dir: path.join(dir, 'none') })).toEqual([])
  })

  test('of a file is an error that names the option', async () => {
    const failure = Block.list({ ...place(), dir: __filename })
    await expect(failure).rejects.toThrow(StorageError)
    await expect(failure).rejects.toThrow(/^dir: ENOTDIR/)
  })

  test('tells every block by its id, open here or not', async () => {
    const ids = ['plain', 'Über/alles %', `long-${'x'.repeat(400)}`]
    for (const id of ids.slice(1)) await (await open(id)).$disconnect()
    const db = await open(ids[0])
    const listed = await Block.list(place())
    expect(listed.map(({ id }) => id).sort()).toEqual([...ids].sort())
    for (const one of listed) {
      expect(one).toMatchObject({
        current: true,
        open: one.id === 'plain',
        pending: { commits: 0, bytes: 0, oldestMs: null },
        rejected: 0,
        problem: null,
      })
      expect(one.bytes).toBeGreaterThanOrEqual(fs.statSync(one.path).size)
    }
    await db.$disconnect()
  })

  test('tells what waits in a block that is not open', async () => {
    await leavePending('waits')
    expect(await Block.list(place())).toMatchObject([
      { id: 'waits', open: false, pending: { commits: 1, oldestMs: expect.any(Number) } },
    ])
    const db = await open('waits')
    await db.$block.flush()
    expect(await Block.list(place())).toMatchObject([{ id: 'waits', open: true, pending: { commits: 0 } }])
    await db.$disconnect()
  })

  test('tells of a file that is none, and passes over what is not a block', async () => {
    await (await open('good')).$disconnect()
    const [good] = await Block.list(place())
    fs.writeFileSync(path.join(dir, `bad.${good.fingerprint}.sqlite`), 'x'.repeat(5_000), { mode: 0o600 })
    fs.writeFileSync(path.join(dir, 'notes.sqlite'), '')
    const old = `old.${'0'.repeat(16)}.sqlite`
    fs.copyFileSync(good.path, path.join(dir, old))
    expect(await Block.list(place())).toMatchObject([
      { id: 'bad', pending: null, rejected: null, problem: expect.stringMatching(/not a database/) },
      { id: 'good', problem: null, current: true },
      { id: 'old', problem: null, current: false, fingerprint: '0'.repeat(16) },
    ])
  })

  /** Of all blocks, with their bytes. */
  const logs = () =>
    fs
      .readdirSync(dir)
      .filter((name) => /-(wal|shm)$/.test(name))
      .map((name) => [name, fs.statSync(path.join(dir, name)).size])

  test('leaves a closed file as it was: its origin goes on', async () => {
    /** @type {Set<string>} */
    const origins = new Set()
    for (const hits of [1, 2]) {
      const db = await open('life')
      db.$block.on('applied', (/** @type {any} */ { origin }) => origins.add(origin))
      await db.slug.update({ where: { slug: 'a' }, data: { hits } })
      await db.$disconnect()
      const left = logs()
      expect(left).not.toEqual([])
      await Block.list(place())
      await Block.status('life', place())
      expect(logs()).toEqual(left)
    }
    expect(origins.size).toBe(1)
  })

  test('names a wrong option', async () => {
    await expect(Block.list({ dri: dir })).rejects.toThrow('unknown option dri. Did you mean dir?')
  })
})

describe('Block.status', () => {
  test('of no block is null', async () => {
    expect(await Block.status('none', place())).toBeNull()
  })

  test('of an open block is that of $block, without a client', async () => {
    const db = await open('open')
    const { client, pending, ...told } = db.$block.status()
    expect(await Block.status('open', place())).toMatchObject({ ...told, client: null })
    expect(told).toMatchObject({ open: true, rejected: 0, file: { rows: { Slug: 2 } } })
    expect([client.fast, pending.commits]).toEqual([0, 0])
    await db.$disconnect()
  })

  test('of a closed block tells its rows, what waits, and that it was invalidated', async () => {
    await leavePending('closed')
    const before = await Block.status('closed', place())
    expect(before).toMatchObject({
      id: 'closed',
      open: false,
      main: 'unknown',
      stale: false,
      pending: { commits: 1 },
      rejected: 0,
      file: { rows: { Slug: 3, User: 0 }, pages: expect.any(Number) },
      applier: null,
      client: null,
    })
    expect(before.loadedAt).toBeInstanceOf(Date)
    expect(await Block.invalidate('closed', place())).toBe('marked')
    expect(await Block.status('closed', place())).toMatchObject({ stale: true })
  })

  test('of a file that is none names it', async () => {
    await (await open('broken')).$disconnect()
    const [{ path: file }] = await Block.list(place())
    fs.writeFileSync(file, 'x'.repeat(5_000))
    const failed = Block.status('broken', place())
    await expect(failed).rejects.toThrow(`block 'broken' (${file}): `)
    await expect(failed).rejects.toMatchObject({ code: 'SHARDED_STORAGE' })
  })
})
