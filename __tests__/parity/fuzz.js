// The long run of one provider: seed after seed until the time is up; each is in the ledger when it has ended.
const { READS, codeVersion } = require('./ledger')
const { runSession, shrink } = require('./session')
const { isPartial, shown } = require('./shown')
const { Tally } = require('./tally')
const { Worlds } = require('./world')

/**
 * @typedef {object} FuzzOptions
 * @property {import('./schema').Provider} provider
 * @property {number} minutes
 * @property {number} seed 0: the first that the ledger does not have
 * @property {number} calls of each seed
 * @property {number} shrinks how many differences of a seed are made small and shown
 * @property {boolean} ledger
 */

/** @param {import('./world').World} world @param {import('./session').Difference[]} differences @param {number} most */
async function tell(world, differences, most) {
  for (const found of differences.slice(0, most))
    console.log(`seed ${world.seed}: ${shown(await shrink(world, found))}`)
  if (differences.length > most) console.log(`seed ${world.seed}: ${differences.length - most} more`)
}

/** @param {FuzzOptions} options @returns {Promise<number>} how many differences there were */
async function fuzz({ provider, minutes, seed: first, calls, shrinks, ledger }) {
  const code = codeVersion()
  const worlds = new Worlds(provider)
  const tally = new Tally()
  const end = Date.now() + minutes * 60_000
  let differences = 0
  let seed = first || READS.nextSeed(provider)
  console.log(`${provider}, code ${code}, from seed ${seed}, ${calls} calls each, for ${minutes} minutes`)
  try {
    for (; Date.now() < end; seed += 1) {
      const world = await worlds.open(seed, { partial: isPartial(seed) })
      const result = await runSession(world, { calls })
      tally.merge(result.tally)
      differences += result.differences.length
      await tell(world, result.differences, shrinks)
      if (ledger)
        READS.add(provider, code, { seed, differences: result.differences.length, count: result.tally.all })
    }
  } finally {
    await worlds.end()
    console.log(
      `${tally}\n${provider}: ${tally.all.calls} calls, ${differences} differences, up to seed ${seed - 1}`,
    )
  }
  return differences
}

module.exports = { fuzz }
