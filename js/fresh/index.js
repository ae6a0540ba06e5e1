// `stale: 'wait'`: a read of a block that is due for a refresh waits for it; a write does not. When the loader fails, or takes too long, the
// old contents are served, and for a while nobody waits for another try.

const { lockOf } = require('../engine/writelock')
const { LoaderError } = require('../errors')
const { isLoading } = require('../load/nested')
const { isStale, refreshBehind } = require('./refresh')

const RETRY_MS = 5_000
const LONGEST_MS = 30_000

/** @typedef {import('../block/open').OpenBlock} OpenBlock */

class Freshness {
  /** @param {OpenBlock} block */
  constructor(block) {
    this.block = block
    /** @type {Promise<void> | null} */
    this.refreshing = null
    this.notBefore = 0
    this.longestMs = LONGEST_MS
    /** Whether a refresh is under way that reads have waited for long enough. */
    this.isHung = false
  }

  /**
   * A transaction of this process that has the write lock would keep the refresh waiting, perhaps for its own reads; so would the loader,
   * for what it reads here.
   */
  isDue() {
    const { block } = this
    if (block.refusal || Date.now() < this.notBefore || lockOf(block.native).isHeld) return false
    if (this.isHung || isLoading(block.file)) return false
    return isStale(block)
  }

  /** @returns {Promise<void> | null} what a read waits for */
  due() {
    if (!this.isDue()) return null
    this.refreshing ??= this.refresh().finally(() => {
      this.refreshing = null
    })
    return this.refreshing
  }

  async refresh() {
    const { block } = this
    /** @type {NodeJS.Timeout | undefined} */
    let timer
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, this.longestMs, true)
    })
    const refreshed = refreshBehind(block).then(() => false)
    const isLate = await Promise.race([refreshed, late])
    clearTimeout(timer)
    if (block.refusal) return
    if (isLate) {
      this.isHung = true
      void refreshed.then(() => {
        this.isHung = false
      })
      const text = `block '${block.id}': reads have waited ${this.longestMs} ms for its loader, and are answered with the old contents`
      block.emit('error', new LoaderError(text))
    }
    if (isStale(block)) this.notBefore = Date.now() + RETRY_MS
  }
}

module.exports = { Freshness }
