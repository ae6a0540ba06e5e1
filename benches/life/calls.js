// When calls began and how long they took, with the garbage collections of V8 told apart: those are the process's, not the block's.
const { PerformanceObserver, constants } = require('node:perf_hooks')
const { percentile } = require('../stats')

/** How long the loop gets to hand over what was observed. */
const SETTLE_MS = 20

/** The time of calls, in the order in which they began. */
class Calls {
  constructor() {
    /** @type {number[]} */
    this.at = []
    /** @type {number[]} */
    this.ms = []
  }

  /** @param {number} began */
  end(began) {
    this.at.push(began)
    this.ms.push(performance.now() - began)
  }

  /** @param {number} percent */
  percentile(percent) {
    return percentile(this.ms, percent)
  }

  get worst() {
    return this.percentile(100)
  }

  /** The same calls without the part of them in which the process collected. @param {{at: number, ms: number}[]} collections in order */
  without(collections) {
    const rest = new Calls()
    let first = 0
    for (const [nth, began] of this.at.entries()) {
      const ended = began + this.ms[nth]
      while (first < collections.length && collections[first].at + collections[first].ms < began) first++
      let left = this.ms[nth]
      for (let next = first; next < collections.length && collections[next].at < ended; next++) {
        const { at, ms } = collections[next]
        left -= Math.min(at + ms, ended) - Math.max(at, began)
      }
      rest.at.push(began)
      rest.ms.push(Math.max(0, left))
    }
    return rest
  }
}

/** Garbage collections from here on, until `end`. */
function watchCollections() {
  /** @type {{at: number, ms: number, isMajor: boolean}[]} */
  const seen = []
  const take = (/** @type {any[]} */ entries) => {
    for (const { startTime, duration, detail } of entries)
      seen.push({ at: startTime, ms: duration, isMajor: detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR })
  }
  const observer = new PerformanceObserver((list) => take(list.getEntries()))
  observer.observe({ entryTypes: ['gc'] })
  return {
    async end() {
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
      take(observer.takeRecords())
      observer.disconnect()
      return seen.sort((a, b) => a.at - b.at)
    },
  }
}

module.exports = { Calls, watchCollections }
