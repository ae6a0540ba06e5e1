/**
 * Which transaction's callback the running code was called from, over every await. Node follows promises for this only
 * while a callback runs: it would cost every call of the process otherwise.
 */
const { AsyncLocalStorage, AsyncResource } = require('node:async_hooks')

/** @typedef {import('../transaction/life.js').Life} Transaction */

/** @type {AsyncLocalStorage<Transaction | undefined>} */
const storage = new AsyncLocalStorage()
let running = 0

/** @returns {Transaction | null} */
const current = () => (running === 0 ? null : (storage.getStore() ?? null))

/**
 * Runs the callback of a transaction.
 * @template T
 * @param {Transaction} transaction @param {() => T} work @returns {Promise<Awaited<T>>}
 */
async function within(transaction, work) {
  running += 1
  try {
    // Prisma's promises begin when they are awaited: that must be in here.
    return await storage.run(transaction, async () => await work())
  } finally {
    running -= 1
    if (running === 0) storage.disable()
  }
}

/** Work of the block's own, which belongs to no transaction whoever happened to cause it. @param {() => void} work */
function outside(work) {
  if (running === 0) work()
  else storage.exit(work)
}

/** A job that somebody else will run still belongs to where it was made. @template {Function} F @param {F} job @returns {F} */
const kept = (job) =>
  running === 0 ? job : /** @type {any} */ (AsyncResource.bind(/** @type {any} */ (job)))

/**
 * Work that Prisma gathers from several places and starts from one of them: it belongs to where it was asked for.
 * @template T @param {Transaction | null} transaction @param {() => T} work @returns {T}
 */
const as = (transaction, work) => (running === 0 ? work() : storage.run(transaction ?? undefined, work))

module.exports = { as, current, kept, outside, within }
