// What the fast door may learn of a call that came through the shell.

const { guardOf } = require('../scope/index.js')

/** @typedef {import('../engine/index.js').Call} Call @typedef {import('./memo.js').Learnable} Learnable */

/** @param {Call} call @param {import('../scope/index.js').Decision | null} decision @returns {Learnable} */
function learnable({ plan, params, limits }, decision) {
  const guard = guardOf(decision, limits?.slots ?? plan.slots, params)
  return { plan, params, guard, limits: limits ?? null }
}

module.exports = { learnable }
