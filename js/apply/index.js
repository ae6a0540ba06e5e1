// The applier of one block: takes commits from their source (the outbox, or the block's log in Redis), in order, to the main
// database. One per block, elected by a lock of the source's; two would be harmless (the claim), only wasteful.
//
//   idle --wake--> running --source empty--> lingering --quiet for a moment--> idle (lock released)
//   running: next window -> transaction -> acknowledge | transient: pause, again | blocked: say so, pause, again
//            | refusal: as it happened, then in halves until a commit stands alone, which waits for other blocks' commits if
//              those may help, and then is recorded and passed over, as are those that depend on it
//
// Timers never hold the process; a flush under way does.

const { outside } = require('../engine/context')
const { ledgerSql, prepareLedger } = require('./ledger')
const { named } = require('../errors')
const { classify, describeError } = require('./classify')
const { Ahead } = require('./ahead')
const { Dependency } = require('./dependency')
const { gap } = require('./mismatch')
const { Owed, within } = require('./owed')
const { Pace } = require('./pace')
const { recordedRefusal, refusalOf } = require('./refusal')
const { slotOf } = require('./slots')
const { Split } = require('./split')
const { appliedSeq, applyWork, recordRefusal } = require('./transaction')
const { Waiters, flushTimeout } = require('./waiters')

const LINGER_MS = 30
const FIRST_POLL_MS = 20
const LONGEST_POLL_MS = 200
/** Windows that go on to the main database while a transaction keeps the block from hearing of them. */
const MAX_OWED = 64
const NOTHING = { commits: 0, firstSeq: 0, lastSeq: 0, oldestMs: 0 }
/** How long the next window waits for the block to hear of the last one. */
const PATIENCE_MS = 20
const DEPENDENCY_MS = 30_000

/** @typedef {import('./transaction').Work} Work */

/**
 * @typedef {import('./setup').Source} Source
 * @typedef {import('./setup').ApplierSetup} ApplierSetup
 * @typedef {import('./setup').SourceSetup} SourceSetup
 */

