// The output gate of durability `full`: a write's promise waits here until its commit is on the disk.

const { DurabilityError } = require('../errors')

// Any long time: the timer exists to keep the process alive while somebody waits, not to fire.
const LONG_MS = 2 ** 30

class DurabilityGate {
  /**
   * @param {any} native the native Block @param {(error: Error) => void} onFailure
   * @param {() => void} onSynced more is on the disk
   */
  constructor(native, onFailure, onSynced) {
    this.synced = 0
    /** @type {Error | null} */
    this.failure = null
    /** @type {Array<{seq: number, resolve: () => void, reject: (error: Error) => void}>} */
    this.waiting = []
    this.keepAlive = setInterval(() => {}, LONG_MS).unref()
    this.onFailure = onFailure
    this.onSynced = onSynced
    native.onSynced((/** @type {number} */ seq, /** @type {string | null} */ error) =>
      this.report(seq, error),
    )
  }

  /**
   * @param {number} seq the commit to wait for
   * @returns {Promise<void> | null} null when it is already on the disk
   */
  ticket(seq) {
    if (seq <= this.synced) return null
    if (this.failure) return Promise.reject(this.failure)
    return new Promise((resolve, reject) => {
      this.waiting.push({ seq, resolve, reject })
      if (this.waiting.length === 1) this.keepAlive.ref()
    })
  }

  /** Will there be a report of this commit? @param {number} seq */
  awaits(seq) {
    return seq > this.synced && this.failure === null
  }

  /** @param {number} seq @param {string | null} error */
  report(seq, error) {
    if (error)
      this.fail(
        new DurabilityError(
          `the block could not be synced to disk: ${error}. Its last commits may be lost by a power cut; open it again`,
        ),
      )
    else this.release(seq)
  }

  /** @param {number} seq */
  release(seq) {
    if (seq > this.synced) this.synced = seq
    const later = []
    for (const waiter of this.waiting) {
      if (waiter.seq <= this.synced) waiter.resolve()
      else later.push(waiter)
    }
    this.waiting = later
    if (later.length === 0) this.keepAlive.unref()
    this.onSynced()
  }

  /** A failed sync stays failed: the kernel may have dropped the pages. @param {Error} error */
  fail(error) {
    if (this.failure) return
    this.failure = error
    this.rejectAll(error)
    this.onFailure(error)
    this.onSynced()
  }

  /** @param {Error} error */
  rejectAll(error) {
    for (const waiter of this.waiting) waiter.reject(error)
    this.waiting = []
    this.keepAlive.unref()
  }

  /** Resolves when nobody waits any more; the native block may be closed then. */
  async close() {
    const last = this.waiting.at(-1)
    if (last) await Promise.allSettled([this.ticket(last.seq)])
    clearInterval(this.keepAlive)
  }
}

module.exports = { DurabilityGate }
