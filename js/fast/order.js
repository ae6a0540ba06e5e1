/**
 * One order of calls. A call through Prisma's shell takes some ticks to reach the engine; until it has, later calls of
 * the same client queue behind it, so that the first run of a piece of code and the nth do the same.
 * Calls on models that an extension watches take no part: their hooks may make calls of their own and wait for them.
 */
class Order {
  constructor() {
    /** The shell call on its way, if any. @type {object | null} */
    this.busy = null
    /** @type {(() => void)[]} */
    this.queue = []
    /** The $transaction([...]) on its way. @type {{ id: unknown, token: object, ready: Promise<void> | null } | null} */
    this.group = null
  }

  /** Run now, or when those before it have reached the engine. @param {() => void} job */
  push(job) {
    if (this.busy === null) job()
    else this.queue.push(job)
  }

  /** @param {object} token */
  enter(token) {
    this.busy = token
  }

  /** The call has reached the engine, or has ended without. @param {object} token */
  leave(token) {
    if (this.busy !== token) return
    this.busy = null
    let next = 0
    while (this.busy === null && next < this.queue.length) this.queue[next++]()
    this.queue.splice(0, next)
  }

  /**
   * All calls of one $transaction([...]) enter as one.
   * @param {unknown} id
   * @returns {{ token: object, ready: Promise<void> | null }} `ready` is null when they may start at once
   */
  enterGroup(id) {
    if (this.group !== null && this.group.id === id) return this.group
    const token = {}
    const entered = () => this.enter(token)
    if (this.busy === null) {
      entered()
      this.group = { id, token, ready: null }
    } else {
      const ready = new Promise((/** @type {(value: void) => void} */ resolve) => {
        this.queue.push(() => resolve(entered()))
      })
      this.group = { id, token, ready }
    }
    return this.group
  }

  leaveGroup() {
    if (this.group === null) return
    const { token } = this.group
    this.group = null
    this.leave(token)
  }
}

module.exports = { Order }
