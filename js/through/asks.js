/**
 * What the main database is asked for one call that is written through, so that its answers tell which rows were touched.
 */
const { NotSupportedError } = require('../errors')
const { ALL_SCALARS, widen } = require('../reshape.js')
const { foreignTo } = require('./nested.js')
const { isWrite } = require('./scope.js')

/** @typedef {import('../reshape.js').Models} Models */
/**
 * @typedef {object} Asks
 * @property {any} query the call
 * @property {any[]} queries in order, in one transaction; the last one's answer is the call's
 * @property {boolean} listed the first tells the rows as they were
 */

/** Without a number of rows in place of the rows. @type {Record<string, string>} */
const TELLING = { createMany: 'createManyAndReturn', updateMany: 'updateManyAndReturn' }

/**
 * @param {Models} models @param {any} query @param {boolean} tellsRows whether main returns the rows of a set write (MySQL does not)
 * @returns {Asks}
 */
function asksOf(models, query, tellsRows) {
  const { modelName, action } = query
  const model = models.get(modelName)
  if (model === undefined || !isWrite(query)) return { query, queries: [query], listed: false }
  refuseNested(models, model, query)
  if (!tellsRows && action === 'createMany') return { query, queries: creates(query), listed: false }
  if (!tellsRows && action.startsWith('updateMany')) throw untold(query)
  const before = beforeOf(models, model, query)
  const told = telling(models, query)
  if (before === null) return { query, queries: [told], listed: false }
  const { where } = query.query.arguments
  const asked = { where: where ?? {} }
  const first = { modelName, action: before, query: { arguments: asked, selection: ALL_SCALARS } }
  return { query, queries: [first, action === 'deleteMany' ? query : told], listed: true }
}

/** One create for each row, whose answers tell all of it. @param {any} query */
function creates({ modelName, action, query: { arguments: args } }) {
  if (args.skipDuplicates) throw untold({ modelName, action })
  return [args.data].flat().map((data) => ({
    modelName,
    action: 'createOne',
    query: { arguments: { data }, selection: ALL_SCALARS },
  }))
}

/** @param {{ modelName: string, action: string }} query */
function untold({ modelName, action }) {
  return new NotSupportedError(
    `${modelName}.${action}: it needs the main database, which does not say what became of the rows; write them one by one, ` +
      'or with the main client',
  )
}

/** @param {Models} models @param {any} query */
function telling(models, query) {
  const { modelName, action, query: asked } = query
  const instead = TELLING[action]
  if (instead === undefined)
    return { ...query, query: { ...asked, selection: widen(models, modelName, asked.selection) } }
  return { ...query, action: instead, query: { ...asked, selection: ALL_SCALARS } }
}

/**
 * How the rows are asked for as they were: what deleteMany removes nobody tells, an upsert says not which of both it did, and
 * a changed key leads away from the row.
 * @param {Models} models @param {any} model @param {any} query @returns {string | null}
 */
function beforeOf(models, model, { modelName, action, query }) {
  if (action === 'deleteMany') return 'findMany'
  if (action === 'upsertOne') return 'findUnique'
  if (!action.startsWith('update') || !changes(query.arguments.data, model, named(models, model))) return null
  if (action === 'updateOne') return 'findUnique'
  throw new NotSupportedError(
    `${modelName}.${action}, written through, of a field that other rows name: change one row at a time`,
  )
}

/** Fields of the primary key, and those that foreign keys name. @param {Models} models @param {any} model */
function named(models, model) {
  const names = new Set(model.primaryKey?.fields ?? model.uniques[0].fields)
  for (const { relations } of /** @type {Iterable<any>} */ (models.values())) {
    for (const relation of relations) {
      if (relation.model === model.name && relation.fields.length > 0)
        for (const name of relation.references) names.add(name)
    }
  }
  return names
}

/** @param {any} data @param {any} model @param {Set<string>} names */
function changes(data, model, names) {
  const rows = Array.isArray(data) ? data : [data ?? {}]
  return rows.some((row) =>
    Object.keys(row).some((key) => {
      const relation = model.relations.find((/** @type {any} */ one) => one.name === key)
      return names.has(key) || relation?.fields.some((/** @type {string} */ name) => names.has(name))
    }),
  )
}

/**
 * What nested writes of an update touch is not told. To connect by a foreign key of the row itself touches no other.
 * @param {Models} models @param {any} model @param {any} query
 */
function refuseNested(models, model, { modelName, action, query }) {
  const { data, create, update } = query.arguments
  if (action === 'createOne') {
    const odd = foreignTo(models, modelName, [data])
    if (odd !== null)
      throw new NotSupportedError(`${modelName}.${action}, written through, with a nested write (${odd})`)
    return
  }
  for (const row of [data, create, update].flat()) {
    for (const [name, value] of Object.entries(row ?? {})) {
      const relation = model.relations.find((/** @type {any} */ one) => one.name === name)
      if (relation === undefined || !models.has(relation.model) || isOwnKey(relation, value)) continue
      throw new NotSupportedError(`${modelName}.${action}, written through, with a nested write (${name})`)
    }
  }
}

/** @param {any} relation @param {any} value */
function isOwnKey(relation, value) {
  const operations = Object.keys(value ?? {})
  return relation.fields.length > 0 && operations.every((name) => name === 'connect' || name === 'disconnect')
}

module.exports = { asksOf }
