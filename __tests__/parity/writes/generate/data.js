// `data` of creates and updates, with nested writes: checked (relations) or unchecked (foreign keys).
const { shape } = require('../../generate/shape')
const { uniqueWhere, where } = require('../../generate/where')
const { foreignKey, isKeyPart, keyValue, plainValue, valueFor } = require('./pool')

/**
 * @typedef {import('../../model').Model} Model
 * @typedef {import('../../model').Field} Field
 * @typedef {import('../../model').Relation} Relation
 * @typedef {import('../../generate/call').Context} Context
 */

const NUMBERS = new Set(['Int', 'BigInt', 'Float', 'Decimal'])

/** @param {Model} model */
const foreignFields = (model) => new Set(model.relations.flatMap(({ fields }) => fields))

/** The other end of a relation. @param {Model} model @param {any} relation @returns {any} */
function opposite(model, relation) {
  const isSelf = relation.to === model
  return relation.to.relations.find(
    (/** @type {any} */ one) =>
      one.relationName === relation.relationName && (!isSelf || one.name !== relation.name),
  )
}

/** @param {any} model @param {any} relation */
const isLink = (model, relation) => relation.isList && opposite(model, relation).isList

/** @param {any} field */
const hasDefault = (field) => field.default !== null || field.isUpdatedAt

/** Whether a create says the value of a field. @param {Context} context @param {any} field */
function isGiven({ rng }, field) {
  if (field.isUpdatedAt || field.default?.function === 'now') return rng.chance(40)
  if (field.default?.function) return rng.chance(92)
  if (field.isRequired && !field.isList && !hasDefault(field)) return rng.chance(99)
  return rng.chance(45)
}

/** @param {Context} context @param {Model} model @param {(field: Field) => boolean} takes @returns {Record<string, any>} */
function scalars(context, model, takes) {
  const fields = model.fields.filter((field) => takes(field) && isGiven(context, field))
  return Object.fromEntries(fields.map((field) => [field.name, valueFor(context, model, field)]))
}

/** Scalars and foreign keys. @param {Context} context @param {Model} model @param {string | null} [without] a relation that is told by where the data stands */
function uncheckedRow(context, model, without = null) {
  const { rng } = context
  const foreign = foreignFields(model)
  const keys = model.relations.filter(
    ({ name, fields, isRequired }) => fields.length > 0 && name !== without && (isRequired || rng.chance(60)),
  )
  return Object.assign(
    scalars(context, model, ({ name }) => !foreign.has(name)),
    ...keys.map((relation) => foreignKey(context, relation)),
  )
}

/** @param {Context} context @param {Model} model @param {number} depth @param {string | null} [without] @returns {Record<string, any>} */
function createData(context, model, depth, without = null) {
  const { rng } = context
  const isChecked = depth > 0 && rng.chance(50)
  const data = isChecked
    ? scalars(context, model, ({ name }) => !foreignFields(model).has(name))
    : uncheckedRow(context, model, without)
  if (depth <= 0) return data
  for (const relation of model.relations) {
    if (relation.name === without) continue
    const isForeign = relation.fields.length > 0
    if (isForeign && !isChecked) continue
    const chosen = isForeign && relation.isRequired ? rng.chance(98) : rng.chance(22)
    if (chosen) data[relation.name] = nested(context, model, relation, depth, 'create')
  }
  return data
}

/** @param {Context} context @param {Model} model @param {Field} field @returns {any} */
function assignment(context, model, field) {
  const { rng } = context
  const value = () =>
    isKeyPart(model, field) ? keyValue(context, model, field, 20) : valueFor(context, model, field)
  if (field.isList && rng.chance(60)) {
    const one = () => plainValue(context, model, field)
    return { push: rng.chance(50) ? one() : rng.times(rng.int(0, 2), one) }
  }
  // A made key that is moved may be made again, or not: that is told by what else asked for keys.
  const isMade = /** @type {any} */ (field).default?.function === 'autoincrement'
  if (NUMBERS.has(field.type) && !field.isList && !isMade && rng.chance(50)) {
    const operation = rng.weighted({ increment: 40, decrement: 25, multiply: 20, divide: 15 })
    return { [operation]: plainValue(context, model, field) }
  }
  return field.type !== 'Json' && rng.chance(20) ? { set: value() } : value()
}

/** @param {Context} context @param {Model} model @param {string | null} [without] */
function updateScalars(context, model, without = null) {
  const { rng } = context
  if (rng.chance(4)) return {}
  const foreign = foreignFields(model)
  const own = model.fields.filter((field) => !foreign.has(field.name))
  // Keys are changed now and then only, or there would be little else.
  const plain = own.filter((field) => !isKeyPart(model, field) || rng.chance(25))
  const chosen = rng.some(plain, rng.int(1, 3))
  const keys = model.relations.filter(
    ({ name, fields }) => fields.length > 0 && name !== without && rng.chance(15),
  )
  return Object.assign(
    Object.fromEntries(chosen.map((field) => [field.name, assignment(context, model, field)])),
    ...keys.map((relation) => foreignKey(context, relation)),
  )
}

/** @param {Context} context @param {Model} model @param {number} depth @param {string | null} [without] @returns {Record<string, any>} */
function updateData(context, model, depth, without = null) {
  const { rng } = context
  const data = updateScalars(context, model, without)
  if (depth <= 0 || rng.chance(30)) return data
  const open = model.relations.filter(({ name }) => name !== without)
  for (const relation of rng.some(open, rng.chance(80) ? 1 : 2)) {
    // One of its members in the row's own key makes it an unchecked update.
    for (const name of relation.fields) delete data[name]
    data[relation.name] = nested(context, model, relation, depth, 'update')
  }
  return data
}

