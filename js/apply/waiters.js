const { ShardedError } = require('../errors')

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

module.exports = { Waiters }
