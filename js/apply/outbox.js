// Where the applier's commits come from when there is no queue between: the outbox itself. A file lock elects one applier
// per block on a machine.

const { addon } = require('../binding')
const { ahead, gap } = require('./mismatch')
const { nearby } = require('./nearby')

/** @typedef {import('./transaction').Work} Work */

class OutboxSource {
  /**
   * @param {import('./outlet').Outlet} outlet @param {string} path of the block file @param {string} fingerprint of the data model
   * @param {boolean} ledger whether the main database has one
   */
  constructor(outlet, path, fingerprint, ledger) {
    this.outlet = outlet
    this.block = outlet.block
    this.path = path
    this.fingerprint = fingerprint
    this.lockPath = `${path}.apply.lock`
    /** @type {any} */
    this.lock = null
    /** Who is not elected waits here until the outbox is empty or the lock is free. */
    this.waits = true
    this.epoch = 0
    this.ledger = ledger
  }

  get held() {
    return this.lock !== null
  }

  get isHeld() {
    return this.outlet.isHeld
  }

  async hold() {
    this.lock ??= addon().FileLock.tryAcquire(this.lockPath)
    return this.held
  }

  /** Nothing is left to do. @returns {Promise<boolean>} false when there is after all */
  async leave() {
    return true
  }

  async release() {
    this.lock?.release()
    this.lock = null
  }

  prepare() {
    return this.outlet.prepare()
  }

  /** Nothing is left to send. */
  emptied() {
    return this.outlet.revertRest()
  }

  pending() {
    return this.outlet.pending()
  }

  span() {
    return this.outlet.span()
  }

  /**
   * @param {number} maxCommits @param {number} after what comes up to this seq is in the main database already
   * @param {import('./split').How} how @returns {Promise<Work | null>}
   */
  async next(maxCommits, after, how) {
    const { epoch, ledger } = this
    const text = await this.block.nextWork(maxCommits, after, JSON.stringify({ ...how, epoch, ledger }))
    return text === null ? null : JSON.parse(text)
  }

  /** @param {Work} work @param {import('./returned').Returned[]} returned */
  applied(work, returned) {
    return this.outlet.applied(work, returned)
  }

  /** @param {Work} work @param {number} seq */
  acknowledged(work, seq) {
    return this.outlet.acknowledged(work.origin, seq)
  }

  /** @param {Work} work @param {import('./classify').Described} error */
  refused(work, error) {
    return this.outlet.refused(work, error)
  }

  /**
   * Of the block files in this folder that have this data model and main database, whoever has them open.
   * @param {Work} work @returns {Promise<import('./dependency').Elsewhere>}
   */
  async elsewhere({ single }) {
    return single?.payload ? nearby(this.block, this.path, this.fingerprint, single.payload) : 'none'
  }

  /** The ledger knows a later epoch: the block was applied through Redis before. @param {number} epoch */
  async outranked(epoch) {
    this.epoch = epoch
  }

  /** Commits before the window are not in the ledger. @param {Work} work @param {number | null} seq @returns {Promise<void>} */
  async missing(work, seq) {
    throw gap(work, seq)
  }

  /** @param {Work} work @param {number} seq what the ledger has */
  checkLast(work, seq) {
    const last = this.block.lastSeq()
    if (work.current && seq > last) throw ahead(work.origin, seq, last)
  }
}

module.exports = { OutboxSource }
