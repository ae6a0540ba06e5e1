/**
 * One interactive transaction. In ReadCommitted its reads are their own until it writes: they run where the calls outside
 * run. Its first write takes the write lock, which it keeps to its end; from then on it has a connection of its own, and
 * its reads see what it wrote. In RepeatableRead and Serializable it has one from the start, whose snapshot becomes
 * a write only if nobody has committed since. Calls that only main can do make it a transaction of both (joint.js).
 *
 * Native knows a transaction by `handle`; its calls run one after another, the fast ones when none is on its way.
 */
const { BUSY, MISS } = require('../codes.js')
const { NotSupportedError } = require('../errors')
const { Joint } = require('./joint.js')
const { Life } = require('./life.js')
const { STRINGS, native } = require('../engine/plans.js')
const { changesRows, isRaw } = require('../engine/raw.js')
const { complete } = require('../engine/complete.js')
const { askWindow, isOwnFault, isShort } = require('../scope/askwindow.js')
const { askToRead, refusedByMain, untaken } = require('../engine/refused.js')
const { InnerMisses, canBeEmpty } = require('./misses.js')

/** @typedef {import('../engine/index.js').Call} Call */
/** @typedef {import('../engine/index.js').Outcome} Outcome */

/** Calls for which Prisma sends no statement, so that nobody refuses them. @param {any} query */
function isNoStatement({ action, query }) {
  const { data, take } = query.arguments
  return /^createMany/.test(action)
    ? Array.isArray(data) && data.length === 0
    : action === 'findMany' && take === 0
}

/** @param {any} query such a call */
const noRows = ({ action }) => ({ data: { [action]: action === 'createMany' ? { count: 0 } : [] } })

class Transaction extends Life {
  /** Whether a call can run now, in the caller's turn. */
  get isIdle() {
    return this.pending === 0 && this.status === 'running' && !this.aborted && this.doomed === null
  }

  /**
   * Whether a call that was made for some boundaries may run here. Of main's part nobody knows what it has brought into a window's set.
   * A snapshot may be older than what is outside; any other reads what is there, or has the write lock, so that nobody loads the block again.
   * @param {import('../scope/limits.js').Limits} limits
   */
  takes({ known }) {
    return this.joint === null && (!this.snapshot || known === this.boundaries)
  }

  /**
   * A call of the fast door. What needs more than one synchronous run is BUSY: the shell's call comes back by `request`.
   * @param {import('../engine/plans.js').Plan} plan @param {any[]} params @returns {number}
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
    try {
      return await this.performed(query, opts)
    } catch (error) {
      throw this.heed(error)
    }
  }

  /** @param {any} query @param {any} opts */
  async performed(query, opts) {
    if (isRaw(query)) return this.raw(query, opts)
    this.engine.setup.stats.shell += 1
    const boundaries = this.snapshot ? this.boundaries : undefined
    const { compiled, call } = this.engine.arrive(query, () => null, undefined, boundaries)
    if (compiled.invalid !== undefined) return this.refused(query, opts, compiled.invalid)
    if (this.aborted && call === null && opts.isWrite) await askToRead(this.engine.setup.main, query, opts)
    if (this.aborted && isNoStatement(query)) return noRows(query)
    this.alive()
    if (compiled.windows !== undefined && !opts.isWrite) return this.window(call, query, opts)
    if (call === null) return this.elsewhere(compiled, query, opts)
    return call.plan.write ? this.write(call, opts) : this.read(call, opts)
  }

  /** @param {any} query @param {any} opts @param {string} why */
  refused(query, opts, why) {
    if (this.doomed !== null) throw this.doomed
    // Main is asked in its part of this one: before SQLite there is one transaction at a time.
    if (this.joint !== null && !this.aborted) return this.joint.refused(query, opts, why)
    return this.refusedByMain(query, opts, why)
  }

  /** Main would not roll back what it takes after all. @param {any} query @param {any} opts @param {string} why */
  async refusedByMain(query, opts, why) {
    if (!opts?.isWrite) return this.engine.refused(query, opts)
    await refusedByMain(this.engine.main, [query], opts)
    throw untaken(query, why)
  }

  /** @param {any} query @param {any} opts */
  async raw(query, opts) {
    this.alive()
    // `SET LOCAL` and the like hold for the rest of main's part.
    if (query.action === 'queryRaw' && !changesRows(query)) return this.forward(query, opts)
    return (await this.withMain()).raw(query, opts)
  }

  /** A read of windows. @param {Call | null} call @param {any} query @param {any} opts */
  async window(call, query, opts) {
    const { engine } = this
    const instead = () => this.forward(query, opts)
    const limits = call?.limits
    if (call === null || limits === undefined || !this.takes(limits)) return instead()
    if (this.handle === 0) return askWindow(engine, call, engine.attempt(call, null), instead)
    // What it lacks could not be adopted outside before this one has ended.
    const outcome = engine.attempt(call, null, this.runs)
    if (isOwnFault(outcome)) throw this.failed(outcome)
    const isAnswer = outcome.code >= 0 && limits.isFull(outcome.data, call.params)
    return isAnswer && (this.snapshot || limits.areThose(this.block))
      ? engine.resolve(call, outcome)
      : instead()
  }

