/**
 * One interactive transaction. In ReadCommitted its reads are their own until it writes: they run where the calls outside
 * run. Its first write takes the write lock, which it keeps to its end; from then on it has a connection of its own, and
 * its reads see what it wrote. In RepeatableRead and Serializable it has one from the start, whose snapshot becomes
 * a write only if nobody has committed since.
 *
 * Native knows a transaction by `handle`; its calls run one after another, the fast ones when none is on its way.
 */
const { BUSY, MISS } = require('../codes.js')
const { NotSupportedError, TransactionError } = require('../errors')
const { ABORTED, Life } = require('./life.js')
const { native } = require('../plans.js')
const { InnerMisses, canBeEmpty } = require('./misses.js')

/** @typedef {import('../engine.js').Call} Call */
/** @typedef {import('../engine.js').Outcome} Outcome */

class Transaction extends Life {
  /** Whether a call can run now, in the caller's turn. */
  get isIdle() {
    return this.pending === 0 && this.status === 'running' && !this.aborted
  }

  /**
   * A call of the fast door. What needs more than one synchronous run is BUSY: the shell's call comes back by `request`.
   * @param {import('../plans.js').Plan} plan @param {any[]} params @returns {number}
   */
  runNow(plan, params) {
    if (!this.isIdle || (plan.write && !this.holdsLock && (this.snapshot || !this.lockNow()))) return BUSY
    if (this.handle === 0) return this.block.run(plan.planId, params)
    const code = this.block.txRun(this.handle, plan.planId, params)
    if (code >= 0 && plan.write) this.wrote = true
    return code
  }

  /** @param {any} query @param {any} opts @returns {Promise<{ data: Record<string, any> }>} */
  async request(query, opts) {
    const ahead = this.tail
    /** @type {() => void} */
    let done = () => {}
    this.tail = new Promise((/** @type {(value: void) => void} */ resolve) => {
      done = resolve
    })
    this.pending += 1
    try {
      if (this.pending > 1) await ahead
      return await this.perform(query, { ...opts, interactiveTransaction: undefined, transaction: undefined })
    } finally {
      this.pending -= 1
      done()
    }
  }

  /** @param {any} query @param {any} opts */
  async perform(query, opts) {
    this.check('query')
    if (query.modelName === undefined) return this.raw(query, opts)
    this.engine.setup.stats.shell += 1
    const { compiled, call } = this.engine.arrive(query, () => null)
    if (compiled.invalid !== undefined) return this.engine.refused(query, opts, compiled.invalid)
    if (this.aborted) throw this.engine.error(ABORTED)
    if (call === null) return this.elsewhere(compiled, query, opts)
    return call.plan.write ? this.write(call, opts) : this.read(call, opts)
  }

  /** @param {any} query @param {any} opts */
  async raw(query, opts) {
    if (this.aborted) throw this.engine.error(ABORTED)
    const text = String(query.query?.arguments?.query ?? '')
    if (!/^\s*select\b/i.test(text))
      throw new TransactionError(
        `$${query.action} in a transaction of a block: only a SELECT is sent to the main database from there, where nothing else would be rolled back`,
      )
    return this.forward(query, opts, 'raw SQL')
  }

  /** A call without a plan. @param {any} compiled @param {any} query @param {any} opts */
  async elsewhere(compiled, query, opts) {
    const why = compiled.forward ?? compiled.unsupported ?? compiled.through
    if (!opts.isWrite) return this.forward(query, opts, why)
    if (compiled.unsupported !== undefined) throw new NotSupportedError(why)
    throw this.cannot(
      query,
      `it is written to the main database (${why}), which would not be rolled back with the rest`,
    )
  }

  /** Main knows nothing of what was written here. @param {any} query @param {any} opts @param {string} why */
  async forward(query, opts, why) {
    if (this.wrote) throw this.cannot(query, `only the main database can answer it (${why})`)
    return this.engine.main.request(query, opts)
  }

