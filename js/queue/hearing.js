// When a relay reads its receipts: at once while somebody waits for one, else in bundles, since the loop belongs to the app.

const HEAR_EVERY_MS = 25
/** Writers that keep on writing come first for so long. */
const HEAR_LATEST_MS = 100

class Hearing {
  /** @param {import('./receipts').Receipts} receipts @param {() => boolean} isUrgent @param {() => void} hurry ends a pause of the relay */
  constructor(receipts, isUrgent, hurry) {
    this.receipts = receipts
    this.isUrgent = isUrgent
    this.hurry = hurry
    this.heardAt = 0
    /** @type {NodeJS.Timeout | undefined} */
    this.timer = undefined
  }

  /** There are some. */
  told() {
    this.receipts.told = true
    if (this.timer) return
    const dueMs = this.inMs()
    if (dueMs <= 0) this.hurry()
    else this.timer = setTimeout(() => this.now(), dueMs).unref()
  }

  now() {
    clearTimeout(this.timer)
    this.timer = undefined
    this.hurry()
  }

  /** @returns {Promise<boolean>} whether there were any */
  read() {
    this.heardAt = performance.now()
    return this.receipts.read()
  }

  get isLate() {
    const sinceMs = performance.now() - this.heardAt
    return this.receipts.told && sinceMs > (this.isUrgent() ? HEAR_EVERY_MS : HEAR_LATEST_MS)
  }

  /** @returns {number} until they are read; what comes in the meantime is read with them */
  inMs() {
    if (!this.receipts.told) return Number.POSITIVE_INFINITY
    return this.isUrgent() ? 0 : this.heardAt + HEAR_EVERY_MS - performance.now()
  }
}

module.exports = { Hearing }
