/** The next window, made ready while the last one is on its way. */
class Ahead {
  /** @param {(most: number, after: number, how: string) => Promise<string | null>} fetch */
  constructor(fetch) {
    this.fetch = fetch
    /** @type {{after: number, how: string, text: Promise<string | null>} | null} */
    this.ready = null
  }

  /** @param {number} most commits @param {number} after that seq @param {string} how */
  start(most, after, how) {
    const text = this.fetch(most, after, how)
    // Whoever takes it hears of it.
    text.catch(() => {})
    this.ready = { after, how, text }
  }

  /** What was made ready, if it goes on where main has arrived. @param {string} how @param {number} arrived */
  take(how, arrived) {
    const { ready } = this
    this.ready = null
    return ready?.after === arrived && ready.how === how ? ready.text : null
  }

  /** Nobody reads the block any more. */
  async done() {
    await this.ready?.text.catch(() => {})
  }
}

module.exports = { Ahead }
