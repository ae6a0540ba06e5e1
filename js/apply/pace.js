// How much at once, and how long until the next attempt.

const FIRST_COMMITS = 200
/**
 * More are not faster, and cost memory: Prisma's client keeps the arguments of its last 100 calls for its error reports, twice (its own
 * and the driver adapter's).
 */
const MAX_COMMITS = 2_000
/** A transaction longer than this makes the next window smaller, one shorter than a quarter of it larger. */
const WINDOW_MS = 800
/** A pause lasts so many times the transaction before it, and no less than what makes one window of all that a busy app writes meanwhile. */
const BREATH = 2
const [SHORTEST_BREATH_MS, LONGEST_BREATH_MS] = [12, 50]
const RETRY_MS = { transient: { first: 50, longest: 10_000 }, blocked: { first: 1_000, longest: 30_000 } }

class Pace {
  constructor() {
    this.maxCommits = FIRST_COMMITS
    /** Attempts that failed since the last success. */
    this.failures = 0
    /** @type {(() => void) | null} ends the pause under way */
    this.hurry = null
    this.ended = false
  }

  /** A timed-out transaction gets more time at each attempt. */
  patience() {
    return 2 ** Math.min(this.failures, 6)
  }

  /** @param {number} commits @param {number} ms what they took */
  applied(commits, ms) {
    if (ms > WINDOW_MS) this.maxCommits = Math.max(1, this.maxCommits >> 1)
    else if (ms < WINDOW_MS / 4 && commits >= this.maxCommits)
      this.maxCommits = Math.min(MAX_COMMITS, this.maxCommits * 2)
  }

  succeeded() {
    this.failures = 0
    // One at a time would never be "full", and so never grow.
    this.maxCommits = Math.max(this.maxCommits, 2)
  }

  /** Waits after a failure; the next window is smaller. @param {'transient' | 'blocked'} kind */
  async backOff(kind) {
    const { first, longest } = RETRY_MS[kind]
    const ms = Math.min(first * 2 ** Math.min(this.failures, 20), longest)
    this.failures++
    this.maxCommits = Math.max(1, this.maxCommits >> 1)
    // Jitter: many blocks that lost one database must not come back at once.
    await this.pause(ms * (0.5 + Math.random() / 2))
  }

  /**
   * Between windows that keep up with the writers: the loop belongs to the app, and a later window holds more commits.
   * @param {number} tookMs what the last transaction took
   */
  async breathe(tookMs) {
    await this.pause(Math.min(Math.max(tookMs * BREATH, SHORTEST_BREATH_MS), LONGEST_BREATH_MS))
  }

  /** No more pauses: whoever waits for the end waits with nothing else that holds the process. */
  end() {
    this.ended = true
    this.hurry?.()
  }

  /** Does not hold the process. @param {number} ms @returns {Promise<void>} */
  pause(ms) {
    if (this.ended) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms).unref()
      this.hurry = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

module.exports = { Pace }
