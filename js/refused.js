/**
 * Arguments that Prisma refuses are refused in its own words: the main client's engine is asked. A write is asked
 * inside a transaction that is always rolled back, so that nothing is written should the engine accept it after all.
 */
const { NotSupportedError } = require('./errors')

const LIMITS = { maxWait: 2000, timeout: 5000, isolationLevel: undefined }

/**
 * Resolves when the main database takes these writes; none of them stays.
 * @param {any} main the main client's own engine @param {any[]} queries @param {any} opts
 */
async function askInVain(main, queries, opts) {
  const headers = { traceparent: opts?.traceparent }
  const started = await main.transaction('start', headers, LIMITS)
  try {
    for (const query of queries) {
      await main.request(query, { ...opts, transaction: undefined, interactiveTransaction: started })
    }
  } finally {
    await main.transaction('rollback', headers, started)
  }
}

/**
 * @param {any} main @param {any} query @param {any} opts
 * @param {string} why what the block's planner found wrong
 * @returns {Promise<never>}
 */
async function refusedByMain(main, query, opts, why) {
  if (opts?.isWrite) await askInVain(main, [query], opts)
  else await main.request(query, opts)
  throw new NotSupportedError(`${query.modelName}.${query.action}: ${why}`)
}

module.exports = { askInVain, refusedByMain }
