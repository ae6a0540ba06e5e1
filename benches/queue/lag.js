// How long after a call the row can be seen in main by another connection. In turn with the same call of the main client itself, which
// says what main and the machine take.
const { setTimeout: sleep } = require('node:timers/promises')
const { percentile } = require('../stats')
const { user } = require('./shared')
const { startWatcher } = require('./watcher')

const CALLS = 300
/** Ids of the rows; each client has its own. */
const FIRST_IDS = [7_000_000, 8_000_000]

/**
 * @param {any} context @param {any} db @param {any} client
 * @returns {Promise<{ lagP50Ms: number, lagP99Ms: number, ownP50Ms: number }>}
 */
async function measureLag(context, db, client) {
  const watcher = await startWatcher(context.postgresUrl)
  /** @type {number[][]} */
  const samples = [[], []]
  for (let at = 0; at < CALLS; at++) {
    for (const [nth, one] of [db, client].entries()) {
      const id = FIRST_IDS[nth] + at
      const seen = watcher.sees(id)
      const began = process.hrtime.bigint()
      await one.user.create({ data: user(id) })
      samples[nth].push(Number((await seen) - began) / 1e6)
      await sleep(10 + (at % 10) * 10)
    }
  }
  await watcher.stop()
  const [through, own] = samples
  return {
    lagP50Ms: percentile(through, 50),
    lagP99Ms: percentile(through, 99),
    ownP50Ms: percentile(own, 50),
  }
}

module.exports = { measureLag }
