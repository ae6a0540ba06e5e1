/** Which of our calls a request of Prisma's shell belongs to, and where the user made it. */
const path = require('node:path')
const { current } = require('../engine/context.js')

/** @typedef {import('../fast/method.js').ShellCall} ShellCall */

const CALL = Symbol('sharded.call')
/** Where our own code lies. */
const OWN = path.dirname(__dirname)

/**
 * Know which call of ours a request of the shell belongs to: the call is tied to the parameters of the shell's `_request`
 * (which it calls in the turn in which its promise is started), then to the JSON query made of them.
 * @param {any} derived @param {any} raw
 */
function followCalls(derived, raw) {
  /** @type {ShellCall | null} */
  let starting = null
  /** @type {ShellCall | null} */
  let executing = null
  /** @type {WeakMap<object, ShellCall>} */
  const calls = new WeakMap()
  // Prisma sends a batch when the loop turns, in the turn of whoever asked first: it may be the callback of a transaction.
  /** @type {WeakMap<object, ReturnType<typeof current>>} */
  const callers = new WeakMap()

  derived._request = function (/** @type {any} */ params) {
    if (starting !== null) {
      params[CALL] = starting
      showSite(params.callsite, starting.site)
    } else {
      hideOurselves(params.callsite)
    }
    starting = null
    return raw._request.call(this, params)
  }
  derived._executeRequest = async function (/** @type {any} */ params) {
    // The arrival of one call starts the next. Prisma's loader forgets what is asked of it while it sends, so not in its turn.
    await null
    executing = params[CALL] ?? null
    // Arguments that somebody has replaced on the way say nothing about those the user wrote.
    if (executing !== null && !isSame(executing.args, params.args)) executing.untouched = false
    try {
      return raw._executeRequest.call(this, params)
    } finally {
      executing = null
    }
  }
  const handler = derived._requestHandler
  const { request } = handler
  handler.request = (/** @type {any} */ params) => {
    if (executing !== null) calls.set(params.protocolQuery, executing)
    executing = null
    if (params.transaction?.kind === 'batch') callers.set(params.protocolQuery, current())
    return request.call(handler, params)
  }

  return {
    /** @param {ShellCall} call @param {() => any} begin */
    tag(call, begin) {
      starting = call
      try {
        return begin()
      } finally {
        starting = null
      }
    },
    /** @param {object} query */
    callOf: (query) => calls.get(query),
    /** In whose callback a batch was asked for. @param {object} query one of it */
    callerOf: (query) => callers.get(query) ?? null,
  }
}

/**
 * The shell saw its caller, which is we; the user's place is the one that was noted, or none.
 * @param {any} callsite @param {object | null} site
 */
function showSite(callsite, site) {
  if (callsite?._error instanceof Error) callsite._error = site ?? { stack: '' }
}

/**
 * Of a fluent call the shell saw its caller too, and whatever stands above us in its stack is the user's. Told when it is asked
 * for: a stack in words is slow.
 * @param {any} callsite
 */
function hideOurselves(callsite) {
  const seen = callsite?._error
  if (!(seen instanceof Error)) return
  callsite._error = {
    get stack() {
      const lines = String(seen.stack).split('\n')
      return lines.filter((line) => !line.includes(OWN)).join('\n')
    },
  }
}

/** The shell makes `{}` of missing arguments. @param {any} given @param {any} used */
function isSame(given, used) {
  if (given !== undefined || used === undefined) return given === used
  return Object.keys(used).length === 0
}

module.exports = { followCalls }
