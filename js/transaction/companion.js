/**
 * The main database's part of an interactive transaction: what only main can do is done there, in a transaction of its own that
 * ends with the block's. Before main is asked anything, it is sent what the block's transaction has changed so far, in
 * the statements of the applier; so it sees it, and nothing of it goes to the outbox. What main has written is written to
 * the block's transaction at once.
 *
 *   open      the write lock, pending commits flushed, main's transaction begun (savepoints with it)
 *   request   changes of the block's transaction sent, then the call
 *   commit    the journal (js/transaction/journal.js), main, block
 */
const { classify, describeError } = require('../apply/classify')
const { runStatement } = require('../apply/transaction')
const { TransactionError } = require('../errors')
const { native } = require('../engine/plans.js')

/** @typedef {import('./journal').Journal} Journal */
/** @typedef {import('../apply/transaction').RowRef} RowRef */
/** @typedef {import('./calls.js').Transaction} Transaction */

/** The block's own clock is to end it first, with Prisma's words. */
const GRACE_MS = 2_000
/** Errors of Prisma's own, after which PostgreSQL takes further statements. */
const HARMLESS = new Set(['P2009', 'P2012', 'P2014', 'P2015', 'P2016', 'P2017', 'P2018', 'P2019', 'P2025'])
const SAVEPOINT = 'sharded_call'

class Companion {
  /** @param {Transaction} transaction */
  constructor(transaction) {
    this.transaction = transaction
    this.engine = transaction.engine
    this.block = transaction.block
    /** @type {any} main's own engine */
    this.main = this.engine.setup.main
    /** @type {Journal} */
    this.journal = this.engine.seams.journal
    this.headers = { traceparent: '00-10-10-00' }
    /** Prisma's id of it. @type {{ id: string, payload: unknown } | null} */
    this.started = null
    /** @type {any} a client within it */
    this.client = null
    /** How many changes of the block's transaction it has been sent. */
    this.sent = 0
    /** Rows in which the block may differ if only main commits. @type {Map<string, RowRef>} */
    this.rows = new Map()
    /** Rows of which main has other sums than the block. @type {RowRef[]} */
    this.differing = []
    /** Reads them again. @type {(rows: RowRef[]) => Promise<void>} */
    this.reread = async () => {}
    /** Whether there are others, that nobody named. */
    this.stale = false
    /** @type {import('./journal').Entry | null} what a process that died has left */
    this.left = null
    this.since = 0
  }

  async open() {
    const { transaction, engine } = this
    await transaction.lockForWriting()
    // What main writes from here on, nobody else may write to the block meanwhile.
    transaction.wrote = true
    await engine.main.ready()
    transaction.check('query')
    this.left = this.journal.unfinished()
    this.since = native(() => this.block.lastSeq())
    this.started = await this.main.transaction('start', this.headers, {
      maxWait: transaction.maxWaitMs,
      timeout: Math.max(1, transaction.startedAt + transaction.timeoutMs - Date.now()) + GRACE_MS,
      isolationLevel: transaction.isolationLevel,
    })
    this.client = engine.setup.withinMain(this.started)
    if (transaction.status !== 'running') await this.rollBack()
    transaction.check('query')
    for (const mark of transaction.marks) {
      await this.send(mark)
      await this.enter()
    }
  }

  // What the block's transaction has changed

  /** @param {number} [upTo] so many of its changes */
  async send(upTo) {
    const { handle } = this.transaction
    const to = upTo ?? native(() => this.block.txCaptured(handle))
    if (to <= this.sent) return
    const part = JSON.parse(native(() => this.block.txPart(handle, this.sent, to)))
    for (const row of part.rows) this.note(row)
    /** @type {import('../apply/returned').Returned[]} */
    const returned = []
    try {
      for (const statement of part.statements) await runStatement(this.client, statement, returned)
    } catch (error) {
      throw this.transaction.doom(
        new TransactionError(
          `the main database refused what this transaction had written, and all of it is rolled back: ${describeError(error).message}`,
          { cause: error },
        ),
      )
    }
    this.transaction.stillOpen()
    this.sent = to
    this.differing.push(...returned.filter(differs).map(({ back }) => back.row))
    // What is still to be sent may change them once more.
    if (upTo === undefined && this.differing.length > 0) await this.reread(this.differing.splice(0))
  }

