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

/** @param {any} manifest @returns {{table: string, columns: string[], parent: string, keys: string[]}[]} */
function foreignKeys({ models, joinTables }) {
  const byName = new Map(models.map((/** @type {any} */ model) => [model.name, model]))
  const columns = (/** @type {any} */ model, /** @type {string[]} */ names) =>
    names.map((name) => model.fields.find((/** @type {any} */ field) => field.name === name).dbName)
  const of = (/** @type {any} */ model) =>
    model.relations
      .filter((/** @type {any} */ { fields }) => fields.length > 0)
      .map((/** @type {any} */ relation) => {
        const parent = byName.get(relation.model)
        return {
          table: model.dbName,
          columns: columns(model, relation.fields),
          parent: parent.dbName,
          keys: columns(parent, relation.references),
        }
      })
  const ends = (/** @type {any} */ join) =>
    [join.a, join.b].map((end, at) => {
      const parent = byName.get(end.model)
      return {
        table: join.table,
        columns: ['AB'[at]],
        parent: parent.dbName,
        keys: columns(parent, parent.primaryKey.fields),
      }
    })
  return [...models.flatMap(of), ...joinTables.flatMap(ends)]
}

/** Do all rows have the parents that they name? @param {import('../model').DataModel} model @param {State} state */
function isWhole({ manifest }, state) {
  const rows = Object.fromEntries(
    Object.entries(state).map(([table, texts]) => [table, texts.map((text) => JSON.parse(text))]),
  )
  const values = (/** @type {any} */ row, /** @type {string[]} */ columns) =>
    JSON.stringify(columns.map((name) => row[name]))
  return foreignKeys(manifest).every(({ table, columns, parent, keys }) => {
    const held = new Set(rows[parent].map((/** @type {any} */ row) => values(row, keys)))
    return rows[table].every(
      (/** @type {any} */ row) =>
        columns.some((name) => row[name] === null || row[name] === undefined) ||
        held.has(values(row, columns)),
    )
  })
}

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

module.exports = { emptyState, isWhole, stateDifference, tablesOf }
