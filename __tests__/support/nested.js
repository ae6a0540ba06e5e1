// Runs the same nested writes on a block and, from the same start, on a second main database through its own client: the
// same answers, the same errors with all of their meta, the same rows in both databases after a flush, and in the block.
const fs = require('node:fs')
const path = require('node:path')
const { Block, NotSupportedError } = require('../../js/index.js')
const { appFolder, connectMain, temporaryDir } = require('./app')
const { ALL_MAINS, FIRST_APP_MS, doorsBefore, setDoor } = require('./doors')
const { MAINS } = require('./mains')
const { deepSame, nameless } = require('./parity')
const { query } = require('./servers')

const SCHEMA = path.join(__dirname, 'schema')

/** @param {Provider} provider */
const head = (provider) => `generator client {
  provider = "prisma-client-js"
  output = "../client"
}

datasource db {
  provider = "${provider}"
}

`

const MODELS = ['Person', 'Passport', 'Locker', 'Home', 'Task', 'Step', 'Tag', 'Team', 'Seat', 'Badge']
/** Every model, with what sorts its rows and what their keys are made of. @type {Record<string, string[]>} */
const TABLES = {
  person: ['id'],
  passport: ['id'],
  locker: ['id'],
  home: ['id'],
  task: ['id'],
  step: ['id'],
  tag: ['id'],
  team: ['region', 'name'],
  seat: ['personId', 'region', 'teamName'],
  badge: ['id'],
}
const BY_ID = { orderBy: { id: 'asc' }, select: { id: true } }

/** Ids that a client makes are random; so is the order of rows whose keys they are. */
const MADE = /^([0-9a-f]{8}-[0-9a-f-]{27}|c[a-z0-9]{24})$/
const RECENT_MS = 10 * 60_000

/** @typedef {'fast' | 'shell' | 'main'} Door */
/**
 * @typedef {import('./app').Provider} Provider
 *
 * @typedef {object} Pair
 * @property {Provider} provider of the main databases
 * @property {any} main the second main database's own client
 * @property {any} behind the client of the main database behind the block
 * @property {any} block
 * @property {(fn: (client: any) => any) => Promise<any>} ask the same call on both
 * @property {(fn: (client: any, value: any) => any, values: any[]) => Promise<void>} askEach one call form, several values:
 *   the first goes through the shell, the others may be fast
 * @property {(error: any, fn: (client: any) => any) => Promise<any>} refused what becomes of a call that the block does not do
 */

/** What two clocks and two dice cannot agree on becomes a word. @param {any} value @returns {any} */
function settled(value) {
  if (value instanceof Date) return Math.abs(Date.now() - value.getTime()) < RECENT_MS ? 'just now' : value
  if (typeof value === 'string') return MADE.test(value) ? 'made' : value
  if (Array.isArray(value)) return value.map(settled)
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype)
    return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, settled(inner)]))
}

/** Rows in an order that does not depend on made ids. @param {any[]} rows */
const inOrder = (rows) =>
  rows
    .map(settled)
    .map((row) => [JSON.stringify(row), row])
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, row]) => row)

/** @param {any} client */
async function tablesOf(client) {
  /** @type {Record<string, any[]>} */
  const tables = {}
  for (const model of Object.keys(TABLES)) tables[model] = inOrder(await client[model].findMany())
  return tables
}

/** A table of links as this main database quotes it. @param {Provider} provider @param {string} table */
const quoted = (provider, table) => (provider === 'mysql' ? `\`${table}\`` : `"${table}"`)

/** @param {Provider} provider @param {any} client */
async function linksOf(provider, client) {
  /** @type {Record<string, any[]>} */
  const tables = {}
  for (const table of Object.keys(LINKED))
    tables[table] = inOrder(await client.$queryRawUnsafe(`SELECT * FROM ${quoted(provider, table)}`))
  return tables
}

/** @param {any} adapterError */
function causeOf(adapterError) {
  if (adapterError === undefined) return undefined
  const { originalMessage, ...cause } = adapterError.cause
  return { ...cause, originalMessage: nameless(originalMessage) }
}

/** Everything about an error that a caller can see. @param {any} error */
function essence(error) {
  const { name, code, meta } = error
  const { driverAdapterError, target: _, ...plain } = meta ?? {}
  const says = String(error.message).split('\n').at(-1)
  return {
    name,
    code,
    says,
    meta: plain,
    said: driverAdapterError?.message,
    cause: causeOf(driverAdapterError),
  }
}

/** @param {any} client @param {(client: any) => any} fn */
async function outcome(client, fn) {
  try {
    return { value: settled(await fn(client)) }
  } catch (/** @type {any} */ error) {
    if (!/^PrismaClient/.test(error.name)) throw error
    return { error: essence(error) }
  }
}

