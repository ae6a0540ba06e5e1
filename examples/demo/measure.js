const { setImmediate: nextTurn } = require('node:timers/promises')
const { percentile } = require('../../benches/stats')

/** Every so many calls the event loop gets a turn, as it does in a server. */
const CALLS_PER_TURN = 10
const WARM_UP = 20

/**
 * Calls `operation` on `place` and times each call.
 * @param {import('./operations').Operation} operation
 * @param {import('./operations').Place} place
 * @param {{ calls: number, start: number }} range call numbers, so that no two rounds repeat one
 * @returns {Promise<number[]>} microseconds
 */
async function timeCalls(operation, place, { calls, start }) {
  const samples = []
  for (let n = start; n < start + calls; n++) {
    if (n % CALLS_PER_TURN === 0) await nextTurn()
    const before = process.hrtime.bigint()
    await operation.run(place, n)
    samples.push(Number(process.hrtime.bigint() - before) / 1_000)
  }
  return samples
}

/**
 * @typedef {object} Side
 * @property {import('./operations').Place} place
 * @property {number} calls how many timed calls; the slow sides get fewer
 * @property {() => Promise<unknown>} [settle] ends the background work of the calls, before another side has its turn
 */

/**
 * Runs one operation on every side, in two interleaved rounds after a warm-up.
 * @param {import('./operations').Operation} operation
 * @param {Side[]} sides
 */
async function compareSides(operation, sides) {
  const samples = sides.map(() => /** @type {number[]} */ ([]))
  const warm = sides.map(({ calls }) => Math.min(WARM_UP, Math.ceil(calls / 5)))
  for (const [i, { place, settle }] of sides.entries()) {
    await timeCalls(operation, place, { calls: warm[i], start: 0 })
    await settle?.()
  }
  for (const round of [0, 1]) {
    for (const [i, { place, calls, settle }] of sides.entries()) {
      const half = Math.ceil(calls / 2)
      samples[i].push(...(await timeCalls(operation, place, { calls: half, start: warm[i] + round * half })))
      await settle?.()
    }
  }
  return samples.map((all) => ({ p50: percentile(all, 50), p99: percentile(all, 99), calls: all.length }))
}

module.exports = { compareSides }
