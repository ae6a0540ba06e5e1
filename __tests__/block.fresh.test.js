// A block that is loaded again: on request, for readers that wait for it, while others read; and a copy of its file.
const fs = require('node:fs')
const path = require('node:path')
const registry = require('../js/block/registry')
const sharded = require('../js/index')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { FIRST_APP_MS } = require('./support/doors')
const { withMainDown } = require('./support/local')

const { Block } = sharded
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
afterEach(() => Block.shutdown())

const place = () => ({ dir, generated: app.generated })
let loads = 0
const loader = async (/** @type {any} */ block, /** @type {any} */ from) => {
  loads += 1
  await block.slug.createMany({ data: await from.slug.findMany() })
}
const open = (/** @type {string} */ blockId, /** @type {any} */ more = {}) =>
  Block.create({ blockId, client: main.client, loader, ...place(), ...more })
const hits = async (/** @type {any} */ db, slug = 'a') =>
  (await db.slug.findUnique({ where: { slug } }))?.hits
/** @param {any} db @param {number} value */
const set = (db, value, slug = 'a') => db.slug.update({ where: { slug }, data: { hits: value } })

/** A loader that waits until it is told to go on. */
function heldLoader() {
  /** @type {() => void} */
  let go = () => {}
  /** @type {() => void} */
  let begun = () => {}
  const started = new Promise((/** @type {(value: void) => void} */ resolve) => {
    begun = resolve
  })
  const released = new Promise((/** @type {(value: void) => void} */ resolve) => {
    go = resolve
  })
  let holds = false
  const held = async (/** @type {any} */ block, /** @type {any} */ from) => {
    if (holds) {
      begun()
      await released
    }
    await loader(block, from)
  }
  const hold = () => {
    holds = true
  }
  return { held, hold, started, go: () => go() }
}

