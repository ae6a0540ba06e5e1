// The long run of one provider: seed after seed until the time is up; each is in the ledger when it has ended.
const path = require('node:path')
const { Ledger, codeVersion } = require('../ledger')
const { runSession, shrink } = require('./session')
const { shown } = require('./shown')
const { WriteTally } = require('./tally')
const { WriteWorlds } = require('./world')

const WRITES = new Ledger(path.join(__dirname, 'ledger.json'), [
  ...['sequences', 'curtailed', 'parted', 'calls', 'reads', 'refused', 'failed'],
])

/**
 * @typedef {object} FuzzOptions
 * @property {import('../schema').Provider} provider
 * @property {number} minutes
 * @property {number} seed 0: the first that the ledger does not have
 * @property {number} sequences of each seed
 * @property {'6' | '7'} prisma its version
 * @property {boolean} flat without relations and interactive transactions
 * @property {number} shrinks how many differences of a seed are made small and shown
 * @property {boolean} ledger
 */

/** @param {WriteWorlds} worlds @param {number} seed @param {import('./session').Difference[]} differences @param {number} most */
async function tell(worlds, seed, differences, most) {
  for (const found of differences.slice(0, most))
    console.log(`seed ${seed}: ${shown(await shrink(worlds, found))}`)
  if (differences.length > most) console.log(`seed ${seed}: ${differences.length - most} more`)
}

/** @param {FuzzOptions} options @returns {Promise<number>} how many differences there were */
async function fuzzWrites({ provider, minutes, seed: first, sequences, prisma, flat, shrinks, ledger }) {
  const code = codeVersion()
  const worlds = new WriteWorlds(provider, prisma)
  const tally = new WriteTally(worlds.model)
  const begin = Date.now()
  const end = begin + minutes * 60_000
  let differences = 0
  let seed = first || WRITES.nextSeed(provider)
  console.log(
    `${provider}, code ${code}, from seed ${seed}, ${sequences} sequences each, for ${minutes} minutes`,
  )
  try {
    for (; Date.now() < end; seed += 1) {
      const result = await runSession(worlds, seed, { sequences, flat })
      tally.merge(result.tally)
      differences += result.differences.length
      await tell(worlds, seed, result.differences, shrinks)
      if (ledger)
        await WRITES.add(provider, code, {
          seed,
          differences: result.differences.length,
          count: result.tally.all,
        })
    }
  } finally {
    await worlds.end()
    const { sequences: count, curtailed, parted, calls } = tally.all
    const rate = (count / ((Date.now() - begin) / 1000)).toFixed(1)
    const share = ((100 * curtailed) / Math.max(1, count)).toFixed(1)
    console.log(
      `${tally}\n${provider}: ${count} sequences (${rate}/s), ${share}% of them with a refused call, ${parted} ended by a choice of main's, ${calls} calls, ` +
        `${differences} differences, up to seed ${seed - 1}`,
    )
  }
  return differences
}

module.exports = { fuzzWrites }
