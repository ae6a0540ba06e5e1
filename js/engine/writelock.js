/**
 * The write lock of one block, for everybody in this process who writes to it: calls, transactions, the applier, refreshes.
 * Whoever finds it taken waits here, in order, and no thread waits with him. The first of those who wait stands for all of
 * them among the processes: it asks for this process's turn (src/block/turn.rs), and tries until it gets the lock.
 */
const { BUSY } = require('../codes.js')
const { current } = require('./context.js')
const { TransactionError, WriteLockTimeoutError } = require('../errors')
const { perBlock } = require('./perblock.js')

/** @typedef {import('../transaction/life.js').Life} Transaction */
/** @typedef {(insist: boolean) => any} Attempt a synchronous try; BUSY, or an object of that code, when the lock is taken */
/** @typedef {{ ms: number, late: () => Error }} Limit how long it waits, and what it throws then */
/** @typedef {{ attempt: Attempt, resolve: (value: any) => void, reject: (error: unknown) => void, from: Transaction | null, timer: NodeJS.Timeout | undefined }} Waiter */

/** Between two tries of the process whose turn it is. */
const TURN_MS = 1
/** Between two tries out of turn, for the case that whoever has the turn stands still. */
const FIRST_WAIT_MS = 10
const LONGEST_WAIT_MS = 50
/** After so long in one turn of the loop, those who still wait go on in the next. */
const SLICE_MS = 1
const CALL_MS = 5000
const QUIET_MS = 1000

/** @type {Limit} */
const CALL = {
  ms: CALL_MS,
  late: () =>
    new WriteLockTimeoutError(
      `the block's write lock was held by others for ${CALL_MS} ms; nothing was written`,
    ),
}
/** Work of the block's own, which waits for as long as it takes. @type {Limit} */
const BACKGROUND = { ms: Number.POSITIVE_INFINITY, late: CALL.late }

/** @param {any} result */
const isBusy = (result) => result === BUSY || result?.code === BUSY

class WriteLock {
  /** @param {any} native the native Block */
  constructor(native) {
    this.native = native
    /** The transaction of this process that has the lock. @type {Transaction | null} */
    this.holder = null
    /** Open transactions, with the lock or without. @type {Set<Transaction>} */
    this.transactions = new Set()
    /** @type {Waiter[]} */
    this.queue = []
    this.asked = false
    this.turn = false
    this.waitMs = FIRST_WAIT_MS
    /** @type {NodeJS.Timeout | undefined} */
    this.timer = undefined
    /** @type {NodeJS.Immediate | undefined} */
    this.next = undefined
    native.onTurn(() => {
      this.turn = this.asked
      this.pump(true)
    })
  }

  /** Nobody here has it or waits for it. */
  get isFree() {
    return this.holder === null && this.queue.length === 0
  }

  /** A transaction of this process has it. */
  get isHeld() {
    return this.holder !== null
  }

  /** Open transactions that see one moment. */
  snapshots() {
    return this.transactions.size === 0 ? [] : [...this.transactions].filter(({ snapshot }) => snapshot)
  }

  /** Does it belong to a transaction that the running code is a part of? It would wait for itself. */
  get isOwn() {
    return this.holder !== null && isPartOf(current(), this.holder)
  }

  /**
   * Tries in the caller's turn when nobody waits, else in order.
   * @param {Attempt} attempt @param {Limit} [limit] @returns {Promise<any>}
   */
  async run(attempt, limit) {
    if (this.isFree) {
      const result = attempt(false)
      if (!isBusy(result)) return result
    }
    return this.wait(attempt, limit)
  }

  /**
   * @param {Attempt} attempt @param {Limit} [limit]
   * @param {Transaction | null} [from] in whose callback it was asked for @returns {Promise<any>}
   */
  wait(attempt, limit = CALL, from = limit === BACKGROUND ? null : current()) {
    if (this.holder !== null && isPartOf(from, this.holder)) throw ownLock()
    return new Promise((resolve, reject) => {
      /** @type {Waiter} */
      const waiter = { attempt, resolve, reject, from, timer: undefined }
      const giveUp = () => {
        this.queue.splice(this.queue.indexOf(waiter), 1)
        reject(limit.late())
        if (this.queue.length === 0) this.rest()
      }
      if (limit.ms !== Number.POSITIVE_INFINITY) waiter.timer = setTimeout(giveUp, limit.ms)
      this.queue.push(waiter)
      if (this.queue.length === 1 && this.holder === null) this.contend()
    })
  }

