// Runs the same tests through both doors of a block: the fast one, and with that one closed Prisma's shell alone.
const { Block } = require('../../js/index.js')
const { makeApp, newMain, temporaryDir } = require('./app')
const { both } = require('./parity')

/**
 * @typedef {object} Pair
 * @property {Provider} provider of the main database
 * @property {any} main the main client
 * @property {any} block the block client
 * @property {any} Prisma
 * @property {<T>(fn: (client: any) => T) => Promise<Awaited<T>>} ask the same call on both, with the same answer; on
 *   the block twice, since the first call of a shape always goes through the shell
 */

/** @param {any} block */
const doorsOf = (block) => block.$block.status().client

/** @param {'fast' | 'shell'} door */
function setDoor(door) {
  if (door === 'fast') delete process.env.SHARDED_FAST_DOOR
  else process.env.SHARDED_FAST_DOOR = 'off'
}

/**
 * The doors of a suite of writes. What the shell does with a call depends on no main database, so the door that has it alone is
 * tried before PostgreSQL only; through the fast one too, the first call of each form goes through the shell.
 * @param {Provider} provider @returns {('fast' | 'shell')[]}
 */
function doorsBefore(provider) {
  if (process.env.SHARDED_FAST_DOOR === 'off') return ['shell']
  return provider === 'postgresql' ? ['fast', 'shell'] : ['fast']
}

/** @param {Pair} pair */
function addQuestions(pair) {
  pair.ask = async (fn) => {
    await both(pair.main, pair.block, fn)
    return both(pair.main, pair.block, fn)
  }
}

/** The first test file of a schema generates its client and its block: Prisma's command line runs several times. */
const FIRST_APP_MS = 120_000

/** Every main database that a block can stand before. @type {Provider[]} */
const ALL_MAINS = ['postgresql', 'mysql', 'sqlite']

/**
 * @typedef {import('./app').Provider} Provider
 * @typedef {{app?: Parameters<typeof makeApp>[0], providers?: Provider[], seed: (main: any) => Promise<void>, options?: object,
 *   load: (block: any, main: any) => Promise<void>}} Config
 */

/**
 * @param {Config} config `providers`: the main databases, PostgreSQL alone when not given
 * @param {(pair: Pair, door: 'fast' | 'shell') => void} define
 */
function throughBothDoors(config, define) {
  for (const provider of config.providers ?? /** @type {Provider[]} */ (['postgresql'])) {
    describe(`before ${provider}`, () => doorsOfOneMain(provider, config, define))
  }
}

/** @param {Provider} provider @param {Config} config @param {(pair: Pair, door: 'fast' | 'shell') => void} define */
function doorsOfOneMain(provider, { app: appOptions, seed, load, options }, define) {
  const doors = process.env.SHARDED_FAST_DOOR === 'off' ? ['shell'] : ['fast', 'shell']
  const pair = /** @type {Pair} */ ({ provider })
  const dir = temporaryDir()
  const before = process.env.SHARDED_FAST_DOOR
  /** @type {any} */
  let app
  /** @type {any} */
  let database

  beforeAll(async () => {
    app = await makeApp({ ...appOptions, provider })
    database = await newMain(app)
    await seed(database.client)
  }, FIRST_APP_MS)
  afterAll(() => database?.drop())

  describe.each(doors)('through the %s door', (door) => {
    beforeAll(async () => {
      setDoor(door)
      const { client } = database
      const { generated } = app
      const block = await Block.create({
        blockId: door,
        client,
        dir,
        generated,
        loader: load,
        durability: 'os',
        ...options,
      })
      Object.assign(pair, { main: client, block, Prisma: app.Prisma })
      addQuestions(pair)
    })
    afterAll(async () => {
      if (before === undefined) delete process.env.SHARDED_FAST_DOOR
      else process.env.SHARDED_FAST_DOOR = before
      await pair.block?.$disconnect()
    })
    define(pair, door)
    test('this door was used', () => {
      const { fast } = doorsOf(pair.block)
      if (door === 'fast') expect(fast).toBeGreaterThan(0)
      else expect(fast).toBe(0)
    })
  })
}

module.exports = { ALL_MAINS, FIRST_APP_MS, doorsBefore, setDoor, throughBothDoors }
