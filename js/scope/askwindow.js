// A read of a window: its rows, or main's when it asks for more than are held.

const { before, isFull } = require('./window.js')

/**
 * @param {import('../engine.js').Engine} engine @param {any} query @param {any} compiled what is to be done where the window is too short
 * @param {any} opts
 */
async function askWindow(engine, query, compiled, opts) {
  const { block } = engine
  const known = block.meta('windows')
  const bound = known === null ? undefined : JSON.parse(known)[compiled.window]
  if (bound === undefined) return engine.forward(query, compiled, opts)
  const isWhole = bound.where === null
  const limited = before(query, bound)
  const plan = engine.plans.compile(block, { ...limited, complete: isWhole })
  if (plan.planId === undefined) return engine.forward(query, compiled, opts)
  const call = engine.callOf(limited, plan)
  const answer = await engine.complete(call, engine.attempt(call, null), opts)
  // Another process may have loaded the block again meanwhile.
  const isSure = (isWhole || isFull(query, answer)) && block.meta('windows') === known
  return isSure ? answer : engine.forward(query, compiled, opts)
}

module.exports = { askWindow }
