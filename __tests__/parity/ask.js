// One call on a client, and which way a block took to answer it.
const { setImmediate: nextTurn } = require('node:timers/promises')
const { revive } = require('./tags')

/**
 * @typedef {import('./world').World} World
 * @typedef {import('./generate/call').Call} Call
 * @typedef {import('./compare').Outcome} Outcome
 * @typedef {'fast' | 'local' | 'forwarded' | 'refused'} Way refused: an error that needed no answer of main
 */

/** The call as fluent calls on the client. @param {any} client @param {Call} call @param {{Prisma: any, main: any}} world */
function start(client, { model, action, args, chain = [] }, world) {
  const accessor = model[0].toLowerCase() + model.slice(1)
  let promise = client[accessor][action](revive(args, world))
  for (const link of chain) promise = promise[link.relation](revive(link.args, world))
  return promise
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
