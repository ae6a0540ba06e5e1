/**
 * The memo of the shell door: which plan answers a call of a given form, and which of its values are parameters.
 * A trie over the arguments in the order in which they are written. At a place that the plan declared as a parameter the
 * value's *kind* is the transition; everywhere else the value itself is. Literals are tried first. What the walk does not
 * know, or will not vouch for, is no answer (null), and the caller goes through Prisma's shell.
 *
 * A getter is read as the shell would read it; symbol keys are ignored as the shell ignores them. So are keys whose value is
 * `undefined`, but those of `omit`, where it undoes an `omit` of the client, those of `include`, where it leaves a field out, and the
 * aggregates, where it is an empty selection.
 */
const { slotEncoder } = require('./encode.js')

const OBJECT_END = Symbol('}')
const ARRAY_END = Symbol(']')

/** @typedef {import('./encode.js').Slot} Slot */
/** @typedef {{ signature: string, encode: (value: any, params: any[]) => boolean, next: Node }} ParamEdge */

class Node {
  constructor() {
    /** The first literal edge, outside the map: most nodes have one. @type {any} */
    this.onlyKey = NONE
    /** @type {Node | null} */
    this.onlyNext = null
    /** @type {Map<any, Node> | null} */
    this.others = null
    /** @type {Node | null} */
    this.object = null
    /** @type {Node | null} */
    this.array = null
    /** Field references, by their class. @type {Map<Function, Node> | null} */
    this.references = null
    /** @type {ParamEdge[] | null} */
    this.params = null
    /** @type {any} */
    this.entry = null
  }

  /** @param {any} key @returns {Node | null} */
  step(key) {
    if (this.onlyKey === key) return this.onlyNext
    return this.others === null ? null : (this.others.get(key) ?? null)
  }

  /** @param {any} key @returns {Node} */
  grow(key) {
    const known = this.step(key)
    if (known !== null) return known
    const next = new Node()
    if (this.onlyKey === NONE) {
      this.onlyKey = key
      this.onlyNext = next
      return next
    }
    this.others ??= new Map()
    this.others.set(key, next)
    return next
  }
}

const NONE = Symbol('none')
const AGGREGATES = new Set(['_count', '_sum', '_avg', '_min', '_max'])
/** In these a key whose value is `undefined` says something. */
const TOLD_UNDEFINED = new Set(['include', 'omit'])

/**
 * @param {Node} root @param {any} args @param {any[]} params filled in the order of the walk
 * @returns {any} the entry learned for this form, or null
 */
function find(root, args, params) {
  const end = args === undefined ? root.step(undefined) : walk(root, args, params)
  return end === null ? null : end.entry
}

/** @param {Node} node @param {any} value @param {any[]} params @returns {Node | null} */
function walk(node, value, params) {
  if (typeof value === 'object' && value !== null) {
    const mark = params.length
    const next = Array.isArray(value)
      ? walkArray(node.array, value, params)
      : walkObject(node.object, value, params)
    if (next !== null) return next
    if (node.references !== null && isReference(value)) return walkReference(node.references, value)
    if (node.params === null) return null
    params.length = mark
    return walkParams(node.params, value, params)
  }
  if (node.params === null) return literal(node, value)
  return literal(node, value) ?? walkParams(node.params, value, params)
}

/** @param {Node} node @param {any} value */
function literal(node, value) {
  // 0 and -0 are one key of a Map, and two meanings of `take`.
  return value === 0 && 1 / value < 0 ? null : node.step(value)
}

/** `db.user.fields.name`: an instance of a class of Prisma's runtime, told by what only it can do. @param {any} value */
const isReference = (value) => typeof value._toGraphQLInputType === 'function'

/** @param {Map<Function, Node>} references @param {any} value @returns {Node | null} */
function walkReference(references, value) {
  const model = references.get(value.constructor)?.step(value.modelName) ?? null
  return model === null ? null : model.step(value.name)
}

/** @param {Node} node @param {any} value @returns {Node} */
function growReference(node, value) {
  node.references ??= new Map()
  const known = node.references.get(value.constructor) ?? new Node()
  node.references.set(value.constructor, known)
  return known.grow(value.modelName).grow(value.name)
}

/** @param {Node | null} start @param {any} value @param {any[]} params @returns {Node | null} */
function walkObject(start, value, params) {
  if (start === null || Object.getPrototypeOf(value) !== Object.prototype) return null
  /** @type {Node | null} */
  let node = start
  for (const key in value) {
    const inner = value[key]
    if (inner === undefined) {
      if (AGGREGATES.has(key)) return null
      continue
    }
    node = node.step(key)
    if (node === null || (TOLD_UNDEFINED.has(key) && holdsUndefined(inner))) return null
    node = walk(node, inner, params)
    if (node === null) return null
  }
  return node.step(OBJECT_END)
}

/** @param {any} value */
function holdsUndefined(value) {
  return typeof value === 'object' && value !== null && Object.values(value).includes(undefined)
}

