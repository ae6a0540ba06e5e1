/** @typedef {{coalesce: boolean, apart?: string[]}} How as src/sync/apply.rs reads it, with an epoch */

/** As it happened. @type {How} */
const EACH = { coalesce: false }

/**
 * How much of what goes at once, and as what: net changes, until the main database refuses a window. Then it goes as it
 * happened, and if that is refused too, in halves, until a commit stands alone: only that one is refused.
 */
class Split {
  /** @param {Record<string, 'none'>} [coalesce] models of which every change is sent */
  constructor(coalesce = {}) {
    const apart = Object.keys(coalesce)
    /** @type {How} */
    this.net = { coalesce: true, apart }
    this.each = EACH
    /** Up to this seq commits go as they happened, so many at once: a window that held them was refused. */
    this.until = 0
    this.commits = 0
  }

  /** What to ask the block for. @param {number} maxCommits @returns {{most: number, how: How}} */
  ask(maxCommits) {
    if (this.until === 0) return { most: maxCommits, how: this.net }
    return { most: Math.min(this.commits, maxCommits), how: this.each }
  }

  /**
   * @param {import('./transaction').Work | null} work what the block gave
   * @returns {boolean} whether it is past what was refused, and is to be asked for anew
   */
  isOver(work) {
    if (this.until === 0 || (work !== null && work.first <= this.until)) return false
    this.until = 0
    return work !== null
  }

  /** @param {import('./transaction').Work} work a window that was refused @returns {boolean} whether its one commit is to blame */
  refused({ last, commits, coalesced }) {
    if (commits === 1 && !coalesced) return true
    this.until = Math.max(this.until, last)
    this.commits = coalesced ? commits : Math.ceil(commits / 2)
    return false
  }

  /** A window went through: perhaps what is left of them does too. */
  applied() {
    this.commits *= 2
  }
}

module.exports = { EACH, Split }
