// A block's own end of the queue on Redis: offers what is committed, and follows the receipts. One per block on a machine, elected
// by the same file lock as the applier of the local queue. It has an applier of its own for when no worker does that work.
//
//   idle --wake--> offering --all offered--> waiting for receipts --outbox empty--> lingering --> idle (lock released)
//   waiting: a receipt or a commit ends it; after a while it asks Redis whether it still has what it was given, and rings again
//
// An outbox keeps its commits until the receipt says that the main database has them, so it does not matter what Redis loses.
// Timers never hold the process; a flush under way does.

const { randomUUID } = require('node:crypto')
const { setTimeout: sleep } = require('node:timers/promises')
const { addon } = require('../binding')
const { Applier } = require('../apply')
const { apart } = require('../apply/apart')
const { classify, describeError } = require('../apply/classify')
const { LogSource } = require('../apply/log')
const { nearby } = require('../apply/nearby')
const { Outlet } = require('../apply/outlet')
const { Pace } = require('../apply/pace')
const { EACH } = require('../apply/split')
const { appliedSeq } = require('../apply/transaction')
const { encodeBlockId } = require('../blockid')
const { outside } = require('../engine/context')
const { FlushTimeoutError, named } = require('../errors')
const { Hearing } = require('./hearing')
const { Receipts } = require('./receipts')
const { statusOf } = require('./status')
const { Waiters } = require('../apply/waiters')

const LINGER_MS = 30
/** How soon commits of other processes are seen while this one has the lock. */
const [FIRST_POLL_MS, LONGEST_POLL_MS] = [20, 200]
/** Between two offers that are not full: writers that keep on writing are asked for in bundles. */
const OFFER_EVERY_MS = 2
const FIRST_PROBE_MS = 1_000
const LONGEST_PROBE_MS = 10_000
/** A worker that lives has so long for a commit before the block's own process applies it. */
const WORKER_MS = 15_000
/** Commits that lie in Redis at most: what waits for a main database that is away fills the block file, not Redis. */
const MAX_AHEAD = 20_000

/** @typedef {import('../apply/setup').ApplierSetup & {schema: any, redis: import('./redis').Redis, identity: string}} RelaySetup */

class Relay {
  /** @param {RelaySetup} setup */
  constructor(setup) {
    const { block, identity, manifest, path, redis } = setup
    const { blockId } = setup.options
    this.block = block
    this.blockId = blockId
    this.redis = redis
    this.emit = apart(setup.emit)
    this.realm = { main: encodeBlockId(identity), fingerprint: manifest.fingerprint }
    this.log = redis.log(this.realm, blockId, encodeBlockId(blockId))
    this.receipts = new Receipts(block, this.log)
    this.hearing = new Hearing(
      this.receipts,
      () => this.isUrgent,
      () => this.pace.hurry?.(),
    )
    this.outlet = new Outlet({ ...setup, emit: this.emit }, () => this.receipts.settle())
    this.receipts.outlet = this.outlet
    this.applier = this.ownApplier(setup)
    this.lockPath = `${path}.apply.lock`
    /** @type {any} */
    this.lock = null
    /** The seq up to which Redis has the commits; 0 when that is to be asked. */
    this.sent = 0
    /** Those who wait until Redis has a commit. */
    this.toSend = new Waiters()
    this.offeredAt = 0
    /** What had arrived, as the outbox knew when it was offered; of the current origin alone. */
    this.floor = 0
    this.active = false
    this.dirty = false
    this.stopped = false
    this.pace = new Pace()
    this.probeMs = FIRST_PROBE_MS
    this.probeAt = 0
    /** When there was last word, or nothing to wait for. */
    this.wordAt = 0
    /** @type {NodeJS.Timeout | undefined} */
    this.lingering = undefined
    /** @type {Promise<void>} */
    this.running = Promise.resolve()
    this.start = () => {
      this.running = this.run()
    }
    /** @type {'idle' | 'running' | 'waiting' | 'transient' | 'blocked' | 'stopped'} */
    this.state = 'idle'
    /** @type {any} */
    this.lastError = null
    this.reported = ''
    this.deaf = redis.listen(this.realm, 'told', {
      only: blockId,
      block: () => this.hearSoon(),
      connected: () => this.reconnected(),
    })
  }

  /** @param {RelaySetup} setup */
  ownApplier({ client, manifest, path, schema, options: { coalesce, dependencyTimeout } }) {
    const { log, blockId, realm } = this
    // What it applied the receipts tell, as when another did it.
    const emit = (/** @type {string} */ event, /** @type {any} */ detail) => {
      if (event === 'error') this.emit(event, detail)
    }
    const onSettled = () => this.hearSoon()
    const near = (/** @type {string} */ payload) => nearby(this.block, path, manifest.fingerprint, payload)
    const neighbours = () => this.redis.neighbours(realm, blockId)
    const given = { log, schema, emit, blockId, onSettled, neighbours, nearby: near }
    const sourceOf = () => new LogSource({ ...given, token: randomUUID() })
    return new Applier({ client, manifest, blockId, coalesce, dependencyTimeout, emit, sourceOf })
  }

