/**
 * What the block is still to be told of windows that are in the main database: in order, each when it gets the write lock.
 * While a transaction has that, further windows go on to the main database.
 */
class Owed {
  constructor() {
    this.count = 0
    /** @type {Promise<void>} */
    this.last = Promise.resolve()
  }

  /** @param {() => Promise<void>} job */
  add(job) {
    this.count += 1
    this.last = this.last.then(job).then(() => {
      this.count -= 1
    })
    // Whoever waits for them hears of it.
    this.last.catch(() => {})
  }

  /** Resolves when all is done. After a failure nothing is owed: the windows are read again, and found applied. */
  async paid() {
    try {
      await this.last
    } catch (error) {
      this.count = 0
      this.last = Promise.resolve()
      throw error
    }
  }
}

/** Waits for so long at most. @param {Promise<void>} work @param {number} ms */
async function within(work, ms) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  const enough = new Promise((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, enough]).finally(() => clearTimeout(timer))
}

module.exports = { Owed, within }
