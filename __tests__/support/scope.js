// Blocks with a declared scope over one seeded main database.
const { Block } = require('../../js/index.js')
const { makeApp, newMain, temporaryDir } = require('./app')
const { deepSame } = require('./parity')
const { seed } = require('./seed')

/** u1 and its posts, with what belongs to them. */
const SCOPE = {
  user: { where: { id: 'u1' } },
  post: { where: { authorId: 'u1' } },
  comment: { where: { post: { authorId: 'u1' } } },
  category: {},
}

/** @param {any} db */
const statsOf = (db) => ({ ...db.$block.status().client })

/** The same call on main and twice on the block, and how the block answered the second. @param {any} main @param {any} db @param {(client: any) => Promise<any>} call */
async function askBoth(main, db, call) {
  const expected = await call(main.client)
  deepSame(await call(db), expected)
  const before = statsOf(db)
  deepSame(await call(db), expected)
  const after = statsOf(db)
  if (after.forwarded > before.forwarded) return 'main'
  return after.fast > before.fast ? 'fast' : 'local'
}

/** To be called where tests are described: `place.main` and the like are there when they run. */
function scopedBlocks() {
  const dir = temporaryDir()
  let ids = 0
  /** @type {any} */
  const place = {
    dir,
    openBlock: async (scope = SCOPE, options = {}) => {
      ids += 1
      const { generated } = place.app
      const own = { blockId: `scope-${ids}`, client: place.main.client, dir, generated, durability: 'os' }
      return Block.create({ ...own, scope, ...options })
    },
    ask: (/** @type {any} */ db, /** @type {any} */ call) => askBoth(place.main, db, call),
  }
  beforeAll(async () => {
    place.app = await makeApp()
    place.main = await newMain(place.app)
    await seed(place.main.client)
  })
  afterAll(() => place.main.drop())
  return place
}

module.exports = { scopedBlocks, statsOf }