  /** A commit was made. Called in hot loops. */
  wake() {
    this.dirty = true
    if (this.stopped) return
    if (this.active) {
      if (this.state === 'waiting') this.pace.hurry?.()
      return
    }
    this.active = true
    outside(() => setImmediate(this.start))
  }

  hearSoon() {
    this.hearing.told()
  }

  /** Somebody waits for the word. */
  get isUrgent() {
    return !this.receipts.waiters.none || !this.toSend.none
  }

  /** Redis may have been away, or be another: what it was given may be gone. */
  reconnected() {
    this.probeAt = 0
    this.hearSoon()
  }

  async run() {
    clearTimeout(this.lingering)
    let pollMs = FIRST_POLL_MS
    while (!this.stopped) {
      this.dirty = false
      try {
        if (this.hold()) {
          pollMs = FIRST_POLL_MS
          if (await this.turn()) break
        } else {
          this.state = 'waiting'
          if (this.settleByOutbox()) break
          if (pollMs === LONGEST_POLL_MS && !this.receipts.waiters.none) await this.settleByLedger()
          if (!this.toSend.none) await this.settleByQueue()
          await this.pace.pause(this.toSend.none ? pollMs : FIRST_POLL_MS)
          pollMs = Math.min(pollMs * 2, LONGEST_POLL_MS)
        }
      } catch (error) {
        if (!this.stopped) await this.failed(error)
      }
    }
    this.active = false
    this.state = 'idle'
    if (this.stopped) this.release()
    else if (this.dirty) this.wake()
    else this.linger()
  }

  /** @returns {Promise<boolean>} whether there is nothing left to do */
  async turn() {
    await this.outlet.prepare()
    await this.redis.ready()
    // What is new goes first, but word is not put off for ever by who keeps on writing.
    if (this.hearing.isLate || this.receipts.refusing > 0) await this.hear()
    if (this.receipts.refusing > 0) return this.waitForWord()
    const ahead = this.sent - Math.max(this.receipts.arrived, this.floor) >= MAX_AHEAD
    if (!ahead && this.block.lastSeq() > this.sent && (await this.offer())) return false
    if (this.hearing.inMs() <= 0) await this.hear()
    if (this.receipts.refusing > 0) return this.waitForWord()
    this.succeeded()
    if (ahead) return this.waitForWord()
    if (this.sent <= this.receipts.arrived && this.receipts.owed.count === 0) {
      await this.outlet.revertRest()
      if (this.settleByOutbox()) return true
      // A commit came in between.
      if (this.block.lastSeq() > this.sent) return false
    }
    return this.waitForWord()
  }

  /** @returns {Promise<boolean>} whether there were any left to offer */
  async offer() {
    const restMs = this.offeredAt + OFFER_EVERY_MS - performance.now()
    if (restMs > 0 && !this.isUrgent) await sleep(restMs)
    this.offeredAt = performance.now()
    const offered = await this.log.offer(this.block, this.sent)
    this.succeeded()
    if (offered === null) return false
    this.noteOffer(offered)
    if (offered.worker !== null) this.leaveTo(offered.worker)
    return true
  }

  /** @param {{origin: string, sent: number, floor: number}} offered */
  noteOffer({ origin, sent, floor }) {
    this.floor = Math.max(this.floor, floor)
    if (this.sent <= this.receipts.arrived) this.wordAt = Date.now()
    this.state = 'running'
    this.receipts.follow(origin)
    this.sent = sent
    this.toSend.settle(sent)
    this.probeMs = FIRST_PROBE_MS
    this.probeAt = Date.now() + this.probeMs
  }

  /** Whoever applies has heard of it: a worker, or else this process. @param {boolean} worker whether one lives */
  leaveTo(worker) {
    if (!worker || Date.now() - this.wordAt > WORKER_MS) this.applier.wake()
  }

  async waitForWord() {
    this.state = 'waiting'
    const leftMs = this.probeAt - Date.now()
    if (leftMs <= 0) await this.probe()
    else if (!this.dirty) await this.pace.pause(Math.min(leftMs, LONGEST_POLL_MS, this.hearing.inMs()))
    return false
  }

  /** No word for a while: Redis may have lost what it was given, the bell too, and a worker may have died. */
  async probe() {
    const held = await this.log.probe(this.block, this.sent)
    this.probeMs = Math.min(this.probeMs * 2, LONGEST_PROBE_MS)
    this.probeAt = Date.now() + this.probeMs * (0.75 + Math.random() / 2)
    this.receipts.told = true
    if (held === null) this.receipts.arrived = Math.max(this.receipts.arrived, this.sent)
    else if (held.sent < held.asked) this.sent = held.sent
    else this.leaveTo(await this.log.ring())
  }

