/**
 * Windows: `{ where, take, orderBy }` in a scope. Held are the first rows by that order, up to a boundary, and whatever came in since.
 * Every row that is not held comes after the boundary; so a read in the same order is answered here as far as its rows lie before it.
 * One that would need more than there are is the main database's.
 *
 *   take 3, at desc      10:05  10:04  10:02 | boundary: at >= 10:02
 *   findMany take 2      10:05  10:04          here
 *   … with a filter      10:04, and one more?  main
 *   … with a cursor      10:04  10:02          here; a cursor that is not held finds nothing, and main is asked
 */
const { randomUUID } = require('node:crypto')
const { keyset } = require('./keyset.js')
const { protocol } = require('./protocol.js')

/** Compared here as main compares them, and never without a value. Texts too: what the block cannot compare its planner leaves to main. */
const ORDERED = new Set(['Int', 'BigInt', 'DateTime', 'String'])
/** Beside the models: no model is called so. */
const LOAD = ''

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

/** Are no two rows of its set equal in its order? @param {Model} model @param {Window} window */
function isTotal(model, { conditions, order }) {
  // What all of them have in common tells none apart.
  const common = conditions.flatMap((one) =>
    one.type === 'compare' && one.op === 'equals' && one.value !== null ? [one.field] : [],
  )
  const names = [...common, ...order.map(([name]) => name)]
  return [...model.keys.values()].some((key) => key.every((field) => names.includes(field)))
}

/**
 * Whether a read goes through the window's rows from its beginning, or from one of them on.
 * @param {Model} model @param {Window} window @param {any} args @param {boolean} isMany
 */
function isWithin(model, window, args, isMany) {
  // Below zero it counts from the end, of findFirst too.
  const isTaken = isMany || args.take !== undefined
  if ((isTaken && !(args.take > 0)) || args.distinct !== undefined) return false
  // Which of the rows that are equal to the cursor's come after it is not known.
  if (args.cursor !== undefined && !isTotal(model, window)) return false
  return JSON.stringify(orderOf(model, args.orderBy)) === JSON.stringify(window.order)
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

/**
 * The boundaries as the file keeps them. The text of one load is never that of another, though their boundaries be the same: who finds
 * the one that he knows, knows that nothing was loaded since he learned it.
 * @param {Record<string, Bound>} bounds by model
 */
const textOfBounds = (bounds) => JSON.stringify({ ...bounds, [LOAD]: randomUUID() })

module.exports = { boundOf, isWithin, orderOf, textOfBounds }
