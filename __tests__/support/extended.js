// Prisma Client extensions on a block client: made before Block.create, on the main client, and after it, on the block client; each
// compared with the same extension on a second main database's own client: answers, errors, what the extension saw.
const { Block } = require('../../js/index.js')
const { makeApp, newMain, temporaryDir } = require('./app')
const { both, deepSame } = require('./parity')
const { loadAll, seed } = require('./seed')

/** @type {['6' | '7', 'fast' | 'shell'][]} */
const KINDS = [
  ['7', 'fast'],
  ['7', 'shell'],
  ['6', 'fast'],
]
const RECENT_MS = 10 * 60_000

/** Without what a computed row shows to `inspect`; what two clocks cannot agree on becomes a word. @param {any} value @returns {any} */
function plain(value) {
  if (value instanceof Date) return Math.abs(Date.now() - value.getTime()) < RECENT_MS ? 'just now' : value
  if (Array.isArray(value)) return value.map(plain)
  const isRow =
    value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype
  if (!isRow) return typeof value === 'function' ? 'a function' : value
  return Object.fromEntries(Object.keys(value).map((key) => [key, plain(value[key])]))
}

/**
 * @typedef {object} Extended
 * @property {any} db a block client
 * @property {any} Prisma
 * @property {string} generated
 * @property {(extend: (client: any, told: any[]) => any, call: (client: any, n: number) => any) => Promise<void>} ask
 *   extend: makes an extended client; told: what it has seen; n: 1 and 3 after Block.create, 2 and 4 before
 */

/** @param {(pair: Extended) => void} define */
function extendedThroughBothDoors(define) {
  describe.each(KINDS)('Prisma %s, through the %s door', (version, door) => {
    const dir = temporaryDir()
    /** @type {any[]} */
    let databases
    const pair = /** @type {Extended} */ ({})
    const open = (/** @type {any} */ client) =>
      Block.create({
        blockId: 'extends',
        client,
        dir,
        generated: pair.generated,
        durability: 'os',
        async loader(block, main) {
          await loadAll(block, main)
          await block.counter.createMany({ data: await main.counter.findMany() })
        },
      })

    beforeAll(async () => {
      if (door === 'shell') process.env.SHARDED_FAST_DOOR = 'off'
      const app = await makeApp({ version })
      Object.assign(pair, { Prisma: app.Prisma, generated: app.generated })
      databases = [await newMain(app), await newMain(app)]
      for (const { client } of databases) {
        await seed(client)
        await client.counter.createMany({
          data: [
            { id: 'c1', n: 1 },
            { id: 'c2', n: 2, label: 'two' },
          ],
        })
      }
      pair.db = await open(databases[0].client)
    })
    afterAll(async () => {
      delete process.env.SHARDED_FAST_DOOR
      await pair.db?.$disconnect()
      for (const { drop } of databases) await drop()
    })

    pair.ask = async (extend, call) => {
      const [behind, main] = databases.map(({ client }) => client)
      /** @type {any[][]} */
      const [told, after, before] = [[], [], []]
      const straight = extend(main, told)
      const blocks = [
        [extend(pair.db, after), after],
        [await open(extend(behind, before)), before],
      ]
      // Twice: the second may be the fast door's.
      for (const n of [1, 2, 3, 4]) {
        const [block, seen] = blocks[(n - 1) % 2]
        told.length = 0
        seen.length = 0
        const named = Object.assign(async (/** @type {any} */ c) => plain(await call(c, n)), {
          toString: () => `${call} with ${n}`,
        })
        await both(straight, block, named)
        deepSame(plain(seen), plain(told), `it has seen something else: ${call} with ${n}`)
      }
      await blocks[1][0].$disconnect()
    }

    define(pair)
  })
}

module.exports = { extendedThroughBothDoors }
