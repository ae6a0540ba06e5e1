/** The life of an interactive transaction: its clock, its hold on the write lock, its savepoints, its end. */
const { classify } = require('../apply/classify')
const { BUSY } = require('../codes.js')
const { current } = require('../engine/context.js')
const { TransactionError } = require('../errors')
const { native } = require('../engine/plans.js')
const { boundariesOf } = require('../scope/limits.js')

/** @typedef {import('../engine/index.js').Engine} Engine */
/** @typedef {import('../engine/index.js').Outcome} Outcome */
/** @typedef {import('./index.js').Transactions} Transactions */
/** @typedef {'running' | 'committed' | 'rolled_back' | 'timed_out'} Status */

const ABORTED = {
  code: 'P2039',
  message: 'current transaction is aborted, commands ignored until end of transaction block',
  meta: {
    database: {
      sqlstate: '25P02',
      text: 'current transaction is aborted, commands ignored until end of transaction block',
    },
  },
}

const nothing = () => {}

/** Did the main database say so? Prisma 6 passes on what it does not know as text. @param {any} error */
const isOfDatabase = (error) =>
  error?.meta?.driverAdapterError !== undefined ||
  error?.code === 'P2010' ||
  /\bConnectorError\(/.test(error?.message)

class Life {
  /**
   * @param {Transactions} all of its client
   * @param {{ id: string, isolationLevel: string | undefined, snapshot: boolean, maxWait: number, timeout: number }} options
   */
  constructor(all, { id, isolationLevel, snapshot, maxWait, timeout }) {
    this.all = all
    this.engine = all.engine
    this.block = all.engine.block
    this.lock = all.engine.lock
    this.id = id
    this.isolationLevel = isolationLevel
    this.snapshot = snapshot
    this.maxWaitMs = maxWait
    this.timeoutMs = timeout
    /** @type {Status} */
    this.status = 'running'
    this.startedAt = Date.now()
    /** @type {NodeJS.Timeout | undefined} */
    this.timer = undefined
    /** Native's number of it; 0 while it has no connection. */
    this.handle = 0
    this.holdsLock = false
    this.wrote = false
    /** The main database would take no more statements. */
    this.aborted = false
    /** Why it can only be rolled back: main's part of it and the block's differ, or main has ended its own. @type {Error | null} */
    this.doomed = null
    /** What main does of it, once main does anything. @type {import('./joint.js').Joint | null} */
    this.joint = null
    /** Of a snapshot, those of the windows' rows in it; null: it has none, or nobody knows. @type {string | null} */
    this.boundaries = null
    /** For each open savepoint, how many changes there were before it. @type {number[]} */
    this.marks = []
    /** Calls on their way that are not synchronous. */
    this.pending = 0
    /** @type {Promise<unknown>} the last of them */
    this.tail = Promise.resolve()
    /** @type {() => void} */
    this.tellEnd = nothing
    /** Only a snapshot's end is waited for. @type {Promise<void> | null} */
    this.ended = null
    if (snapshot)
      this.ended = new Promise((resolve) => {
        this.tellEnd = resolve
      })
    /** In whose callback it was begun. @type {Life | null} */
    this.outer = current()
    this.runs = {
      run: (/** @type {number} */ plan, /** @type {any[]} */ params) =>
        this.block.txRun(this.handle, plan, params),
      runAbsent: (/** @type {number} */ plan, /** @type {any[]} */ params, /** @type {string} */ absent) =>
        this.block.txRunAbsent(this.handle, plan, params, absent),
    }
  }

  begin() {
    if (this.snapshot) this.beginSnapshot()
    this.lock.transactions.add(this)
    this.runClock(this.timeoutMs)
  }

  /** Boundaries that have gone do not come back (js/scope/window.js): those of before and after its beginning are its own, too. */
  beginSnapshot() {
    const { block, engine } = this
    const before = engine.coverage?.hasWindows ? boundariesOf(block) : null
    this.handle = this.verb(() => block.txBeginReading())
    if (before !== null && boundariesOf(block) === before) this.boundaries = before
  }

  /** A native verb that only an error keeps from what it does. @param {() => number} run @returns {number} */
  verb(run) {
    const code = native(run)
    if (code < 0) throw this.engine.error(JSON.parse(this.block.lastError()))
    return code
  }

  // Time

  /** @param {number} ms */
  runClock(ms) {
    this.timer = setTimeout(() => this.expire(), ms).unref()
  }

  expire() {
    if (this.status === 'running') this.drop('timed_out')
  }

  /** Waiting for the lock is `maxWait`'s; the time of the transaction goes on afterwards. @template T @param {() => Promise<T>} wait */
  async offTheClock(wait) {
    const stoppedAt = Date.now()
    clearTimeout(this.timer)
    try {
      return await wait()
    } finally {
      this.startedAt += Date.now() - stoppedAt
      if (this.status === 'running') this.runClock(Math.max(1, this.startedAt + this.timeoutMs - Date.now()))
    }
  }

  // The write lock

  /** In the caller's turn, when nobody has it. @returns {boolean} */
  lockNow() {
    return this.lock.isFree && this.engine.room.isOpen && this.acquire(false) >= 0
  }

  async lockForWriting() {
    if (this.holdsLock) return
    // Tried in the caller's turn; only a wait stops the clock.
    if (this.lockNow()) return
    // Before it has the lock, which those need who make room.
    const { room } = this.engine
    if (!room.isOpen) await this.offTheClock(() => room.wait(this.engine.setup.options.outbox))
    const late = () => {
      this.end('timed_out')
      return transactionError(this.engine, 'Unable to start a transaction in the given time.')
    }
    const attempt = (/** @type {boolean} */ insist) => {
      this.check('query')
      return this.acquire(insist)
    }
    await this.offTheClock(() => this.lock.wait(attempt, { ms: this.maxWaitMs, late }, this.outer))
    this.check('query')
  }

  /** @param {boolean} insist also when another process stands in line @returns {number} BUSY when it is taken */
  acquire(insist) {
    const { block } = this
    const code = native(() =>
      this.handle === 0 ? block.txBegin(insist) : block.txUpgrade(this.handle, insist),
    )
    if (code === BUSY) return code
    if (code < 0) throw this.failed({ code, report: JSON.parse(block.lastError()) })
    if (this.handle === 0) {
      this.handle = code
      for (let level = 0; level < this.marks.length; level++) this.verb(() => block.txSavepoint(this.handle))
    }
    this.holdsLock = true
    this.lock.hold(this)
    return code
  }

  /** Nothing was written yet: the lock is of no use until something is. */
  letGo() {
    if (this.wrote || this.joint !== null || this.snapshot || this.handle === 0) return
    const { handle } = this
    this.handle = 0
    try {
      this.verb(() => this.block.txRollback(handle))
    } finally {
      this.unlock()
    }
  }

  unlock() {
    this.holdsLock = false
    this.lock.release(this)
  }

  // Its end

  /** @param {string} operation */
  check(operation) {
    const refusal = this.engine.seams.refusal()
    if (refusal !== null) throw refusal
    if (this.status !== 'running') throw this.closedError(operation)
  }

  /** It may have ended while main was asked. */
  stillOpen() {
    if (this.handle === 0) throw this.closedError('query')
  }

  /** @param {string} operation */
  closedError(operation) {
    const { engine, status, startedAt, timeoutMs: timeout } = this
    if (status === 'committed')
      return transactionError(
        engine,
        `Transaction already closed: A ${operation} cannot be executed on a committed transaction.`,
      )
    if (status === 'rolled_back')
      return transactionError(
        engine,
        `Transaction already closed: A ${operation} cannot be executed on a transaction that was rolled back.`,
      )
    const timeTaken = Date.now() - startedAt
    const text = `A ${operation} cannot be executed on an expired transaction. The timeout for this transaction was ${timeout} ms, however ${timeTaken} ms passed since the start of the transaction. Consider increasing the interactive transaction timeout or doing less work in the transaction.`
    return transactionError(engine, text, { operation, timeout, timeTaken })
  }

  /** A savepoint. */
  async enter() {
    this.alive()
    const { handle } = this
    if (this.joint !== null) {
      await this.joint.companion.send()
      await this.joint.companion.enter()
    }
    this.marks.push(handle === 0 ? 0 : native(() => this.block.txCaptured(handle)))
    if (handle !== 0) this.verb(() => this.block.txSavepoint(handle))
  }

  /** It takes statements. */
  alive() {
    if (this.doomed !== null) throw this.doomed
    if (this.aborted) throw this.engine.error(ABORTED)
  }

  /** @template {Error} E @param {E} error @returns {E} */
  doom(error) {
    this.doomed ??= error
    return error
  }

  async commit() {
    this.check('commit')
    if (this.marks.length > 0) return this.leave()
    if (this.joint !== null) return this.commitBoth(this.joint.companion)
    await this.engine.committed(this.end('committed'))
  }

  /** The innermost savepoint is no more. */
  async leave() {
    this.alive()
    if (this.joint !== null) await this.joint.companion.release()
    this.marks.pop()
    if (this.handle !== 0) this.verb(() => this.block.txRelease(this.handle))
  }

  /** Main first, then the block. @param {import('./companion.js').Companion} companion */
  async commitBoth(companion) {
    await this.tail
    this.check('commit')
    if (this.doomed !== null || this.aborted) {
      this.end(this.doomed === null ? 'committed' : 'rolled_back')
      await companion.rollBack()
      if (this.doomed !== null) throw this.doomed
      return
    }
    clearTimeout(this.timer)
    // No further call is a part of it.
    this.status = 'committed'
    /** @type {Record<string, string>} */
    let meta
    try {
      meta = await companion.commit()
    } catch (error) {
      this.end('rolled_back')
      await companion.rollBack()
      // It may have been committed, and only the answer was lost.
      await this.engine.seams.recover().catch(nothing)
      throw this.doomed ?? error
    }
    try {
      this.end('committed', (handle) => this.block.txCommitJoint(handle, JSON.stringify(meta)))
    } catch (error) {
      return this.readAgain(error)
    }
    if (companion.left !== null) this.engine.seams.afterCommit()
  }

  /** Main has committed, the block could not: its rows are read again. @param {unknown} cause */
  async readAgain(cause) {
    this.status = 'committed'
    try {
      await this.engine.seams.recover()
    } catch {
      throw new TransactionError(
        'the main database has committed this transaction, but the block could not be written; it reads the rows again as soon as ' +
          'it can, at the latest when it is opened',
        { cause },
      )
    }
  }

  /** Prisma's verb: of the innermost savepoint, if there is one. */
  async rollBackVerb() {
    this.check('rollback')
    const companion = this.joint?.companion
    const mark = this.marks.pop()
    if (mark === undefined) {
      this.end('rolled_back')
      return companion?.rollBack()
    }
    this.aborted = false
    if (this.handle !== 0) this.verb(() => this.block.txRollbackTo(this.handle))
    if (this.doomed === null) await companion?.undo(mark)
  }

  rollBack() {
    if (this.status === 'running') this.drop('rolled_back')
  }

  /** Nobody waits for main's part to end. @param {Status} status */
  drop(status) {
    this.end(status)
    void this.joint?.companion.rollBack()
  }

  /**
   * @param {Status} status @param {(handle: number) => number} [commit]
   * @returns {number} the seq of its commit, 0 when there is none
   */
  end(status, commit = (handle) => this.block.txCommit(handle)) {
    const { handle } = this
    const commits = status === 'committed' && !this.aborted && handle !== 0
    this.status = status
    this.handle = 0
    clearTimeout(this.timer)
    this.lock.transactions.delete(this)
    this.all.ended(this)
    try {
      if (commits) return this.verb(() => commit(handle))
      if (handle !== 0) this.verb(() => this.block.txRollback(handle))
      return 0
    } catch (error) {
      this.status = 'rolled_back'
      throw error
    } finally {
      this.unlock()
      this.tellEnd()
    }
  }

  /** PostgreSQL takes no statement after one that it refused, by whichever way it was asked. @template E @param {E} error @returns {E} */
  heed(error) {
    if (this.engine.ownWords && isOfDatabase(error) && classify(error) !== 'transient') this.aborted = true
    return error
  }

  /** @param {Outcome} outcome */
  failed(outcome) {
    const report = outcome.report ?? {
      code: 'SHARDED_MISS',
      message: 'a row that this call needs is not held',
    }
    // PostgreSQL takes no statement after one that it refused; the others go on.
    const { provider } = this.engine.setup.manifest
    if (report.meta?.database !== undefined && provider === 'postgresql') this.aborted = true
    return this.engine.error(report)
  }
}

/** @param {Engine} engine @param {string} text @param {any} [meta] */
function transactionError(engine, text, meta) {
  return engine.error({ code: 'P2028', message: `Transaction API error: ${text}`, meta })
}

module.exports = { ABORTED, Life, transactionError }
