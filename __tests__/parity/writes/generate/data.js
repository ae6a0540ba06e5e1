// `data` of creates and updates, with nested writes: checked (relations) or unchecked (foreign keys).
const { shape } = require('../../generate/shape')
const { uniqueWhere, where } = require('../../generate/where')
const { foreignKey, isKeyPart, keyValue, plainValue, valueFor, whereOf } = require('./pool')

/**
 * @typedef {import('../../model').Model} Model
 * @typedef {import('../../model').Field} Field
 * @typedef {import('../../model').Relation} Relation
 * @typedef {import('./pool').WriteContext} Context
 * @typedef {Record<string, any> | null} Row what is known of a row, null when nothing is
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
    ...keys.map((relation) => foreignKey(context, model, relation)),
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
    isKeyPart(model, field) ? keyValue(context, model, field) : valueFor(context, model, field)
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

/** @param {Context} context @param {Model} model @param {string | null} [without] @param {number} [keyed] percent of keys that may change */
function updateScalars(context, model, without = null, keyed = 25) {
  const { rng } = context
  if (rng.chance(4)) return {}
  const foreign = foreignFields(model)
  const own = model.fields.filter((field) => !foreign.has(field.name))
  // Keys are changed now and then only, or there would be little else.
  const plain = own.filter((field) => !isKeyPart(model, field) || rng.chance(keyed))
  const chosen = rng.some(plain, rng.int(1, 3))
  const keys = model.relations.filter(
    ({ name, fields }) => fields.length > 0 && name !== without && rng.chance(15),
  )
  return Object.assign(
    Object.fromEntries(chosen.map((field) => [field.name, assignment(context, model, field)])),
    ...keys.map((relation) => foreignKey(context, model, relation)),
  )
}

/** @param {Context} context @param {Model} model @param {number} depth @param {string | null} [without] @param {Row} [row] the one that is changed @returns {Record<string, any>} */
function updateData(context, model, depth, without = null, row = null) {
  const { rng } = context
  const data = updateScalars(context, model, without)
  if (depth <= 0 || rng.chance(30)) return data
  const open = model.relations.filter(({ name }) => name !== without)
  const chosen = rng.some(open, rng.chance(80) ? 1 : 2)
  // A foreign key beside a relation of the row's own is no input that Prisma knows.
  if (chosen.some(({ fields }) => fields.length > 0) && rng.chance(95))
    for (const name of foreignFields(model)) delete data[name]
  for (const relation of chosen) data[relation.name] = nested(context, model, relation, depth, 'update', row)
  return data
}

