// Reads of one native block that went on beside the loop: who waits for which, and their rows in slices.

const { native } = require('./plans')
const { inSlices } = require('./slices')

// Any long time: the timer exists to keep the process alive while somebody waits, not to fire.
const LONG_MS = 2 ** 30

/** @typedef {{ resolve: () => void, reject: (error: Error) => void }} Waiter */

class Reads {
  /** @param {any} block the native Block */
  constructor(block) {
    this.block = block
    /** @type {Map<number, Waiter>} by ticket */
    this.waiting = new Map()
    /** @type {Set<Promise<unknown>>} those that somebody waits for, until their rows are made */
    this.pending = new Set()
    this.keepAlive = setInterval(() => {}, LONG_MS).unref()
    block.onRead((/** @type {number} */ ticket) => this.ended(ticket))
  }

  /** @param {number} ticket */
  ended(ticket) {
    const waiter = this.waiting.get(ticket)
    this.waiting.delete(ticket)
    if (this.waiting.size === 0) this.keepAlive.unref()
    waiter?.resolve()
  }

  /** Resolves when the read has ended; asked in the turn in which it was started. @param {number} ticket @returns {Promise<void>} */
  end(ticket) {
    return new Promise((resolve, reject) => {
      this.waiting.set(ticket, { resolve, reject })
      if (this.waiting.size === 1) this.keepAlive.ref()
    })
  }

  /** Work on a read, which the block waits for before it closes. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  track(work) {
    const running = work()
    this.pending.add(running)
    const done = () => this.pending.delete(running)
    running.then(done, done)
    return running
  }

  /**
   * The rows of a read that has ended well.
   * @param {number} ticket @param {import('./rows.js').RowMaker} rows of this run alone
   */
  async make(ticket, rows) {
    const { block } = this
    await inSlices((limitUs) => native(() => block.slice(ticket, rows.factories, limitUs)))
    return rows.take()
  }

  /** Resolves when nothing runs any more, or after so long. @param {number} limitMs */
  async settled(limitMs) {
    if (this.pending.size === 0) return
    /** @type {NodeJS.Timeout | undefined} */
    let timer
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, limitMs)
    })
    await Promise.race([Promise.allSettled([...this.pending]), late])
    clearTimeout(timer)
  }

  /** The block is closed: whoever still waits hears why. @param {Error} reason */
  refuse(reason) {
    for (const waiter of this.waiting.values()) waiter.reject(reason)
    this.waiting.clear()
    clearInterval(this.keepAlive)
  }
}

module.exports = { Reads }
