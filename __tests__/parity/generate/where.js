// `where` of a model, and `where` by a unique key.
const { isRequiredKey } = require('../model')
const { scalarFilter } = require('./scalar')

/**
 * @typedef {import('../model').Model} Model
 * @typedef {import('../model').Relation} Relation
 * @typedef {import('./call').Context} Context
 */

/** @param {Context} context @param {Relation} relation @param {number} depth @returns {any} */
function relationFilter(context, relation, depth) {
  const { rng } = context
  const inner = () => (rng.chance(8) ? {} : where(context, relation.to, depth - 1))
  if (relation.isList) {
    const kinds = rng.some(['some', 'every', 'none'], rng.chance(90) ? 1 : 2)
    return Object.fromEntries(kinds.map((kind) => [kind, inner()]))
  }
  const form = rng.weighted({ plain: 35, is: 30, isNot: 25, null: 10 })
  if (form === 'plain') return inner()
  if (relation.isRequired) return form === 'null' ? inner() : { [form]: inner() }
  if (form === 'null') return rng.pick([null, { is: null }, { isNot: null }])
  return { [form]: inner() }
}

/** @param {Context} context @param {Model} model @param {number} depth @returns {Record<string, any>} */
function logic(context, model, depth) {
  const { rng } = context
  const one = () => (rng.chance(4) ? {} : where(context, model, depth - 1))
  const many = () => rng.times(rng.chance(5) ? 0 : rng.int(1, 3), one)
  const name = rng.pick(['AND', 'OR', 'NOT'])
  return { [name]: name === 'OR' || rng.chance(50) ? many() : one() }
}

/** @param {Context} context @param {Model} model @param {number} depth @returns {Record<string, any>} */
function where(context, model, depth) {
  const { rng } = context
  /** @type {Record<string, any>} */
  const filter = {}
  for (let left = rng.chance(60) ? 1 : rng.int(2, 3); left > 0; left -= 1) {
    const kind =
      depth <= 0
        ? 'scalar'
        : rng.weighted({ scalar: 50, relation: model.relations.length > 0 ? 28 : 1, logic: 22 })
    if (kind === 'logic') Object.assign(filter, logic(context, model, depth))
    else if (kind === 'relation' && model.relations.length > 0) {
      const relation = rng.pick(model.relations)
      filter[relation.name] = relationFilter(context, relation, depth)
    } else {
      const field = rng.pick(model.fields)
      filter[field.name] = scalarFilter(context, model, field)
    }
  }
  return filter
}

/** By a key that a row has, mostly. @param {Context} context @param {Model} model @param {number} depth of further filters */
function uniqueWhere(context, model, depth) {
  const { rng, operands } = context
  const row = operands.row(model)
  const held = model.keys.filter(
    (key) => row !== null && key.fields.every(({ name }) => row[name] !== null && row[name] !== undefined),
  )
  const key = rng.pick(held.length > 0 ? held : model.keys.filter(isRequiredKey))
  const isMiss = row === null || rng.chance(10)
  const parts = key.fields.map((field) => [field.name, isMiss ? operands.of(model, field) : row[field.name]])
  const unique =
    key.accessor === null ? Object.fromEntries(parts) : { [key.accessor]: Object.fromEntries(parts) }
  return depth > 0 && rng.chance(25) ? { ...where(context, model, depth - 1), ...unique } : unique
}

module.exports = { uniqueWhere, where }
