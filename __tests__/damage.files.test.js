// Damaged block files, each opened by a process of its own: it ends by itself, says by name what is wrong or builds the block anew, and
// sends every commit whose pages are intact. SQLite keeps no sums of its pages: a wrong byte within a value is not noticed.
const fs = require('node:fs')
const path = require('node:path')
const { Block, DamagedBlockError } = require('../js')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { startChild } = require('./support/child')
const { FIRST_APP_MS } = require('./support/doors')
const { random } = require('./support/strings')

const CHILD = path.join(__dirname, 'support/damaged.js')
const COMMITS = 60
/** Of these sizes a page holds so many commits at most. */
const A_PAGE = 45
const PATIENCE_MS = 240_000

/** @type {any} */
let app
/** @type {any} */
let main
/** @type {string} */
let dir

beforeAll(async () => {
  app = await makeApp({ provider: 'sqlite' })
}, FIRST_APP_MS)
beforeEach(async () => {
  main = await newMain(app)
  dir = temporaryDir()
})
afterEach(() => main.drop())

/** @param {string} task @param {string[]} ids */
async function run(task, ids) {
  const child = startChild(CHILD, { env: { TASK: task, DIR: dir, MAIN: main.url, IDS: ids.join(',') } })
  const ended = await child.exit(PATIENCE_MS)
  const of = (/** @type {string} */ marker) =>
    ended.lines
      .filter((line) => line.startsWith(`${marker} `))
      .map((line) => JSON.parse(line.slice(marker.length + 1)))
  return { ...ended, of }
}

/** @param {string[]} ids @returns {Promise<Record<string, string>>} the file of each */
async function prepare(ids) {
  const { signal, of, errors, lines } = await run('prepare', ids)
  expect({ signal, errors }).toEqual({ signal: 'SIGKILL', errors: '' })
  expect(lines.at(-1)).toBe(`sent 0 ${ids.length}`)
  return Object.fromEntries(of('file').map(({ id, file }) => [id, file]))
}

/** @param {string[]} ids @returns {Promise<Record<string, any>>} what became of each */
async function reopen(ids) {
  const { code, signal, of, lines, errors } = await run('reopen', ids)
  if (code !== 0) throw new Error(`${code} ${signal}\n${lines.join('\n')}\n${errors}`)
  expect(lines.at(-1)).toBe('end')
  return Object.fromEntries(of('told').map((told) => [told.id, told]))
}

const REBUILT = /^SHARDED_DAMAGED .*was damaged and has been built anew; (\d+) commits/

/** @param {any} told */
function isRebuilt(told) {
  return told.events.some((/** @type {string} */ event) => REBUILT.test(event))
}

/** All of it arrived, and the block tells what main does. @param {any} told */
function expectWhole(told) {
  expect(told.main).toHaveLength(COMMITS)
  expect(told.local).toEqual(told.main)
}

/** @type {Array<[string, (file: string) => void]>} */
const NOTHING_LOST = [
  ['a missing -shm', (file) => fs.rmSync(`${file}-shm`, { force: true })],
  ['a -shm of random bytes', (file) => fs.writeFileSync(`${file}-shm`, Buffer.alloc(32_768, 0xa5))],
  ['a first page of zeros', (file) => overwrite(file, 0, 4096)],
  ['a header of zeros', (file) => overwrite(file, 0, 100)],
]

/** @param {string} file @param {number} from @param {number} length */
function overwrite(file, from, length) {
  const descriptor = fs.openSync(file, 'r+')
  fs.writeSync(descriptor, Buffer.alloc(length), 0, length, from)
  fs.closeSync(descriptor)
}