/** @param {Node | null} start @param {any[]} value @param {any[]} params @returns {Node | null} */
function walkArray(start, value, params) {
  /** @type {Node | null} */
  let node = start
  for (let i = 0; i < value.length && node !== null; i++) node = walk(node, value[i], params)
  return node === null ? null : node.step(ARRAY_END)
}

/** @param {ParamEdge[]} edges @param {any} value @param {any[]} params @returns {Node | null} */
function walkParams(edges, value, params) {
  for (let i = 0; i < edges.length; i++) {
    const mark = params.length
    if (edges[i].encode(value, params)) return edges[i].next
    params.length = mark
  }
  return null
}

/**
 * Teach the trie one call: the same walk, making the edges. Answers the order in which the walk meets the plan's slots,
 * or null when the arguments hold something the walk would not vouch for.
 * @param {Node} root @param {any} args @param {Slot[]} slots
 * @returns {{ node: Node, order: number[] } | null}
 */
function learn(root, args, slots) {
  if (args === undefined) return slots.length === 0 ? { node: root.grow(undefined), order: [] } : null
  /** @type {number[]} */
  const order = []
  const node = grow(root, args, slotTree(slots, args), slots, order)
  return node !== null && order.length === slots.length ? { node, order } : null
}

/** @typedef {{ slot: number, inner: Map<string, SlotTree> }} SlotTree */

/**
 * Where the user wrote a slot's value: a relation's arguments stand under `include` or `select`.
 * @param {Slot} slot @param {any} args @returns {(string | number)[]}
 */
function userPath(slot, args) {
  const path = []
  let level = args
  for (const relation of slot.within ?? []) {
    const word = level?.include?.[relation] === undefined ? 'select' : 'include'
    path.push(word, relation)
    level = level?.[word]?.[relation]
  }
  return [...path, ...slot.path]
}

/** @param {Slot[]} slots @param {any} args @returns {SlotTree} */
function slotTree(slots, args) {
  /** @type {SlotTree} */
  const root = { slot: -1, inner: new Map() }
  slots.forEach((slot, index) => {
    let place = root
    for (const step of userPath(slot, args)) {
      const key = String(step)
      const next = place.inner.get(key) ?? { slot: -1, inner: new Map() }
      place.inner.set(key, next)
      place = next
    }
    place.slot = index
  })
  return root
}

/**
 * @param {Node} node @param {any} value @param {SlotTree | undefined} place @param {Slot[]} slots @param {number[]} order
 * @returns {Node | null}
 */
function grow(node, value, place, slots, order) {
  if (place !== undefined && place.slot >= 0) {
    order.push(place.slot)
    return growParam(node, value, slots[place.slot])
  }
  if (Array.isArray(value)) return growArray(node, value, place, slots, order)
  if (typeof value === 'object' && value !== null && isReference(value)) return growReference(node, value)
  if (typeof value === 'object' && value !== null) return growObject(node, value, place, slots, order)
  const isKey =
    value === null || typeof value === 'boolean' || typeof value === 'string' || typeof value === 'bigint'
  const isNumber = typeof value === 'number' && Number.isFinite(value) && !(value === 0 && 1 / value < 0)
  return isKey || isNumber ? node.grow(value) : null
}

/** @param {Node} node @param {any} value @param {Slot} slot @returns {Node | null} */
function growParam(node, value, slot) {
  const encoder = slotEncoder(slot, value)
  if (!encoder.encode(value, [])) return null
  node.params ??= []
  let edge = node.params.find((candidate) => candidate.signature === encoder.signature)
  if (edge === undefined) {
    edge = { ...encoder, next: new Node() }
    node.params.push(edge)
  }
  return edge.next
}

/**
 * @param {Node} node @param {any} value @param {SlotTree | undefined} place @param {Slot[]} slots @param {number[]} order
 * @returns {Node | null}
 */
function growObject(node, value, place, slots, order) {
  if (Object.getPrototypeOf(value) !== Object.prototype || typeof value.toJSON === 'function') return null
  node.object ??= new Node()
  /** @type {Node | null} */
  let at = node.object
  for (const key in value) {
    const inner = value[key]
    if (inner === undefined && AGGREGATES.has(key)) return null
    if (inner === undefined) continue
    if (TOLD_UNDEFINED.has(key) && holdsUndefined(inner)) return null
    at = grow(at.grow(key), inner, place?.inner.get(key), slots, order)
    if (at === null) return null
  }
  return at.grow(OBJECT_END)
}

/**
 * @param {Node} node @param {any[]} value @param {SlotTree | undefined} place @param {Slot[]} slots @param {number[]} order
 * @returns {Node | null}
 */
function growArray(node, value, place, slots, order) {
  node.array ??= new Node()
  /** @type {Node | null} */
  let at = node.array
  for (let i = 0; i < value.length && at !== null; i++) {
    at = grow(at, value[i], place?.inner.get(String(i)), slots, order)
  }
  return at === null ? null : at.grow(ARRAY_END)
}

module.exports = { Node, find, learn }
