// One open block of this process: the native Block of a file and what serves it (gate, applier, events). All
// clients of the same block share it; `refs` counts them. States: open -> closing -> closed; `refusal` says why a
// block that is not open refuses.

const { EventEmitter } = require('node:events')
const { createApplier } = require('../apply/local')
const { Confirmations } = require('../durability/confirm')
const { Relay } = require('../queue/relay')
const { shareRedis } = require('../queue/redis')
const {
  BlockClosedError,
  BlockDeletedError,
  fromNative,
  FlushTimeoutError,
  MainDatabaseMismatchError,
} = require('../errors')
const { exists } = require('../file')
const { DurabilityGate } = require('../durability/gate')
const { compareIdentity, knownIdentity, mainIdentity } = require('../identity')
const { Freshness } = require('../fresh')
const { Journal } = require('../transaction/journal')
const { Leases } = require('../lease')
const { check } = require('../file/native')
const { Reads } = require('../engine/reads')
const { tellLongReaders } = require('./longreader')
const { BACKGROUND, lockOf } = require('../engine/writelock')

const FIRST_RETRY_MS = 250
const LONGEST_RETRY_MS = 15_000
/** Events that nobody should miss. */
const UNHEARD = ['error', 'rejected', 'longReader']
/** How long closing waits for reads that run; then they are interrupted. */
const LAST_READS_MS = 10_000

/**
 * @typedef {object} BlockSetup
 * @property {string} file
 * @property {any} native
 * @property {import('./artifacts').Artifacts} artifacts
 * @property {any} options checked options of the first client
 * @property {import('../scope/declare.js').Scope | null} scope
 * @property {object} raw the main client under every extension
 */

class OpenBlock {
  /** @param {BlockSetup} setup */
  constructor({ file, native, artifacts, options, scope, raw }) {
    this.id = /** @type {string} */ (options.blockId)
    this.file = file
    this.native = native
    this.artifacts = artifacts
    this.options = options
    this.scope = scope
    this.raw = raw
    this.refs = 0
    this.freshness = new Freshness(this)
    this.reads = new Reads(native)
    this.journal = new Journal({ native, file, blockId: options.blockId, durability: options.durability })
    this.leases = new Leases({
      blockId: this.id,
      native,
      manifest: artifacts.manifest,
      raw,
      ensureMain: () => this.ensureMain(raw),
      debug: (line) => this.debug(line),
    })
    /** @type {Promise<unknown> | null} the refresh under way */
    this.refreshing = null
    /** @type {((reason: Error) => void) | null} ends what it loads */
    this.giveUp = null
    /** @type {Error | null} */
    this.refusal = null
    /** @type {'unknown' | 'same' | 'mismatch'} */
    this.main = 'unknown'
    /** @type {WeakSet<object>} main clients known to talk to the block's main database */
    this.sameMain = new WeakSet()
    /** @type {any} */
    this.applier = null
    /** @type {NodeJS.Timeout | null} */
    this.retryTimer = null
    this.retryMs = FIRST_RETRY_MS
    /** Is the file looked at as a whole? */
    this.examining = false
    this.events = new EventEmitter()
    this.warned = new Set()
    /** @type {Set<() => void>} run when the block closes */
    this.cleanups = new Set()
    this.gate =
      options.durability === 'os'
        ? null
        : new DurabilityGate(
            native,
            (error) => this.emit('error', error),
            () => this.wake(),
          )
    const { durability } = options
    this.confirmations =
      durability === 'queue' || durability === 'main' ? new Confirmations(this, durability) : null
    tellLongReaders(this)
  }

  /**
   * Tells listeners; an error, a rejection or a long reader that nobody listens to becomes a process warning, once per kind.
   * @param {string} event
   * @param {any} [detail]
   */
  emit(event, detail) {
    if (this.events.listenerCount(event) > 0) return void this.events.emit(event, detail)
    if (!UNHEARD.includes(event)) return
    const code = detail?.code ?? event
    if (this.warned.has(code)) return
    this.warned.add(code)
    const text = detail?.message ?? JSON.stringify(detail)
    process.emitWarning(text.includes(`'${this.id}'`) ? text : `block '${this.id}': ${text}`, {
      type: 'ShardedWarning',
      code: String(code),
    })
  }