test(
  'what the pages of the commits survive, the commits survive',
  async () => {
    const files = await prepare(NOTHING_LOST.map((_, at) => `n${at}`))
    for (const [at, [, damage]] of NOTHING_LOST.entries()) damage(files[`n${at}`])
    const told = await reopen(Object.keys(files))
    for (const [at, [name]] of NOTHING_LOST.entries()) {
      expect({ name, ...told[`n${at}`] }).toMatchObject({ name, errors: [], rejected: 0 })
      expectWhole(told[`n${at}`])
    }
  },
  PATIENCE_MS,
)

test(
  'a log that is cut off costs what was cut off, and a file of nothing is a new block',
  async () => {
    const files = await prepare(['cut', 'gone', 'none', 'text', 'other', 'log'])
    const wal = `${files.cut}-wal`
    fs.truncateSync(wal, Math.floor(fs.statSync(wal).size / 2))
    fs.rmSync(`${files.gone}-wal`)
    // The row that names their origin was in the file.
    fs.truncateSync(files.log, 0)
    fs.truncateSync(files.none, 0)
    fs.truncateSync(`${files.none}-wal`, 0)
    fs.writeFileSync(files.text, 'not a database at all '.repeat(1_000))
    fs.rmSync(`${files.text}-wal`)
    // Another database, without a block's tables.
    const Database = require('better-sqlite3')
    fs.rmSync(files.other)
    fs.rmSync(`${files.other}-wal`)
    const other = new Database(files.other)
    other.exec('CREATE TABLE a (b)')
    other.close()
    const told = await reopen(Object.keys(files))
    for (const id of Object.keys(files)) {
      expect(told[id].errors).toEqual([])
      expect(told[id].local).toEqual(told[id].main)
    }
    expect(told.cut.main.length).toBeGreaterThan(0)
    expect(told.cut.main.length).toBeLessThan(COMMITS)
    expect(told.log.rejected).toBe(COMMITS)
    expect(told.log.events).toEqual([
      expect.stringMatching(/60 may have arrived or not and are among the refused ones/),
    ])
    for (const id of ['none', 'text', 'other', 'log']) {
      expect(isRebuilt(told[id])).toBe(true)
      expect(told[id].main).toEqual([])
    }
    const kept = fs.readdirSync(dir).filter((name) => /\.damaged-\d+$/.test(name))
    expect(kept).toHaveLength(4)
  },
  PATIENCE_MS,
)

test(
  'bytes flipped at many places: no crash, and each hit costs a page at most',
  async () => {
    const first = Date.now() % 1_000_000
    const seeds = Array.from({ length: 10 }, (_, at) => first + at)
    const files = await prepare(seeds.map((seed) => `s${seed}`))
    const hits = new Map(seeds.map((seed) => [seed, flip(files[`s${seed}`], seed)]))
    const told = await reopen(Object.keys(files))
    for (const seed of seeds) {
      const one = told[`s${seed}`]
      const context = JSON.stringify({ seed, hits: hits.get(seed), events: one.events, errors: one.errors })
      if (one.local === null) throw new Error(`not open in the end: ${context}`)
      // Each says that it is the file.
      expect({
        context,
        codes: one.errors.filter((/** @type {string} */ error) => !/^SHARDED_DAMAGED /.test(error)),
      }).toEqual({ context, codes: [] })
      const intact = one.main.filter((/** @type {any} */ [id, n]) => id === `s${seed}-${n}`).length
      expect({ context, enough: intact + A_PAGE * (hits.get(seed) ?? 0) >= COMMITS }).toEqual({
        context,
        enough: true,
      })
    }
  },
  PATIENCE_MS,
)

/** Flips bytes of the file and its log. @param {string} file @param {number} seed @returns {number} how many */
function flip(file, seed) {
  const below = random(seed)
  const count = 1 + below(6)
  for (let n = 0; n < count; n++) {
    const name = below(2) === 0 ? file : `${file}-wal`
    const bytes = fs.readFileSync(name)
    bytes[below(bytes.length)] ^= 1 + below(255)
    fs.writeFileSync(name, bytes)
  }
  return count
}

