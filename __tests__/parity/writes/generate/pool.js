// Values of rows to be written: keys from few, so that calls meet each other's rows; the rest from those of the data set.

/**
 * @typedef {import('../../model').Model} Model
 * @typedef {import('../../model').Field} Field
 * @typedef {import('../../model').Relation} Relation
 * @typedef {import('../../generate/call').Context} Context
 */
const { tag } = require('../../tags')

const NEW_KEYS = 12
const SMALL = [0, 1, 2, 3, -1, 10]

/** @typedef {Context & {flat: boolean, taken: Taken}} WriteContext */

/** Values of unique fields that rows have, or that this sequence has given. */
class Taken {
  /** @param {import('../../data').Data} data */
  constructor({ rows }) {
    this.rows = rows
    /** @type {Map<Field, Set<string>>} */
    this.by = new Map()
  }

  /** As JSON. @param {Model} model @param {Field} field */
  of(model, field) {
    const known = this.by.get(field)
    if (known) return known
    const rows = this.rows.get(model.name) ?? []
    const values = new Set(rows.map((row) => JSON.stringify(row[field.name])))
    this.by.set(field, values)
    return values
  }

  /** @param {Model} model @param {Field} field @param {any} value */
  has(model, field, value) {
    return this.of(model, field).has(JSON.stringify(value))
  }
}

/** @param {Field} field @param {number} n */
function nthKey(field, n) {
  if (field.type === 'BigInt') return tag.bigint(String(100 + n))
  return field.type === 'Int' ? 100 + n : `${field.name[0]}${n}`
}

/** A value that no row has, mostly. @param {WriteContext} context @param {Model} model @param {Field} field */
function newKey({ rng, taken }, model, field) {
  const all = rng.times(NEW_KEYS, (n) => nthKey(field, n + 1))
  const free = all.filter((value) => !taken.has(model, field, value))
  const value = rng.pick(free.length > 0 && rng.chance(90) ? free : all)
  taken.of(model, field).add(JSON.stringify(value))
  return value
}

/** @param {Model} model @param {Field} field */
const isKeyPart = (model, field) => model.keys.some(({ fields }) => fields.includes(field))

/** @param {Model} model @param {Field | undefined} field */
const isKey = (model, field) => model.keys.some(({ fields }) => fields.length === 1 && fields[0] === field)

/** @param {WriteContext} context @param {Model} model @param {Field} field @param {number} [held] percent of keys that a row has */
function keyValue(context, model, field, held = isKey(model, field) ? 4 : 45) {
  const value = context.rng.chance(held) ? context.operands.ofRow(model, field) : null
  return value ?? newKey(context, model, field)
}

/** Small numbers mostly: the edges overflow at the first increment. @param {Context} context @param {Model} model @param {Field} field */
function plainValue(context, model, field) {
  const { rng, operands } = context
  const isNumber = ['Int', 'BigInt', 'Float', 'Decimal'].includes(field.type)
  if (isNumber && rng.chance(70)) return rng.pick(SMALL)
  if (field.nativeType?.[0] === 'VarChar' && rng.chance(5)) return 'too long for its column, by far'
  return operands.of(model, field)
}

/** A value to store; null where the column takes it. @param {WriteContext} context @param {Model} model @param {Field} field @returns {any} */
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

/** A parent that nobody names yet, where only one may. @param {WriteContext} context @param {Model} model @param {Relation} relation */
function parentFor({ rng, operands, taken }, model, relation) {
  const row = operands.row(relation.to)
  const field = model.fields.find(({ name }) => name === relation.fields[0])
  if (row === null || !field || !isKey(model, field) || rng.chance(15)) return row
  const open = (operands.data.rows.get(relation.to.name) ?? []).filter(
    (one) => !taken.has(model, field, one[relation.references[0]]),
  )
  const found = open.length > 0 ? rng.pick(open) : row
  taken.of(model, field).add(JSON.stringify(found[relation.references[0]]))
  return found
}

/** The foreign key of a relation, of a parent that is there mostly. @param {WriteContext} context @param {Model} model @param {Relation} relation @returns {Record<string, any>} */
function foreignKey(context, model, relation) {
  const { rng } = context
  if (!relation.isRequired && rng.chance(25))
    return Object.fromEntries(relation.fields.map((name) => [name, null]))
  const parent = rng.chance(96) ? parentFor(context, model, relation) : null
  const entries = relation.fields.map((name, at) => {
    const field = /** @type {Field} */ (
      relation.to.fields.find((one) => one.name === relation.references[at])
    )
    return [name, parent?.[field.name] ?? nthKey(field, rng.int(1, NEW_KEYS))]
  })
  return Object.fromEntries(entries)
}

/** `where` of a row by one of its keys. @param {WriteContext} context @param {Model} model @param {Record<string, any>} row */
function whereOf({ rng }, model, row) {
  const held = model.keys.filter(({ fields }) =>
    fields.every(({ name }) => row[name] !== null && row[name] !== undefined),
  )
  const { accessor, fields } = rng.pick(held)
  const parts = Object.fromEntries(fields.map(({ name }) => [name, row[name]]))
  return accessor === null ? parts : { [accessor]: parts }
}

module.exports = { Taken, foreignKey, isKeyPart, keyValue, plainValue, valueFor, whereOf }
