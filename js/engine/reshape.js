/**
 * A query that goes to the main database on the block's behalf asks for whole rows, which the block adopts; the caller
 * gets what he had selected. `widen` changes the selection, `reshape` cuts the answer, `collectRows` finds the rows.
 * All three work on Prisma's JSON protocol.
 */
const { NotSupportedError } = require('../errors')
const { fromProtocol, kindOf } = require('../scalars.js')

/** @typedef {{ name: string, kind: string, type: string, isList: boolean }} ManifestField */
/** @typedef {{ name: string, fields: ManifestField[], relations: { name: string, model: string, isList: boolean }[] }} ManifestModel */
/** @typedef {Map<string, ManifestModel & { outside: string[] }>} Models `outside`: relations that lead outside the block */
/** @typedef {Record<string, any>} Selection */

const ALL_SCALARS = { $composites: true, $scalars: true }

/** @type {WeakMap<object, Models>} an app has many blocks of one manifest */
const indexed = new WeakMap()

/** @param {any} manifest @returns {Models} */
function indexModels(manifest) {
  const known = indexed.get(manifest)
  if (known !== undefined) return known
  const made = index(manifest)
  indexed.set(manifest, made)
  return made
}

/** @param {any} manifest @returns {Models} */
function index({ models, outside }) {
  const of = (/** @type {string} */ name) =>
    outside.relations.filter((/** @type {any} */ one) => one.model === name)
  return new Map(
    models.map((/** @type {ManifestModel} */ model) => [
      model.name,
      { ...model, outside: of(model.name).map((/** @type {any} */ one) => one.field) },
    ]),
  )
}

/** @param {ManifestModel} model @param {string} name */
function relationOf(model, name) {
  return model.relations.find((relation) => relation.name === name)
}

/**
 * What Prisma refuses of a selection stays as it is: unknown names, and a selection of nothing.
 * @param {Models} models @param {string} modelName @param {Selection} selection @returns {Selection}
 */
function widen(models, modelName, selection) {
  const model = models.get(modelName)
  if (model === undefined || Object.values(selection).every((value) => value === false)) return selection
  /** @type {Selection} */
  const wide = { ...ALL_SCALARS }
  for (const [name, value] of Object.entries(selection)) {
    if (name.startsWith('$')) continue
    const relation = relationOf(model, name)
    if (relation !== undefined && value !== false) wide[name] = widenRelation(models, relation.model, value)
    else if (typeof value === 'object' || !isNamed(model, name)) wide[name] = value
  }
  return wide
}

/** @param {ManifestModel} model @param {string} name */
const isNamed = (model, name) =>
  relationOf(model, name) !== undefined || model.fields.some((field) => field.name === name)

/** @param {Models} models @param {string} modelName @param {any} value */
function widenRelation(models, modelName, value) {
  if (value === true) return { arguments: {}, selection: { ...ALL_SCALARS } }
  return { ...value, selection: widen(models, modelName, value.selection ?? ALL_SCALARS) }
}

/**
 * @param {Models} models @param {string} modelName @param {Selection} selection what the caller asked for
 * @param {any} answer rows of the widened query @returns {any}
 */
function reshape(models, modelName, selection, answer) {
  if (Array.isArray(answer)) return answer.map((row) => reshape(models, modelName, selection, row))
  const model = models.get(modelName)
  if (answer === null || answer === undefined || model === undefined) return answer
  /** @type {[string, any][]} */
  const entries = []
  if (selection.$scalars) {
    for (const { name } of model.fields) if (selection[name] !== false) entries.push([name, answer[name]])
  }
  for (const [name, value] of Object.entries(selection)) {
    if (value === false || name.startsWith('$')) continue
    const relation = relationOf(model, name)
    const inner =
      relation === undefined ? answer[name] : reshapeRelation(models, relation.model, value, answer[name])
    entries.push([name, inner])
  }
  return Object.fromEntries(entries)
}

/** @param {Models} models @param {string} modelName @param {any} value @param {any} answer */
function reshapeRelation(models, modelName, value, answer) {
  return reshape(models, modelName, value === true ? ALL_SCALARS : (value.selection ?? ALL_SCALARS), answer)
}

/**
 * Rows of models in the block, at any level of an answer. Children come after the row they hang on.
 * @param {Models} models @param {string} modelName @param {any} answer
 * @param {Map<string, any[]>} [found]
 * @returns {Map<string, any[]>}
 */
function collectRows(models, modelName, answer, found = new Map()) {
  if (Array.isArray(answer)) {
    for (const row of answer) collectRows(models, modelName, row, found)
    return found
  }
  const model = models.get(modelName)
  if (answer === null || typeof answer !== 'object' || model === undefined) return found
  if (model.fields.every((field) => answer[field.name] !== undefined)) {
    const rows = found.get(modelName) ?? []
    rows.push(answer)
    found.set(modelName, rows)
  }
  return collectNested(models, modelName, [answer], found)
}

/**
 * The same below rows, without them.
 * @param {Models} models @param {string} modelName @param {any[]} rows
 * @param {Map<string, any[]>} [found]
 * @returns {Map<string, any[]>}
 */
function collectNested(models, modelName, rows, found = new Map()) {
  for (const { name, model } of models.get(modelName)?.relations ?? []) {
    for (const row of rows) if (row[name]) collectRows(models, model, row[name], found)
  }
  return found
}

/** Rows of the protocol -> the flat params that insertRows takes. @param {ManifestModel} model @param {any[]} rows */
function flatten(model, rows) {
  /** @type {any[]} */
  const values = []
  for (const row of rows)
    for (const field of model.fields) values.push(paramOf(model, field, row[field.name]))
  return values
}

/** @param {ManifestModel} model @param {ManifestField} field @param {any} value */
function paramOf(model, field, value) {
  try {
    return fromProtocol(kindOf(field), field.isList, value)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new NotSupportedError(
      `${model.name}.${field.name}: a block holds no such value (${error.message}); use your main client for this row`,
    )
  }
}

/**
 * Why a row cannot be held: it has a time that JS does not know, such as PostgreSQL's `infinity`; Prisma shows it as an invalid Date.
 * @param {ManifestModel} model @param {any} row of the protocol @returns {Error | null}
 */
function unholdable(model, row) {
  try {
    const fields = model.fields.filter(({ name, type }) => type === 'DateTime' && row[name] !== undefined)
    flatten({ ...model, fields }, [row])
    return null
  } catch (error) {
    if (error instanceof NotSupportedError) return error
    throw error
  }
}

module.exports = { ALL_SCALARS, collectNested, collectRows, flatten, indexModels, reshape, unholdable, widen }
