// The applier of one block: takes commits from the outbox, in order, to the main database. One per block on a
// machine, elected by a file lock; two would be harmless (the claim), only wasteful.
//
//   idle --wake--> running --outbox empty--> lingering --quiet for a moment--> idle (lock released)
//   running: next window -> transaction -> acknowledge | transient: pause, again | blocked: say so, pause, again
//            | refusal: as it happened, then in halves until a commit stands alone, which is recorded and passed over
//
// Timers never hold the process; a flush under way does.

const { addon } = require('./binding')
const { outside } = require('./context')
const { FlushTimeoutError, ShardedError } = require('./errors')
const { ledgerSql, prepareLedger } = require('./ledger')
const { classify, describeError, recordedError } = require('./apply/classify')
const { Ahead } = require('./apply/ahead')
const { ahead, gap } = require('./apply/mismatch')
const { Owed, within } = require('./apply/owed')
const { Pace } = require('./apply/pace')
const { Split } = require('./apply/split')
const { appliedSeq, applyWork, recordRefusal } = require('./apply/transaction')
const { Waiters } = require('./apply/waiters')
const { WriteBack } = require('./apply/writeback')

const LINGER_MS = 30
const FIRST_POLL_MS = 20
const LONGEST_POLL_MS = 200
/** Windows that go on to the main database while a transaction keeps the block from hearing of them. */
const MAX_OWED = 64
/** How long the next window waits for the block to hear of the last one. */
const PATIENCE_MS = 20

/** @typedef {import('./apply/transaction').Work} Work */

/**
 * @typedef {object} ApplierSetup
 * @property {any} client the user's client under every extension
 * @property {any} [schema]
 * @property {any} manifest
 * @property {any} block the native block
 * @property {import('./journal').Journal} journal
 * @property {string} path of the block file
 * @property {{blockId: string, onRejected?: 'revert' | 'keep', coalesce?: Record<string, 'none'>}} options
 * @property {(event: string, detail?: any) => void} emit
 */

class Applier {
  /** @param {ApplierSetup} setup */
  constructor({ client, manifest, block, journal, path, options, emit }) {
    this.block = block
    this.journal = journal
    this.options = options
    // A listener that throws is the listener's own error: it must not look like one of the way to the main database.
    this.emit = (/** @type {string} */ event, /** @type {any} */ detail) =>
      queueMicrotask(() => emit(event, detail))
    this.lockPath = `${path}.apply.lock`
    this.main = { client, blockId: options.blockId, sql: ledgerSql(manifest.provider) }
    this.waiters = new Waiters()
    this.owed = new Owed()
    /** Up to this seq commits are known to be in the main database, or rejected there. */
    this.arrived = 0
    // Who waits for that must not wait for a transaction that perhaps waits for him.
    this.writeBack = new WriteBack(block, client, manifest, () => this.waiters.settle(this.arrived))
    /** @type {any} */
    this.lock = null
    /** @type {NodeJS.Timeout | undefined} */
    this.lingering = undefined
    this.active = false
    this.dirty = false
    this.stopped = false
    /** @type {Promise<void>} */
    this.running = Promise.resolve()
    this.pace = new Pace()
    this.split = new Split(options.coalesce)
    this.ahead = new Ahead((most, after, how) => block.nextWork(most, after, how))
    /** The blocking error that listeners know of: a probe that meets it again is silent. */
    this.reported = ''
    /** @type {'idle' | 'running' | 'waiting' | 'transient' | 'blocked' | 'stopped'} */
    this.state = 'idle'
    /** @type {any} */
    this.lastError = null
    this.start = () => {
      this.running = this.run()
    }
  }

  /** A commit was made. Called in hot loops: does nothing while a run is on its way. */
  wake() {
    this.dirty = true
    if (this.active || this.stopped) return
    this.active = true
    outside(() => setImmediate(this.start))
  }

  async run() {
    clearTimeout(this.lingering)
    while (!(await this.drained())) await this.backOff(this.lastError, 'blocked')
    this.active = false
    this.state = 'idle'
    if (this.stopped) this.release()
    else if (this.dirty) this.wake()
    else this.linger()
  }

  /** Never rejects: what fails outside a window (the lock file, a closed block) waits like the rest. */
  async drained() {
    try {
      await this.drain()
      return true
    } catch (error) {
      this.lastError = error
      return this.stopped
    }
  }

  async drain() {
    let pollMs = FIRST_POLL_MS
    while (!this.stopped) {
      this.dirty = false
      if (this.hold()) {
        pollMs = FIRST_POLL_MS
        if (!(await this.turn())) return
      } else {
        this.state = 'waiting'
        if (this.settleByOutbox()) return
        if (pollMs === LONGEST_POLL_MS && !this.waiters.none) await this.settleByLedger()
        await this.pace.pause(pollMs)
        pollMs = Math.min(pollMs * 2, LONGEST_POLL_MS)
      }
    }
  }

