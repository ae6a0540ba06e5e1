// The random writes of one provider: past failures first, then a fixed number of seeds.
const { check, runSession, shrink } = require('./session')
const { shown } = require('./shown')
const { WriteWorlds } = require('./world')
const regressions = require('./regressions.json')

const SEQUENCES = 12
const SHRUNK = 2
const SHRINKS = 60

/** @param {import('../schema').Provider} provider @param {'6' | '7'} version of Prisma */
const pastOf = (provider, version) =>
  /** @type {any[]} */ (regressions).filter(
    (one) => one.provider === provider && (one.prisma ?? '7') === version,
  )

/** @param {WriteWorlds} worlds @param {any[]} differences that have been mended */
async function past(worlds, differences) {
  for (const { state, steps, why } of differences) {
    Object.assign(/** @type {any} */ (worlds.world), { partial: false })
    const found = await check(worlds, { ...worlds.nothing, ...state }, steps)
    expect(found && `${why}: ${shown(found)}`).toBeNull()
  }
}

/** @param {import('../schema').Provider} provider @param {number[]} seeds */
function writesSuite(provider, seeds) {
  /** @type {WriteWorlds} */
  let worlds
  beforeAll(async () => {
    worlds = new WriteWorlds(provider)
    await worlds.open(seeds[0])
  }, 120_000)
  afterAll(() => worlds?.end())

  test('past differences are none any more', () => past(worlds, pastOf(provider, '7')), 120_000)

  const older = pastOf(provider, '6')
  if (older.length > 0)
    test('nor those of Prisma 6', async () => {
      const others = new WriteWorlds(provider, '6')
      try {
        await others.open(seeds[0])
        await past(others, older)
      } finally {
        await others.end()
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
