// Where the applier's commits come from when Redis is the queue. A lease elects one applier per block among all machines; its
// epoch goes into every claim of the ledger, so that one who was thought dead comes too late. Word goes back as receipts.

const { gap } = require('./mismatch')
const { within } = require('./owed')

/** @typedef {import('./transaction').Work} Work */

/** So long a lease lives that nobody prolongs. */
const LEASE_MS = 6_000
const PROLONG_MS = 2_000
const RESIGN_MS = 1_000

class LogSource {
  /**
   * @param {object} setup
   * @param {import('../queue/log').Log} setup.log
   * @param {any} setup.schema the native one
   * @param {string} setup.token names this applier
   * @param {(event: string, detail: any) => void} setup.emit
   * @param {string} setup.blockId
   * @param {() => void} [setup.onSettled] receipts lie there
   * @param {() => Promise<import('../queue/log').Log[]>} setup.neighbours logs of other blocks that have commits
   * @param {(payload: string) => Promise<import('./dependency').Elsewhere>} [setup.nearby] what block files of this machine know
   */
  constructor({ log, schema, token, emit, blockId, onSettled, neighbours, nearby }) {
    this.neighbours = neighbours
    this.nearby = nearby
    this.log = log
    this.schema = schema
    this.token = token
    this.emit = emit
    this.blockId = blockId
    this.onSettled = onSettled
    /** Who is not elected goes: he is called again. */
    this.waits = false
    /** 0 while not elected. */
    this.epoch = 0
    /** An epoch that the next must be above. */
    this.floor = 0
    /** Where the last window that was read ends. @type {{seq: number, id: string} | null} */
    this.tail = null
    /** Receipts are written at once; no transaction of a block is in the way. */
    this.isHeld = false
    /** @type {NodeJS.Timeout | undefined} */
    this.prolonging = undefined
    this.releasing = Promise.resolve()
  }

  get held() {
    return this.epoch > 0
  }

  async hold() {
    if (this.held) return true
    await this.log.redis.ready()
    await this.elect()
    if (!this.held) return false
    this.prolonging ??= setInterval(() => void this.prolong(), PROLONG_MS).unref()
    return true
  }

  async elect() {
    this.epoch = (await this.log.elect(this.token, LEASE_MS, this.floor)) ?? 0
    this.floor = Math.max(this.floor, this.epoch)
  }

  /** What fails here fails in the next verb too, which says so. */
  async prolong() {
    const { prolonging } = this
    const epoch = await this.log.elect(this.token, LEASE_MS, this.floor).catch(() => this.epoch)
    if (this.prolonging === prolonging) this.epoch = epoch ?? 0
    // The lease was given back while this was under way: it may have been taken again.
    else if (!this.held) this.log.resign(this.token, true).catch(() => {})
  }

  /** Nothing is left to do. @returns {Promise<boolean>} false when there is after all: the lease stays */
  async leave() {
    if (!this.held) return true
    const left = await this.log.resign(this.token, false)
    if (left) this.forget()
    return left
  }

  forget() {
    this.epoch = 0
    clearInterval(this.prolonging)
    this.prolonging = undefined
  }

  /** Not for long where Redis does not answer: a lease that stays ends by itself. @returns {Promise<void>} */
  release() {
    if (this.held) {
      const resigned = this.log.resign(this.token, true).then(
        () => {},
        () => {},
      )
      this.releasing = within(resigned, RESIGN_MS)
    }
    this.forget()
    return this.releasing
  }

  /** Rows of a block are its origin's business. */
  async prepare() {}

  async emptied() {}

  /** What waits elsewhere is not known here. */
  pending() {
    return null
  }

  span() {
    return null
  }

  /**
   * @param {number} maxCommits @param {number} after the last seq of a window that is on its way, or 0
   * @param {import('./split').How} how @returns {Promise<Work | null>}
   */
  async next(maxCommits, after, how) {
    const { epoch, tail } = this
    const from = tail?.seq === after ? tail.id : undefined
    const taken = await this.log.nextWork(this.schema, maxCommits, from, { ...how, epoch })
    if (taken === null) return null
    const { work, ids, floor } = taken
    this.tail = { seq: work.last, id: ids[ids.length - 1] }
    return { ...work, ids, floor }
  }

  /** @param {any} work @param {number} seq @param {object} [receipt] @param {boolean} [anew] */
  async settle({ ids, origin, first }, seq, receipt, anew = false) {
    await this.log.settle({
      id: ids[seq - first],
      origin,
      last: seq,
      receipt: { origin, first, last: seq, ...receipt },
      anew,
    })
    this.onSettled?.()
  }

  /** @param {Work} work @param {import('./returned').Returned[]} returned */
  async applied(work, returned) {
    await this.settle(work, work.last, { returned: returned.filter(isNews) })
    const { origin, first, last } = work
    this.emit('applied', { blockId: this.blockId, origin, first, last })
  }

  /** @param {Work} work @param {number} seq */
  acknowledged(work, seq) {
    return this.settle(work, seq)
  }

  /**
   * What comes after it is offered anew: its origin knows which of them depend on it.
   * @param {Work} work one commit @param {import('./classify').Described} error
   */
  async refused(work, error) {
    await this.settle(work, work.last, { rejected: error }, true)
    this.tail = null
    const { origin, last: seq } = work
    const message = `commit ${seq} was refused by the main database: ${error.message}`
    const changes = work.single?.changes
    const { cause = null } = error
    this.emit('rejected', { blockId: this.blockId, origin, seq, ...error, cause, message, changes })
  }

  /** Of the blocks that have commits in Redis. @param {Work} work @returns {Promise<import('./dependency').Elsewhere>} */
  async elsewhere({ single }) {
    if (!single?.payload) return 'none'
    for (const log of await this.neighbours())
      if (await log.feeds(this.schema, single.payload)) return 'pending'
    // What was just committed does not lie in Redis yet.
    return (await this.nearby?.(single.payload)) === 'pending' ? 'pending' : 'idle'
  }

  /** Another applier was elected meanwhile, or Redis has forgotten how far the epochs were. @param {number} epoch the ledger's */
  async outranked(epoch) {
    this.floor = Math.max(this.floor, epoch)
    this.epoch = 0
  }

  /**
   * Commits before the window are not in the ledger: Redis lost them, and the origin sends them again. If the ledger does not even
   * have what the origin knows to be confirmed, nobody can.
   * @param {any} work @param {number | null} seq
   */
  async missing(work, seq) {
    const lost = work.base > work.floor && (seq === null || seq >= work.floor)
    if (!lost) throw gap(work, seq)
    await this.log.settle({ id: work.ids.at(-1), origin: work.origin, last: work.last, again: true })
    this.onSettled?.()
  }

  /** Only the origin can say. */
  checkLast() {}
}

/** Does the main database know better than the block? @param {import('./returned').Returned} returned */
const isNews = ({ back, fields, values }) =>
  values.some((value, at) => value !== back.local[at] && !back.stale.includes(fields[at]))

module.exports = { LogSource }
