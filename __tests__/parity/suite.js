// The parity tests of one provider: past failures first, then a fixed number of seeds.
const { check, runSession, shrink } = require('./session')
const { isPartial, shown } = require('./shown')
const { Tally } = require('./tally')
const { Worlds } = require('./world')
const regressions = require('./regressions.json')

const CALLS = 300
const SHRUNK = 3
/** Of the calls that a block answers itself, how many are fast when they are repeated; fluent calls, 4 % of all, never are. */
const FAST_SHARE = 0.92

/** @param {import('./schema').Provider} provider @param {number[]} seeds */
function paritySuite(provider, seeds) {
  const tally = new Tally()
  /** @type {Worlds} */
  let worlds
  beforeAll(() => {
    worlds = new Worlds(provider)
  }, 120_000)
  afterAll(() => worlds?.end())

  test('past differences are none any more', async () => {
    const mine = regressions.filter((one) => one.provider === provider)
    for (const { seed, call, why } of mine.sort((a, b) => a.seed - b.seed)) {
      const isOpen = worlds.world?.seed === seed
      const world = isOpen ? worlds.world : await worlds.open(seed, { partial: isPartial(seed) })
      const difference = await check(/** @type {any} */ (world), call)
      expect(difference && `${why}: ${shown(difference)}`).toBeNull()
    }
  }, 120_000)

  test.each(seeds)(
    'seed %i',
    async (seed) => {
      const world = await worlds.open(seed, { partial: isPartial(seed) })
      const result = await runSession(world, { calls: CALLS })
      tally.merge(result.tally)
      const shrunk = []
      for (const found of result.differences.slice(0, SHRUNK)) shrunk.push(shown(await shrink(world, found)))
      expect(shrunk).toEqual([])
    },
    120_000,
  )

  test('repeated calls are fast', () => {
    const { calls, repeated, fast } = tally.all
    expect(calls).toBe(CALLS * seeds.length)
    expect(fast / repeated).toBeGreaterThan(FAST_SHARE)
  })
}

module.exports = { paritySuite }
