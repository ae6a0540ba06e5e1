// One seed: a data set, a block of it, and a number of calls of which each is asked of main once and of the block twice.
const fc = require('fast-check')
const { CallArbitrary } = require('./arbitrary')
const { askBlock, askMain } = require('./ask')
const { outcomeDifference } = require('./compare')
const { Tally } = require('./tally')

/**
 * @typedef {import('./world').World} World
 * @typedef {import('./generate/call').Call} Call
 * @typedef {{call: Call, text: string, way: import('./ask').Way}} Difference text: block against main
 * @typedef {{tally: Tally, differences: Difference[]}} Result
 */

// Calls that main has under way: as many as it has connections.
const ABREAST = 4

/** The first difference of a call asked twice of the block, or null. @param {World} world @param {Call} call @param {import('./compare').Outcome} expected @param {Tally | null} tally @returns {Promise<Difference | null>} */
async function judge(world, call, expected, tally) {
  const { byName } = world.model
  const first = await askBlock(call, world)
  const second = await askBlock(call, world)
  if (world.panicked) return null
  tally?.add(call, first.way, second.way)
  for (const { outcome, way } of [first, second]) {
    const text = outcomeDifference(byName, call, expected, outcome)
    if (text !== null) return { call, text, way }
  }
  return null
}

/** @param {World} world @param {Call} call */
async function check(world, call) {
  const expected = await askMain(call, world)
  return world.panicked ? null : judge(world, call, expected, null)
}

/** What kind of difference it is, so that shrinking stays with it. @param {string} text */
const kindOf = (text) => /^(answers|throws|error)?/.exec(text)?.[0] ?? ''

/**
 * fast-check's own shrinking, from the failing call on.
 * @param {World} world @param {Difference} found @param {number} most attempts
 * @returns {Promise<Difference>}
 */
async function shrink(world, found, most = 400) {
  let smallest = found
  let left = most
  const property = fc.asyncProperty(new CallArbitrary(world), async (call) => {
    if (left <= 0 || world.panicked) return true
    left -= 1
    const difference = await check(world, call)
    if (difference === null || kindOf(difference.text) !== kindOf(found.text)) return true
    smallest = difference
    return false
  })
  await fc.check(property, { numRuns: 1, examples: [[found.call]] })
  return smallest
}

/** @param {World} world @param {number} seed @param {number} calls @returns {Call[]} */
function callsOf(world, seed, calls) {
  return fc.sample(new CallArbitrary(world), { seed, numRuns: calls })
}

/** @param {World} world @param {{calls: number, queue?: Call[]}} options queue: the calls, by default random ones @returns {Promise<Result>} */
async function runSession(world, { calls, queue = callsOf(world, world.seed, calls) }) {
  const tally = new Tally()
  /** @type {Difference[]} */
  const differences = []
  let next = 0
  // The block's turns are taken one at a time, so that its counters tell of one call.
  let turn = Promise.resolve()
  const worker = async () => {
    while (next < queue.length && !world.panicked) {
      const call = queue[next]
      next += 1
      const expected = await askMain(call, world)
      if (world.panicked) return
      turn = turn.then(async () => {
        const difference = await judge(world, call, expected, tally)
        if (difference) differences.push(difference)
      })
      await turn
    }
  }
  await Promise.all(Array.from({ length: ABREAST }, worker))
  return { tally, differences }
}

module.exports = { callsOf, check, runSession, shrink }
