/**
 * Compiled plans of one client. Native holds one set of row factories per plan; several clients can share a block, so
 * a plan's `holder` (one per block and plan) remembers whose set is in place.
 */
const { fromNative } = require('./errors')
const { makeRows } = require('./rows.js')

/** Why main has to do a call. */
const STRINGS = 'strings that only the main database can compare'
const MAX_PLANS = 2000
const MAX_HOLDERS = 20_000
const MAX_SPARE = 2

/** @typedef {{ rows: any, dead: boolean }} Holder */
/**
 * @typedef {object} Plan
 * @property {number} planId
 * @property {boolean} write
 * @property {boolean} orThrow
 * @property {boolean} [unread] only main makes the row of its `create`, and has to read that first
 * @property {'many' | 'one' | 'upsert' | 'count' | 'aggregate'} result
 * @property {import('./fast/encode.js').Slot[]} slots
 * @property {{ nodes: import('./rows.js').ShapeNode[] }} shape
 * @property {import('./rows.js').RowMaker} rows
 * @property {Holder} holder
 * @property {import('./rows.js').RowMaker[]} spare makers for runs that overlap others of the plan
 */

/** @type {WeakMap<object, Map<number, Holder>>} */
const holdersOf = new WeakMap()

/** @param {object} block @param {number} planId @returns {Holder} */
function holderOf(block, planId) {
  let holders = holdersOf.get(block)
  if (holders === undefined || holders.size >= MAX_HOLDERS) {
    for (const old of holders?.values() ?? []) Object.assign(old, { rows: null, dead: true })
    holders = new Map()
    holdersOf.set(block, holders)
  }
  const known = holders.get(planId)
  if (known !== undefined) return known
  const made = { rows: null, dead: false }
  holders.set(planId, made)
  return made
}

class Plans {
  /** @param {any} block @param {import('./rows.js').RowContext} context */
  constructor(block, context) {
    this.block = block
    this.context = context
    /** @type {Map<number, Plan>} */
    this.known = new Map()
  }

  /** @param {any} query a query of Prisma's JSON protocol @returns {any} a Plan, or {error} {forward} {through} {unsupported} */
  compile(query) {
    const compiled = JSON.parse(native(() => this.block.compile(jsonOf(query))))
    return compiled.planId === undefined ? compiled : (this.known.get(compiled.planId) ?? this.add(compiled))
  }

  /** @param {any} compiled @returns {Plan} */
  add(compiled) {
    if (this.known.size >= MAX_PLANS) this.known.clear()
    const rows = makeRows(compiled, this.context)
    const plan = { ...compiled, rows, holder: holderOf(this.block, compiled.planId), spare: [] }
    this.known.set(plan.planId, plan)
    return plan
  }

  /** Row factories of one run's own: it may overlap others of its plan. @param {Plan} plan @returns {import('./rows.js').RowMaker} */
  borrow(plan) {
    return plan.spare.pop() ?? makeRows(plan, this.context)
  }

  /** Kept warm for the next. @param {Plan} plan @param {import('./rows.js').RowMaker} rows */
  giveBack(plan, rows) {
    rows.reset()
    if (plan.spare.length < MAX_SPARE) plan.spare.push(rows)
  }

  /** Put this client's factories in place. @param {Plan} plan */
  activate(plan) {
    if (plan.holder.dead) plan.holder = holderOf(this.block, plan.planId)
    native(() => this.block.setFactories(plan.planId, plan.rows.factories))
    plan.holder.rows = plan.rows
  }
}

/** Half a surrogate pair is no text to native, nor to the main database: it becomes the replacement character. @param {object} query */
function jsonOf(query) {
  return JSON.stringify(query, finite).replace(/(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g, '$1\ufffd')
}

/** JSON would make null of NaN and Infinity, which means something else to the planner. @param {string} _key @param {any} value */
function finite(_key, value) {
  return typeof value === 'number' && !Number.isFinite(value)
    ? { $type: 'NonFinite', value: String(value) }
    : value
}

/** @template T @param {() => T} call @returns {T} */
function native(call) {
  try {
    return call()
  } catch (error) {
    throw fromNative(error)
  }
}

module.exports = { Plans, STRINGS, native }