test(
  'a copied file under another name is another origin: it sends its commits, once',
  async () => {
    const { a } = await prepare(['a'])
    for (const suffix of ['', '-wal']) fs.copyFileSync(`${a}${suffix}`, `${a.replace('/a.', '/b.')}${suffix}`)
    const told = await reopen(['a', 'b'])
    expectWhole(told.a)
    // Its commits are a's own, and their rows are there: main refuses them by name.
    expect(told.b).toMatchObject({ errors: [], main: [], rejected: COMMITS })
  },
  PATIENCE_MS,
)

test('without a ledger nobody knows what has arrived: a damaged block is left to its operator, and can be deleted', async () => {
  const config = {
    blockId: 'a',
    client: main.client,
    dir,
    generated: app.generated,
    ledger: false,
    connection: false,
  }
  const db = await Block.create(config)
  await db.counter.create({ data: { id: 'a-0' } })
  await db.$block.flush()
  await db.$disconnect()
  fs.writeFileSync(db.$block.path, 'nothing '.repeat(2_000))
  await expect(Block.create(config)).rejects.toThrow(DamagedBlockError)
  expect(fs.readFileSync(db.$block.path, 'utf8')).toMatch(/^nothing nothing/)
  const place = { dir, generated: app.generated }
  await expect(Block.delete_block('a', place)).rejects.toThrow(DamagedBlockError)
  expect(await Block.delete_block('a', { ...place, force: true })).toEqual({ deleted: true, dropped: 0 })
  const again = await Block.create(config)
  await again.$disconnect()
})

test('a file that is damaged while it is open is told of by name, whoever meets it', async () => {
  const place = { dir, generated: app.generated, connection: false }
  const db = await Block.create({ blockId: 'open', client: main.client, ...place })
  await db.counter.create({ data: { id: 'a' } })
  await db.$block.flush()
  /** @type {any[]} */
  const heard = []
  db.$block.on('error', (/** @type {any} */ error) => heard.push(error))
  fs.truncateSync(db.$block.path, 0)
  await db.counter.create({ data: { id: 'b' } }).catch(() => {})
  expect(() => db.$block.status()).toThrow(DamagedBlockError)
  while (heard.length === 0) await new Promise((next) => setTimeout(next, 5))
  expect(heard.map((error) => error.constructor)).toEqual(heard.map(() => DamagedBlockError))
  await Block.delete_block('open', { force: true, dir, generated: app.generated }).catch(() => {})
})

test.each([0, 4096 * 3 + 100])(
  'one that is cut to %i bytes while it is open closes, and is built anew',
  async (size) => {
    const config = { blockId: 'cut', client: main.client, connection: false, dir, generated: app.generated }
    const db = await Block.create(config)
    await db.counter.create({ data: { id: 'a' } })
    /** @type {any[]} */
    const heard = []
    db.$block.on('error', (/** @type {any} */ error) => heard.push(error))
    await db.$block.flush()
    fs.truncateSync(db.$block.path, size)
    const made = await db.counter.create({ data: { id: 'b' } }).catch((/** @type {any} */ error) => error)
    const isMade = !(made instanceof DamagedBlockError)
    const isClosed = () =>
      db.counter.findMany().then(
        () => false,
        (/** @type {any} */ error) =>
          error instanceof DamagedBlockError && /Open it again/.test(error.message),
      )
    const deadline = Date.now() + 10_000
    while (!(await isClosed())) {
      if (Date.now() > deadline) throw new Error(`it is still open: ${heard.join('\n')}`)
      await new Promise((next) => setTimeout(next, 20))
    }
    const again = await Block.create(config)
    await again.$block.flush()
    const order = { orderBy: { id: 'asc' } }
    expect(await again.counter.findMany(order)).toEqual(await main.client.counter.findMany(order))
    expect(await main.client.counter.count()).toBe(isMade ? 2 : 1)
    await again.$disconnect()
  },
  30_000,
)
