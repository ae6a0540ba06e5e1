/** The life of an interactive transaction: its clock, its hold on the write lock, its savepoints, its end. */
const { BUSY } = require('../codes.js')
const { current } = require('../context.js')
const { native } = require('../plans.js')

/** @typedef {import('../engine.js').Engine} Engine */
/** @typedef {import('../engine.js').Outcome} Outcome */
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

class Life {
  /**
   * @param {Transactions} all of its client
   * @param {{ id: string, snapshot: boolean, maxWait: number, timeout: number }} options
   */
  constructor(all, { id, snapshot, maxWait, timeout }) {
    this.all = all
    this.engine = all.engine
    this.block = all.engine.block
    this.lock = all.engine.lock
    this.id = id
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
    /** Open savepoints. */
    this.depth = 0
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
    if (this.snapshot) this.handle = this.verb(() => this.block.txBeginReading())
    this.lock.transactions.add(this)
    this.runClock(this.timeoutMs)
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
    if (this.status === 'running') this.end('timed_out')
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
    return this.lock.isFree && this.acquire(false) >= 0
  }

  async lockForWriting() {
    if (this.holdsLock) return
    // Tried in the caller's turn; only a wait stops the clock.
    if (this.lockNow()) return
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
      for (let level = 0; level < this.depth; level++) this.verb(() => block.txSavepoint(this.handle))
    }
    this.holdsLock = true
    this.lock.hold(this)
    return code
  }

  /** Nothing was written yet: the lock is of no use until something is. */
  letGo() {
    if (this.wrote || this.snapshot || this.handle === 0) return
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
  enter() {
    if (this.aborted) throw this.engine.error(ABORTED)
    if (this.handle !== 0) this.verb(() => this.block.txSavepoint(this.handle))
    this.depth += 1
  }

  async commit() {
    this.check('commit')
    if (this.depth > 0) {
      if (this.aborted) throw this.engine.error(ABORTED)
      this.depth -= 1
      if (this.handle !== 0) this.verb(() => this.block.txRelease(this.handle))
      return
    }
    await this.engine.committed(this.end('committed'))
  }

  /** Prisma's verb: of the innermost savepoint, if there is one. */
  async rollBackVerb() {
    this.check('rollback')
    if (this.depth === 0) return void this.end('rolled_back')
    this.depth -= 1
    this.aborted = false
    if (this.handle !== 0) this.verb(() => this.block.txRollbackTo(this.handle))
  }

  rollBack() {
    if (this.status === 'running') this.end('rolled_back')
  }

  /** @param {Status} status @returns {number} the seq of its commit, 0 when there is none */
  end(status) {
    const { handle } = this
    const commits = status === 'committed' && !this.aborted && handle !== 0
    this.status = status
    this.handle = 0
    clearTimeout(this.timer)
    this.lock.transactions.delete(this)
    this.all.ended(this)
    try {
      if (commits) return this.verb(() => this.block.txCommit(handle))
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