const LIST_CREATES = { create: 35, connect: 30, connectOrCreate: 20, createMany: 15 }
const LIST_UPDATES = {
  ...{ create: 14, connect: 14, connectOrCreate: 10, createMany: 8, set: 9, disconnect: 9 },
  ...{ update: 10, updateMany: 8, upsert: 8, delete: 5, deleteMany: 5 },
}
const ONE_CREATES = { create: 40, connect: 40, connectOrCreate: 20 }
const ONE_UPDATES = {
  create: 16,
  connect: 20,
  connectOrCreate: 12,
  update: 18,
  upsert: 16,
  disconnect: 10,
  delete: 8,
}

/** @param {Context} context @param {Model} model @param {Relation} relation @param {'create' | 'update'} kind */
function operations({ rng }, model, relation, kind) {
  const weights = /** @type {Record<string, number>} */ (
    relation.isList
      ? { create: LIST_CREATES, update: LIST_UPDATES }[kind]
      : { create: ONE_CREATES, update: ONE_UPDATES }[kind]
  )
  const refused = new Set(relation.isRequired && !relation.isList ? ['disconnect', 'delete'] : [])
  if (isLink(model, relation)) refused.add('createMany')
  const open = Object.fromEntries(Object.entries(weights).filter(([name]) => !refused.has(name)))
  const count = rng.chance(80) || !relation.isList ? 1 : 2
  return new Set(rng.times(count, () => rng.weighted(open)))
}

/** @param {Context} context @param {() => any} make */
const oneOrMany = ({ rng }, make) => (rng.chance(50) ? make() : rng.times(rng.int(1, 2), make))

/** @param {Context} context @param {Model} model @param {Relation} relation @param {number} depth @param {'create' | 'update'} kind @returns {Record<string, any>} */
function nested(context, model, relation, depth, kind) {
  const { to } = relation
  const back = opposite(model, relation).name
  const form = { context, to, depth: depth - 1, back, relation }
  const names = operations(context, model, relation, kind)
  return Object.fromEntries([...names].map((name) => [name, OPERATIONS[name](form)]))
}

/** @typedef {{context: Context, to: Model, depth: number, back: string, relation: Relation}} Form */

/** @param {Form} form */
const key = ({ context, to }) => uniqueWhere(context, to, context.rng.chance(12) ? 1 : 0)

/** @param {Form} form */
const filter = ({ context, to }) => (context.rng.chance(20) ? {} : where(context, to, 0))

/** @type {Record<string, (form: Form) => any>} */
const OPERATIONS = {
  create: ({ context, to, depth, back, relation }) => {
    const one = () => createData(context, to, depth, back)
    return relation.isList ? oneOrMany(context, one) : one()
  },
  createMany: ({ context, to, back }) => ({
    data: context.rng.times(context.rng.int(1, 3), () => uncheckedRow(context, to, back)),
    ...(context.rng.chance(30) && { skipDuplicates: true }),
  }),
  connect: (form) => (form.relation.isList ? oneOrMany(form.context, () => key(form)) : key(form)),
  connectOrCreate: (form) => {
    const { context, to, depth, back, relation } = form
    const one = () => ({ where: uniqueWhere(context, to, 0), create: createData(context, to, depth, back) })
    return relation.isList ? oneOrMany(context, one) : one()
  },
  set: (form) =>
    form.context.rng.chance(30) ? [] : oneOrMany(form.context, () => uniqueWhere(form.context, form.to, 0)),
  disconnect: (form) => {
    if (form.relation.isList) return oneOrMany(form.context, () => key(form))
    return form.context.rng.chance(85) ? true : filter(form)
  },
  delete: (form) => {
    if (form.relation.isList) return oneOrMany(form.context, () => key(form))
    return form.context.rng.chance(85) ? true : filter(form)
  },
  update: (form) => {
    const { context, to, depth, back, relation } = form
    const data = () => updateData(context, to, depth, back)
    if (relation.isList) return oneOrMany(context, () => ({ where: key(form), data: data() }))
    return context.rng.chance(75) ? data() : { where: filter(form), data: data() }
  },
  updateMany: (form) => {
    const { context, to, back } = form
    return oneOrMany(context, () => ({ where: filter(form), data: updateScalars(context, to, back) }))
  },
  upsert: (form) => {
    const { context, to, depth, back, relation } = form
    const one = () => ({
      create: createData(context, to, depth, back),
      update: updateData(context, to, depth, back),
    })
    if (relation.isList) return oneOrMany(context, () => ({ where: key(form), ...one() }))
    return context.rng.chance(85) ? one() : { where: filter(form), ...one() }
  },
  deleteMany: (form) => oneOrMany(form.context, () => filter(form)),
}

/** What an operation on many rows can return: scalars, and what a foreign key of the row names. @param {Context} context @param {Model} model */
function flatShape(context, model) {
  const { rng } = context
  const toOne = model.relations.filter(({ fields }) => fields.length > 0)
  const form = rng.weighted({ all: 50, select: 25, omit: 15, include: toOne.length > 0 ? 10 : 1 })
  if (form === 'include' && toOne.length > 0) return { include: { [rng.pick(toOne).name]: true } }
  if (form === 'all' || form === 'include') return {}
  return { [form]: Object.fromEntries(rng.some(model.fields, 2).map(({ name }) => [name, true])) }
}

module.exports = { createData, flatShape, shape, uncheckedRow, updateData, updateScalars }
