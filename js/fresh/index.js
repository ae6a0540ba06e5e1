// `stale: 'wait'`: a read of a block that is due for a refresh waits for it; a write does not. When the loader fails the old contents
// are served, and for a while nobody waits for another try.

const { isStale, refreshBehind } = require('./refresh')
const { lockOf } = require('../engine/writelock')

const RETRY_MS = 5_000

/** @typedef {import('../block/open').OpenBlock} OpenBlock */

class Freshness {
  /** @param {OpenBlock} block */
  constructor(block) {
    this.block = block
    /** @type {Promise<void> | null} */
    this.refreshing = null
    this.notBefore = 0
  }

  /** A transaction of this process that has the write lock would keep the refresh waiting, perhaps for its own reads. */
  isDue() {
    const { block } = this
    if (block.refusal || Date.now() < this.notBefore || lockOf(block.native).isHeld) return false
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
    await refreshBehind(this.block)
    if (!this.block.refusal && isStale(this.block)) this.notBefore = Date.now() + RETRY_MS
  }
}

module.exports = { Freshness }