  // What main is asked

  /** @param {any} query @param {any} opts @returns {Promise<any>} */
  async request(query, opts) {
    await this.send()
    this.engine.setup.stats.forwarded += 1
    const within = { ...opts, transaction: undefined, interactiveTransaction: this.started }
    try {
      return await this.main.request(query, within)
    } catch (error) {
      throw this.failed(error)
    } finally {
      this.transaction.stillOpen()
    }
  }

  /**
   * A call of which nothing is left in main when it fails, nor when it is not wanted.
   * @template T @param {() => Promise<T>} work @param {(value: T) => unknown} [wanted] throws what it is not wanted for @returns {Promise<T>}
   */
  async whole(work, wanted = () => {}) {
    await this.send()
    await this.run(`SAVEPOINT ${SAVEPOINT}`)
    try {
      const value = await work()
      wanted(value)
      await this.run(`RELEASE SAVEPOINT ${SAVEPOINT}`)
      return value
    } catch (error) {
      const { doomed, status } = this.transaction
      if (doomed === null && status === 'running') await this.run(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`)
      throw error
    }
  }

  /** @param {string} sql */
  async run(sql) {
    try {
      await this.client.$executeRawUnsafe(sql)
    } catch (error) {
      throw this.transaction.doom(this.lost(error))
    }
  }

  /** What main's error means for the rest of the transaction. @param {any} error */
  failed(error) {
    if (classify(error) === 'transient') this.transaction.doom(this.lost(error))
    else if (this.engine.ownWords && !HARMLESS.has(error?.code)) this.transaction.aborted = true
    return error
  }

  /** @param {any} error */
  lost(error) {
    const text = `the main database has ended this transaction, and all of it is rolled back: ${describeError(error).message}`
    return new TransactionError(text, { cause: error })
  }

  // What main has written

  /** A native verb that writes main's rows, in the block's transaction. @template T @param {() => T} verb @returns {T} */
  follow(verb) {
    const { transaction, block } = this
    transaction.stillOpen()
    transaction.verb(() => block.txFollow(transaction.handle, true))
    try {
      const code = native(verb)
      if (typeof code === 'number' && code < 0) throw this.engine.error(JSON.parse(block.lastError()))
      return code
    } finally {
      transaction.verb(() => block.txFollow(transaction.handle, false))
    }
  }

  /** @param {RowRef} row */
  note(row) {
    this.rows.set(JSON.stringify([row.model, row.key]), row)
  }

  /** Rows that nobody names may differ. */
  markStale() {
    this.stale = true
  }

  // Savepoints

  async enter() {
    const newTxId = /** @type {{ id: string }} */ (this.started).id
    await this.verb('start', { newTxId, maxWait: 1, timeout: 1 })
  }

  release() {
    return this.verb('commit', this.started)
  }

  /** @param {number} mark how many changes there were before it */
  async undo(mark) {
    await this.verb('rollback', this.started)
    this.sent = Math.min(this.sent, mark)
  }

  /** @param {'start' | 'commit' | 'rollback'} verb @param {any} argument */
  async verb(verb, argument) {
    try {
      await this.main.transaction(verb, this.headers, argument)
    } catch (error) {
      throw this.transaction.doom(this.lost(error))
    }
  }

  // Its end

  /** Main's commit. @returns {Promise<Record<string, string>>} what the block's own is to say of it */
  async commit() {
    await this.send()
    const rows = [...this.rows.values()]
    const joint = await this.journal.write({ rows: [...(this.left?.rows ?? []), ...rows], stale: this.stale })
    await this.main.transaction('commit', this.headers, this.started)
    /** @type {Record<string, string>} */
    const meta = { joint }
    if (this.stale || this.left?.stale) meta.invalidatedAt = String(Date.now())
    if (this.left !== null) meta.unreverted = this.journal.withUnreverted(this.left)
    return meta
  }

  /** As Prisma: that a rollback fails means that there is nothing to roll back any more. */
  async rollBack() {
    const { started } = this
    this.started = null
    if (started !== null) await this.main.transaction('rollback', this.headers, started).catch(() => {})
  }
}

/** @param {import('../apply/returned').Returned} returned */
const differs = ({ back, values }) => values.some((value, at) => value !== back.local[at])

module.exports = { Companion }
