// A random call of a client, as plain data: {model, action, args, chain}.
const { aggregateArgs, countArgs, groupByArgs } = require('./aggregate')
const { jsonFilter } = require('./json')
const { orderBy } = require('./order')
const { listArgs, shape } = require('./shape')
const { spoil } = require('./spoil')
const { Operands } = require('./values')
const { uniqueWhere } = require('./where')

/**
 * @typedef {import('../model').Model} Model
 * @typedef {{relation: string, args?: any}} Link
 * @typedef {{model: string, action: string, args?: any, chain?: Link[], about?: string[], calls?: Call[], snapshot?: boolean}} Call chain: the
 *   fluent calls that follow; about: what it is counted as; calls: those of a `$transaction`, an array or one that sees one moment
 *
 * @typedef {object} Context
 * @property {import('../rng').Rng} rng
 * @property {Operands} operands
 * @property {string} provider
 * @property {boolean} partial
 * @property {(model: Model, field: import('../model').Field) => any} json
 */

const DEPTH = 3
const SPOILED = 5

const ACTIONS = {
  findUnique: 14,
  findUniqueOrThrow: 4,
  findFirst: 10,
  findFirstOrThrow: 4,
  findMany: 38,
  count: 8,
  aggregate: 8,
  groupBy: 10,
  fluent: 4,
}
const BY_KEY = { findUnique: 80, findUniqueOrThrow: 20 }

/** @param {Context} context @param {Model} model */
function findUniqueArgs(context, model) {
  return { where: uniqueWhere(context, model, context.partial ? 0 : 2), ...shape(context, model, DEPTH) }
}

/** The first row of no order is any row, so an order is given, mostly. @param {Context} context @param {Model} model */
function findFirstArgs(context, model) {
  const { rng } = context
  const { take: _, ...args } = /** @type {any} */ (listArgs(context, model, DEPTH))
  const taken = rng.chance(15) ? { ...args, take: rng.pick([1, -1]) } : args
  return rng.chance(5) ? taken : { ...taken, orderBy: orderBy(context, model, true) }
}

/** @param {Context} context @param {Model} model @returns {Call} */
function fluentCall(context, model) {
  const { rng } = context
  /** @type {Link[]} */
  const chain = []
  let at = model
  for (let left = rng.int(1, 2); left > 0 && at.relations.length > 0; left -= 1) {
    const relation = rng.pick(at.relations)
    const args = relation.isList ? listArgs(context, relation.to, 1) : shape(context, relation.to, 1)
    chain.push(
      rng.chance(50) && Object.keys(args).length > 0
        ? { relation: relation.name, args }
        : { relation: relation.name },
    )
    if (relation.isList) break
    at = relation.to
  }
  return { model: model.name, action: 'findUnique', args: { where: uniqueWhere(context, model, 0) }, chain }
}

/** @type {Record<string, (context: Context, model: Model) => any>} */
const ARGS = {
  findUnique: findUniqueArgs,
  findUniqueOrThrow: findUniqueArgs,
  findFirst: findFirstArgs,
  findFirstOrThrow: findFirstArgs,
  findMany: (context, model) => listArgs(context, model, DEPTH),
  count: countArgs,
  aggregate: aggregateArgs,
  groupBy: groupByArgs,
}

/** @param {import('../rng').Rng} rng @param {import('../world').World} world @returns {Call} */
function randomCall(rng, world) {
  const { provider, models } = world.model
  /** @type {Context} */
  const context = {
    rng,
    operands: new Operands(rng, world),
    provider,
    partial: world.partial,
    json: (model, field) => jsonFilter(context, model, field),
  }
  const model = rng.pick(models)
  const action = rng.weighted(/** @type {typeof ACTIONS} */ (world.partial ? BY_KEY : ACTIONS))
  if (action === 'fluent')
    return fluentCall(context, rng.pick(models.filter(({ relations }) => relations.length > 0)))
  const args = ARGS[action](context, model)
  return { model: model.name, action, args: rng.chance(SPOILED) ? spoil(rng, args) : args }
}

module.exports = { randomCall }
