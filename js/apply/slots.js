/**
 * How many appliers of one client are at work at once. Its pool has about as many connections; more of them would only wait for one, each
 * with its block's files open.
 */
const AT_ONCE = 16

class Slots {
  constructor() {
    this.free = AT_ONCE
    /** In the order in which they came. @type {Set<Slot>} */
    this.queue = new Set()
  }
}

/** The place of one applier among those of its client. */
class Slot {
  /** @param {Slots} slots */
  constructor(slots) {
    this.slots = slots
    this.has = false
    this.ended = false
    /** @type {(() => void) | null} */
    this.granted = null
  }

  /** @returns {Promise<void>} */
  async take() {
    if (this.has || this.ended) return
    if (this.slots.free === 0) {
      await new Promise((resolve) => {
        this.granted = () => resolve(undefined)
        this.slots.queue.add(this)
      })
      return
    }
    this.slots.free -= 1
    this.has = true
  }

  give() {
    if (!this.has) return
    this.has = false
    const [next] = this.slots.queue
    if (next) next.grant()
    else this.slots.free += 1
  }

  grant() {
    this.slots.queue.delete(this)
    this.has = true
    this.granted?.()
  }

  /**
   * Others work meanwhile.
   * @template T
   * @param {Promise<T>} pause @returns {Promise<T>}
   */
  async without(pause) {
    this.give()
    try {
      return await pause
    } finally {
      await this.take()
    }
  }

  /** What is left to do does not wait for others. */
  end() {
    this.ended = true
    if (this.slots.queue.delete(this)) this.granted?.()
  }
}

/** @type {WeakMap<object, Slots>} */
const known = new WeakMap()

/** A place for one more applier of that client. @param {object} client @returns {Slot} */
function slotOf(client) {
  let slots = known.get(client)
  if (slots === undefined) {
    slots = new Slots()
    known.set(client, slots)
  }
  return new Slot(slots)
}

module.exports = { AT_ONCE, slotOf }