  async hear() {
    if (!(await this.hearing.read())) return
    // After a refusal Redis has let go of what followed it: it is offered anew.
    if (this.receipts.refused) this.sent = Math.min(this.sent, this.receipts.arrived)
    this.receipts.refused = false
    this.probeMs = FIRST_PROBE_MS
    this.wordAt = Date.now()
  }

  succeeded() {
    this.pace.succeeded()
    this.lastError = null
    this.reported = ''
  }

  /** @param {any} thrown */
  async failed(thrown) {
    const error = named(thrown)
    const kind = classify(error) === 'transient' ? 'transient' : 'blocked'
    const message = String(error?.message ?? error)
    this.state = kind
    this.lastError = error
    if (kind === 'blocked' && this.reported !== message) this.emit('error', error)
    this.reported = message
    await this.pace.backOff(kind)
  }

  hold() {
    if (this.lock) return true
    this.lock = addon().FileLock.tryAcquire(this.lockPath)
    // Another process may have gone on meanwhile.
    if (this.lock) {
      this.sent = 0
      this.receipts.origins.clear()
      this.wordAt = Date.now()
      this.probeAt = this.wordAt + FIRST_PROBE_MS
    }
    return this.lock !== null
  }

  /** The outbox itself says what has arrived. @returns {boolean} whether nothing is pending */
  settleByOutbox() {
    const span = this.outlet.span()
    const arrived = span === null ? Number.POSITIVE_INFINITY : span.first - 1
    this.receipts.waiters.settle(arrived)
    this.toSend.settle(arrived)
    return span === null
  }

  /** Another process hears the receipts; it cannot tell the block while a transaction of this one has the lock. The ledger knows. */
  async settleByLedger() {
    const text = await this.block.nextWork(1, 0, JSON.stringify(EACH))
    if (text === null) return
    const arrived = await appliedSeq(this.applier.main, JSON.parse(text).origin)
    if (arrived !== null) this.receipts.waiters.settle(arrived)
  }

  /** Another process offers: what has Redis of it? */
  async settleByQueue() {
    const held = await this.log.probe(this.block, Number.MAX_SAFE_INTEGER)
    if (held !== null) this.toSend.settle(held.sent)
  }

  /** What the main database is to be asked for again, once all has been sent. */
  revertRest() {
    return this.outlet.revertRest()
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
    const span = this.outlet.span()
    if (span === null || (this.outlet.isHeld && span.last <= this.receipts.arrived)) return
    await this.arrivedUpTo(span.last, timeoutMs, () => this.flushTimeout(timeoutMs))
  }

  /**
   * Resolves when the commits up to this one are in the main database, or rejected.
   * @param {number} seq @param {number} timeoutMs @param {() => Error} late @returns {Promise<void>}
   */
  arrivedUpTo(seq, timeoutMs, late) {
    return this.hurried(this.receipts.waiters.add(seq, timeoutMs, late))
  }

  /**
   * Resolves when the commits up to this one are in Redis, or were.
   * @param {number} seq @param {number} timeoutMs @param {() => Error} late @returns {Promise<void>}
   */
  sentUpTo(seq, timeoutMs, late) {
    return this.hurried(this.toSend.add(seq, timeoutMs, late))
  }

  /** @param {Promise<void>} done */
  hurried(done) {
    this.hearing.now()
    this.applier.pace.hurry?.()
    this.wake()
    return done
  }

  /** @param {number} timeoutMs */
  flushTimeout(timeoutMs) {
    const { commits, oldestMs } = this.outlet.pending()
    const cause = this.lastError ?? this.applier.lastError
    const why = cause ? `; last error: ${describeError(cause).message}` : ''
    return new FlushTimeoutError(
      `flush of block '${this.blockId}': ${commits} commits have not reached the main database by way of ${this.redis.name} after ` +
        `${timeoutMs} ms (the oldest is ${Math.round(oldestMs ?? 0)} ms old, relay: ${this.state})${why}`,
      { cause: cause ?? undefined },
    )
  }

  /** No new work; resolves when what is under way has ended. */
  async stop() {
    this.stopped = true
    this.deaf()
    this.pace.end()
    clearTimeout(this.lingering)
    await Promise.all([this.running, this.applier.stop()])
    // What the block was not told it finds out at its next start.
    await this.receipts.owed.paid().catch(() => {})
    this.release()
    this.redis.release()
    this.state = 'stopped'
    this.receipts.waiters.stop(this.blockId)
    this.toSend.stop(this.blockId)
  }

  status() {
    return statusOf(this)
  }
}

module.exports = { Relay }
