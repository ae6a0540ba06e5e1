/**
 * Room in the outbox of one block. What may not be written now waits here, in order and beside the loop, until the main database
 * has taken enough of what waits for it.
 */
const { OutboxFullError, fromNative } = require('../errors')
const { perBlock } = require('./perblock.js')

/** What native says where there is none. */
const FULL = 'SHARDED_OUTBOX_FULL'
const LOOK_MS = 20

/** @typedef {{ whenFull: 'wait' | 'through' | 'reject', timeout: number }} Rule */

class Room {
  /** @param {any} native the native Block */
  constructor(native) {
    this.native = native
    /** @type {Array<{resolve: () => void, reject: (error: Error) => void, timer: NodeJS.Timeout}>} */
    this.queue = []
    /** @type {NodeJS.Timeout | undefined} */
    this.timer = undefined
  }

  /** Nobody waits for it: whoever writes now passes nobody. */
  get isQuiet() {
    return this.queue.length === 0
  }

  get isOpen() {
    return this.isQuiet && this.isThere()
  }

  isThere() {
    try {
      return this.native.hasRoom()
    } catch (error) {
      throw fromNative(error)
    }
  }

  /** Resolves when it is the caller's turn, and there is room. @param {Rule} rule @returns {Promise<void>} */
  wait({ whenFull, timeout }) {
    if (whenFull !== 'wait') return Promise.reject(full(''))
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.queue.splice(this.queue.indexOf(waiter), 1)
        reject(full(` after ${timeout} ms (outbox.timeout)`))
      }, timeout)
      const waiter = { resolve, reject, timer }
      this.queue.push(waiter)
      this.lookSoon()
    })
  }

  lookSoon() {
    this.timer ??= setTimeout(() => this.look(), LOOK_MS)
  }

  /** One at a time: he writes before the next look. */
  look() {
    this.timer = undefined
    const [first] = this.queue
    if (first === undefined) return
    try {
      if (this.isThere()) this.leave(first, first.resolve)
    } catch (error) {
      // The block was closed meanwhile: its own calls say so.
      this.leave(first, () => first.reject(/** @type {Error} */ (error)))
    }
    if (this.queue.length > 0) this.lookSoon()
  }

  /** @param {Room['queue'][number]} waiter @param {() => void} how */
  leave(waiter, how) {
    clearTimeout(waiter.timer)
    this.queue.splice(this.queue.indexOf(waiter), 1)
    how()
  }
}

/** @param {string} when */
const full = (when) =>
  new OutboxFullError(
    `the outbox is full${when}: as much waits for the main database as may (outbox.maxCommits, outbox.maxBytes); nothing was written`,
  )

/** The one of a native block. */
const roomOf = perBlock((native) => new Room(native))

module.exports = { FULL, roomOf }
