// orderBy, cursor, take, skip, distinct: made so that the order of the rows is a total one wherever it shows.
const { isRequiredKey } = require('../model')
const { uniqueWhere } = require('./where')

/**
 * @typedef {import('../model').Model} Model
 * @typedef {import('./call').Context} Context
 */

/** @param {Context} context */
const direction = ({ rng }) => rng.pick(['asc', 'desc'])

/** @param {Context} context @param {Model} model @param {number} depth @returns {Record<string, any>} */
function orderEntry(context, model, depth) {
  const { rng } = context
  if (depth > 0 && model.relations.length > 0 && rng.chance(25)) {
    const relation = rng.pick(model.relations)
    if (relation.isList) return { [relation.name]: { _count: direction(context) } }
    return { [relation.name]: orderEntry(context, relation.to, depth - 1) }
  }
  // The order of lists and of Json is asked for less often than it is implemented.
  const plain = model.fields.filter((field) => !field.isList && field.type !== 'Json')
  const field = rng.pick(rng.chance(95) ? plain : model.fields)
  if (!field.isRequired && !field.isList && rng.chance(35))
    return { [field.name]: { sort: direction(context), nulls: rng.pick(['first', 'last']) } }
  return { [field.name]: direction(context) }
}

/** @param {Context} context @param {Model} model */
function keyOrder(context, model) {
  const key = context.rng.pick(model.keys.filter(isRequiredKey))
  return key.fields.map((field) => ({ [field.name]: direction(context) }))
}

/** @param {Context} context @param {Model} model @param {boolean} total @returns {any} undefined for no order */
function orderBy(context, model, total) {
  const { rng } = context
  const entries = rng.times(Number(rng.weighted({ 0: 40, 1: 40, 2: 15, 3: 5 })), () =>
    orderEntry(context, model, 2),
  )
  if (total) entries.push(...keyOrder(context, model))
  if (entries.length === 0) return rng.chance(97) ? undefined : rng.pick([[], {}])
  return entries.length === 1 && rng.chance(70) ? entries[0] : entries
}

/**
 * The part of the arguments that makes a list of rows out of those that `where` leaves.
 * @param {Context} context @param {Model} model @param {{distinct: boolean}} allowed @returns {Record<string, any>}
 */
function paging(context, model, { distinct }) {
  const { rng } = context
  /** @type {Record<string, any>} */
  const args = {}
  if (rng.chance(30)) args.take = rng.weighted({ plus: 60, minus: 30, zero: 4, many: 6 })
  if (args.take !== undefined)
    args.take = { plus: rng.int(1, 6), minus: -rng.int(1, 6), zero: 0, many: 1000 }[
      /** @type {string} */ (args.take)
    ]
  if (rng.chance(18)) args.skip = rng.int(0, 5)
  if (rng.chance(15)) args.cursor = uniqueWhere(context, model, 0)
  if (distinct && rng.chance(15)) {
    const fields = rng.some(
      model.fields.filter((field) => !field.isList && field.type !== 'Json').map(({ name }) => name),
      rng.int(1, 2),
    )
    args.distinct = fields.length === 1 && rng.chance(50) ? fields[0] : fields
  }
  const isCut = Object.keys(args).length > 0
  // Without any order Prisma itself pages by the key.
  const byDefault = isCut && args.distinct === undefined && rng.chance(15)
  const order = byDefault ? undefined : orderBy(context, model, isCut || rng.chance(45))
  return order === undefined ? args : { orderBy: order, ...args }
}

module.exports = { direction, orderBy, paging }
