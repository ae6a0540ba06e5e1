/** The main database as the engine sees it: Prisma's own engine of the main client, behind identity and flush. */
const { FlushTimeoutError, ForwardTimeoutError } = require('../errors')

class Main {
  /**
   * @param {any} engine @param {any} seams @param {{ forwardTimeout: number }} options
   * @param {{ forwarded: number }} stats
   */
  constructor(engine, seams, options, stats) {
    this.engine = engine
    this.seams = seams
    this.timeoutMs = options.forwardTimeout
    this.stats = stats
  }

  /** Pending commits first, so that the main database answers with what was written here. */
  async ready() {
    await this.seams.ensureMain()
    try {
      await this.seams.flush({ timeoutMs: this.timeoutMs })
    } catch (error) {
      if (!(error instanceof FlushTimeoutError)) throw error
      const text = `forwardTimeout: pending writes did not reach the main database within ${this.timeoutMs} ms, so it was not asked`
      throw new ForwardTimeoutError(text, { cause: error })
    }
  }

  /** @param {any} query @param {any} opts @returns {Promise<{ data: Record<string, any> }>} */
  async request(query, opts) {
    await this.ready()
    this.stats.forwarded += 1
    return this.engine.request(query, opts)
  }

  /** @param {any[]} queries @param {any} opts @returns {Promise<any[]>} */
  async requestBatch(queries, opts) {
    await this.ready()
    this.stats.forwarded += queries.length
    return this.engine.requestBatch(queries, opts)
  }
}

module.exports = { Main }
