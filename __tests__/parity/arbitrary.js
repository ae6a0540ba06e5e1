// Calls as a fast-check arbitrary. They shrink as text: a part of the call is left out, or replaced by something simpler.
const fc = require('fast-check')
const { randomCall } = require('./generate/call')
const { Rng } = require('./rng')
const { isTag } = require('./tags')

/** @typedef {import('./generate/call').Call} Call */

/** Simpler leaves. @param {any} value @returns {any[]} */
function simplerLeaf(value) {
  if (typeof value === 'string' && value.length > 1)
    return [value[0], value.slice(0, Math.ceil(value.length / 2)), value.slice(1)]
  if (typeof value === 'number' && Math.abs(value) > 1) return [value > 0 ? 1 : -1]
  return []
}

/** @param {any[]} items @returns {Iterable<any[]>} */
function* simplerList(items) {
  if (items.length > 3) yield* [items.slice(0, items.length / 2), items.slice(items.length / 2)]
  for (const at of items.keys()) yield items.toSpliced(at, 1)
  for (const [at, item] of items.entries())
    for (const simpler of simplify(item)) yield items.with(at, simpler)
}

/** @param {Record<string, any>} object @returns {Iterable<any>} */
function* simplerObject(object) {
  const entries = Object.entries(object)
  for (const at of entries.keys()) yield Object.fromEntries(entries.toSpliced(at, 1))
  for (const [key, value] of entries) {
    const isLogic = key === 'AND' || key === 'OR' || key === 'NOT'
    // A condition out of its AND, OR or NOT.
    if (isLogic)
      for (const part of [value].flat())
        if (typeof part === 'object' && part !== null) yield { ...without(object, key), ...part }
    if (typeof value === 'object' && value !== null && !isTag(value) && !isLogic && entries.length === 1)
      continue
  }
  for (const [at, [key, value]] of entries.entries()) {
    for (const simpler of simplify(value)) yield Object.fromEntries(entries.with(at, [key, simpler]))
  }
}

/** @param {Record<string, any>} object @param {string} key */
const without = (object, key) => Object.fromEntries(Object.entries(object).filter(([name]) => name !== key))

/** @param {any} node @returns {Iterable<any>} */
function* simplify(node) {
  if (Array.isArray(node)) yield* simplerList(node)
  else if (typeof node !== 'object' || node === null || isTag(node)) yield* simplerLeaf(node)
  else yield* simplerObject(node)
}

/** @param {Call} call @returns {Generator<Call>} */
function* simplerCalls(call) {
  if (call.chain) for (const chain of simplerList(call.chain)) if (chain.length > 0) yield { ...call, chain }
  for (const args of simplify(call.args ?? {})) yield { ...call, args }
}

/** @extends {fc.Arbitrary<Call>} */
class CallArbitrary extends fc.Arbitrary {
  /** @param {import('./world').World} world */
  constructor(world) {
    super()
    this.world = world
  }

  /** @param {fc.Random} random */
  generate(random) {
    const rng = new Rng((low, high) => random.nextInt(low, high))
    return new fc.Value(randomCall(rng, this.world), undefined)
  }

  /** @param {unknown} value @returns {value is Call} */
  canShrinkWithoutContext(value) {
    return typeof value === 'object' && value !== null && 'action' in value
  }

  /** @param {Call} call */
  shrink(call) {
    return fc.stream(simplerCalls(call)).map((simpler) => new fc.Value(simpler, undefined))
  }
}

module.exports = { CallArbitrary, simplify }