class Applier {
  /** @param {SourceSetup} setup */
  constructor({
    client,
    manifest,
    blockId,
    coalesce,
    dependencyTimeout,
    emit,
    sourceOf,
    onIdle,
    ledger = true,
  }) {
    this.emit = emit
    this.onIdle = onIdle
    this.main = { client, blockId, sql: ledger ? ledgerSql(manifest.provider) : null }
    this.waiters = new Waiters()
    this.owed = new Owed()
    /** Up to this seq commits are known to be in the main database, or rejected there. */
    this.arrived = 0
    // Who waits for that must not wait for a transaction that perhaps waits for him.
    this.source = sourceOf(() => this.waiters.settle(this.arrived))
    this.slot = slotOf(client, this.source.waits ? 'outbox' : 'log')
    /** @type {NodeJS.Timeout | undefined} */
    this.lingering = undefined
    this.active = false
    this.dirty = false
    this.stopped = false
    /** @type {Promise<void>} */
    this.running = Promise.resolve()
    this.pace = new Pace()
    this.split = new Split(coalesce)
    this.dependency = new Dependency(dependencyTimeout ?? DEPENDENCY_MS)
    this.ahead = new Ahead((most, after, how) => this.source.next(most, after, how))
    /** The blocking error that listeners know of: a probe that meets it again is silent. */
    this.reported = ''
    /** @type {'idle' | 'running' | 'waiting' | 'dependency' | 'transient' | 'blocked' | 'stopped'} */
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
    await this.slot.take()
    while (!(await this.drained())) await this.backOff(this.lastError, kindOf(this.lastError))
    this.slot.give()
    this.active = false
    this.state = 'idle'
    if (this.stopped) void this.release()
    else if (this.dirty) this.wake()
    else this.linger()
    if (!this.active) this.onIdle?.()
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
      if (await this.source.hold()) {
        pollMs = FIRST_POLL_MS
        if (!(await this.turn()) && (this.stopped || (await this.source.leave()))) return
      } else {
        if (!this.source.waits) return
        this.state = 'waiting'
        if (this.settleByOutbox()) return
        if (pollMs === LONGEST_POLL_MS && !this.waiters.none) await this.settleByLedger()
        await this.slot.without(this.pace.pause(pollMs))
        pollMs = Math.min(pollMs * 2, LONGEST_POLL_MS)
      }
    }
  }

  /** One window. @returns {Promise<boolean>} whether there may be more */
  async turn() {
    /** @type {Work | null} */
    let work = null
    try {
      await this.slot.pass()
      await this.patiently(() => this.source.prepare())
      work = await this.next()
      if (work === null) {
        if (this.owed.count > 0) return await this.paid()
        await this.patiently(() => this.source.emptied())
        this.succeeded()
        return !this.settleByOutbox() || this.dirty
      }
      if (this.pace.failures === 0) this.state = 'running'
      await this.apply(work)
      this.succeeded()
    } catch (error) {
      if (this.stopped) return false
      await this.handle(named(error), work)
    }
    return true
  }

  /** @returns {Promise<Work | null>} */
  async next() {
    const { most, how } = this.split.ask(this.pace.maxCommits)
    const after = this.owed.count > 0 ? this.arrived : 0
    const work = await (this.ahead.take(how, this.arrived) ?? this.source.next(most, after, how))
    return this.split.isOver(work) ? this.next() : work
  }

  /** @param {Work} work */
  async apply(work) {
    await prepareLedger(this.main.client, this.main.sql)
    if (work.cause) return this.refuse(work, null)
    const { most, how } = this.split.ask(this.pace.maxCommits)
    if (work.full && work.coalesced) this.ahead.start(most, work.last, how)
    const started = performance.now()
    const outcome = await applyWork(this.main, work, this.pace.patience())
    if (!outcome.claimed) return this.alreadyApplied(work, outcome)
    this.arrived = work.last
    const tookMs = performance.now() - started
    this.pace.applied(work.commits, tookMs)
    this.split.applied()
    this.owed.add(async () => {
      await this.source.applied(work, outcome.returned)
      this.waiters.settle(work.last)
    })
    await this.paidOrNot(work.last)
    if (!work.full && this.waiters.none) await this.slot.without(this.pace.breathe(tookMs))
  }

  async paid() {
    await this.slot.without(this.owed.paid())
    return true
  }

  /**
   * What waits for a transaction of this process waits without a place: that one perhaps waits for another applier.
   * @template T
   * @param {() => Promise<T>} job @returns {Promise<T>}
   */
  patiently(job) {
    return this.source.isHeld ? this.slot.without(job()) : job()
  }

  /**
   * A transaction, here or in another process, may keep the block from hearing of it: what comes next does not wait for that,
   * and neither does whoever flushes, perhaps from within the transaction.
   * @param {number} seq
   */
  async paidOrNot(seq) {
    if (this.owed.count >= MAX_OWED) return this.slot.without(this.owed.paid())
    if (!this.source.isHeld) await within(this.owed.paid(), PATIENCE_MS)
    this.waiters.settle(seq)
  }

  /** @param {Work} work @param {number} seq */
  async acknowledge(work, seq) {
    this.arrived = Math.max(this.arrived, seq)
    await this.patiently(() => this.source.acknowledged(work, seq))
    this.waiters.settle(seq)
  }

  /**
   * The claim touched no row: a crash came between the main database's commit and our acknowledgement, another
   * applier was faster, or the ledger and the outbox do not belong together.
   * @param {Work} work
   * @param {{seq: number | null, epoch: number, rejected: Array<{seq: number, code: string | null, error: string}>}} found
   */
  async alreadyApplied(work, { seq, epoch, rejected }) {
    if (seq === work.base && epoch > work.epoch) return this.source.outranked(epoch)
    if (seq === null || seq < work.base) return this.source.missing(work, seq)
    if (seq === work.base) throw gap(work, seq)
    this.source.checkLast(work, seq)
    const upTo = Math.min(seq, work.last)
    const refused = rejected.find((one) => one.seq <= upTo)
    if (!refused) return this.acknowledge(work, upTo)
    if (work.commits === 1) await this.settleRefusal(work, recordedRefusal(work, refused))
    else this.split.refused(work)
  }

  /** @param {any} error @param {Work | null} work */
  async handle(error, work) {
    const verdict = classify(error)
    this.lastError = error
    if (verdict === 'refusal' && work) {
      if (this.split.refused(work) && !(await this.waits(work, error))) await this.refuse(work, error)
      return
    }
    await this.backOff(error, kindOf(error))
  }

  /**
   * Another block's commit may make room for this one: then it is tried again.
   * @param {Work} work @param {any} error
   */
  async waits(work, error) {
    try {
      const ms = await this.dependency.pauseFor(work, error, (one) => this.source.elsewhere(one))
      if (ms === null || this.stopped) return this.stopped
      this.state = 'dependency'
      if (ms > 0) await this.slot.without(this.pace.pause(ms))
    } catch (failure) {
      if (!this.stopped) await this.backOff(failure, kindOf(failure))
    }
    return true
  }

  /** @param {Work} work @param {any} error null: because of its cause */
  async refuse(work, error) {
    const described = refusalOf(work, error)
    try {
      const outcome = await recordRefusal(this.main, work, described)
      // Not claimed: somebody else decided about this commit; the next turn reads what.
      if (outcome.claimed) await this.settleRefusal(work, described)
      this.succeeded()
    } catch (failure) {
      if (this.stopped) return
      await this.backOff(failure, kindOf(failure))
    }
  }

  /**
   * The refusal stands in the main database; the block hears of it. Before the last step a crash repeats all of it.
   * @param {Work} work
   * @param {import('./classify').Described} error
   */
  async settleRefusal(work, error) {
    this.arrived = work.last
    await this.patiently(() => this.source.refused(work, error))
    this.waiters.settle(work.last)
  }

  succeeded() {
    this.pace.succeeded()
    this.lastError = null
    this.reported = ''
  }

  /** @param {any} error @param {'transient' | 'blocked'} kind */
  async backOff(error, kind) {
    this.fail(error, kind)
    await this.slot.without(this.pace.backOff(kind))
  }

  /** @param {any} error @param {'transient' | 'blocked'} kind */
  fail(error, kind) {
    this.state = kind
    this.lastError = error
    const message = String(error?.message ?? error)
    if (kind === 'blocked' && this.reported !== message) this.emit('error', error)
    if (kind === 'blocked') this.reported = message
  }

  /** The outbox itself says what has arrived. @returns {boolean} whether nothing is pending */
  settleByOutbox() {
    const span = this.source.span()
    this.waiters.settle(span === null ? Number.POSITIVE_INFINITY : span.first - 1)
    return span === null
  }

  /** Another process applies; it cannot tell the block while a transaction of this one has the lock. The ledger knows. */
  async settleByLedger() {
    const work = await this.source.next(1, 0, this.split.each)
    if (work === null) return
    const arrived = await appliedSeq(this.main, work.origin)
    if (arrived !== null) this.waiters.settle(arrived)
  }

  pending() {
    return this.source.pending() ?? NOTHING
  }

  /** What the main database is to be asked for again, once all has been sent. */
  revertRest() {
    return this.source.emptied()
  }

  /** Keeps the lock for a moment: a busy block is not elected anew for every commit. */
  linger() {
    if (this.source.held) this.lingering = setTimeout(() => void this.release(), LINGER_MS).unref()
  }

  async release() {
    if (!this.active || this.stopped) await this.source.release()
  }

  /**
   * Resolves when every commit made before the call is in the main database, or rejected.
   * @param {{timeoutMs: number}} limit
   * @returns {Promise<void>}
   */
  async flush({ timeoutMs }) {
    const span = this.source.span()
    if (span === null || (this.source.isHeld && span.last <= this.arrived)) return
    await this.arrivedUpTo(span.last, timeoutMs, () => flushTimeout(this, timeoutMs))
  }

  /**
   * Resolves when the commits up to this one are in the main database, or rejected.
   * @param {number} seq @param {number} timeoutMs @param {() => Error} late @returns {Promise<void>}
   */
  arrivedUpTo(seq, timeoutMs, late) {
    const done = this.waiters.add(seq, timeoutMs, late)
    this.pace.hurry?.()
    this.wake()
    return done
  }

  /** No new work; resolves when the transaction under way has ended. */
  async stop() {
    this.stopped = true
    this.pace.end()
    this.slot.end()
    clearTimeout(this.lingering)
    await this.running
    await this.ahead.done()
    // What the block was not told it finds out at its next start.
    await this.owed.paid().catch(() => {})
    await this.release()
    this.state = 'stopped'
    this.waiters.stop(this.main.blockId)
  }

  status() {
    return {
      state: this.state,
      applying: this.source.held,
      attempts: this.pace.failures,
      lastError: this.lastError ? describeError(this.lastError) : null,
    }
  }
}

/** @param {any} error @returns {'transient' | 'blocked'} */
const kindOf = (error) => (classify(error) === 'transient' ? 'transient' : 'blocked')

module.exports = { Applier }
