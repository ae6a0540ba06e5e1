/**
 * Compiled plans: of all blocks of one data model that were opened with one client of the user's, since an app has many blocks and few
 * call shapes. Native holds one set of row factories per plan; blocks may be opened with several clients, so a plan's `holder` (one
 * per data model and plan) remembers whose set is in place.
 */
const { fromNative } = require('../errors')
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
 * @property {import('../fast/encode.js').Slot[]} slots
 * @property {{ nodes: import('./rows.js').ShapeNode[] }} shape
 * @property {import('./rows.js').RowMaker} rows
 * @property {Holder} holder
 * @property {import('./rows.js').RowMaker[]} spare makers for runs that overlap others of the plan
 */

/** @type {WeakMap<object, Map<number, Holder>>} */
const holdersOf = new WeakMap()

/** @param {object} schema the native one @param {number} planId @returns {Holder} */
function holderOf(schema, planId) {
  let holders = holdersOf.get(schema)
  if (holders === undefined || holders.size >= MAX_HOLDERS) {
    for (const old of holders?.values() ?? []) Object.assign(old, { rows: null, dead: true })
    holders = new Map()
    holdersOf.set(schema, holders)
  }
  const known = holders.get(planId)
  if (known !== undefined) return known
  const made = { rows: null, dead: false }
  holders.set(planId, made)
  return made
}

class Plans {
  /** @param {object} schema the native one @param {import('./rows.js').RowContext} context */
  constructor(schema, context) {
    this.schema = schema
    this.context = context
    /** @type {Map<number, Plan>} */
    this.known = new Map()
  }

  /** @param {any} block the native one @param {object} query a query of Prisma's JSON protocol @returns {any} a Plan, or {error} {forward} {through} {unsupported} */
  compile(block, query) {
    const compiled = JSON.parse(native(() => block.compile(jsonOf(query))))
    return compiled.planId === undefined ? compiled : (this.known.get(compiled.planId) ?? this.add(compiled))
  }

  /** @param {any} compiled @returns {Plan} */
  add(compiled) {
    if (this.known.size >= MAX_PLANS) this.known.clear()
    const rows = makeRows(compiled, this.context)
    const plan = { ...compiled, rows, holder: holderOf(this.schema, compiled.planId), spare: [] }
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

  /** Put these factories in place. @param {any} block any of the data model @param {Plan} plan */
  activate(block, plan) {
    if (plan.holder.dead) plan.holder = holderOf(this.schema, plan.planId)
    native(() => block.setFactories(plan.planId, plan.rows.factories))
    plan.holder.rows = plan.rows
  }
}

/** @type {WeakMap<object, WeakMap<object, Plans>>} by the native schema, then by the user's client under every extension */
const plansOf = new WeakMap()

/** @param {object} schema @param {object} raw @param {() => import('./rows.js').RowContext} context @returns {Plans} */
function sharedPlans(schema, raw, context) {
  const known = plansOf.get(schema) ?? new WeakMap()
  plansOf.set(schema, known)
  const plans = known.get(raw) ?? new Plans(schema, context())
  known.set(raw, plans)
  return plans
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

module.exports = { Plans, STRINGS, native, sharedPlans }
