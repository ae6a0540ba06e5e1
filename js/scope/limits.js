/**
 * A call of windows, limited to the rows before their boundaries: in each part the boundary stands beside the `where` of the user,
 *
 *   where: { chatId }   ->   where: { AND: [{ chatId }, { OR: [{ at: { gt } }, { at, id: { gte } }] }] }
 *
 * and the boundary's values are the same in every call that is made of the same load. What was found is the answer if each part has as
 * many rows as it asks for, and the boundaries are still those. A write has no parts: its windows hold all of their sets.
 */
const { native } = require('../engine/plans.js')

/** @typedef {import('../engine/index.js').Call} Call */
/** @typedef {import('../fast/encode.js').Slot} Slot */
/** @typedef {import('./windows.js').Part} Part */
/** @typedef {import('./windows.js').Windowed} Windowed */
/** @typedef {Part & { where: object | null }} Limited */
/** @typedef {{ within: string[], least: number, takeAt: number }} Check least: so many rows, or those that the param at `takeAt` says */

/** @param {any} block @returns {string | null} the boundaries that its rows have now */
const boundariesOf = (block) => native(() => block.meta('windows'))

/** @param {string[]} one @param {string[]} other */
const areSame = (one, other) => one.length === other.length && one.every((name, at) => name === other[at])

class Limits {
  /** @param {string} known the boundaries @param {Limited[]} limited @param {Call} call */
  constructor(known, limited, { plan: { slots }, params }) {
    this.known = known
    /** Where the user has written the values; null: they are the boundary's. @type {(Slot | null)[]} */
    this.slots = slots.map((slot) => slotOfUser(slot, limited))
    /** What another call of the form begins with: the boundary's values. @type {any[]} */
    this.params = params.map((param, at) => (this.slots[at] === null ? param : undefined))
    this.checks = limited.flatMap((part) => checkOf(part, slots))
  }

  /** Whether each part has found as many rows as it asks for. @param {any} data of the run @param {any[]} params of the run */
  isFull(data, params) {
    return this.checks.every(({ within, least, takeAt }) =>
      isLong(data, within, 0, takeAt < 0 ? least : params[takeAt]),
    )
  }

  /** Whether the boundaries are those, as the block's own connection sees it: within its transaction, of the rows of that. @param {any} block */
  areThose(block) {
    return boundariesOf(block) === this.known
  }

  /**
   * To be asked when the rows were read, and only then: the boundaries were these when the call was made so, and a text of boundaries that
   * has gone does not come back (window.js), so they were these while the rows were read, too. A refresh changes both in one commit.
   * @param {any} block @param {any} data of the run @param {any[]} params of the run
   */
  areMet(block, data, params) {
    return this.isFull(data, params) && this.areThose(block)
  }
}

/** @param {Slot} slot @param {Limited[]} limited @returns {Slot | null} */
function slotOfUser(slot, limited) {
  const { within = [], path } = slot
  const isIn = path[0] === 'where' && limited.some((part) => part.where && areSame(part.within, within))
  if (!isIn) return slot
  const [where, , side, ...rest] = path
  return side === 0 ? { ...slot, path: [where, ...rest] } : null
}

/** @param {Limited} part @param {Slot[]} slots @returns {Check[]} none: whatever it finds is all */
function checkOf({ within, where, isMany, isAfter }, slots) {
  // Of a set that is held as a whole the cursor may still be any row of the model: where it was found, there are rows.
  if (where === null && !isAfter) return []
  const isTake = (/** @type {Slot} */ { within: own = [], path }) =>
    areSame(own, within) && path.length === 1 && path[0] === 'take'
  if (where === null || !isMany) return [{ within, least: 1, takeAt: -1 }]
  return [{ within, least: Number.POSITIVE_INFINITY, takeAt: slots.findIndex(isTake) }]
}

/**
 * Whether each list at a place is as long. Without a row above there is no list.
 * @param {any} found rows, a row or null @param {string[]} within @param {number} at how many relations of it lie behind @param {number} least
 * @returns {boolean}
 */
function isLong(found, within, at, least) {
  if (at === within.length) return Array.isArray(found) ? found.length >= least : found !== null
  if (found === null) return true
  if (Array.isArray(found)) return found.every((row) => isLong(row, within, at, least))
  return isLong(found[within[at]], within, at + 1, least)
}

/** @param {any} node of the query @param {string[]} within @param {object} where @returns {any} */
function limitedAt(node, [name, ...within], where) {
  const { arguments: args = {}, selection } = node
  return name === undefined
    ? { ...node, arguments: { ...args, where: { AND: [args.where ?? {}, where] } } }
    : { ...node, selection: { ...selection, [name]: limitedAt(selection[name], within, where) } }
}

/**
 * @param {import('../engine/index.js').Engine} engine @param {any} query @param {Windowed} windowed
 * @param {string | null} [known] the boundaries of the rows that it is made of
 * @returns {(Call & { limits: Limits }) | null} null where the windows are too short for it whatever it finds, or main has to compare
 */
function limitedCall(engine, query, { complete, parts, wholes }, known = boundariesOf(engine.block)) {
  const { block, plans } = engine
  if (known === null) return null
  /** @type {Record<string, import('./window.js').Bound | undefined>} */
  const bounds = JSON.parse(known)
  if (!wholes.every((model) => bounds[model]?.where === null)) return null
  /** @type {Limited[]} */
  const limited = []
  let root = query.query
  for (const part of parts) {
    const bound = bounds[part.model]
    if (bound === undefined) return null
    limited.push({ ...part, where: bound.where })
    if (bound.where !== null) root = limitedAt(root, part.within, bound.where)
  }
  const own = { ...query, query: root }
  const plan = plans.compile(block, complete ? { ...own, complete } : own)
  if (plan.planId === undefined) return null
  const call = engine.callOf(own, plan)
  return { ...call, limits: new Limits(known, limited, call) }
}

module.exports = { Limits, boundariesOf, limitedCall }
