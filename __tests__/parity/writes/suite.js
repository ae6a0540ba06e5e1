// The random writes of one provider: past failures first, then a fixed number of seeds.
const { check, runSession, shrink } = require('./session')
const { shown } = require('./shown')
const { WriteWorlds } = require('./world')
const regressions = require('./regressions.json')

const SEQUENCES = 12
const SHRUNK = 2
const SHRINKS = 60

/** @param {import('../schema').Provider} provider @param {number[]} seeds */
function writesSuite(provider, seeds) {
  /** @type {WriteWorlds} */
  let worlds
  beforeAll(async () => {
    worlds = new WriteWorlds(provider)
    await worlds.open(seeds[0])
  }, 120_000)
  afterAll(() => worlds?.end())

  test('past differences are none any more', async () => {
    const mine = /** @type {any[]} */ (regressions).filter((one) => one.provider === provider)
    for (const { state, steps, why } of mine) {
      Object.assign(/** @type {any} */ (worlds.world), { partial: false })
      const found = await check(worlds, { ...worlds.nothing, ...state }, steps)
      expect(found && `${why}: ${shown(found)}`).toBeNull()
    }
  }, 120_000)

  test.each(seeds)(
    'seed %i',
    async (seed) => {
      const { differences, tally } = await runSession(worlds, seed, { sequences: SEQUENCES })
      const shrunk = []
      for (const found of differences.slice(0, SHRUNK))
        shrunk.push(shown(await shrink(worlds, found, SHRINKS)))
      expect(shrunk).toEqual([])
      expect(tally.all.calls - tally.all.refused).toBeGreaterThan(0)
    },
    120_000,
  )
}

module.exports = { writesSuite }
