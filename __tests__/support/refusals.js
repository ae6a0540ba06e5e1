// Blocks before every main database and by way of every queue, for what becomes of refused commits.
const { addon } = require('../../js/binding')
const { encodeBlockId } = require('../../js/blockid')
const { Block } = require('../../js')
const { mainIdentity } = require('../../js/identity')
const { connectionOf } = require('../../js/queue/connection')
const { shareRedis } = require('../../js/queue/redis')
const { makeApp, newMain, temporaryDir } = require('./app')
const { FIRST_APP_MS } = require('./doors')
const { LEDGERS, rowsOf } = require('./ledger')
const { eventually } = require('./queue')
const { dropKeys, redisUrl } = require('./redis')

/** @typedef {'postgresql' | 'mysql' | 'sqlite'} Provider @typedef {'local' | 'redis'} Queue */

/** @type {Array<[Provider, Queue]>} */
const WAYS = [
  ['postgresql', 'local'],
  ['postgresql', 'redis'],
  ['mysql', 'local'],
  ['mysql', 'redis'],
  ['sqlite', 'local'],
  ['sqlite', 'redis'],
]

/**
 * @typedef {object} World what a test finds
 * @property {any} app
 * @property {{client: any, url: string, drop: () => Promise<void>}} main
 * @property {string} dir
 * @property {(blockId: string, options?: object) => Promise<any>} open
 * @property {(blockId: string) => Promise<() => Promise<void>>} holdBack keeps the block's commits from main until the answer is called
 * @property {() => Promise<any[]>} recorded in main
 */

/** @param {Provider} provider @param {Queue} queue @returns {World} filled before each test */
function around(provider, queue) {
  const world = /** @type {World} */ ({})
  /** @type {any[]} */
  let open = []
  beforeAll(async () => {
    world.app = await makeApp({ provider })
  }, FIRST_APP_MS)
  beforeEach(async () => {
    world.main = await newMain(world.app)
    world.dir = temporaryDir()
    open = []
  })
  afterEach(async () => {
    await Promise.all(open.map((db) => db.$disconnect().catch(() => {})))
    if (queue === 'redis') await dropKeys(redisUrl(), (await mainIdentity(world.main.client)).identity)
    await world.main.drop()
  })
  world.open = async (blockId, options = {}) => {
    const { app, dir, main } = world
    const connection = queue === 'redis' ? redisUrl() : false
    const db = await Block.create({
      blockId,
      client: main.client,
      dir,
      generated: app.generated,
      connection,
      ...options,
    })
    open.push(db)
    return db
  }
  world.recorded = () => rowsOf(world.main.client, LEDGERS[provider].rejected)
  world.holdBack = (blockId) => (queue === 'redis' ? holdLease(world, blockId) : holdLock(world, blockId))
  return world
}

/** @param {World} world @param {string} blockId */
async function holdLock({ app, dir }, blockId) {
  const { fingerprint } = require(`${app.generated}/manifest.json`)
  const file = `${dir}/${encodeBlockId(blockId)}.${fingerprint}.sqlite.apply.lock`
  /** @type {any} */
  let lock = null
  await eventually(() => {
    lock = addon().FileLock.tryAcquire(file)
    return lock !== null
  })
  return async () => lock.release()
}

/** As another machine would: its commits lie in Redis, and whoever was elected does not go on. @param {World} world @param {string} blockId */
async function holdLease({ app, main }, blockId) {
  const redis = shareRedis(/** @type {any} */ (connectionOf(redisUrl())))
  const { fingerprint } = require(`${app.generated}/manifest.json`)
  const realm = { main: encodeBlockId((await mainIdentity(main.client)).identity), fingerprint }
  const log = redis.log(realm, blockId, encodeBlockId(blockId))
  await eventually(async () => (await log.elect('somebody', 60_000, 0)) !== null)
  return async () => {
    await log.resign('somebody', true)
    redis.release()
  }
}

/** @param {any} db @param {string} name */
function heard(db, name) {
  /** @type {any[]} */
  const list = []
  db.$block.on(name, (/** @type {any} */ detail) => list.push(detail))
  return list
}

module.exports = { WAYS, around, heard }