const LIST_CREATES = { create: 35, connect: 30, connectOrCreate: 20, createMany: 15 }
const LIST_UPDATES = {
  ...{ create: 14, connect: 14, connectOrCreate: 10, createMany: 8, set: 8, disconnect: 8 },
  ...{ update: 12, updateMany: 8, upsert: 9, delete: 6, deleteMany: 5 },
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

/** Of a block that holds some rows only, a list is what was loaded. */
const OF_WHOLE_LISTS = ['set', 'updateMany', 'deleteMany']

/** @param {Context} context @param {Model} model @param {Relation} relation @param {'create' | 'update'} kind */
function operations({ rng, partial }, model, relation, kind) {
  const weights = /** @type {Record<string, number>} */ (
    relation.isList
      ? { create: LIST_CREATES, update: LIST_UPDATES }[kind]
      : { create: ONE_CREATES, update: ONE_UPDATES }[kind]
  )
  const refused = new Set(relation.isRequired && !relation.isList ? ['disconnect', 'delete'] : [])
  if (isLink(model, relation)) refused.add('createMany')
  if (partial) for (const name of OF_WHOLE_LISTS) refused.add(name)
  // A required child cannot be without, which is seen soon.
  if (relation.isList && opposite(model, relation).isRequired && rng.chance(70))
    for (const name of ['disconnect', 'set']) refused.add(name)
  const open = Object.fromEntries(Object.entries(weights).filter(([name]) => !refused.has(name)))
  const count = rng.chance(80) || !relation.isList ? 1 : 2
  return new Set(rng.times(count, () => rng.weighted(open)))
}

/** @param {Context} context @param {() => any} make */
const oneOrMany = ({ rng }, make) => (rng.chance(50) ? make() : rng.times(rng.int(1, 2), make))

/** @param {Context} context @param {Model} model @param {Relation} relation @param {number} depth @param {'create' | 'update'} kind @param {Row} [row] @returns {Record<string, any>} */
function nested(context, model, relation, depth, kind, row = null) {
  const { to } = relation
  const back = opposite(model, relation)
  const related = row === null ? [] : relatedRows(context, relation, back, row)
  const form = { context, to, depth: depth - 1, back: back.name, relation, related }
  const names = operations(context, model, relation, kind)
  return Object.fromEntries([...names].map((name) => [name, OPERATIONS[name](form)]))
}

/** The rows that are related to this one now. @param {Context} context @param {any} relation @param {any} back @param {Record<string, any>} row @returns {Record<string, any>[]} */
function relatedRows({ operands }, relation, back, row) {
  const all = operands.data.rows.get(relation.to.name) ?? []
  const isEqual = (/** @type {any} */ a, /** @type {any} */ b) => JSON.stringify(a) === JSON.stringify(b)
  if (relation.fields.length > 0)
    return all.filter((one) =>
      relation.references.every((/** @type {string} */ name, /** @type {number} */ at) =>
        isEqual(one[name], row[relation.fields[at]]),
      ),
    )
  if (back.fields.length > 0)
    return all.filter((one) =>
      back.references.every((/** @type {string} */ name, /** @type {number} */ at) =>
        isEqual(one[back.fields[at]], row[name]),
      ),
    )
  const linked = row[relation.name] ?? []
  return all.filter((one) =>
    linked.some((/** @type {any} */ key) =>
      Object.entries(key).every(([name, value]) => isEqual(one[name], value)),
    ),
  )
}

/** @typedef {{context: Context, to: Model, depth: number, back: string, relation: Relation, related: Record<string, any>[]}} Form */

/** One of the rows that are related, mostly. @param {Form} form @returns {{where: any, row: Row}} */
function member({ context, to, related }) {
  const { rng, partial } = context
  const row = related.length > 0 && rng.chance(80) ? rng.pick(related) : null
  const where = row ? whereOf(context, to, row) : uniqueWhere(context, to, !partial && rng.chance(12) ? 1 : 0)
  return { where, row }
}

/** Any row. @param {Form} form */
const key = ({ context, to }) => uniqueWhere(context, to, !context.partial && context.rng.chance(8) ? 1 : 0)

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
    if (form.relation.isList) return oneOrMany(form.context, () => member(form).where)
    return form.context.rng.chance(85) ? true : filter(form)
  },
  delete: (form) => {
    if (form.relation.isList) return oneOrMany(form.context, () => member(form).where)
    return form.context.rng.chance(85) ? true : filter(form)
  },
  update: (form) => {
    const { context, to, depth, back, relation, related } = form
    const data = (/** @type {Row} */ row) => updateData(context, to, depth, back, row)
    if (relation.isList)
      return oneOrMany(context, () => {
        const { where: by, row } = member(form)
        return { where: by, data: data(row) }
      })
    const changed = data(related[0] ?? null)
    return context.rng.chance(75) ? changed : { where: filter(form), data: changed }
  },
  updateMany: (form) => {
    const { context, to, back } = form
    return oneOrMany(context, () => ({ where: filter(form), data: updateScalars(context, to, back, 8) }))
  },
  upsert: (form) => {
    const { context, to, depth, back, relation, related } = form
    const one = (/** @type {Row} */ row) => ({
      create: createData(context, to, depth, back),
      update: updateData(context, to, depth, back, row),
    })
    if (relation.isList)
      return oneOrMany(context, () => {
        const { where: by, row } = member(form)
        return { where: by, ...one(row) }
      })
    const either = one(related[0] ?? null)
    return context.rng.chance(85) ? either : { where: filter(form), ...either }
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
