// Random choices over a source of 32-bit numbers: fast-check's, or one made from a seed.

class Rng {
  /** @param {(low: number, high: number) => number} int both ends included */
  constructor(int) {
    this.int = int
  }

  /** @param {number} seed */
  static of(seed) {
    let state = (seed * 2_654_435_761) | 0
    // mulberry32
    const next = () => {
      state = (state + 0x6d2b79f5) | 0
      let t = Math.imul(state ^ (state >>> 15), 1 | state)
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
      return (t ^ (t >>> 14)) >>> 0
    }
    return new Rng((low, high) => low + (next() % (high - low + 1)))
  }

  /** @param {number} percent */
  chance(percent) {
    return this.int(1, 100) <= percent
  }

  /** @template T @param {readonly T[]} items @returns {T} */
  pick(items) {
    return items[this.int(0, items.length - 1)]
  }

  /** `count` of them, in random order. @template T @param {readonly T[]} items @param {number} count @returns {T[]} */
  some(items, count) {
    const rest = [...items]
    const taken = []
    while (taken.length < count && rest.length > 0)
      taken.push(...rest.splice(this.int(0, rest.length - 1), 1))
    return taken
  }

  /** One of the keys, by weight. @template {string} K @param {Record<K, number>} weights @returns {K} */
  weighted(weights) {
    const entries = /** @type {[K, number][]} */ (Object.entries(weights))
    let left = this.int(
      1,
      entries.reduce((sum, [, weight]) => sum + weight, 0),
    )
    for (const [key, weight] of entries) {
      left -= weight
      if (left <= 0) return key
    }
    throw new Error('weights must be positive')
  }

  /** @param {number} count @param {(n: number) => any} make */
  times(count, make) {
    return Array.from({ length: count }, (_, n) => make(n))
  }
}

module.exports = { Rng }