  /**
   * What the block itself has to write waits for a moment without open snapshots, since a commit would make their writes fail.
   * Not for long: there may always be one.
   */
  async quiet() {
    const snapshots = this.snapshots()
    if (snapshots.length === 0) return
    /** @type {NodeJS.Timeout | undefined} */
    let timer
    const enough = new Promise((resolve) => {
      timer = setTimeout(resolve, QUIET_MS).unref()
    })
    await Promise.race([Promise.all(snapshots.map(({ ended }) => ended)), enough])
    clearTimeout(timer)
  }

  /** A transaction has got it, until `release`. @param {Transaction} transaction */
  hold(transaction) {
    this.holder = transaction
    // Those of its own callback would wait for it for ever.
    for (const waiter of this.queue.filter(({ from }) => isPartOf(from, transaction))) {
      this.leave(waiter)
      waiter.reject(ownLock())
    }
  }

  /** @param {Transaction} transaction */
  release(transaction) {
    if (this.holder !== transaction) return
    this.holder = null
    this.pump(false)
  }

  /** Another process has it: join the line, and try again. */
  contend() {
    if (!this.asked) {
      this.asked = true
      this.native.askTurn()
    }
    clearTimeout(this.timer)
    const waitMs = this.turn ? TURN_MS : this.waitMs * (0.5 + Math.random())
    if (!this.turn) this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS)
    this.timer = setTimeout(() => this.pump(true), waitMs)
  }

  /** Those who wait, one after another. @param {boolean} insist */
  pump(insist) {
    clearTimeout(this.timer)
    clearImmediate(this.next)
    const until = performance.now() + SLICE_MS
    while (this.holder === null && this.queue.length > 0) {
      if (!this.serve(this.queue[0], insist)) return this.contend()
      // The turn was for one; the next one here stands in line again.
      this.rest()
      insist = false
      if (performance.now() > until) {
        this.next = setImmediate(() => this.pump(false))
        return
      }
    }
    this.rest()
  }

  /** @param {Waiter} waiter @param {boolean} insist @returns {boolean} false: the lock is taken */
  serve(waiter, insist) {
    try {
      const result = waiter.attempt(insist)
      if (isBusy(result)) return false
      this.leave(waiter)
      waiter.resolve(result)
    } catch (error) {
      this.leave(waiter)
      waiter.reject(error)
    }
    return true
  }

  /** @param {Waiter} waiter */
  leave(waiter) {
    clearTimeout(waiter.timer)
    const at = this.queue.indexOf(waiter)
    if (at >= 0) this.queue.splice(at, 1)
  }

  /** The turn is over, or not wanted any more. */
  rest() {
    clearTimeout(this.timer)
    this.waitMs = FIRST_WAIT_MS
    if (!this.asked) return
    this.asked = false
    this.turn = false
    this.native.giveTurn()
  }

  /** The block closes: open transactions are rolled back, and whoever waits hears why. @param {Error} reason */
  close(reason) {
    for (const waiter of [...this.queue]) {
      this.leave(waiter)
      waiter.reject(reason)
    }
    for (const transaction of this.transactions) transaction.rollBack()
    this.rest()
  }
}

/** @param {Transaction | null} inner @param {Transaction} outer */
function isPartOf(inner, outer) {
  for (let at = inner; at !== null; at = at.outer) if (at === outer) return true
  return false
}

function ownLock() {
  return new TransactionError(
    "a write outside the transaction, made in the transaction's own callback after it has written: it would wait for the " +
      'transaction to end. Use the client that the callback is given',
  )
}

/** The one lock of a native block. */
const lockOf = perBlock((native) => new WriteLock(native))

module.exports = { BACKGROUND, lockOf, ownLock }