  /** @param {string} line */
  debug(line) {
    if (this.options.debug) process.stderr.write(`[sharded] ${this.id}: ${line}\n`)
  }

  /**
   * Compares with an identity that is already known; never waits.
   * @param {object} raw the main client of one of the block's clients
   */
  checkKnownMain(raw) {
    const known = this.sameMain.has(raw) ? null : knownIdentity(raw, this.options.ledger)
    if (known) this.acceptMain(raw, known)
  }

  /**
   * Resolves when this client's main database is known to be the block's own; before any forward, miss or apply.
   * @param {object} raw
   */
  async ensureMain(raw) {
    if (this.refusal) throw this.refusal
    if (!this.sameMain.has(raw)) this.acceptMain(raw, await mainIdentity(raw, this.options.ledger))
  }

  /** @param {object} raw @param {import('../identity').MainIdentity} identity */
  acceptMain(raw, identity) {
    if (this.refusal) throw this.refusal
    try {
      compareIdentity(this.id, this.file, this.native.meta('identity'), identity)
    } catch (error) {
      // The block's own client was moved to another database: no more answers from here. A second client that
      // is wrong is its own problem.
      if (error instanceof MainDatabaseMismatchError && raw === this.raw) this.refuseForever(error)
      throw error
    }
    this.sameMain.add(raw)
    this.main = 'same'
    if (!this.applier) this.startApplier()
  }

  /** @param {Error} error */
  refuseForever(error) {
    this.main = 'mismatch'
    void this.shut(error)
  }

  startApplier() {
    const { artifacts, file, native, options, raw } = this
    const setup = {
      client: raw,
      manifest: artifacts.manifest,
      block: native,
      journal: this.journal,
      path: file,
      options,
      emit: (/** @type {string} */ event, /** @type {any} */ detail) => this.emit(event, detail),
    }
    this.applier = options.connection
      ? new Relay({
          ...setup,
          schema: artifacts.schema,
          redis: shareRedis(options.connection),
          identity: String(native.meta('identity')),
        })
      : createApplier(setup)
    // Who opens thousands of blocks at once has few with something left to do: a look at each would be a run of each.
    if (options.connection || this.isOwed()) this.applier.wake()
  }

  /** Is there anything that an earlier run of the applier has left? */
  isOwed() {
    const { journal, native } = this
    const unreverted = native.meta('unreverted')
    const isReverted = unreverted === null || unreverted === '' || unreverted === '[]'
    return !isReverted || native.span() !== null || journal.unfinished() !== null
  }

  /**
   * A commit was made. Its way to the main database begins when it is on the disk, since it must not leave the file before: two
   * syncs at once would make the caller wait for both. Where nobody waits for the disk, the applier that has been idle will.
   * @param {number} [seq]
   */
  committed(seq) {
    if (seq !== undefined) {
      if (this.gate?.awaits(seq)) return
      if (this.applier?.active === false) this.native.syncSoon(seq)
    }
    this.wake()
  }

  /** The way to the main database begins. */
  wake() {
    if (this.applier) this.applier.wake()
    else if (!this.retryTimer && !this.refusal) this.reachMain()
  }

  /** Asks for the main database until it answers; then the applier takes over. */
  reachMain() {
    const again = (/** @type {unknown} */ error) => {
      if (this.refusal) return
      this.emit('error', error)
      this.retryTimer = setTimeout(() => this.reachMain(), this.retryMs).unref()
      this.retryMs = Math.min(this.retryMs * 2, LONGEST_RETRY_MS)
    }
    this.retryTimer = null
    this.ensureMain(this.raw).then(() => this.debug('main database reached'), again)
  }

