// count, aggregate, groupBy.
const { direction, paging } = require('./order')
const { where } = require('./where')

/**
 * @typedef {import('../model').Model} Model
 * @typedef {import('./call').Context} Context
 */

const NUMBERS = ['Int', 'BigInt', 'Float', 'Decimal']

/** @param {Model} model */
const numbersOf = (model) => model.fields.filter((field) => NUMBERS.includes(field.type) && !field.isList)
/** @param {Model} model */
const orderablesOf = (model) => model.fields.filter((field) => !field.isList && field.type !== 'Json')

/** @param {Context} context @param {Model} model @returns {Record<string, any>} at least one of them */
function aggregates(context, model) {
  const { rng } = context
  const some = (/** @type {any[]} */ fields) =>
    Object.fromEntries(rng.some(fields, rng.int(1, 3)).map(({ name }) => [name, true]))
  const numbers = numbersOf(model)
  /** @type {Record<string, () => any>} */
  const makers = {
    _count: () => (rng.chance(40) ? true : { ...(rng.chance(50) && { _all: true }), ...some(model.fields) }),
    _min: () => some(orderablesOf(model)),
    _max: () => some(orderablesOf(model)),
    ...(numbers.length > 0 && { _sum: () => some(numbers), _avg: () => some(numbers) }),
  }
  return Object.fromEntries(
    rng.some(Object.keys(makers), rng.int(1, 3)).map((name) => [name, makers[name]()]),
  )
}

/** @param {Context} context @param {Model} model */
function subset(context, model) {
  const { rng } = context
  return {
    ...(rng.chance(60) && { where: where(context, model, 2) }),
    ...(rng.chance(35) && paging(context, model, { distinct: false })),
  }
}

/** @param {Context} context @param {Model} model */
function countArgs(context, model) {
  const { rng } = context
  const names = rng.some(model.fields, rng.int(1, 3)).map(({ name }) => [name, true])
  const select = Object.fromEntries(rng.chance(50) ? [['_all', true], ...names] : names)
  return { ...subset(context, model), ...(rng.chance(30) && { select }) }
}

/** @param {Context} context @param {Model} model */
function aggregateArgs(context, model) {
  return { ...subset(context, model), ...aggregates(context, model) }
}

const SCALAR_HAVING = ['equals', 'not', 'lt', 'gte', 'in']

/** @param {Context} context @param {Model} model @param {string[]} by @param {number} depth @returns {Record<string, any>} */
function having(context, model, by, depth) {
  const { rng, operands } = context
  if (depth > 0 && rng.chance(20)) {
    const name = rng.pick(['AND', 'OR', 'NOT'])
    return { [name]: rng.times(rng.int(1, 2), () => having(context, model, by, depth - 1)) }
  }
  const grouped = model.fields.filter(
    (field) =>
      by.includes(field.name) &&
      field.kind !== 'enum' &&
      !['Boolean', 'Bytes', 'Json'].includes(field.type) &&
      !field.isList,
  )
  if (grouped.length > 0 && rng.chance(35)) {
    const field = rng.pick(grouped)
    const operator = rng.pick(SCALAR_HAVING)
    return {
      [field.name]: {
        [operator]: operator === 'in' ? operands.several(model, field) : operands.of(model, field),
      },
    }
  }
  const numbers = numbersOf(model)
  const operator = rng.pick(['equals', 'gt', 'gte', 'lt', 'lte', 'not'])
  if (numbers.length === 0 || rng.chance(40)) {
    return { [rng.pick(orderablesOf(model)).name]: { _count: { [operator]: rng.int(0, 4) } } }
  }
  const field = rng.pick(numbers)
  const kind = rng.pick(['_sum', '_avg', '_min', '_max'])
  const value =
    kind === '_avg' && field.type !== 'Decimal' ? rng.pick([0, 1.5, 10, 100]) : operands.of(model, field)
  return { [field.name]: { [kind]: { [operator]: value } } }
}

/** @param {Context} context @param {Model} model @param {string[]} by */
function groupOrder(context, model, by) {
  const { rng } = context
  const numbers = numbersOf(model)
  if (rng.chance(35)) {
    const isCount = numbers.length === 0 || rng.chance(50)
    const kind = isCount ? '_count' : rng.pick(['_sum', '_avg', '_min', '_max'])
    const field = rng.pick(isCount ? orderablesOf(model) : numbers)
    return { [kind]: { [field.name]: direction(context) } }
  }
  return { [rng.pick(by)]: direction(context) }
}

/** @param {Context} context @param {Model} model */
function groupByArgs(context, model) {
  const { rng } = context
  const by = rng.some(orderablesOf(model), rng.int(1, 3)).map(({ name }) => name)
  const isCut = rng.chance(35)
  const entries = rng.times(rng.int(0, 1), () => groupOrder(context, model, by))
  if (isCut || rng.chance(30)) entries.push(...by.map((name) => ({ [name]: direction(context) })))
  return {
    by: by.length === 1 && rng.chance(50) ? by[0] : by,
    ...(rng.chance(50) && { where: where(context, model, 2) }),
    ...(rng.chance(35) && { having: having(context, model, by, 1) }),
    ...(entries.length > 0 && { orderBy: entries.length === 1 && rng.chance(50) ? entries[0] : entries }),
    ...(isCut && { take: rng.pick([1, 2, 3, -2, 5]) }),
    ...(isCut && rng.chance(50) && { skip: rng.int(0, 3) }),
    ...(rng.chance(85) && aggregates(context, model)),
  }
}

module.exports = { aggregateArgs, countArgs, groupByArgs }
