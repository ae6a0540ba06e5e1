// One step on one client.
const { Block } = require('../../../js/index.js')
const { ask, start } = require('../ask')
const { canonical } = require('./canonical')

/**
 * @typedef {import('./world').WriteWorld} World
 * @typedef {import('./generate/sequence').Step} Step
 * @typedef {import('../generate/call').Call} Call
 * @typedef {import('../compare').Outcome} Outcome
 * @typedef {Outcome & {refused?: boolean}} Told refused: not supported by the block
 * @typedef {{calls: Told[], end: Told}} Outcomes one of each call that was made; end: of the transaction around them
 */

const NOTHING = { value: undefined }
const THROWN = new Error('thrown by the callback')
const LIMITS = { maxWait: 10_000, timeout: 30_000 }

/** What a block does not do, and what it cannot do within a transaction: only main could, where nothing would be rolled back. */
const REFUSALS = new Set(['SHARDED_NOT_SUPPORTED', 'SHARDED_TRANSACTION'])

/** @param {any} error */
const isRefusal = (error) => REFUSALS.has(error?.code)

/** @param {Outcome} outcome @returns {Told} */
function told(outcome) {
  if ('error' in outcome) return { ...outcome, refused: isRefusal(outcome.error) }
  return { value: canonical(outcome.value) }
}

/** @param {World} world @param {any} client */
const reviving = (world, client) =>
  /** @type {any} */ ({ Prisma: world.Prisma, main: client, digits: world.digits })

/** @param {World} world @param {any} client @param {Call} call @returns {Promise<Told>} */
const one = async (world, client, call) => told(await ask(client, call, reviving(world, client)))

/** @param {World} world @param {any} client @param {Call[]} calls @returns {Promise<Outcomes>} */
async function batch(world, client, calls) {
  try {
    const answers = await client.$transaction(
      calls.map((call) => start(client, call, reviving(world, client))),
    )
    return { calls: answers.map((/** @type {any} */ value) => told({ value })), end: NOTHING }
  } catch (error) {
    return { calls: [], end: told({ error }) }
  }
}

/** Prisma's own errors: what its call had written before stays in main's transaction, and goes from the block's. */
const HALFWAY = new Set(['P2014', 'P2015', 'P2016', 'P2017', 'P2018', 'P2025'])

/** A failed statement is undone by MySQL, and what the call did before it is not; it is flat when it is one statement. @param {World} world @param {Call} call */
function isOneStatement({ model: { provider, byName } }, { model, args }) {
  if (provider === 'postgresql') return true
  const { relations } = /** @type {import('../model').Model} */ (byName.get(model))
  const data = [args?.data, args?.create, args?.update].flat()
  return !data.some((row) => relations.some(({ name }) => row?.[name] !== undefined))
}

/** @param {World} world @param {Call} call @param {any} error */
const leavesNothing = (world, call, error) => !HALFWAY.has(error.code) && isOneStatement(world, call)

/**
 * @param {World} world @param {any} client @param {Step} step
 * @param {Set<number>} skipped calls that the block refuses
 * @returns {Promise<Outcomes>}
 */
async function interactive(world, client, { calls = [], end, goesOn }, skipped) {
  /** @type {Told[]} */
  const outcomes = []
  const work = async (/** @type {any} */ tx) => {
    for (const [at, call] of calls.entries()) {
      if (skipped.has(at)) continue
      const outcome = await told(await ask(tx, call, reviving(world, client)))
      outcomes[at] = outcome
      if ('error' in outcome && !outcome.refused && !(goesOn && leavesNothing(world, call, outcome.error)))
        throw outcome.error
    }
    if (end === 'throw') throw THROWN
  }
  try {
    await client.$transaction(work, LIMITS)
    return { calls: outcomes, end: NOTHING }
  } catch (error) {
    return { calls: outcomes, end: error === THROWN ? NOTHING : told({ error }) }
  }
}

/** @param {World} world @param {any} client @param {Step} step @param {Set<number>} [skipped] @returns {Promise<Outcomes>} */
async function take(world, client, step, skipped = new Set()) {
  if (step.batch) return batch(world, client, step.batch)
  if (step.calls) return interactive(world, client, step, skipped)
  return { calls: [await one(world, client, /** @type {Call} */ (step.call ?? step.direct))], end: NOTHING }
}

/** Somebody else's write: what the block had to send is sent before, and afterwards it loads again. @param {World} world @param {Step} step */
async function takeDirect(world, step) {
  await world.block.$block.flush()
  const outcomes = await take(world, world.behind.client, step)
  await Block.invalidate(world.block.$block.id)
  return outcomes
}

/** @param {Step} step @returns {Call[]} */
const callsOf = ({ call, direct, batch: many, calls }) =>
  many ?? calls ?? [/** @type {Call} */ (call ?? direct)]

module.exports = { callsOf, take, takeDirect }
