// Runs the same writes on a block and, from the same start, on a second main database through its own client: the same
// answers, the same errors, and after a flush the same rows in both databases.
const { Block } = require('../../js/index.js')
const { makeApp, newMain, temporaryDir } = require('./app')
const { FIRST_APP_MS, doorsBefore, setDoor } = require('./doors')
const { both, deepSame } = require('./parity')
const { loadAll, seed } = require('./seed')

const RECENT_MS = 10 * 60_000

/** Every model, with what sorts its rows. */
const TABLES = {
  user: ['id'],
  profile: ['id'],
  category: ['name'],
  post: ['id'],
  comment: ['id'],
  team: ['id'],
  membership: ['userId', 'teamId'],
  note: ['userId', 'teamId', 'number'],
  slug: ['slug'],
  counter: ['id'],
  scalar: ['id'],
  scalarList: ['id'],
  native: ['id'],
}

/** Made by `gen_random_uuid()` in each database. */
const GENERATED = { category: ['id'] }

/**
 * @typedef {import('./app').Provider} Provider
 *
 * @typedef {object} Pair
 * @property {Provider} provider of the main databases
 * @property {any} main the second main database's own client
 * @property {any} behind the client of the main database behind the block
 * @property {any} block
 * @property {any} Prisma
 * @property {<T>(fn: (client: any) => T) => Promise<Awaited<T>>} ask the same call on both
 * @property {(fn: (client: any) => any, values: any[]) => Promise<void>} askEach one call form, several values: the first
 *   goes through the shell, the others may be fast
 */

/** What two clocks cannot agree on becomes a word. @param {any} value @returns {any} */
function untimed(value) {
  if (value instanceof Date) return Math.abs(Date.now() - value.getTime()) < RECENT_MS ? 'just now' : value
  if (Array.isArray(value)) return value.map(untimed)
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype)
    return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, untimed(inner)]))
}

/** @param {any} client @param {(client: any) => any} fn */
const timeless = (client, fn) => Promise.resolve(fn(client)).then(untimed)

/** What the schema of this main database has. @param {any} client */
const tablesOf = (client) => Object.entries(TABLES).filter(([model]) => client[model] !== undefined)

/** @param {any} client */
async function rowsOf(client) {
  /** @type {Record<string, any[]>} */
  const tables = {}
  for (const [model, keys] of tablesOf(client)) {
    const rows = await client[model].findMany({ orderBy: keys.map((key) => ({ [key]: 'asc' })) })
    for (const row of rows) for (const name of GENERATED[model] ?? []) row[name] = 'generated'
    tables[model] = untimed(rows)
  }
  const posts = await client.post.findMany({ select: { id: true, categories: { select: { name: true } } } })
  tables.links = posts
    .flatMap((/** @type {any} */ post) =>
      post.categories.map((/** @type {any} */ { name }) => `${post.id} ${name}`),
    )
    .sort()
  return tables
}

/** Both main databases hold the same rows, and the block those of its own. @param {Pair} pair */
async function sameDatabases(pair) {
  await pair.block.$block.flush()
  expect(await pair.block.$block.status()).toMatchObject({ pending: { commits: 0 } })
  const behind = await rowsOf(pair.behind)
  const straight = await rowsOf(pair.main)
  for (const model of Object.keys(straight))
    deepSame(behind[model], straight[model], `table ${model} differs`)
}

/** The block answers what the database behind it holds. @param {Pair} pair */
async function sameBlock({ block, behind }) {
  for (const [model, keys] of tablesOf(block)) {
    const args = { orderBy: keys.map((key) => ({ [key]: 'asc' })) }
    deepSame(
      await block[model].findMany(args),
      await behind[model].findMany(args),
      `block's ${model} differs`,
    )
  }
}

/**
 * @typedef {(pair: Pair, door: 'fast' | 'shell') => void} Define
 *
 * @param {Provider[]} providers the main databases
 * @param {Define} define
 */
function writesBefore(providers, define) {
  for (const provider of providers)
    describe(`before ${provider}`, () => writesThroughBothDoors(define, { app: { provider } }))
}

/**
 * @param {Define} define
 * @param {{app?: Parameters<typeof makeApp>[0], options?: object, load?: (block: any, main: any) => Promise<void>}} [options]
 */
function writesThroughBothDoors(define, { app: appOptions, options = {}, load = loadAll } = {}) {
  const { provider = 'postgresql' } = appOptions ?? {}
  const dir = temporaryDir()
  const before = process.env.SHARDED_FAST_DOOR
  const pair = /** @type {Pair} */ ({ provider })

  describe.each(doorsBefore(provider))('through the %s door', (door) => {
    /** @type {any[]} */
    let databases = []
    beforeAll(async () => {
      setDoor(door)
      const app = await makeApp(appOptions)
      databases = [await newMain(app), await newMain(app)]
      for (const { client } of databases) await seed(client)
      const [{ client: behind }, { client: main }] = databases
      const block = await Block.create({
        blockId: `writes-${door}`,
        client: behind,
        dir,
        generated: app.generated,
        loader: load,
        durability: 'os',
        ...options,
      })
      const ask = (/** @type {any} */ fn) =>
        both(
          main,
          block,
          Object.assign((/** @type {any} */ c) => timeless(c, fn), { toString: () => String(fn) }),
        )
      const askEach = async (/** @type {any} */ fn, /** @type {any[]} */ values) => {
        for (const value of values) {
          const call = Object.assign((/** @type {any} */ c) => fn(c, value), {
            toString: () => `${fn} with ${require('node:util').inspect(value)}`,
          })
          await ask(call)
        }
      }
      Object.assign(pair, { main, behind, block, Prisma: app.Prisma, ask, askEach })
    }, FIRST_APP_MS)
    afterEach(() => sameDatabases(pair))
    afterAll(async () => {
      if (before === undefined) delete process.env.SHARDED_FAST_DOOR
      else process.env.SHARDED_FAST_DOOR = before
      await pair.block?.$disconnect()
      for (const database of databases) await database.drop()
    })
    define(pair, door)
    test('the block holds what its main database holds', () => sameBlock(pair))
    test('this door was used', () => {
      const { fast } = pair.block.$block.status().client
      if (door === 'fast') expect(fast).toBeGreaterThan(0)
      else expect(fast).toBe(0)
    })
  })
}

module.exports = { sameBlock, writesBefore, writesThroughBothDoors }