  /** @param {any} query @param {string} why */
  cannot(query, why) {
    const name = query.modelName === undefined ? `$${query.action}` : `${query.modelName}.${query.action}`
    const when = this.wrote ? 'after the first write of a transaction' : 'in a transaction'
    return new TransactionError(`${name} ${when}: ${why}`)
  }

  // Reads

  /** @param {Call} call @param {any} opts */
  async read(call, opts) {
    const { engine } = this
    const runs = this.handle === 0 ? this.block : this.runs
    const first = engine.attempt(call, null, runs)
    if (!this.wrote) {
      // To adopt a row would be a commit that passes the snapshot.
      if (this.snapshot && first.code === MISS && engine.setup.options.fallback !== 'never')
        return engine.main.request(call.query, opts)
      return engine.complete(call, first, opts, runs)
    }
    return engine.resolve(call, await this.found(call, first, opts))
  }

  /** @param {Call} call @param {Outcome} first @param {any} opts @returns {Promise<Outcome>} */
  async found(call, first, opts) {
    const { engine } = this
    if (first.code !== MISS) return this.judged(first)
    const { kind } = first.miss
    if (kind === 'root' && engine.setup.options.fallback === 'never')
      return this.judged(engine.attempt(call, 'null', this.runs))
    if (kind !== 'root') throw this.cannot(call.query, 'only the main database can answer it')
    const inner = new InnerMisses(this)
    const { query } = call
    const answer = await inner.ask(query, opts)
    this.check('query')
    const again = engine.attempt(call, null, this.runs)
    if (again.code !== MISS) return this.judged(again)
    if (canBeEmpty(inner.models, query, answer)) return this.judged(engine.attempt(call, 'null', this.runs))
    throw this.cannot(
      query,
      'the block does not hold all rows it asks for, and the main database does not know what was written here; ' +
        'read them before the first write',
    )
  }

  /** @param {Outcome} outcome */
  judged(outcome) {
    if (outcome.code < 0) throw this.failed(outcome)
    return outcome
  }

  // Writes

  /** @param {Call} call @param {any} opts */
  async write(call, opts) {
    const { engine } = this
    const absences = engine.misses.begin()
    let certain = false
    for (;;) {
      await this.lockForWriting()
      const outcome = engine.attempt(call, certain ? 'null' : absences.text, this.runs)
      if (outcome.code >= 0) {
        this.wrote = true
        return engine.resolve(call, outcome)
      }
      if (outcome.code !== MISS) {
        this.letGo()
        throw this.failed(outcome)
      }
      const isOver = engine.setup.options.fallback === 'never' && outcome.miss.kind !== 'ids'
      if (isOver) certain = true
      else await this.missed(call, outcome.miss, absences, opts)
    }
  }

  /**
   * Rows that a write needs. Before the first one they are fetched as outside, without the lock.
   * @param {Call} call @param {any} miss @param {import('../miss.js').Absences} absences @param {any} opts
   */
  async missed(call, miss, absences, opts) {
    this.letGo()
    if (miss.kind === 'root') return this.engine.reaches(call, opts)
    if (miss.kind === 'main')
      return this.engine.unplanned(call.query, opts, 'strings that only the main database can compare')
    if (miss.kind === 'ids' && (await this.supplied(miss))) return
    if (miss.kind !== 'rows')
      throw this.cannot(call.query, 'only the main database can make the row, which would not be rolled back')
    await absences.resolve(miss.rows, this.handle === 0 ? this.engine.misses : new InnerMisses(this))
    this.check('query')
  }

  /** @param {any} miss @returns {Promise<boolean>} whether main gives ids in advance */
  async supplied(miss) {
    const { leases } = this.engine.seams
    const keep = (/** @type {number} */ model, /** @type {number} */ field, /** @type {string} */ ids) => {
      this.check('query')
      const code = native(() => this.block.grantIds(this.handle, model, field, ids))
      if (code < 0) throw this.engine.error(JSON.parse(this.block.lastError()))
    }
    const given = await (this.handle === 0 ? leases.supply(miss) : leases.supplyWithin(miss, keep))
    this.check('query')
    return given
  }
}

module.exports = { Transaction }
