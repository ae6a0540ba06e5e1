// Many blocks in one process: few of them are awake at a time, and nobody notices.
const fs = require('node:fs')
const { setTimeout: sleep } = require('node:timers/promises')
const sharded = require('../js/index')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { FIRST_APP_MS } = require('./support/doors')
const { withMainDown } = require('./support/local')
const { eventually } = require('./support/queue')

const { Block } = sharded
const LONG_MS = 240_000
const FD = '/proc/self/fd'
const DEFAULTS = { maxOpen: 400, maxBytes: 2 ** 30, idle: 60_000 }
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
afterEach(async () => {
  await Block.shutdown()
  Block.configure(DEFAULTS)
})

const place = () => ({ dir, generated: app.generated })
const loader = async (/** @type {any} */ block, /** @type {any} */ from) =>
  void (await block.slug.createMany({ data: await from.slug.findMany() }))
const open = (/** @type {string} */ blockId, /** @type {any} */ more = {}) =>
  Block.create({ blockId, client: main.client, loader, ...place(), ...more })
const hits = async (/** @type {any} */ db, slug = 'a') =>
  (await db.slug.findUnique({ where: { slug } }))?.hits
/** @param {any} db @param {number} value */
const set = (db, value) => db.slug.update({ where: { slug: 'a' }, data: { hits: value } })
const descriptorsOf = (/** @type {string} */ name) =>
  fs.readdirSync(FD).filter((fd) => {
    try {
      return fs.readlinkSync(`${FD}/${fd}`).includes(name)
    } catch {
      return false
    }
  }).length
const asleep = () => Block.configure().asleep

/** Every block but one of those that were opened sleeps, once nothing is under way in it. */
async function allAsleep() {
  Block.configure({ idle: 20 })
  await eventually(() => Block.configure().awake === 0)
}

/** A frequent one is asked for often, a rare one seldom. @param {number} count */
function zipf(count) {
  const weights = Array.from({ length: count }, (_, i) => 1 / (i + 1))
  const whole = weights.reduce((sum, one) => sum + one)
  let seed = 7
  return () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    let left = (seed / 2 ** 31) * whole
    return weights.findIndex((one) => {
      left -= one
      return left < 0
    })
  }
}

test(
  '400 blocks with room for 40: all answer, every write arrives, descriptors are bounded',
  async () => {
    const [count, room, rounds] = [400, 40, 1_200]
    Block.configure({ maxOpen: room })
    const before = fs.readdirSync(FD).length
    const dbs = []
    for (let i = 0; i < count; i++) dbs.push(await open(`b${i}`, { loader: undefined, durability: 'os' }))
    const written = new Map()
    const next = zipf(count)
    let peak = 0
    for (let round = 0; round < rounds; round++) {
      const i = next()
      if (round % 3 === 0) {
        const slug = `${i}-${round}`
        await dbs[i].slug.create({ data: { slug, hits: round } })
        written.set(slug, { i, round })
      } else if (written.size > 0) {
        const of = [...written.keys()].filter((slug) => slug.startsWith(`${i}-`))
        expect(await dbs[i].slug.count()).toBe(of.length)
        if (of.length > 0) expect(await hits(dbs[i], of[0])).toBe(written.get(of[0]).round)
      }
      if (round % 50 === 0) peak = Math.max(peak, Block.configure().awake)
    }
    for (const [i, db] of dbs.entries()) {
      const own = [...written.values()].filter((one) => one.i === i)
      expect(await db.slug.count()).toBe(own.length)
    }
    // A block in which something is under way may stay awake beyond the limit.
    expect(peak).toBeLessThanOrEqual(room + 8)
    await Promise.all(dbs.map((db) => db.$block.flush()))
    expect(await main.client.slug.count()).toBe(2 + written.size)
    await eventually(() => fs.readdirSync(FD).length - before < count + room * 10)
    const state = Block.configure()
    expect(state.awake).toBeLessThanOrEqual(room)
    expect(state.awake + state.asleep).toBe(count)
  },
  LONG_MS,
)

test('with too few descriptors sleeping blocks keep none', async () => {
  Block.configure({ maxDescriptors: 40 })
  const dbs = []
  for (let i = 0; i < 30; i++) dbs.push(await open(`few${i}`))
  for (const db of dbs) await set(db, 3)
  await Promise.all(dbs.map((db) => db.$block.flush()))
  await eventually(() => descriptorsOf(dir) <= 60)
  for (const db of dbs) expect(await hits(db)).toBe(3)
  expect(Block.configure()).toMatchObject({ maxDescriptors: 40, awake: 2 })
  Block.configure({ maxDescriptors: 1_000_000 })
})

