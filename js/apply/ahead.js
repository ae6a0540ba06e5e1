/** @typedef {import('./transaction').Work} Work */

/** The next window, made ready while the last one is on its way. */
class Ahead {
  /** @param {(most: number, after: number, how: import('./split').How) => Promise<Work | null>} fetch */
  constructor(fetch) {
    this.fetch = fetch
    /** @type {{after: number, how: import('./split').How, work: Promise<Work | null>} | null} */
    this.ready = null
  }

  /** @param {number} most commits @param {number} after that seq @param {import('./split').How} how */
  start(most, after, how) {
    const work = this.fetch(most, after, how)
    // Whoever takes it hears of it.
    work.catch(() => {})
    this.ready = { after, how, work }
  }

  /** What was made ready, if it goes on where main has arrived. @param {import('./split').How} how @param {number} arrived */
  take(how, arrived) {
    const { ready } = this
    this.ready = null
    return ready?.after === arrived && ready.how === how ? ready.work : null
  }

  /** Nobody reads the block any more. */
  async done() {
    await this.ready?.work.catch(() => {})
  }
}

module.exports = { Ahead }
