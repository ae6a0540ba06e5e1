/**
 * Nested rows of a create that is written through. The answer tells the rows that the caller selected; which rows the call
 * wrote is asked for afterwards, by the relations that its data names.
 */
const { ALL_SCALARS } = require('../reshape.js')

/** @typedef {import('../reshape.js').Models} Models */
/** @typedef {{ relation: any, making: boolean, nested: Tree }} Branch `making`: rows may be new */
/** @typedef {Branch[]} Tree */

const CREATING = new Set(['create', 'createMany', 'connectOrCreate', 'connect'])

/**
 * The relations that a create's data writes, as far as they lead to models of the block.
 * @param {Models} models @param {string} modelName @param {any[]} rows @returns {Tree}
 */
function treeOf(models, modelName, rows) {
  const model = /** @type {any} */ (models.get(modelName))
  return model.relations.flatMap((/** @type {any} */ relation) => {
    const values = rows.map((row) => row?.[relation.name]).filter((value) => value !== undefined)
    if (values.length === 0 || !models.has(relation.model)) return []
    const making = values.some((value) => Object.keys(value).some((name) => name !== 'connect'))
    return [{ relation, making, nested: treeOf(models, relation.model, values.flatMap(createdBy)) }]
  })
}

/** @param {any} value operations of a relation */
function createdBy({ create = [], connectOrCreate = [] }) {
  return [create, [connectOrCreate].flat().map((/** @type {any} */ one) => one.create)].flat()
}

/**
 * The first operation that a create has not.
 * @param {Models} models @param {string} modelName @param {any[]} rows @returns {string | null}
 */
function foreignTo(models, modelName, rows) {
  const model = /** @type {any} */ (models.get(modelName))
  for (const relation of model.relations.filter((/** @type {any} */ one) => models.has(one.model))) {
    const values = rows.map((row) => row?.[relation.name]).filter((value) => value !== undefined)
    if (values.length === 0) continue
    const odd = values.some((value) => Object.keys(value ?? {}).some((name) => !CREATING.has(name)))
    if (odd) return relation.name
    const inner = foreignTo(models, relation.model, values.flatMap(createdBy))
    if (inner !== null) return inner
  }
  return null
}

/** @param {Tree} tree @returns {Record<string, any>} */
function selectionOf(tree) {
  const entries = tree.map(({ relation, nested }) => [
    relation.name,
    { arguments: {}, selection: selectionOf(nested) },
  ])
  return { ...ALL_SCALARS, ...Object.fromEntries(entries) }
}

/**
 * @param {import('./settle.js').Settling} settling @param {any} joinTables of the manifest
 * @param {string} modelName @param {any} row with what `selectionOf` asks @param {Tree} tree
 */
async function settleTree(settling, joinTables, modelName, row, tree) {
  for (const { relation, making, nested } of tree) {
    const rows = [row[relation.name]].flat().filter((one) => one !== null && one !== undefined)
    for (const one of rows) {
      await settling.put(relation.model, one, making ? 'member' : 'adopt')
      await settleTree(settling, joinTables, relation.model, one, nested)
    }
    const table = joinTables.find((/** @type {any} */ one) => one.relationName === relation.relationName)
    if (table === undefined) continue
    const isA = table.a.model === modelName && table.a.field === relation.name
    const links = rows.map((one) => (isA ? [row, one] : [one, row]))
    await settling.link(table, links)
  }
}

module.exports = { foreignTo, selectionOf, settleTree, treeOf }
