// One seed: sequences that begin where the one before ended, and what of them can be made smaller.
const fc = require('fast-check')
const { SequenceArbitrary } = require('./arbitrary')
const { PARTED, runSequence } = require('./run')
const { isWhole } = require('./state')
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

/** Without some of its rows: whole tables first. @param {import('./state').State} state @returns {Generator<import('./state').State>} */
function* smallerStates(state) {
  for (const [table, rows] of Object.entries(state)) if (rows.length > 1) yield { ...state, [table]: [] }
  for (const [table, rows] of Object.entries(state))
    for (const at of rows.keys()) yield { ...state, [table]: rows.toSpliced(at, 1) }
}

/** @param {Difference} found @param {(smaller: Difference) => Promise<Difference | null>} holds @returns {Promise<Difference>} */
async function withFewerRows(found, holds) {
  for (const state of smallerStates(found.state)) {
    const smaller = await holds({ ...found, state })
    if (smaller !== null) return withFewerRows(smaller, holds)
  }
  return found
}

/**
 * fast-check's own shrinking of the steps, from the failing sequence on; then the rows that it does not need go.
 * @param {Worlds} worlds @param {Difference} found @param {number} most attempts
 */
async function shrink(worlds, found, most = 300) {
  let smallest = found
  let left = most
  const holds = async (/** @type {Difference} */ { state, steps }) => {
    if (left <= 0 || !isWhole(worlds.model, state)) return null
    left -= 1
    const difference = await check(worlds, state, steps)
    return difference !== null && kindOf(difference.text) === kindOf(found.text) ? difference : null
  }
  const property = fc.asyncProperty(
    new SequenceArbitrary(/** @type {any} */ (worlds.world)),
    async (steps) => {
      const difference = await holds({ ...found, steps })
      smallest = difference ?? smallest
      return difference === null
    },
  )
  await fc.check(property, { numRuns: 1, examples: [[found.steps]] })
  const isSmall = left < most && smallest !== found
  if (isSmall) smallest = await withFewerRows(smallest, holds)
  return { ...smallest, isSmall }
}

/** How many seeds there may be of sequences. */
const APART = 1000

/** @param {Worlds} worlds @param {number} seed @param {{sequences: number, flat?: boolean}} options @returns {Promise<Result>} */
async function runSession(worlds, seed, { sequences, flat = false }) {
  const world = await worlds.open(seed)
  world.flat = flat
  const tally = new WriteTally(world.model)
  const { start, data } = world
  /** @type {Difference[]} */
  const differences = []
  for (let n = 0; n < sequences; n += 1) {
    // Its operands are the rows that are there by now.
    const [steps] = fc.sample(new SequenceArbitrary(world), { seed: seed * APART + n, numRuns: 1 })
    const state = world.start
    const { refused } = tally.all
    const found = await runSequence(world, steps, tally)
    tally.addSequence(refused)
    if (found === null) continue
    if (found === PARTED) tally.all.parted += 1
    else differences.push({ state, steps: steps.slice(0, found.at + 1), text: found.text })
    world.data = data
    await worlds.restart(start)
  }
  return { tally, differences }
}

module.exports = { check, runSession, shrink }
