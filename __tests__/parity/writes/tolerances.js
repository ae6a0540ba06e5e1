// Every way in which a step may differ from main's and still be called the same, each with its reason.
const { canonicalText } = require('./canonical')

/**
 * @typedef {import('./world').WriteWorld} World
 * @typedef {import('../generate/call').Call} Call
 * @typedef {import('./steps').Told} Told
 */

/** What a row of a set write is refused for. */
const REFUSALS = new Set(['P2000', 'P2002', 'P2003', 'P2011', 'P2020', 'P2039'])

/** @param {Told | undefined} outcome */
const isRefusal = (outcome) => outcome !== undefined && 'error' in outcome && REFUSALS.has(outcome.error.code)

/**
 * Several rows of a set write may be refused, each by another rule; which row main comes to first is its choice.
 * @param {Call} call @param {Told} expected @param {Told} actual
 */
const isChoiceOfRow = ({ action }, expected, actual) =>
  /^(update|delete)Many/.test(action) && isRefusal(expected) && isRefusal(actual)

/** The order of keys that each database was given by chance. @param {World} world @param {Call} call */
async function isOrderOfMadeKeys({ database, straight }, { action }) {
  if (!/^(find|aggregate|groupBy|count)/.test(action)) return false
  const state = await database.read(straight.raw)
  return Object.values(state).some((rows) => rows.some((row) => /"a (uuid|cuid)"/.test(canonicalText(row))))
}

module.exports = { isChoiceOfRow, isOrderOfMadeKeys }
