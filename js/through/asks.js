/**
 * What the main database is asked for one call that is written through, so that its answers tell which rows were touched.
 */
const { NotSupportedError } = require('../errors')
const { ALL_SCALARS, widen } = require('../engine/reshape.js')
const { changes, named } = require('./keys.js')
const { keysOf, lost, treeOf } = require('./nested.js')
const { isWrite } = require('./scope.js')

/** @typedef {import('../engine/reshape.js').Models} Models */
/** @typedef {import('./nested.js').Tree} Tree */
/**
 * @typedef {object} Asks
 * @property {any} query the call
 * @property {any[]} queries in order, in one transaction; the last one's answer is the call's
 * @property {boolean} listed the first tells the rows as they were
 * @property {Tree} tree what is written around the row
 */

/** Without a number of rows in place of the rows. @type {Record<string, string>} */
const TELLING = { createMany: 'createManyAndReturn', updateMany: 'updateManyAndReturn' }

/**
 * @param {Models} models @param {any} query @param {import('../engine/miss.js').Locking} main what is known of the main database
 * @returns {Asks}
 */
function asksOf(models, query, { tellsRows, idsAscend }) {
  const { modelName, action } = query
  const model = models.get(modelName)
  if (model === undefined || !isWrite(query)) return { query, queries: [query], listed: false, tree: [] }
  const tree = nestedOf(models, query, idsAscend)
  if (!tellsRows && action === 'createMany') return { query, queries: creates(query), listed: false, tree }
  if (!tellsRows && action.startsWith('updateMany')) throw untold(query)
  const before = beforeOf(models, model, query, tree)
  const told = telling(models, query)
  if (before === null) return { query, queries: [told], listed: false, tree }
  const { where } = query.query.arguments
  const asked = { arguments: { where: where ?? {} }, selection: { ...ALL_SCALARS, ...keysOf(models, tree) } }
  const first = { modelName, action: before, query: asked }
  return { query, queries: [first, action === 'deleteMany' ? query : told], listed: true, tree }
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
 * How the rows are asked for as they were: what deleteMany removes nobody tells, an upsert says not which of both it did, a
 * changed key leads away from the row, and a nested write from the rows around it.
 * @param {Models} models @param {any} model @param {any} query @param {Tree} tree @returns {string | null}
 */
function beforeOf(models, model, { modelName, action, query }, tree) {
  if (action === 'deleteMany') return 'findMany'
  if (action === 'upsertOne') return 'findUnique'
  if (!action.startsWith('update')) return null
  if (!changes(query.arguments.data, model, named(models, model)))
    return action === 'updateOne' && tree.length > 0 ? 'findUnique' : null
  if (action === 'updateOne') return 'findUnique'
  throw new NotSupportedError(
    `${modelName}.${action}, written through, of a field that other rows name: change one row at a time`,
  )
}

/** @param {Models} models @param {any} query @param {boolean} idsAscend @returns {Tree} */
function nestedOf(models, { modelName, action, query: { arguments: args } }, idsAscend) {
  if (!/^(create|update|upsert)One$/.test(action)) return []
  const rows = [args.data, args.create, args.update]
  const odd = lost(models, modelName, rows)
  if (odd !== null) throw new NotSupportedError(`${modelName}.${action}, written through, with a ${odd}`)
  return treeOf(models, modelName, rows, idsAscend)
}

module.exports = { asksOf }
