// Sequences as a fast-check arbitrary. They shrink by their steps, then by the text of each call.
const fc = require('fast-check')
const { simplify } = require('../arbitrary')
const { Rng } = require('../rng')
const { Steps } = require('./generate/sequence')

/**
 * @typedef {import('./generate/sequence').Step} Step
 * @typedef {import('../generate/call').Call} Call
 */

/** @param {Call} call @returns {Generator<Call>} */
function* simplerCall(call) {
  for (const args of simplify(call.args ?? {})) yield { ...call, args }
}

/** @param {Call[]} calls @returns {Generator<Call[]>} */
function* simplerCalls(calls) {
  if (calls.length > 1) for (const at of calls.keys()) yield calls.toSpliced(at, 1)
  for (const [at, call] of calls.entries()) for (const one of simplerCall(call)) yield calls.with(at, one)
}

/** @param {Step} step @returns {Generator<Step>} */
function* simplerStep(step) {
  if (step.direct) for (const direct of simplerCall(step.direct)) yield { direct }
  if (step.call) for (const call of simplerCall(step.call)) yield { call }
  const { batch, calls } = step
  const many = batch ?? calls ?? []
  if (many.length === 1) yield { call: many[0] }
  if (batch) for (const fewer of simplerCalls(batch)) yield { batch: fewer }
  if (calls) for (const fewer of simplerCalls(calls)) yield { ...step, calls: fewer }
}

/** @param {Step[]} steps @returns {Generator<Step[]>} */
function* simplerSteps(steps) {
  for (const size of [steps.length >> 1, steps.length >> 2])
    for (let at = 0; size > 1 && at < steps.length; at += size) yield steps.toSpliced(at, size)
  for (const at of steps.keys()) yield steps.toSpliced(at, 1)
  for (const [at, step] of steps.entries()) for (const one of simplerStep(step)) yield steps.with(at, one)
}

/** @extends {fc.Arbitrary<Step[]>} */
class SequenceArbitrary extends fc.Arbitrary {
  /** @param {import('./world').WriteWorld} world */
  constructor(world) {
    super()
    this.world = world
  }

  /** @param {fc.Random} random */
  generate(random) {
    const rng = new Rng((low, high) => random.nextInt(low, high))
    return new fc.Value(new Steps(rng, this.world).sequence(), undefined)
  }

  /** @param {unknown} value @returns {value is Step[]} */
  canShrinkWithoutContext(value) {
    return Array.isArray(value)
  }

  /** @param {Step[]} steps */
  shrink(steps) {
    return fc.stream(simplerSteps(steps)).map((simpler) => new fc.Value(simpler, undefined))
  }
}

module.exports = { SequenceArbitrary }
