// select, include, omit, _count: what of a row is asked for.
const { paging } = require('./order')
const { where } = require('./where')

/**
 * @typedef {import('../model').Model} Model
 * @typedef {import('../model').Relation} Relation
 * @typedef {import('./call').Context} Context
 */

/** @param {Context} context @param {Relation} relation @param {number} depth @returns {any} */
function relationShape(context, relation, depth) {
  const { rng, partial } = context
  if (rng.chance(35)) return true
  if (!relation.isList) {
    const nested = shape(context, relation.to, depth - 1)
    if (!relation.isRequired && !partial && rng.chance(8))
      return { where: where(context, relation.to, 1), ...nested }
    return Object.keys(nested).length === 0 ? true : nested
  }
  return listArgs(context, relation.to, depth)
}

/** Arguments of a list of rows. @param {Context} context @param {Model} model @param {number} depth */
function listArgs(context, model, depth) {
  const { rng } = context
  return {
    ...(rng.chance(40) && { where: where(context, model, Math.min(depth, 2)) }),
    ...paging(context, model, { distinct: true }),
    ...shape(context, model, depth - 1),
  }
}

/** @param {Context} context @param {Model} model */
function countShape(context, model) {
  const { rng } = context
  const lists = model.relations.filter(({ isList }) => isList)
  if (rng.chance(20)) return true
  const chosen = rng.some(lists, rng.int(1, 2))
  return {
    select: Object.fromEntries(
      chosen.map((list) => [list.name, rng.chance(55) ? true : { where: where(context, list.to, 1) }]),
    ),
  }
}

/** @param {Context} context @param {Model} model @param {number} depth @returns {[string, any][]} */
function relationEntries(context, model, depth) {
  const { rng, partial } = context
  if (depth <= 0) return []
  // Of a block that holds some rows, only what a row refers to is looked up.
  const open = model.relations.filter((relation) => !partial || relation.fields.length > 0)
  /** @type {[string, any][]} */
  const entries = rng
    .some(open, rng.chance(65) ? 1 : 2)
    .map((relation) => [relation.name, relationShape(context, relation, depth)])
  const canCount = !partial && model.relations.some(({ isList }) => isList)
  if (canCount && rng.chance(15)) entries.push(['_count', countShape(context, model)])
  return entries
}

/** @param {Context} context @param {Model} model @param {number} depth how deep relations may nest @returns {Record<string, any>} */
function shape(context, model, depth) {
  const { rng } = context
  const form = rng.weighted({ all: 40, select: 25, include: 25, omit: 5, both: 5 })
  const names = () => rng.some(model.fields, rng.int(1, 4)).map(({ name }) => [name, true])
  const relations = form === 'all' || form === 'omit' ? [] : relationEntries(context, model, depth)
  if (form === 'select') return { select: Object.fromEntries([...names(), ...relations]) }
  const omit = form === 'omit' || form === 'both' ? { omit: Object.fromEntries(names().slice(0, 2)) } : {}
  return relations.length > 0 ? { include: Object.fromEntries(relations), ...omit } : omit
}

module.exports = { listArgs, shape }