  /** One window. @returns {Promise<boolean>} whether there may be more */
  async turn() {
    /** @type {Work | null} */
    let work = null
    try {
      await this.journal.settle()
      work = await this.next()
      if (work === null) {
        if (this.owed.count > 0) return await this.paid()
        await this.revertRest()
        this.succeeded()
        return !this.settleByOutbox() || this.dirty
      }
      if (this.pace.failures === 0) this.state = 'running'
      await this.apply(work)
      this.succeeded()
    } catch (error) {
      if (this.stopped) return false
      await this.handle(error, work)
    }
    return true
  }

  /** @returns {Promise<Work | null>} */
  async next() {
    const { most, how } = this.split.ask(this.pace.maxCommits)
    const after = this.owed.count > 0 ? this.arrived : 0
    const text = await (this.ahead.take(how, this.arrived) ?? this.block.nextWork(most, after, how))
    const work = text === null ? null : /** @type {Work} */ (JSON.parse(text))
    return this.split.isOver(work) ? this.next() : work
  }

  /** @param {Work} work */
  async apply(work) {
    await prepareLedger(this.main.client, this.main.sql)
    const { most, how } = this.split.ask(this.pace.maxCommits)
    if (work.full && work.coalesced) this.ahead.start(most, work.last, how)
    const started = performance.now()
    const outcome = await applyWork(this.main, work, this.pace.patience())
    if (!outcome.claimed) return this.alreadyApplied(work, outcome)
    this.arrived = work.last
    const tookMs = performance.now() - started
    this.pace.applied(work.commits, tookMs)
    this.split.applied()
    this.owed.add(() => this.tellBlock(work, outcome.returned))
    await this.paidOrNot(work.last)
    if (!work.full && this.waiters.none) await this.pace.breathe(tookMs)
  }

  /** @param {Work} work @param {import('./apply/transaction').Returned[]} returned */
  async tellBlock({ origin, first, last }, returned) {
    await this.writeBack.deltas(returned)
    await this.acknowledge(origin, last)
    this.emit('applied', { blockId: this.main.blockId, origin, first, last })
  }

  async paid() {
    await this.owed.paid()
    return true
  }

  /**
   * A transaction, here or in another process, may keep the block from hearing of it: what comes next does not wait for that,
   * and neither does whoever flushes, perhaps from within the transaction.
   * @param {number} seq
   */
  async paidOrNot(seq) {
    if (this.owed.count >= MAX_OWED) return this.owed.paid()
    if (!this.writeBack.isHeld) await within(this.owed.paid(), PATIENCE_MS)
    this.waiters.settle(seq)
  }

  /** @param {string} origin @param {number} seq */
  async acknowledge(origin, seq) {
    this.arrived = Math.max(this.arrived, seq)
    await this.writeBack.verb(() => this.block.ack(origin, seq))
    await this.revertRest()
    this.waiters.settle(seq)
  }

  async revertRest() {
    if (this.pending().commits === 0) await this.writeBack.revertRest()
  }

  /**
   * The claim touched no row: a crash came between the main database's commit and our acknowledgement, another
   * applier was faster, or the ledger and the outbox do not belong together.
   * @param {Work} work
   * @param {{seq: number | null, rejected: Array<{seq: number, code: string | null, error: string}>}} found
   */
  async alreadyApplied(work, { seq, rejected }) {
    if (seq === null || seq <= work.base) throw gap(work, seq)
    if (work.current && seq > this.block.lastSeq()) throw ahead(work, seq, this.block.lastSeq())
    const upTo = Math.min(seq, work.last)
    const refused = rejected.find((one) => one.seq <= upTo)
    if (!refused) return this.acknowledge(work.origin, upTo)
    if (work.commits === 1) await this.settleRefusal(work, recordedError(refused))
    else this.split.refused(work)
  }

  /** @param {any} error @param {Work | null} work */
  async handle(error, work) {
    const verdict = classify(error)
    this.lastError = error
    if (verdict === 'refusal' && work) {
      if (this.split.refused(work)) await this.refuse(work, error)
      return
    }
    await this.backOff(error, verdict === 'transient' ? 'transient' : 'blocked')
  }

  /** @param {Work} work @param {any} error */
  async refuse(work, error) {
    const described = describeError(error)
    try {
      const outcome = await recordRefusal(this.main, work, described)
      // Not claimed: somebody else decided about this commit; the next turn reads what.
      if (outcome.claimed) await this.settleRefusal(work, described)
      this.succeeded()
    } catch (failure) {
      if (this.stopped) return
      const verdict = classify(failure)
      await this.backOff(failure, verdict === 'transient' ? 'transient' : 'blocked')
    }
  }

