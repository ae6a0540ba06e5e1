// One call on a client, and which way a block took to answer it.
const { setImmediate: nextTurn } = require('node:timers/promises')
const { revive } = require('./tags')

/**
 * @typedef {import('./world').World} World
 * @typedef {import('./generate/call').Call} Call
 * @typedef {import('./compare').Outcome} Outcome
 * @typedef {'fast' | 'local' | 'forwarded' | 'refused'} Way refused: an error that needed no answer of main
 */

/** The call as fluent calls on the client. @param {any} client @param {Call} call @param {{Prisma: any, main: any, model?: any}} world @returns {any} */
function start(client, call, world) {
  const { model, action, args, chain = [], calls, snapshot } = call
  if (calls !== undefined)
    return snapshot
      ? moment(client, calls, world)
      : client.$transaction(calls.map((one) => start(client, one, world)))
  const accessor = model[0].toLowerCase() + model.slice(1)
  let promise = client[accessor][action](revive(args, world))
  for (const link of chain) promise = promise[link.relation](revive(link.args, world))
  return promise
}

/** One after another, in a transaction that sees one moment. @param {any} client @param {Call[]} calls @param {any} world */
function moment(client, calls, world) {
  const isolationLevel = world.model.provider === 'sqlite' ? 'Serializable' : 'RepeatableRead'
  const each = async (/** @type {any} */ tx) => {
    const values = []
    for (const one of calls) values.push(await start(tx, one, world))
    return values
  }
  return client.$transaction(each, { isolationLevel, maxWait: 20_000 })
}

/** @param {any} client @param {Call} call @param {World} world @returns {Promise<Outcome>} */
async function ask(client, call, world) {
  try {
    return { value: await start(client, call, world) }
  } catch (/** @type {any} */ error) {
    // Prisma's own query compiler fell over, and does not get up again.
    if (/panicked at|Rust value/.test(error.message)) world.panicked = true
    return { error }
  }
}

/** Each in a turn of its own: findUnique calls of one turn are one query to Prisma. */
let lastTurn = Promise.resolve()

/** @param {Call} call @param {World} world @returns {Promise<Outcome>} */
async function askMain(call, world) {
  lastTurn = lastTurn.then(() => nextTurn())
  await lastTurn
  return ask(world.main, call, world)
}

/** @param {any} block */
const countsOf = (block) => block.$block.status().client

/** @param {Call} call @param {World} world @returns {Promise<{outcome: Outcome, way: Way}>} */
async function askBlock(call, world) {
  const before = countsOf(world.block)
  const outcome = await ask(world.block, call, world)
  const after = countsOf(world.block)
  if (after.forwarded > before.forwarded) return { outcome, way: 'forwarded' }
  if (after.fast > before.fast) return { outcome, way: 'fast' }
  return { outcome, way: 'error' in outcome ? 'refused' : 'local' }
}

module.exports = { ask, askBlock, askMain, start }
