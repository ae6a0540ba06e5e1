/** What the fast door has learned, of clients that share it: one trie per model method, bounded over all of them. */
const { RefusedForms } = require('./refused.js')
const { Node, find, learn } = require('./trie.js')

const MAX_FORMS = 2000
/** What cannot be learned may leave a piece of its path behind each time. */
const MAX_FAILURES = 10_000

/** @typedef {{ model: string, root: Node }} MemoSlot */
/** @typedef {{ plan: import('../plans.js').Plan, order: number[] | null, unwrap: ((value: any) => any) | null, guard: import('../scope/index.js').Guard | null }} Entry guard: the values for which the block may answer */

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
   * @param {MemoSlot} slot
   * @param {any} args what the user wrote
   * @param {import('../plans.js').Plan} plan what the engine made of it
   * @param {any[]} params what the engine took from the JSON query: the fast walk must find the same
   * @param {((value: any) => any) | null} unwrap
   * @param {import('../scope/index.js').Guard | null} guard
   * @returns {boolean} whether it is a new form
   */
  learn(slot, args, plan, params, unwrap, guard) {
    if (!this.open || this.isComputed(slot, plan)) return false
    const learned = learn(slot.root, args, plan.slots)
    if (learned === null) return this.failed()
    const order = learned.order.every((at, i) => at === i) ? null : learned.order
    const before = learned.node.entry
    if (before !== null && before.plan === plan) {
      before.guard = guard
      return false
    }
    learned.node.entry = { plan, order, unwrap, guard }
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
   * @param {MemoSlot} slot @param {import('../plans.js').Plan} plan
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
    return entry !== null && same(arrange(entry.order, walked), params)
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

/** Params in the order of the walk -> in the order of the plan's slots. @param {number[] | null} order @param {any[]} walked */
function arrange(order, walked) {
  if (order === null) return walked
  const params = new Array(walked.length)
  for (let i = 0; i < order.length; i++) params[order[i]] = walked[i]
  return params
}

/** @param {any} left @param {any} right @returns {boolean} */
function same(left, right) {
  if (!Array.isArray(left) || !Array.isArray(right)) return Object.is(left, right)
  return left.length === right.length && left.every((value, i) => same(value, right[i]))
}

module.exports = { Memo, arrange }