  /** What a write waits for. @param {number} seq @returns {Promise<void> | null} */
  ticket(seq) {
    const synced = this.gate ? this.gate.ticket(seq) : null
    return this.confirmations ? this.confirmations.after(synced, seq) : synced
  }

  /** Was the file deleted by another process? */
  isGone() {
    if (!exists(this.file)) return true
    try {
      return this.native.meta('deleted') === '1'
    } catch (thrown) {
      // It slept, and another file stands in the place of its own.
      const error = fromNative(thrown)
      if (error instanceof BlockDeletedError) return true
      throw error
    }
  }

  /** @returns {{commits: number, bytes: number, firstSeq: number, lastSeq: number, oldestMs: number}} */
  pending() {
    if (this.refusal) throw this.refusal
    return JSON.parse(this.native.pending())
  }

  /** Waits until every commit made before the call is in the main database or rejected. @param {{timeoutMs: number}} limit */
  async flush({ timeoutMs }) {
    if (this.refusal) throw this.refusal
    if (this.native.span() === null) return
    const deadline = Date.now() + timeoutMs
    await this.within(this.ensureMain(this.raw), timeoutMs)
    const leftMs = Math.max(1, deadline - Date.now())
    await this.within(this.applier.flush({ timeoutMs: leftMs }), leftMs)
  }

  /** @template T @param {Promise<T>} work @param {number} timeoutMs @returns {Promise<T>} */
  within(work, timeoutMs) {
    /** @type {NodeJS.Timeout | undefined} */
    let timer
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(this.flushTimeout(timeoutMs)), timeoutMs)
    })
    return /** @type {Promise<T>} */ (Promise.race([work, late])).finally(() => clearTimeout(timer))
  }

  /**
   * After a transaction whose part in the main database may have been committed, and whose part here was not: its rows are read
   * from the main database again, before this resolves.
   */
  async recover() {
    const timeoutMs = this.options.forwardTimeout
    await this.journal.settle()
    await this.within(this.ensureMain(this.raw), timeoutMs)
    await this.within(this.applier.flush({ timeoutMs }), timeoutMs)
    await this.within(this.applier.revertRest(), timeoutMs)
  }

  /**
   * Rows of the main database may have changed, and nobody says which. Nobody waits for a transaction to end, which is perhaps his
   * own: the mark is made then.
   */
  async markStale() {
    const { native } = this
    const lock = lockOf(native)
    const isHeld = lock.isHeld
    const marked = lock
      .run(() => native.setMeta('invalidatedAt', String(Date.now())), BACKGROUND)
      .then((code) => check(native, code))
    if (isHeld) marked.catch((error) => this.emit('error', error))
    else await marked
  }

  /** @param {number} timeoutMs */
  flushTimeout(timeoutMs) {
    if (this.refusal) return this.refusal
    const { commits, oldestMs } = this.pending()
    return new FlushTimeoutError(
      `block '${this.id}': ${commits} commits have not reached the main database after ${timeoutMs} ms (the oldest is ` +
        `${Math.round(oldestMs)} ms old). They stay in the block and are tried again`,
    )
  }

  /**
   * Closes the file; later calls meet `reason`.
   * @param {Error} [reason]
   * @param {() => void} [last] run when nothing works on the file any more, before it closes
   */
  async shut(reason, last) {
    if (this.refusal) return
    this.refusal =
      reason ?? new BlockClosedError(`block '${this.id}' is closed: open it again with Block.create`)
    if (this.retryTimer) clearTimeout(this.retryTimer)
    for (const cleanup of this.cleanups) cleanup()
    try {
      const stopped = this.applier?.stop()
      lockOf(this.native).close(this.refusal)
      await stopped
      if (this.gate) await this.gate.close()
      await this.reads.settled(LAST_READS_MS)
      last?.()
    } finally {
      await this.native.close()
      this.reads.refuse(this.refusal)
    }
  }
}

module.exports = { OpenBlock }
