// Values of rows to be written: keys from few, so that calls meet each other's rows; the rest from those of the data set.

/**
 * @typedef {import('../../model').Model} Model
 * @typedef {import('../../model').Field} Field
 * @typedef {import('../../model').Relation} Relation
 * @typedef {import('../../generate/call').Context} Context
 */
const { tag } = require('../../tags')

const NEW_KEYS = 9
const SMALL = [0, 1, 2, 3, -1, 10]

/** @param {Context} context @param {Field} field */
function newKey({ rng }, field) {
  const n = rng.int(1, NEW_KEYS)
  if (field.type === 'BigInt') return tag.bigint(String(100 + n))
  return field.type === 'Int' ? 100 + n : `${field.name[0]}${n}`
}

/** @param {Model} model @param {Field} field */
const isKeyPart = (model, field) => model.keys.some(({ fields }) => fields.includes(field))

/** @param {Context} context @param {Model} model @param {Field} field @param {number} held percent of keys that a row of the start has */
function keyValue(context, model, field, held = 15) {
  const value = context.rng.chance(held) ? context.operands.ofRow(model, field) : null
  return value ?? newKey(context, field)
}

/** Small numbers mostly: the edges overflow at the first increment. @param {Context} context @param {Model} model @param {Field} field */
function plainValue(context, model, field) {
  const { rng, operands } = context
  const isNumber = ['Int', 'BigInt', 'Float', 'Decimal'].includes(field.type)
  if (isNumber && rng.chance(70)) return rng.pick(SMALL)
  if (field.nativeType?.[0] === 'VarChar' && rng.chance(15)) return 'too long for its column, by far'
  return operands.of(model, field)
}

/** A value to store; null where the column takes it. @param {Context} context @param {Model} model @param {Field} field @returns {any} */
function valueFor(context, model, field) {
  const { rng } = context
  if (field.isList) {
    const plain = rng.times(rng.int(0, 3), () => plainValue(context, model, field))
    return plain.filter((value) => value?.$ !== 'number')
  }
  if (field.type === 'Json' && rng.chance(20))
    return tag.null(field.isRequired || rng.chance(50) ? 'JsonNull' : 'DbNull')
  if (!field.isRequired && rng.chance(25)) return field.type === 'Json' ? tag.null('DbNull') : null
  return isKeyPart(model, field) ? keyValue(context, model, field) : plainValue(context, model, field)
}

/** The foreign key of a relation, of a parent that is there mostly. @param {Context} context @param {Relation} relation @returns {Record<string, any>} */
function foreignKey(context, relation) {
  const { rng, operands } = context
  if (!relation.isRequired && rng.chance(25))
    return Object.fromEntries(relation.fields.map((name) => [name, null]))
  const parent = rng.chance(90) ? operands.row(relation.to) : null
  const entries = relation.fields.map((name, at) => {
    const field = /** @type {Field} */ (
      relation.to.fields.find((one) => one.name === relation.references[at])
    )
    return [name, parent?.[field.name] ?? newKey(context, field)]
  })
  return Object.fromEntries(entries)
}

module.exports = { foreignKey, isKeyPart, keyValue, plainValue, valueFor }
