/**
 * Arguments that Prisma refuses are refused in its own words: the main client's engine is asked. A write is asked
 * inside a transaction that is always rolled back, so that nothing is written should the engine accept it after all; and
 * before that inside one that there is not, because Prisma's engine in JS reads a call before it looks for its
 * transaction: an argument error then costs no round trip. Engines that look first go on to the transaction that there is.
 */
const { NotSupportedError } = require('../errors')

const NOWHERE = { id: 'sharded: to be read, not made', payload: undefined }

const LIMITS = { maxWait: 2000, timeout: 5000, isolationLevel: undefined }
/** What a call's arguments alone can raise. */
const UNREADABLE = new Set(['P2009', 'P2012', 'P2019'])
/** A required relation that a call would break whatever is there, too; else the rows raise it. */
const REQUIRED = 'P2014'
/** Prisma reads all calls of a batch before it makes one: what it finds then is an error of none in particular. */
const UNREAD = new Set([...UNREADABLE, undefined])

/**
 * Resolves when the main database takes these writes; none of them stays.
 * @param {any} main the main client's own engine @param {any[]} queries @param {any} opts
 */
async function askInVain(main, queries, opts) {
  const headers = { traceparent: opts?.traceparent }
  const started = await main.transaction('start', headers, LIMITS)
  try {
    for (const [at, query] of queries.entries())
      await main
        .request(query, { ...opts, transaction: undefined, interactiveTransaction: started })
        .catch((/** @type {any} */ error) => {
          throw at > 0 ? indexed(error, at) : error
        })
  } finally {
    await main.transaction('rollback', headers, started)
  }
}

/** @param {any} main @param {any} query @param {any} opts @returns {Promise<void>} resolves unless main refuses to read the call */
async function askToRead(main, query, opts) {
  await askNowhere(main, query, opts)
  try {
    await askInVain(main, [query], opts)
  } catch (/** @type {any} */ error) {
    if (UNREAD.has(error.code)) throw error
  }
}

/** Rejects only with what is wrong with the arguments; it makes no call. @param {any} main @param {any} query @param {any} opts */
async function askNowhere(main, query, opts) {
  try {
    await main.request(query, { ...opts, transaction: undefined, interactiveTransaction: NOWHERE })
  } catch (/** @type {any} */ error) {
    if (UNREADABLE.has(error.code) || error.code === REQUIRED) throw error
  }
}

/**
 * Resolves when main takes the call after all.
 * @param {import('./main.js').Main} main @param {any[]} queries a call of which the planner found something wrong, and those
 *   of its batch before it
 * @param {any} opts
 */
async function refusedByMain(main, queries, opts) {
  await askToRead(main.engine, queries[queries.length - 1], opts)
  // Main takes it: then what is there decides, and what the calls before it make of that.
  await main.ready()
  await askInVain(main.engine, queries, opts)
}

/** Of a call that main takes, where it cannot be main's alone. @param {any} query @param {string} why */
const untaken = ({ modelName, action }, why) => new NotSupportedError(`${modelName}.${action}: ${why}`)

/** The shell rejects a batch with the error of the call that failed, and finds it by this index. @param {any} error @param {number} index */
function indexed(error, index) {
  if (error instanceof Error)
    Object.defineProperty(error, 'batchRequestIdx', { value: index, writable: true, configurable: true })
  return error
}

module.exports = { UNREAD, askInVain, askToRead, indexed, refusedByMain, untaken }
