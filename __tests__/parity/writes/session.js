// One seed: sequences that begin where the one before ended, and what of them can be made smaller.
const fc = require('fast-check')
const { SequenceArbitrary } = require('./arbitrary')
const { PARTED, runSequence } = require('./run')
const { WriteTally } = require('./tally')

/**
 * @typedef {import('./world').WriteWorlds} Worlds
 * @typedef {import('./generate/sequence').Step} Step
 * @typedef {{state: import('./state').State, steps: Step[], text: string}} Difference state: where it began
 * @typedef {{tally: WriteTally, differences: Difference[]}} Result
 */

/** What kind of difference it is, so that shrinking stays with it. @param {string} text */
const kindOf = (text) =>
  text
    .replace(/"[^"]*"|`[^`]*`/g, '')
    .replace(/[0-9]+/g, '')
    .slice(0, 24)

/** From a state of both databases. @param {Worlds} worlds @param {import('./state').State} state @param {Step[]} steps @returns {Promise<Difference | null>} */
async function check(worlds, state, steps) {
  await worlds.restart(state)
  const found = await runSequence(/** @type {any} */ (worlds.world), steps)
  if (found === null || found === PARTED) return null
  // What comes after the step that shows it has no part in it.
  return { state, steps: steps.slice(0, found.at + 1), text: found.text }
}

/**
 * fast-check's own shrinking, from the failing sequence on.
 * @param {Worlds} worlds @param {Difference} found @param {number} most attempts
 */
async function shrink(worlds, found, most = 300) {
  let smallest = found
  let left = most
  const property = fc.asyncProperty(
    new SequenceArbitrary(/** @type {any} */ (worlds.world)),
    async (steps) => {
      if (left <= 0) return true
      left -= 1
      const difference = await check(worlds, found.state, steps)
      if (difference === null || kindOf(difference.text) !== kindOf(found.text)) return true
      smallest = difference
      return false
    },
  )
  await fc.check(property, { numRuns: 1, examples: [[found.steps]] })
  return { ...smallest, isSmall: left < most && smallest !== found }
}

/** @param {Worlds} worlds @param {number} seed @param {{sequences: number, flat?: boolean}} options @returns {Promise<Result>} */
async function runSession(worlds, seed, { sequences, flat = false }) {
  const world = await worlds.open(seed)
  world.flat = flat
  const tally = new WriteTally(world.model)
  const first = world.start
  /** @type {Difference[]} */
  const differences = []
  for (const steps of fc.sample(new SequenceArbitrary(world), { seed, numRuns: sequences })) {
    const state = world.start
    const { refused } = tally.all
    const found = await runSequence(world, steps, tally)
    tally.addSequence(refused)
    if (found === null) continue
    if (found === PARTED) tally.all.parted += 1
    else differences.push({ state, steps: steps.slice(0, found.at + 1), text: found.text })
    await worlds.restart(first)
  }
  return { tally, differences }
}

module.exports = { check, runSession, shrink }
