/**
 * How many appliers of one client are at work at once. Its pool has about as many connections; more of them would only wait for one, each
 * with its block's files open.
 */
const AT_ONCE = 16
/** After so long with a place those who wait for one come first. */
const TURN_MS = 50

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
    this.since = 0
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
    this.begin()
  }

  begin() {
    this.has = true
    this.since = performance.now()
  }

  /** Between two windows: whoever has much to do lets others have their turn. */
  async pass() {
    if (this.has && this.slots.queue.size > 0 && performance.now() - this.since > TURN_MS)
      await this.without(Promise.resolve())
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
    this.begin()
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

const outboxes = /** @type {WeakMap<object, Slots>} */ (new WeakMap())
const logs = /** @type {WeakMap<object, Slots>} */ (new WeakMap())

/**
 * A place for one more applier of that client. Those that read from Redis have places of their own: where it does not answer, only they wait.
 * @param {object} client @param {'outbox' | 'log'} kind of its source @returns {Slot}
 */
function slotOf(client, kind) {
  const known = kind === 'outbox' ? outboxes : logs
  const slots = known.get(client) ?? new Slots()
  known.set(client, slots)
  return new Slot(slots)
}

module.exports = { AT_ONCE, slotOf }
