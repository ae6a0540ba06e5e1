const { setTimeout: sleep } = require('node:timers/promises')
const { WriteLockTimeoutError } = require('./errors')

const LOCK_DEADLINE_MS = 5000
const LOCK_LONGEST_WAIT_MS = 50

/** Waits for the write lock, off the loop, with jitter, until a deadline. */
class LockWait {
  constructor() {
    this.deadline = 0
    this.waitMs = 1
  }

  async wait() {
    const now = Date.now()
    if (this.deadline === 0) this.deadline = now + LOCK_DEADLINE_MS
    if (now >= this.deadline) {
      throw new WriteLockTimeoutError(
        `the block's write lock was held by others for ${LOCK_DEADLINE_MS} ms; nothing was written`,
      )
    }
    await sleep(this.waitMs * (0.5 + Math.random()))
    this.waitMs = Math.min(this.waitMs * 2, LOCK_LONGEST_WAIT_MS)
  }
}

module.exports = { LockWait }
