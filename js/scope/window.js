/**
 * Windows: `{ where, take, orderBy }` in a scope. Held are the first rows by that order, up to a boundary, and whatever came in since.
 * Every row that is not held comes after the boundary; so a read in the same order is answered here as far as its rows lie before it.
 * One that would need more than there are is the main database's.
 *
 *   take 3, at desc      10:05  10:04  10:02 | boundary: at >= 10:02
 *   findMany take 2      10:05  10:04          here
 *   … with a filter      10:04, and one more?  main
 */
const { keyset } = require('./keyset.js')
const { protocol } = require('./protocol.js')

/** Compared here as main compares them, and never without a value. Texts too: what the block cannot compare its planner leaves to main. */
const ORDERED = new Set(['Int', 'BigInt', 'DateTime', 'String'])

/** @typedef {import('./conditions.js').Condition} Condition */
/** @typedef {import('./model.js').Model} Model */
/** @typedef {{ conditions: Condition[], order: [string, 'asc' | 'desc'][] }} Window */
/** @typedef {{ where: object | null }} Bound rows that meet it are held; null: all that there were */

/**
 * @param {Model} model @param {any} orderBy @returns {[string, 'asc' | 'desc'][] | null} null: no order of required columns
 */
function orderOf(model, orderBy) {
  const entries = [orderBy ?? []].flat().flatMap((one) => Object.entries(Object(one)))
  // A parent that goes, or gets another key, would give them to rows that are not held.
  const given = [...model.relations.values()].flatMap(({ side, fields, onDelete, onUpdate }) =>
    side === 'own' && [onDelete, onUpdate].includes('SetDefault') ? fields : [],
  )
  const isKnown = (/** @type {[string, any]} */ [name, direction]) => {
    const field = model.fields.get(name)
    const isOrdered = field?.required && ORDERED.has(field.kind) && !given.includes(name)
    return isOrdered && (direction === 'asc' || direction === 'desc')
  }
  return entries.length > 0 && entries.every(isKnown) ? /** @type {any} */ (entries) : null
}

/** Whether a read goes through the window's rows from its beginning. @param {Model} model @param {Window} window @param {any} query */
function isWithin(model, { order }, { action, query: { arguments: args = {} } }) {
  // Below zero it counts from the end, of findFirst too.
  const isTaken = action.startsWith('findMany') || args.take !== undefined
  if (isTaken && !(args.take > 0)) return false
  if (!action.startsWith('find') || args.distinct !== undefined || args.cursor !== undefined) return false
  return JSON.stringify(orderOf(model, args.orderBy)) === JSON.stringify(order)
}

/**
 * @param {import('./declare.js').Covered} covered @param {any[]} rows as they were loaded
 * @returns {Bound | null} null where no boundary is known
 */
function boundOf({ args, window }, rows) {
  if (window === null) return null
  if (rows.length < Number(args.take)) return { where: null }
  const last = rows[rows.length - 1]
  const order = window.order.map(([name, direction], at) => {
    const beyond = direction === 'asc' ? 'lt' : 'gt'
    // The last row itself is held.
    const op = at === window.order.length - 1 ? /** @type {const} */ (`${beyond}e`) : beyond
    return /** @type {[string, import('./keyset.js').Beyond]} */ ([name, op])
  })
  return { where: keyset(order, (name) => protocol(last[name])) }
}

/** The read, of rows before the boundary alone. @param {any} query @param {Bound} bound */
function before(query, { where }) {
  if (where === null) return query
  const { arguments: args = {} } = query.query
  return {
    ...query,
    query: { ...query.query, arguments: { ...args, where: { AND: [args.where ?? {}, where] } } },
  }
}

/** Did it find as many as were asked for? @param {any} query @param {{ data: Record<string, any> }} response */
function isFull({ action, query }, { data }) {
  const [found] = Object.values(data)
  return action.startsWith('findMany') ? found.length === query.arguments.take : found !== null
}

module.exports = { before, boundOf, isFull, isWithin, orderOf }
