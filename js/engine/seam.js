/** The verbs of the engine's seam that have nothing to do with calls: Prisma's shell asks them of any engine. */
const { NotSupportedError } = require('../errors')
const { Transactions } = require('../transaction/index.js')

class Seam {
  name = 'sharded'

  /** @param {import('./setup.js').EngineSetup} setup */
  constructor(setup) {
    this.setup = setup
    this.seams = setup.seams
    this.transactions = new Transactions(
      /** @type {import('./index.js').Engine} */ (/** @type {any} */ (this)),
    )
  }

  /** @param {string} verb @param {unknown} _headers @param {any} argument */
  transaction(verb, _headers, argument) {
    return this.transactions.verb(verb, argument)
  }

  async start() {
    await this.seams.connect()
  }

  async stop() {
    this.transactions.rollBackAll()
    await this.seams.disconnect()
  }

  version() {
    return this.setup.main.version?.() ?? 'sharded'
  }

  onBeforeExit() {}

  /** Prisma 6 only. */
  async metrics() {
    throw new NotSupportedError('$metrics on a block client: ask the main client')
  }

  /** Prisma 6 only. */
  async applyPendingMigrations() {
    throw new NotSupportedError('applyPendingMigrations on a block client: ask the main client')
  }
}

module.exports = { Seam }