  /**
   * The refusal stands in the main database; the block follows. Before the last step a crash repeats all of it.
   * @param {Work} work
   * @param {import('./apply/classify').Described} error
   */
  async settleRefusal(work, error) {
    const seq = work.last
    this.arrived = seq
    const { rows, changes } = /** @type {NonNullable<Work['single']>} */ (work.single)
    const reverted = this.options.onRejected !== 'keep'
    const left = reverted ? await this.writeBack.revert(rows, seq) : rows
    if (reverted && left.length > 0)
      await this.writeBack.keepUnreverted([...this.writeBack.unreverted(), ...left])
    await this.writeBack.verb(() => this.block.reject(work.origin, seq, JSON.stringify(error)))
    await this.revertRest()
    this.waiters.settle(seq)
    const message = `commit ${seq} was refused by the main database: ${error.message}`
    const { blockId } = this.main
    this.emit('rejected', { blockId, origin: work.origin, seq, ...error, message, changes, reverted, left })
  }

  succeeded() {
    this.pace.succeeded()
    this.lastError = null
    this.reported = ''
  }

  /** @param {any} error @param {'transient' | 'blocked'} kind */
  async backOff(error, kind) {
    this.fail(error, kind)
    await this.pace.backOff(kind)
  }

  /** @param {any} error @param {'transient' | 'blocked'} kind */
  fail(error, kind) {
    this.state = kind
    this.lastError = error
    const message = String(error?.message ?? error)
    if (kind === 'blocked' && this.reported !== message) this.emit('error', error)
    if (kind === 'blocked') this.reported = message
  }

  hold() {
    this.lock ??= addon().FileLock.tryAcquire(this.lockPath)
    return this.lock !== null
  }

  /** The outbox itself says what has arrived. @returns {boolean} whether nothing is pending */
  settleByOutbox() {
    const { commits, firstSeq } = this.pending()
    this.waiters.settle(commits === 0 ? Number.POSITIVE_INFINITY : firstSeq - 1)
    return commits === 0
  }

  /** Another process applies; it cannot tell the block while a transaction of this one has the lock. The ledger knows. */
  async settleByLedger() {
    const text = await this.block.nextWork(1, 0, this.split.each)
    if (text === null) return
    const arrived = await appliedSeq(this.main, JSON.parse(text).origin)
    if (arrived !== null) this.waiters.settle(arrived)
  }

  pending() {
    return JSON.parse(this.block.pending())
  }

  /** Keeps the lock for a moment: a busy block is not elected anew for every commit. */
  linger() {
    if (this.lock) this.lingering = setTimeout(() => this.release(), LINGER_MS).unref()
  }

  release() {
    if (this.active && !this.stopped) return
    this.lock?.release()
    this.lock = null
  }

  /**
   * Resolves when every commit made before the call is in the main database, or rejected.
   * @param {{timeoutMs: number}} limit
   * @returns {Promise<void>}
   */
  async flush({ timeoutMs }) {
    const { commits, lastSeq } = this.pending()
    if (commits === 0 || (this.writeBack.isHeld && lastSeq <= this.arrived)) return
    const done = this.waiters.add(lastSeq, timeoutMs, () => this.flushTimeout(timeoutMs))
    this.pace.hurry?.()
    this.wake()
    await done
  }

  /** @param {number} timeoutMs */
  flushTimeout(timeoutMs) {
    const { commits, oldestMs } = this.pending()
    const why = this.lastError ? `; last error: ${describeError(this.lastError).message}` : ''
    return new FlushTimeoutError(
      `flush of block '${this.main.blockId}': ${commits} commits have not reached the main database after ${timeoutMs} ms ` +
        `(the oldest is ${Math.round(oldestMs ?? 0)} ms old, applier: ${this.state})${why}`,
      { cause: this.lastError ?? undefined },
    )
  }

  /** No new work; resolves when the transaction under way has ended. */
  async stop() {
    this.stopped = true
    this.pace.hurry?.()
    clearTimeout(this.lingering)
    await this.running
    await this.ahead.done()
    // What the block was not told it finds out at its next start.
    await this.owed.paid().catch(() => {})
    this.release()
    this.state = 'stopped'
    this.waiters.rejectAll(
      new ShardedError(`flush of block '${this.main.blockId}': the applier was stopped`, {
        code: 'SHARDED_STOPPED',
      }),
    )
  }

  status() {
    return {
      state: this.state,
      applying: this.lock !== null,
      attempts: this.pace.failures,
      lastError: this.lastError ? describeError(this.lastError) : null,
    }
  }
}

/** @param {ApplierSetup} setup */
function createApplier(setup) {
  return new Applier(setup)
}

module.exports = { createApplier }