/** @param {Pair} pair @param {(client: any) => any} fn */
async function ask(pair, fn) {
  const expected = await outcome(pair.main, fn)
  const actual = await outcome(pair.block, fn).catch((error) => pair.refused(error, fn))
  deepSame(actual, expected, `another outcome of ${String(fn).replace(/\s+/g, ' ').slice(0, 400)}`)
  return expected
}

/** Both main databases hold the same rows and links. @param {Pair} pair */
async function sameMains({ provider, block, behind, main }) {
  await block.$block.flush()
  expect(block.$block.rejected()).toHaveLength(0)
  const straight = await tablesOf(main)
  deepSame(await tablesOf(behind), straight, 'the main database behind the block differs')
  deepSame(await linksOf(provider, behind), await linksOf(provider, main), 'links differ')
  return straight
}

/** Who is linked with whom, as the client tells it. @param {any} client */
async function linkedOf(client) {
  const people = await client.person.findMany({
    orderBy: { id: 'asc' },
    select: { id: true, friends: BY_ID, friendOf: BY_ID, tags: BY_ID },
  })
  return {
    people,
    tags: await client.tag.findMany({ orderBy: { id: 'asc' }, select: { id: true, tasks: BY_ID } }),
  }
}

/** The same, and the block holds those of its own. @param {Pair} pair */
async function same(pair) {
  const straight = await sameMains(pair)
  deepSame(await tablesOf(pair.block), straight, 'the block differs')
  deepSame(await linkedOf(pair.block), await linkedOf(pair.behind), 'links in the block differ')
}

/**
 * Written through, a nested write whose rows would not be found again is refused: main is told by itself, and the block loads again.
 * @param {Pair} pair
 */
const onlyLost = (pair) => async (/** @type {any} */ error, /** @type {(client: any) => any} */ fn) => {
  if (!(error instanceof NotSupportedError) || !/of a field that other rows name$|`set`/.test(error.message))
    throw error
  const done = await outcome(pair.behind, fn)
  await Block.invalidate(pair.block.$block.id)
  return done
}

/** Pairs of the tables of links. */
const LINKED = {
  _Friends: "('ann', 'bob'), ('bob', 'cid')",
  _PersonToTag: "('ann', 'tag-red'), ('ann', 'tag-green')",
  _TagToTask: "('tag-red', 1), ('tag-blue', 2)",
}

/** Four people who know each other, and their things. @param {Provider} provider @param {any} db */
async function seed(provider, db) {
  for (const id of ['ann', 'bob', 'cid', 'dee', 'eve'])
    await db.person.create({ data: { id, email: `${id}@x`, name: id, updatedAt: new Date(0) } })
  for (const [id, bossId] of [
    ['bob', 'ann'],
    ['cid', 'ann'],
  ])
    await db.person.update({ where: { id }, data: { bossId, updatedAt: new Date(0) } })
  await db.person.update({ where: { id: 'ann' }, data: { spouseId: 'bob', updatedAt: new Date(0) } })
  await db.home.createMany({ data: ['h1', 'h2', 'h3'].map((id) => ({ id, street: `${id} street` })) })
  await db.person.update({ where: { id: 'ann' }, data: { homeId: 'h1', updatedAt: new Date(0) } })
  const updatedAt = new Date(0)
  await db.passport.createMany({
    data: ['ann', 'bob'].map((id) => ({ id: `p-${id}`, number: `n-${id}`, holderId: id, updatedAt })),
  })
  await db.locker.createMany({
    data: [1, 2, 3].map((id) => ({ id, ownerId: [null, 'ann', 'bob', null][id], updatedAt })),
  })
  await db.task.createMany({
    data: [1, 2, 3, 4, 5, 6].map((id) => ({
      ...{ id, title: `t${id}`, points: id, done: id % 2 === 0, updatedAt },
      ...{ ownerId: ['ann', 'bob', 'cid'][id % 3], reviewerId: id > 3 ? 'dee' : null },
    })),
  })
  await db.step.createMany({
    data: [1, 2, 3].map((id) => ({ id: `s${id}`, text: `step ${id}`, taskId: id })),
  })
  await db.tag.createMany({ data: ['red', 'green', 'blue'].map((label) => ({ id: `tag-${label}`, label })) })
  await db.team.createMany({
    data: [
      ['eu', 'core'],
      ['us', 'core'],
      ['eu', 'ops'],
    ].map(([region, name]) => ({ region, name })),
  })
  await db.seat.create({ data: { personId: 'ann', region: 'eu', teamName: 'core' } })
  await db.badge.createMany({
    data: [{ id: 1, region: 'eu', teamName: 'core' }, { id: 2, region: 'us', teamName: 'core' }, { id: 3 }],
  })
  for (const [table, pairs] of Object.entries(LINKED))
    await db.$executeRawUnsafe(`INSERT INTO ${quoted(provider, table)} VALUES ${pairs}`)
}

