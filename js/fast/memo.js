/** What the fast door has learned, of clients that share it: one trie per model method, bounded over all of them. */
const { RefusedForms } = require('./refused.js')
const { Node, find, learn } = require('./trie.js')

const MAX_FORMS = 2000
/** What cannot be learned may leave a piece of its path behind each time. */
const MAX_FAILURES = 10_000

/** @typedef {{ model: string, root: Node }} MemoSlot */
/** @typedef {import('../engine/plans.js').Plan} Plan @typedef {import('./encode.js').Slot} Slot @typedef {import('../scope/limits.js').Limits} Limits */
/**
 * @typedef {object} Learnable
 * @property {Plan} plan what the engine made of a call
 * @property {any[]} params what it took from the JSON query: the fast walk must find the same
 * @property {import('../scope/index.js').Guard | null} guard the values for which the block may answer
 * @property {Limits | null} limits of a read of windows: what is to be looked at when it has run
 */
/** @typedef {{ plan: Plan, order: number[] | null, unwrap: ((value: any) => any) | null, guard: Learnable['guard'], limits: Limits | null }} Entry */

class Memo {
  /**
   * @param {Set<string>} closed models whose rows an extension computes on
   * @param {boolean} open false: nothing is learned, so nothing is found
   */
  constructor(closed, open) {
    this.closed = closed
    this.open = open
    this.refused = new RefusedForms()
    this.forms = 0
    this.failures = 0
    /** @type {Map<string, MemoSlot>} */
    this.slots = new Map()
  }

  /** For a child client with more computed fields. @param {Set<string>} closed */
  fork(closed) {
    return new Memo(closed, this.open)
  }

  /** @param {string} model @param {string} method @returns {MemoSlot} */
  slot(model, method) {
    const key = `${model}.${method}`
    const known = this.slots.get(key)
    if (known !== undefined) return known
    const made = { model, root: new Node() }
    this.slots.set(key, made)
    return made
  }

  /**
   * @param {MemoSlot} slot @param {any} args what the user wrote @param {Learnable} known @param {((value: any) => any) | null} unwrap
   * @returns {boolean} whether it is a new form
   */
  learn(slot, args, { plan, params, guard, limits }, unwrap) {
    if (!this.open || this.isComputed(slot, plan)) return false
    const { slots, places } = usersOf(plan, limits)
    const learned = learn(slot.root, args, slots)
    if (learned === null) return this.failed()
    const walked = learned.order.map((at) => places[at])
    const isStraight = walked.length === params.length && walked.every((at, i) => at === i)
    const before = learned.node.entry
    if (before !== null && before.plan === plan && limits === null && before.limits === null) {
      before.guard = guard
      return false
    }
    // Of a form that was limited by other boundaries this is the only one from now on.
    learned.node.entry = { plan, order: isStraight ? null : walked, unwrap, guard, limits }
    if (!this.agrees(slot, args, params)) {
      learned.node.entry = before
      return this.failed()
    }
    if (before !== null) return false
    this.count()
    return true
  }

  /**
   * Extensions compute on every object that a call of a model answers, be it `{ count }`; and on the rows nested in it.
   * @param {MemoSlot} slot @param {import('../engine/plans.js').Plan} plan
   */
  isComputed({ model }, { result, shape, write }) {
    const isObject = write || result !== 'count'
    return (isObject && this.closed.has(model)) || shape.nodes.some((node) => this.closed.has(node.model))
  }

  /** @param {MemoSlot} slot @param {any} args @param {any[]} params */
  agrees(slot, args, params) {
    /** @type {any[]} */
    const walked = []
    const entry = find(slot.root, args, walked)
    return entry !== null && same(arrange(entry, walked), params)
  }

  count() {
    this.forms += 1
    if (this.forms > MAX_FORMS) this.forget()
  }

  failed() {
    this.failures += 1
    if (this.failures > MAX_FAILURES) this.forget()
    return false
  }

  forget() {
    this.forms = 0
    this.failures = 0
    for (const slot of this.slots.values()) slot.root = new Node()
  }
}

/**
 * The slots whose values stand in the arguments, and the place of each among those of the plan.
 * @param {Plan} plan @param {Limits | null} limits
 */
function usersOf(plan, limits) {
  const all = limits?.slots ?? plan.slots
  const places = all.flatMap((slot, at) => (slot === null ? [] : [at]))
  return { slots: places.map((at) => /** @type {Slot} */ (all[at])), places }
}

/** Params in the order of the walk -> in the order of the plan's slots. @param {Entry} entry @param {any[]} walked */
function arrange({ order, limits }, walked) {
  if (order === null) return walked
  const params = limits === null ? new Array(walked.length) : limits.params.slice()
  for (let i = 0; i < order.length; i++) params[order[i]] = walked[i]
  return params
}

/** @param {any} left @param {any} right @returns {boolean} */
function same(left, right) {
  if (!Array.isArray(left) || !Array.isArray(right)) return Object.is(left, right)
  return left.length === right.length && left.every((value, i) => same(value, right[i]))
}

module.exports = { Memo, arrange }
