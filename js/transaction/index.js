/** The interactive transactions of one client: begun, found and ended under the ids that Prisma's shell hands around. */
const { Transaction } = require('./calls.js')
const { isSnapshot } = require('./levels.js')
const { transactionError } = require('./life.js')

/** @typedef {import('./life.js').Life} Life */
/** @typedef {import('../engine/index.js').Engine} Engine */
/** @typedef {{ maxWait?: any, timeout?: any, isolationLevel?: any, newTxId?: string }} StartOptions */

/** How many closed ones are remembered, for the error of a call that comes too late. */
const MAX_CLOSED = 100
class Transactions {
  /** @param {Engine} engine */
  constructor(engine) {
    this.engine = engine
    this.last = 0
    /** @type {Map<string, Transaction>} */
    this.open = new Map()
    /** @type {Life[]} */
    this.closed = []
  }

  /** The verb of Prisma's engine. @param {string} verb @param {any} argument @returns {Promise<any>} */
  async verb(verb, argument) {
    if (verb === 'start') return this.start(argument)
    const transaction = this.find(argument.id, verb)
    await (verb === 'commit' ? transaction.commit() : transaction.rollBackVerb())
  }

  /** @param {StartOptions} options */
  async start(options) {
    const refusal = this.engine.seams.refusal()
    if (refusal !== null) throw refusal
    if (options.newTxId !== undefined) {
      await this.find(options.newTxId, 'start').enter()
      return { id: options.newTxId, payload: undefined }
    }
    const transaction = this.begin(options)
    return { id: transaction.id, payload: undefined }
  }

  /** @param {StartOptions} options @returns {Transaction} */
  begin(options) {
    const isolationLevel = options.isolationLevel ?? undefined
    const snapshot = isSnapshot(this.engine, isolationLevel)
    // As Prisma's: 0 is no time at all, to it.
    for (const name of /** @type {const} */ (['timeout', 'maxWait'])) {
      if (!options[name]) throw transactionError(this.engine, `${name} is required`)
    }
    this.last += 1
    const { maxWait, timeout } = options
    const id = `block-${this.last}`
    const transaction = new Transaction(this, { id, isolationLevel, snapshot, maxWait, timeout })
    this.open.set(transaction.id, transaction)
    transaction.begin()
    return transaction
  }

  /** @param {string} id @param {string} operation @returns {Transaction} */
  find(id, operation) {
    const found = this.open.get(id)
    if (found !== undefined) return found
    const closed = this.closed.find((transaction) => transaction.id === id)
    if (closed !== undefined) throw closed.closedError(operation)
    throw transactionError(
      this.engine,
      "Transaction not found. Transaction ID is invalid, refers to an old closed transaction Prisma doesn't have information about anymore, or was obtained before disconnecting.",
    )
  }

  /** @param {Life} transaction */
  ended(transaction) {
    this.open.delete(transaction.id)
    this.closed.push(transaction)
    if (this.closed.length > MAX_CLOSED) this.closed.shift()
  }

  /** The client is disconnected. */
  rollBackAll() {
    for (const transaction of [...this.open.values()]) transaction.rollBack()
  }
}

module.exports = { Transactions }
