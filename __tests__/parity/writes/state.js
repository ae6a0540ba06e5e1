// All rows of a main database as text, to compare two of them, and to start again from.
const { inOrder } = require('../data')
const { canonicalText } = require('./canonical')

/** @typedef {Record<string, string[]>} State by table, each row as JSON text, sorted */

/** Parents before children. @param {import('../model').DataModel} model @returns {string[]} */
function tablesOf(model) {
  const { models, joinTables } = model.manifest
  const byName = new Map(models.map((/** @type {any} */ one) => [one.name, one.dbName]))
  return [
    ...inOrder(model).map(({ name }) => byName.get(name)),
    ...joinTables.map((/** @type {any} */ join) => join.table),
  ]
}

/** Without rows. @param {import('../model').DataModel} model @returns {State} */
const emptyState = (model) => Object.fromEntries(tablesOf(model).map((table) => [table, []]))

/** The first difference of two states in words, or null. @param {State} expected @param {State} actual */
function stateDifference(expected, actual) {
  for (const table of Object.keys(expected)) {
    const [theirs, ours] = [expected, actual].map((state) => state[table].map(canonicalText).sort())
    if (theirs.length === ours.length && theirs.every((row, at) => row === ours[at])) continue
    const missing = theirs.filter((row) => !ours.includes(row))
    const extra = ours.filter((row) => !theirs.includes(row))
    return `table ${table}: ${extra.join(' ') || 'nothing'}  is not  ${missing.join(' ') || 'nothing'}`
  }
  return null
}

module.exports = { emptyState, stateDifference, tablesOf }