describe('$block.refresh', () => {
  test('resolves when the new contents serve', async () => {
    const db = await open('refresh')
    await set(main.client, 3)
    await main.client.slug.create({ data: { slug: 'c' } })
    await db.$block.refresh()
    expect([await hits(db), await db.slug.count()]).toEqual([3, 3])
    await main.client.slug.delete({ where: { slug: 'c' } })
    await db.$block.refresh({ timeout: 1_000 })
    expect(await db.slug.count()).toBe(2)
  })

  test('serves the old contents meanwhile, and keeps what is written meanwhile', async () => {
    const { held, hold, started, go } = heldLoader()
    const db = await open('meanwhile', { loader: held })
    hold()
    await set(main.client, 5)
    const refreshing = db.$block.refresh()
    await started
    expect(await hits(db)).toBe(0)
    await set(db, 8, 'b')
    go()
    await refreshing
    expect([await hits(db), await hits(db, 'b')]).toEqual([5, 8])
    await db.$block.flush()
    expect(await hits(main.client, 'b')).toBe(8)
  })

  test('many rows with new values, beside writes: all at once, and none is lost', async () => {
    const name = (/** @type {number} */ nth) => `many ${nth}`
    const rows = Array.from({ length: 5_000 }, (_, nth) => ({ slug: name(nth), hits: 1 }))
    await main.client.slug.createMany({ data: rows })
    const db = await open('at once')
    await main.client.slug.updateMany({ data: { hits: 5 } })
    await main.client.slug.delete({ where: { slug: name(0) } })
    await main.client.slug.create({ data: { slug: 'new', hits: 5 } })
    const sums = (/** @type {any} */ client) =>
      client.slug.groupBy({ by: ['hits'], _count: true, orderBy: { hits: 'asc' } })
    let over = false
    const refreshing = db.$block.refresh().finally(() => {
      over = true
    })
    let written = 0
    while (!over) {
      written += 1
      await set(db, 8, name(written * 7))
      const seen = (await sums(db)).map((/** @type {any} */ { hits }) => hits).filter((hits) => hits !== 8)
      // The old values, or the new ones.
      expect(seen.includes(5) ? seen : [5]).toEqual([5])
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    await refreshing
    expect(written).toBeLessThan(rows.length / 7)
    await db.$block.flush()
    expect(await sums(db)).toEqual(await sums(main.client))
    expect((await sums(db)).at(-1)).toMatchObject({ hits: 8, _count: written })
    expect(await db.slug.findUnique({ where: { slug: 'new' } })).not.toBeNull()
    await db.$block.refresh()
    expect(await db.slug.count({ where: { hits: { notIn: [5, 8] } } })).toBe(0)
  }, 30_000)

  test('a transaction that reads goes on with the contents it began with', async () => {
    const db = await open('snapshot')
    await set(main.client, 5)
    const seen = await db.$transaction(
      async (/** @type {any} */ tx) => {
        const before = await hits(tx)
        await db.$block.refresh()
        return [before, await hits(tx), await hits(db)]
      },
      { isolationLevel: 'RepeatableRead', timeout: 20_000 },
    )
    expect(seen).toEqual([0, 0, 5])
  })

  test('one at a time: calls made meanwhile are one more', async () => {
    const db = await open('once')
    loads = 0
    await Promise.all([db.$block.refresh(), db.$block.refresh(), db.$block.refresh()])
    expect(loads).toBeLessThanOrEqual(2)
  })

  test('a loader that fails keeps the old contents, and its error is the answer', async () => {
    let fails = false
    const db = await open('fails', {
      loader: async (/** @type {any} */ block, /** @type {any} */ from) => {
        await loader(block, from)
        if (fails) throw new Error('the loader gave up')
      },
    })
    fails = true
    await set(main.client, 5)
    await expect(db.$block.refresh()).rejects.toThrow('the loader gave up')
    expect(await hits(db)).toBe(0)
    fails = false
    await db.$block.refresh()
    expect(await hits(db)).toBe(5)
  })

  test('pending rows that conflict with what is loaded do not stop it', async () => {
    const db = await open('conflict')
    await withMainDown(main.client, async () => {
      await db.slug.create({ data: { slug: 'new', hits: 1 } })
    })
    await main.client.slug.create({ data: { slug: 'other', hits: 2 } })
    await db.$block.refresh()
    expect([await hits(db, 'new'), await hits(db, 'other')]).toEqual([1, 2])
  })

  test('names a wrong option, and refuses when the block is closed', async () => {
    const db = await open('wrong')
    await expect(db.$block.refresh({ timout: 1 })).rejects.toThrow('Did you mean timeout?')
    await db.$disconnect()
    await expect(db.$block.refresh()).rejects.toThrow(sharded.BlockClosedError)
  })
})

describe("stale: 'wait'", () => {
  const changeAndInvalidate = async (/** @type {any} */ db, /** @type {number} */ value) => {
    await set(main.client, value)
    await db._engine.seams.markStale()
  }

  test('reads wait for a refresh that is due, through both doors; writes do not', async () => {
    const { held, hold, started, go } = heldLoader()
    const db = await open('wait', { stale: 'wait', loader: held })
    for (let i = 0; i < 3; i++) expect(await hits(db)).toBe(0)
    expect(db.$block.status().client.fast).toBeGreaterThan(0)
    hold()
    await changeAndInvalidate(db, 5)
    let answered = false
    const reading = hits(db).then((value) => {
      answered = true
      return value
    })
    await started
    await set(db, 7, 'b')
    expect(answered).toBe(false)
    go()
    expect(await reading).toBe(5)
    expect(await hits(db, 'b')).toBe(7)
    const { fast } = db.$block.status().client
    expect(await hits(db)).toBe(5)
    expect(db.$block.status().client.fast).toBe(fast + 1)
  })

  test('a set of reads in one $transaction waits too', async () => {
    const db = await open('batch', { stale: 'wait' })
    await changeAndInvalidate(db, 6)
    const [row, count] = await db.$transaction([
      db.slug.findUnique({ where: { slug: 'a' } }),
      db.slug.count(),
    ])
    expect([row.hits, count]).toEqual([6, 2])
  })

  test('ttl makes it due, whoever reads', async () => {
    const db = await open('ttl', { stale: 'wait', ttl: 0.05 })
    await set(main.client, 9)
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(await hits(db)).toBe(9)
  })

  test('a loader that fails: the old contents are served, the error is told, and the next read does not wait', async () => {
    let fails = false
    const db = await open('old', {
      stale: 'wait',
      loader: async (/** @type {any} */ block, /** @type {any} */ from) => {
        if (fails) throw new Error('no rows today')
        await loader(block, from)
      },
    })
    /** @type {string[]} */
    const errors = []
    db.$block.on('error', (/** @type {Error} */ error) => errors.push(error.message))
    fails = true
    await changeAndInvalidate(db, 5)
    expect([await hits(db), await hits(db)]).toEqual([0, 0])
    expect(errors).toEqual(['no rows today'])
    expect(db.$block.status().stale).toBe(true)
  })

  test('a loader that hangs: the same, after a while', async () => {
    const { held, hold, started, go } = heldLoader()
    const db = await open('hangs', { stale: 'wait', loader: held })
    /** @type {Error[]} */
    const errors = []
    db.$block.on('error', (/** @type {Error} */ error) => errors.push(error))
    registry.named('hangs')[0].freshness.longestMs = 50
    hold()
    await changeAndInvalidate(db, 5)
    const reading = hits(db)
    await started
    expect([await reading, await hits(db)]).toEqual([0, 0])
    expect(errors).toEqual([expect.any(sharded.LoaderError)])
    expect(errors[0].message).toMatch(/reads have waited 50 ms for its loader/)
    // It is the same load still: nobody waits for it again.
    registry.named('hangs')[0].freshness.notBefore = 0
    expect(await hits(db)).toBe(0)
    expect(errors).toHaveLength(1)
    go()
    await db.$block.refresh()
    expect(await hits(db)).toBe(5)
  })

  test('reads inside a transaction that has written do not wait', async () => {
    const db = await open('inside', { stale: 'wait' })
    await db.$transaction(async (/** @type {any} */ tx) => {
      await set(tx, 1, 'b')
      await set(main.client, 5)
      await db.$block.status()
      expect(await hits(tx, 'b')).toBe(1)
      expect(await hits(db)).toBe(0)
    })
  })
})

describe('$block.backup', () => {
  test('writes what is committed to a file of its own, which opens as a block', async () => {
    const db = await open('source')
    await set(db, 4)
    const file = path.join(dir, 'copy.db')
    expect(await db.$block.backup(file)).toEqual({ path: file, bytes: fs.statSync(file).size })
    expect(fs.statSync(file).mode & 0o777).toBe(0o600)
    await set(db, 5)
    await db.$block.flush()
    await db.$disconnect()
    const restored = temporaryDir()
    fs.copyFileSync(file, path.join(restored, path.basename(db.$block.path)))
    const copy = await open('source', { dir: restored })
    expect(await hits(copy)).toBe(4)
    expect(await copy.slug.count()).toBe(2)
  })

  test('never writes over a file, and leaves nothing behind', async () => {
    const db = await open('exists')
    const file = path.join(dir, 'taken.db')
    fs.writeFileSync(file, 'mine')
    const taken = db.$block.backup(file)
    await expect(taken).rejects.toThrow(`$block.backup(path): ${file} exists already; nothing was written`)
    await expect(taken).rejects.toMatchObject({ code: 'SHARDED_BACKUP_EXISTS' })
    expect(fs.readFileSync(file, 'utf8')).toBe('mine')
    const nowhere = db.$block.backup(path.join(dir, 'none', 'copy.db'))
    await expect(nowhere).rejects.toThrow(sharded.ShardedError)
    expect(fs.readdirSync(dir).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  test('names a wrong path, and refuses when the block is closed', async () => {
    const db = await open('path')
    await expect(db.$block.backup('')).rejects.toThrow('$block.backup(path): expected the path of a file')
    await expect(db.$block.backup()).rejects.toThrow(sharded.InvalidOptionError)
    await db.$disconnect()
    await expect(db.$block.backup(path.join(dir, 'x.db'))).rejects.toThrow(sharded.BlockClosedError)
  })

  test('goes on beside reads and writes, and the block closes after it', async () => {
    const db = await open('busy')
    const data = Array.from({ length: 5_000 }, (_, i) => ({ slug: `row ${i}`, target: 'x'.repeat(200) }))
    await db.slug.createMany({ data })
    const file = path.join(dir, 'busy.db')
    const copying = db.$block.backup(file)
    await set(db, 1)
    await db.$block.flush()
    await Promise.all([copying, db.$disconnect()])
    expect(fs.statSync(file).size).toBeGreaterThan(1_000_000)
  })
})
