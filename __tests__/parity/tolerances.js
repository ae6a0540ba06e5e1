// Every way in which an answer may differ from the main database's and still be called the same, each with its reason.

/** Sums of floats depend on the order in which rows are added, which no database promises. */
const FLOAT_SUM_RELATIVE = 1e-9

/** @param {unknown} a @param {unknown} b */
function sameFloatSum(a, b) {
  if (typeof a !== 'number' || typeof b !== 'number') return false
  return Object.is(a, b) || Math.abs(a - b) <= FLOAT_SUM_RELATIVE * Math.max(Math.abs(a), Math.abs(b))
}

/**
 * Rows whose order the call leaves open are compared as a bag. `total`: the order is told by a key, so it is compared.
 * `open`: cut out of an open order (take, skip, cursor, distinct): which rows come is the database's choice, and only their
 * number is compared.
 * @typedef {'total' | 'bag' | 'open'} OrderKind
 */

/** Fields that an `orderBy` orders by themselves. @param {any} orderBy @returns {any[]} */
const entriesOf = (orderBy) =>
  [orderBy ?? []].flat().filter((entry) => entry !== null && Object.keys(entry).length > 0)

/** @param {any} args */
const isCut = (args) =>
  args.take !== undefined || args.skip > 0 || args.cursor !== undefined || args.distinct !== undefined

/**
 * @param {{keys: {fields: {name: string, isRequired: boolean}[]}[]}} model @param {any} args
 * @returns {OrderKind}
 */
function orderOfRows(model, args) {
  const entries = entriesOf(args.orderBy)
  const ordered = new Set(entries.flatMap(Object.keys))
  const isTotal = model.keys.some((key) =>
    key.fields.every((field) => field.isRequired && ordered.has(field.name)),
  )
  if (isTotal) return 'total'
  if (!isCut(args)) return 'bag'
  // Prisma pages by the key when no order is given, and then the rows come in its order.
  return entries.length === 0 && args.distinct === undefined ? 'total' : 'open'
}

/** @param {any} args @returns {OrderKind} */
function orderOfGroups(args) {
  const ordered = new Set(entriesOf(args.orderBy).flatMap(Object.keys))
  if ([args.by].flat().every((name) => ordered.has(name))) return 'total'
  return isCut(args) ? 'open' : 'bag'
}

module.exports = { entriesOf, orderOfGroups, orderOfRows, sameFloatSum }
