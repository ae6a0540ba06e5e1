const { FlushTimeoutError, ShardedError } = require('../errors')
const { describeError } = require('./classify')

/** Those who wait in `flush` until a seq has reached the main database. Their timers keep the process alive. */
class Waiters {
  constructor() {
    /** @type {Set<{seq: number, resolve: () => void, reject: (error: Error) => void, timer: NodeJS.Timeout}>} */
    this.waiting = new Set()
  }

  get none() {
    return this.waiting.size === 0
  }

  /**
   * @param {number} seq
   * @param {number} timeoutMs
   * @param {() => Error} late
   * @returns {Promise<void>}
   */
  add(seq, timeoutMs, late) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(waiter)
        reject(late())
      }, timeoutMs)
      const waiter = { seq, resolve, reject, timer }
      this.waiting.add(waiter)
    })
  }

  /** Every commit up to `seq` has been dealt with. @param {number} seq */
  settle(seq) {
    for (const waiter of this.waiting) if (waiter.seq <= seq) this.end(waiter, waiter.resolve)
  }

  /** Nobody will settle them any more. @param {string} blockId */
  stop(blockId) {
    const error = new ShardedError(`flush of block '${blockId}': the block was closed`, {
      code: 'SHARDED_STOPPED',
    })
    for (const waiter of this.waiting) this.end(waiter, () => waiter.reject(error))
  }

  /** @param {any} waiter @param {() => void} how */
  end(waiter, how) {
    this.waiting.delete(waiter)
    clearTimeout(waiter.timer)
    how()
  }
}

/** @param {import('./index').Applier} applier @param {number} timeoutMs */
function flushTimeout(applier, timeoutMs) {
  const { main, state, lastError } = applier
  const { commits, oldestMs } = applier.pending()
  const why = lastError ? `; last error: ${describeError(lastError).message}` : ''
  return new FlushTimeoutError(
    `flush of block '${main.blockId}': ${commits} commits have not reached the main database after ${timeoutMs} ms ` +
      `(the oldest is ${Math.round(oldestMs ?? 0)} ms old, applier: ${state})${why}`,
    { cause: lastError ?? undefined },
  )
}

module.exports = { Waiters, flushTimeout }
