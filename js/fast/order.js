/**
 * One order of calls. A call through Prisma's shell takes some ticks to reach the engine; until it has, later calls of
 * the same client queue behind it, so that the first run of a piece of code and the nth do the same.
 * Calls on models that an extension watches take no part: their hooks may make calls of their own and wait for them.
 */
/** @typedef {{ id: unknown, token: object, ready: Promise<void> | null, over: boolean, calls: number }} Group `ready` is null when its calls may start at once */

class Order {
  constructor() {
    /** The shell call on its way, if any. @type {object | null} */
    this.busy = null
    /** @type {(() => void)[]} */
    this.queue = []
    /** The $transaction([...]) on its way. @type {Group | null} */
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
   * @param {unknown} id @returns {Group}
   */
  enterGroup(id) {
    if (this.group !== null && this.group.id === id) {
      this.group.calls += 1
      return this.group
    }
    /** @type {Group} */
    const group = { id, token: {}, ready: null, over: false, calls: 1 }
    const entered = () => {
      if (!group.over) this.enter(group.token)
    }
    if (this.busy === null) entered()
    else
      group.ready = new Promise((/** @type {(value: void) => void} */ resolve) => {
        this.queue.push(() => resolve(entered()))
      })
    this.group = group
    return group
  }

  /**
   * It has ended, perhaps without having reached the engine: where the shell refuses one of its calls, the others wait for that one
   * for ever.
   * @param {Group} group
   */
  endGroup(group) {
    group.over = true
    if (this.group === group) this.group = null
    this.leave(group.token)
  }

  /**
   * A call has reached the engine that is not known as one of ours: the only one of a $transaction([...]), which Prisma sends by itself.
   */
  arrivedAlone() {
    if (this.group !== null && this.group.calls === 1 && this.busy === this.group.token) this.leaveGroup()
  }

  leaveGroup() {
    if (this.group === null) return
    const { token } = this.group
    this.group = null
    this.leave(token)
  }
}

module.exports = { Order }
