// A sequence on the block and on the second main database: the first difference of answers, errors or rows.
const { outcomeDifference } = require('../compare')
const { stateDifference } = require('./state')
const { callsOf, take, takeDirect } = require('./steps')
const {
  isChoiceOfFailure,
  isChoiceOfOrder,
  isChoiceOfRow,
  isChoiceOfRule,
  isCountOfCascade,
  isFilterOfMadeKeys,
  isOfOtherRows,
  isOrderOfMadeKeys,
  isPanic,
  isRoundedKey,
  isSumOfMadeKeys,
  saysItsWords,
} = require('./tolerances')

/**
 * @typedef {import('./world').WriteWorld} World
 * @typedef {import('./generate/sequence').Step} Step
 * @typedef {import('./steps').Outcomes} Outcomes
 * @typedef {import('./steps').Told} Told
 * @typedef {import('../generate/call').Call} Call
 */

const FLUSH_MS = 20_000

/** @param {World} world @param {Step} step @param {Call} call @param {Told} theirs @param {Told} ours @returns {Promise<string | null>} */
async function callDifference(world, step, call, theirs, ours) {
  const found = outcomeDifference(world.model.byName, call, theirs, ours, saysItsWords(world, step))
  if (found === null || isChoiceOfRow(call, theirs, ours) || isChoiceOfRule(world, step, theirs, ours))
    return null
  if (isChoiceOfFailure(world, call, theirs, ours) || isPanic(theirs, ours)) return null
  if (isCountOfCascade(world, call, theirs, ours) || isRoundedKey(world, call, theirs, ours)) return null
  if (await isSumOfMadeKeys(world, call)) return null
  return (await isOrderOfMadeKeys(world, call)) ? null : found
}

/** @param {World} world @param {Step} step @param {Outcomes} expected @param {Outcomes} actual @returns {Promise<string | null>} */
async function stepDifference(world, step, expected, actual) {
  for (const [at, call] of callsOf(step).entries()) {
    const [theirs, ours] = [expected.calls[at], actual.calls[at]]
    if (ours?.refused || (theirs === undefined && ours === undefined)) continue
    if (theirs === undefined || ours === undefined) return `call ${at} is made by one of both only`
    const found = await callDifference(world, step, call, theirs, ours)
    if (found !== null) return callsOf(step).length > 1 ? `call ${at}: ${found}` : found
  }
  return endDifference(world, step, expected.end, actual.end)
}

/** Of the transaction around the calls. @param {World} world @param {Step} step @param {Told} theirs @param {Told} ours @returns {string | null} */
function endDifference(world, step, theirs, ours) {
  const calls = callsOf(step)
  if (calls.length === 0 || ('value' in theirs && 'value' in ours)) return null
  if (calls.some((call) => isChoiceOfRow(call, theirs, ours))) return null
  if (isChoiceOfRule(world, step, theirs, ours) || isPanic(theirs, ours)) return null
  if (calls.some((call) => isChoiceOfFailure(world, call, theirs, ours))) return null
  return outcomeDifference(world.model.byName, calls[0], theirs, ours, saysItsWords(world, step))
}

/** @param {Outcomes} outcomes */
const refusedCalls = ({ calls }) =>
  new Set([...calls.entries()].filter(([, outcome]) => outcome?.refused).map(([at]) => at))

/** Whether nothing of a step was done, because the block does not do it. @param {Outcomes} outcomes */
const isRefused = ({ calls, end }) =>
  end.refused === true || (calls.length === 1 && calls[0]?.refused === true)

/** The databases have gone different ways, as they may. */
const PARTED = Symbol('parted')

/** @param {World} world @param {Step} step @param {Outcomes} expected @param {Outcomes} actual */
const haveParted = (world, step, expected, actual) =>
  isOfOtherRows(world, step, expected, actual) ||
  [...callsOf(step).keys()].some((at) =>
    isChoiceOfOrder(world, [callsOf(step)[at]], expected.calls[at], actual.calls[at]),
  ) ||
  isChoiceOfOrder(world, callsOf(step), expected.end, actual.end)

/** @param {World} world @param {Step} step @param {import('./tally').WriteTally | null} tally @returns {Promise<string | null | typeof PARTED>} */
async function runStep(world, step, tally) {
  const actual = step.direct ? await takeDirect(world, step) : await take(world, world.block, step)
  tally?.add(step, actual)
  if (isRefused(actual)) return null
  const expected = await take(world, world.straight.client, step, refusedCalls(actual))
  if (haveParted(world, step, expected, actual)) return PARTED
  const found = await stepDifference(world, step, expected, actual)
  return found !== null && (await isFilterOfMadeKeys(world, callsOf(step))) ? PARTED : found
}

/** @param {World} world */
async function rejections({ block }) {
  const rejected = await block.$block.rejected()
  if (rejected.length === 0) return null
  return `rejected by main: ${rejected.map((/** @type {any} */ one) => one.error?.message ?? JSON.stringify(one)).join('; ')}`
}

/** What is in both databases now is where the next sequence begins. @param {World} world @returns {Promise<string | null>} */
async function settle(world) {
  const { block, straight, behind, database, held, partial } = world
  const [state] = await Promise.all([database.read(straight.raw), block.$block.flush({ timeout: FLUSH_MS })])
  const ours = await database.read(behind.raw)
  const rejected = (await rejections(world)) ?? stateDifference(state, ours)
  if (rejected !== null) return rejected
  const answers = await held.answers(behind.client, ours)
  const found = partial ? await held.stale(block, answers) : await held.difference(block, answers)
  world.start = state
  world.data = { ...world.data, rows: held.operands(answers) }
  return found
}

/**
 * @param {World} world @param {Step[]} steps @param {import('./tally').WriteTally | null} [tally]
 * @returns {Promise<{text: string, at: number} | null | typeof PARTED>} at: the step, or their number when it shows at the end
 */
async function runSequence(world, steps, tally = null) {
  for (const [at, step] of steps.entries()) {
    const text = await runStep(world, step, tally)
    if (text === PARTED) return PARTED
    if (text !== null) return { text, at }
  }
  const found = await settle(world)
  return found === null ? null : { text: found, at: steps.length }
}

module.exports = { PARTED, runSequence }