  /** A call without a plan. @param {any} compiled @param {any} query @param {any} opts */
  async elsewhere(compiled, query, opts) {
    if (!opts.isWrite) return this.forward(query, opts)
    if (compiled.unsupported !== undefined) throw new NotSupportedError(compiled.unsupported)
    const joint = await this.withMain()
    return compiled.through === undefined ? joint.outside(query, opts) : joint.write(query, opts)
  }

  /** Before anything was written here, main is asked as from outside. @param {any} query @param {any} opts */
  async forward(query, opts) {
    if (!this.wrote) return this.engine.main.request(query, opts)
    return (await this.withMain()).forward(query, opts)
  }

  /** From now on main has a part of it. @returns {Promise<Joint>} */
  async withMain() {
    if (this.joint === null) {
      const joint = new Joint(this)
      await joint.companion.open()
      this.joint = joint
    }
    return this.joint
  }

  // Reads

  /** @param {Call} call @param {any} opts */
  async read(call, opts) {
    const { engine } = this
    const runs = this.handle === 0 ? this.block : this.runs
    const first = engine.attempt(call, null, runs)
    if (!this.wrote) {
      // To adopt a row would be a commit that passes the snapshot.
      if (this.snapshot && first.code === MISS && this.asks) return engine.main.request(call.query, opts)
      return complete(engine, call, first, opts, runs)
    }
    if (first.code !== MISS) return engine.resolve(call, this.judged(first))
    if (!this.asks && first.miss.kind === 'root')
      return engine.resolve(call, this.judged(engine.attempt(call, 'null', this.runs)))
    const found = this.joint === null ? await this.found(call, first, opts) : null
    if (found !== null) return engine.resolve(call, this.judged(found))
    return (await this.withMain()).read(call, first, opts)
  }

  get asks() {
    return this.engine.setup.options.fallback !== 'never'
  }

  /**
   * What main says from outside may be enough, and costs less than a part of main's.
   * @param {Call} call @param {Outcome} first @param {any} opts @returns {Promise<Outcome | null>}
   */
  async found(call, first, opts) {
    const { engine } = this
    if (first.miss.kind !== 'root') return null
    const inner = new InnerMisses(this)
    const { query } = call
    const answer = await inner.ask(query, opts)
    this.check('query')
    const again = engine.attempt(call, null, this.runs)
    if (again.code !== MISS) return again
    return canBeEmpty(inner.models, query, answer) ? engine.attempt(call, 'null', this.runs) : null
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
    const { limits } = call
    let certain = false
    for (;;) {
      await this.lockForWriting()
      // Nobody loads the block again from here on: the boundaries outside are those in here.
      if (limits !== undefined && !(this.takes(limits) && limits.areThose(this.block)))
        return this.writeThrough(call, opts)
      const outcome = engine.attempt(call, certain ? 'null' : absences.text, this.runs)
      if (outcome.code >= 0) {
        this.wrote = true
        return engine.resolve(call, outcome)
      }
      // What a write of windows fails of is main's to say, as if there were no windows.
      if (isShort(engine, call, outcome)) return this.writeThrough(call, opts)
      if (outcome.code !== MISS) {
        if (engine.isMainsToSay(outcome.report)) return this.writeThrough(call, opts)
        this.letGo()
        throw this.failed(outcome)
      }
      const { kind } = outcome.miss
      if (!this.asks && kind === 'rows') certain = true
      else if (!(await this.supply(call, outcome.miss, absences))) return this.writeThrough(call, opts)
    }
  }

  /** @param {Call} call that could not be made here @param {any} opts */
  async writeThrough(call, opts) {
    this.letGo()
    return (await this.withMain()).write(call.query, opts)
  }

  /**
   * What a write needs. Before the first one it is fetched as outside, without the lock.
   * @param {Call} call @param {any} miss @param {import('../engine/miss.js').Absences} absences
   * @returns {Promise<boolean>} false when only main can make the row
   */
  async supply(call, miss, absences) {
    this.letGo()
    if (miss.kind === 'root') throw this.engine.outOfReach(call.query)
    if (miss.kind === 'main') throw new NotSupportedError(STRINGS)
    if (miss.kind === 'ids') return this.supplied(miss)
    if (miss.kind !== 'rows') return false
    await absences.resolve(miss.rows, this.rowsFrom())
    this.check('query')
    return true
  }

  /** Where rows are asked for and adopted. */
  rowsFrom() {
    if (this.joint !== null) return this.joint.misses
    return this.handle === 0 ? this.engine.misses : new InnerMisses(this)
  }

  /** @param {any} miss @returns {Promise<boolean>} whether main gives ids in advance */
  async supplied(miss) {
    const { leases } = this.engine.seams
    // They would wait for the part of this transaction that main has.
    if (this.joint !== null && !leases.besideWrites) return false
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
