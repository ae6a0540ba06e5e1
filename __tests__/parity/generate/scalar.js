// Filters of one field: every operator that its type takes.
const { tag } = require('../tags')

/**
 * @typedef {import('../model').Model} Model
 * @typedef {import('../model').Field} Field
 * @typedef {import('./call').Context} Context
 */

const ORDERED = ['equals', 'in', 'notIn', 'lt', 'lte', 'gt', 'gte', 'not']
const PIECES = ['contains', 'startsWith', 'endsWith']

/** @type {Record<string, string[]>} */
const OPERATORS = {
  Int: ORDERED,
  BigInt: ORDERED,
  Float: ORDERED,
  Decimal: ORDERED,
  DateTime: ORDERED,
  String: [...ORDERED, ...PIECES, ...PIECES],
  Boolean: ['equals', 'not'],
  Bytes: ['equals', 'in', 'notIn', 'not'],
  enum: ['equals', 'in', 'notIn', 'not'],
}

/** @param {Field} field @returns {string[]} */
function operatorsOf(field) {
  if (field.kind === 'enum') return OPERATORS.enum
  // A native uuid is no text to search in.
  if (field.nativeType?.[0] === 'Uuid') return ORDERED
  return OPERATORS[field.type]
}

/** Another field that this one can be compared with. @param {Context} context @param {Model} model @param {Field} field */
function fieldOperand({ rng }, model, field) {
  const fits = model.fields.filter((other) => other.type === field.type && other.isList === field.isList)
  return tag.field(model.name, rng.pick(fits).name)
}

/** @param {Context} context @param {Model} model @param {Field} field @param {string} operator @param {number} depth */
function operand(context, model, field, operator, depth) {
  const { rng, operands } = context
  const mayBeNull = !field.isRequired && rng.chance(12)
  if (operator === 'in' || operator === 'notIn') return mayBeNull ? null : operands.several(model, field)
  if (PIECES.includes(operator))
    return rng.chance(5) ? fieldOperand(context, model, field) : operands.piece(model, field)
  if (operator === 'not') {
    if (depth > 0 && rng.chance(40)) return operatorObject(context, model, field, depth - 1, false)
    return mayBeNull ? null : operands.of(model, field)
  }
  if (operator === 'equals' && mayBeNull) return null
  return rng.chance(6) ? fieldOperand(context, model, field) : operands.of(model, field)
}

/** @param {Context} context @param {Model} model @param {Field} field @param {number} depth @param {boolean} withMode */
function operatorObject(context, model, field, depth, withMode) {
  const { rng } = context
  const chosen = rng.some(operatorsOf(field), rng.chance(75) ? 1 : 2)
  /** @type {Record<string, any>} */
  const filter = {}
  for (const operator of new Set(chosen)) filter[operator] = operand(context, model, field, operator, depth)
  if (
    withMode &&
    context.provider === 'postgresql' &&
    field.type === 'String' &&
    field.nativeType?.[0] !== 'Uuid' &&
    rng.chance(30)
  )
    filter.mode = rng.chance(85) ? 'insensitive' : 'default'
  return filter
}

/** @param {Context} context @param {Model} model @param {Field} field */
function listFilter(context, model, field) {
  const { rng, operands } = context
  const one = () => operands.of(model, field)
  const operator = rng.pick(['has', 'hasEvery', 'hasSome', 'isEmpty', 'equals'])
  if (operator === 'isEmpty') return { isEmpty: rng.chance(50) }
  if (operator === 'has') return { has: rng.chance(5) && field.type !== 'Json' ? null : one() }
  if (operator === 'equals' && rng.chance(50)) {
    const held = operands.row(model)?.[field.name]
    return { equals: held === undefined ? null : held }
  }
  return { [operator]: operands.several(model, field, 3) }
}

/** @param {Context} context @param {Model} model @param {Field} field @returns {any} */
function scalarFilter(context, model, field) {
  const { rng, operands } = context
  if (field.isList) return listFilter(context, model, field)
  if (field.type === 'Json') return context.json(model, field)
  if (!field.isRequired && rng.chance(10)) return null
  if (rng.chance(25)) return operands.of(model, field)
  return operatorObject(context, model, field, 1, true)
}

module.exports = { scalarFilter }