/** @param {any} block @param {any} main */
async function loadAll(block, main) {
  for (const model of Object.keys(TABLES).filter((name) => !['person', 'task'].includes(name)))
    await block[model].createMany({ data: await main[model].findMany() })
  for (const person of await main.person.findMany({ include: { friends: true, tags: true } }))
    await block.person.create({ data: person })
  for (const task of await main.task.findMany({ include: { tags: true } }))
    await block.task.create({ data: task })
}

/** @param {Provider} provider */
function nestedApp(provider) {
  const text = head(provider) + fs.readFileSync(path.join(SCHEMA, 'nested.prisma'), 'utf8')
  const dir = appFolder('7', 'prisma-client-js', text, MODELS)
  const { PrismaClient, Prisma } = require(path.join(dir, 'client/index.js'))
  const schemaDir = path.join(dir, 'prisma')
  const blocksDir = path.join(schemaDir, 'blocks')
  const generated = path.join(blocksDir, 'generated')
  return /** @type {const} */ ({
    ...{ version: '7', provider, PrismaClient, Prisma, dir, schemaDir, blocksDir, generated },
  })
}

/** @param {ReturnType<typeof nestedApp>} app @param {string} url */
async function makeTables({ provider, generated }, url) {
  if (provider === 'postgresql')
    return void (await query(url, fs.readFileSync(path.join(SCHEMA, 'nested.sql'), 'utf8')))
  await MAINS[provider].fill(url, () =>
    JSON.parse(fs.readFileSync(path.join(generated, 'manifest.json'), 'utf8')),
  )
}

/** @param {ReturnType<typeof nestedApp>} app */
async function seededMain(app) {
  const database = await MAINS[app.provider].create({})
  await makeTables(app, database.url)
  const client = connectMain(app, database.url)
  await seed(app.provider, client)
  return { client, drop: () => client.$disconnect().then(() => database.drop()) }
}

/**
/**
 * @typedef {{load?: (block: any, main: any) => Promise<void>, check?: (pair: Pair) => Promise<unknown>}} Options
 *
 * The third door is the main database's: every call is written through.
 * @param {(pair: Pair, door: Door) => void} define
 * @param {Options & {providers?: Provider[]}} [options] providers: the main databases, all of them when not given
 */
function nestedThroughEachDoor(define, { providers = ALL_MAINS, ...options } = {}) {
  describe.each(providers)('before %s', (provider) => doorsOfOneMain(provider, define, options))
}

/** @param {Provider} provider @param {Parameters<typeof nestedThroughEachDoor>[0]} define @param {Options} options */
function doorsOfOneMain(provider, define, { load = loadAll, check = same }) {
  const dir = temporaryDir()
  const before = process.env.SHARDED_FAST_DOOR
  const isThird = load === loadAll && provider === 'postgresql' && before !== 'off'
  const doors = /** @type {Door[]} */ ([...doorsBefore(provider), ...(isThird ? ['main'] : [])])
  const pair = /** @type {Pair} */ ({ provider })

  describe.each(doors)('through the %s door', (door) => {
    /** @type {any[]} */
    let databases = []
    beforeAll(async () => {
      setDoor(door === 'shell' ? 'shell' : 'fast')
      const app = nestedApp(provider)
      databases = [await seededMain(app), await seededMain(app)]
      const [{ client: behind }, { client: main }] = databases
      const { generated } = app
      const through = door === 'main' ? MODELS : []
      const options = { client: behind, dir, generated, loader: load, durability: 'os', through }
      const block = await Block.create({ blockId: `nested-${door}`, ...options })
      Object.assign(pair, { main, behind, block })
      pair.ask = (fn) => ask(pair, fn)
      pair.refused = door === 'main' ? onlyLost(pair) : (error) => Promise.reject(error)
      pair.askEach = async (fn, values) => {
        for (const value of values) {
          const call = (/** @type {any} */ db) => fn(db, value)
          call.toString = () => `${fn} with ${JSON.stringify(value)}`
          await ask(pair, call)
        }
      }
    }, FIRST_APP_MS)
    afterEach(() => check(pair))
    afterAll(async () => {
      if (before === undefined) delete process.env.SHARDED_FAST_DOOR
      else process.env.SHARDED_FAST_DOOR = before
      await pair.block?.$disconnect()
      for (const database of databases) await database.drop()
    })
    define(pair, door)
    test('this door was used', () => {
      const { fast, forwarded } = pair.block.$block.status().client
      if (door === 'fast') expect(fast).toBeGreaterThan(0)
      if (door === 'shell') expect(fast).toBe(0)
      if (door === 'main') expect(forwarded).toBeGreaterThan(50)
    })
  })
}

module.exports = { loadAll, nestedThroughEachDoor, sameMains }