describe('a sleeping block', () => {
  test('has one descriptor, and is the same for whoever has it', async () => {
    const db = await open('same')
    const seen = []
    db.$block.on('applied', (/** @type {any} */ detail) => seen.push(detail))
    await set(db, 1)
    await db.$block.flush()
    await allAsleep()
    await eventually(() => descriptorsOf('same.') === 1)
    expect(await hits(db)).toBe(1)
    await set(db, 2)
    expect(await hits(db)).toBe(2)
    await db.$block.flush()
    expect(await hits(main.client)).toBe(2)
    expect(new Set(seen.map(({ origin }) => origin)).size).toBe(1)
    expect(seen.map(({ last }) => last)).toEqual([1, 2])
  })

  test('is woken by status, a second client, a transaction, a refresh and a backup', async () => {
    const db = await open('verbs')
    await allAsleep()
    expect(db.$block.status()).toMatchObject({ open: true, file: { rows: { Slug: 2 } } })
    await allAsleep()
    const second = await open('verbs')
    expect(await hits(second)).toBe(0)
    await allAsleep()
    await db.$transaction(async (/** @type {any} */ tx) => {
      await set(tx, 5)
      // Open for longer than an idle block stays awake.
      await sleep(200)
      expect(await hits(tx)).toBe(5)
    })
    await db.$block.flush()
    await allAsleep()
    await main.client.slug.create({ data: { slug: 'c' } })
    await db.$block.refresh()
    expect(await db.slug.count()).toBe(3)
    await allAsleep()
    await db.$block.backup(`${dir}/copy.db`)
    expect(fs.statSync(`${dir}/copy.db`).size).toBeGreaterThan(0)
    await allAsleep()
    await second.$disconnect()
    await db.$disconnect()
    expect(descriptorsOf('verbs.')).toBe(0)
    const [log] = fs.readdirSync(dir).filter((name) => /verbs.*-wal$/.test(name))
    expect(fs.statSync(`${dir}/${log}`).size).toBe(0)
  })

  test('sends what waits when the main database is back', async () => {
    const db = await open('waits')
    await withMainDown(main.client, async () => {
      await set(db, 9)
      await allAsleep()
    })
    Block.configure(DEFAULTS)
    await eventually(async () => (await hits(main.client)) === 9)
    expect(db.$block.pending().commits).toBe(0)
  })

  test('that was put to sleep with commits on it goes on with the next seq, also when its life had ended', async () => {
    Block.configure({ maxDescriptors: 1 })
    const db = await open('life')
    const origins = new Set()
    db.$block.on('applied', (/** @type {any} */ { origin }) => origins.add(origin))
    for (const value of [1, 2, 3]) {
      await set(db, value)
      await db.$block.flush()
      await allAsleep()
      await eventually(() => descriptorsOf('life.') === 0)
    }
    expect(await hits(main.client)).toBe(3)
    expect(origins.size).toBe(1)
    Block.configure({ maxDescriptors: 1_000_000 })
  })

  test('is refreshed by its ttl, by Block.invalidate and by Block.watch', async () => {
    const db = await open('fresh', { node: 'master', ttl: 1 })
    await allAsleep()
    await main.client.slug.update({ where: { slug: 'a' }, data: { hits: 1 } })
    await eventually(async () => (await hits(db)) === 1)
    await db.$disconnect()
    const watched = await open('watched')
    await allAsleep()
    await main.client.slug.update({ where: { slug: 'a' }, data: { hits: 2 } })
    expect(await Block.invalidate('watched', place())).toBe('refreshed')
    expect(await hits(watched)).toBe(2)
    await allAsleep()
    await main.client.slug.update({ where: { slug: 'a' }, data: { hits: 3 } })
    const watch = Block.watch({ ttl: 0.1, interval: 20 })
    await eventually(async () => (await hits(watched)) === 3)
    watch.stop()
  })

  test('whose file was removed, or replaced, refuses by name', async () => {
    for (const again of [false, true]) {
      const db = await open('gone')
      await allAsleep()
      const [{ path: file }] = await Block.list(place())
      const names = fs.readdirSync(dir).filter((name) => name.startsWith('gone.') && !/lock$/.test(name))
      for (const name of names) fs.rmSync(`${dir}/${name}`)
      if (again) fs.copyFileSync(`${app.blocksDir}/template.sqlite`, file)
      await expect(hits(db)).rejects.toThrow(sharded.BlockDeletedError)
      await expect(set(db, 1)).rejects.toThrow(sharded.BlockDeletedError)
      if (again) fs.rmSync(file)
      const next = await open('gone')
      expect(await hits(next)).toBe(0)
      await next.$disconnect()
      await Block.delete_block('gone', place())
    }
  })

  test('is deleted, and closed, as one that is awake', async () => {
    const one = await open('one')
    const two = await open('two')
    await set(one, 4)
    await allAsleep()
    expect(await Block.delete_block('one', place())).toEqual({ deleted: true, dropped: 0 })
    await expect(hits(one)).rejects.toThrow(sharded.BlockDeletedError)
    expect(await hits(main.client)).toBe(4)
    await allAsleep()
    await two.$disconnect()
    await expect(hits(two)).rejects.toThrow(sharded.BlockClosedError)
    expect(asleep()).toBe(0)
    expect(descriptorsOf(dir)).toBe(0)
  })
})

test('an open block has no thread of its own', async () => {
  const first = await open('t0')
  await hits(first)
  const before = fs.readdirSync('/proc/self/task').length
  for (let i = 1; i < 60; i++) await hits(await open(`t${i}`))
  await eventually(() => fs.readdirSync('/proc/self/task').length <= before + 8)
})

test('Block.configure names what is wrong with it, and changes nothing', () => {
  expect(() => Block.configure({ maxOpen: 0 })).toThrow(
    'maxOpen: expected a whole number of blocks, at least 1, given 0',
  )
  expect(() => Block.configure({ maxOpne: 1 })).toThrow('unknown option maxOpne. Did you mean maxOpen?')
  expect(() => Block.configure({ maxOpen: 3, idle: -1 })).toThrow('idle: expected')
  expect(Block.configure()).toMatchObject(DEFAULTS)
})
