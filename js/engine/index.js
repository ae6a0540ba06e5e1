/**
 * The engine behind Prisma's shell: the verbs of its seam (`request`, `requestBatch`, `transaction`, `start`, `stop` …),
 * answered by the native block, and by the main client's own engine where the block cannot answer truthfully.
 */
const { runBatch, writeWhole } = require('./batch.js')
const { complete } = require('./complete.js')
const { BUSY, MISS, POOLED } = require('../codes.js')
const { learnable } = require('../fast/learnable.js')
const { askWindow, isPromising } = require('../scope/askwindow.js')
const { limitedCall } = require('../scope/limits.js')
const { NotSupportedError, fromReport } = require('../errors')
const { lockingOf } = require('./locking.js')
const { Main } = require('./main.js')
const { Misses } = require('./miss.js')
const { slotParam } = require('./params.js')
const { STRINGS, native } = require('./plans.js')
const { Queries } = require('./queries.js')
const { isRaw, runRaw } = require('./raw.js')
const { askInVain, refusedByMain } = require('./refused.js')
const { indexModels } = require('./reshape.js')
const { Through } = require('../through/index.js')
const { FULL, roomOf } = require('./room.js')
const { Seam } = require('./seam.js')
const { lockOf, ownLock } = require('./writelock.js')

/** On a response: its data is as users get it, without what the shell makes of Prisma's own. */
const READY = Symbol('sharded.ready')
const NOT_FOUND =
  'An operation failed because it depends on one or more records that were required but not found. No record was found for a query.'
const LACKING = { code: 'SHARDED_MISS', message: 'the block does not hold a row that this call needs' }
/** What other rows have to do with. */
const CONFLICTS = new Set(['P2002', 'P2003', 'P2014'])

/** @typedef {import('./plans.js').Plan} Plan */
/** @typedef {{ query: any, plan: Plan, params: any[], limits?: import('../scope/limits.js').Limits }} Call limits: of a call of windows */
/** @typedef {{ code: number, data?: any, ready?: boolean, miss?: any, report?: any, ticket?: number }} Outcome ready: as users get it */
/**
 * @typedef {object} Runs what runs plans: the block, or an open transaction
 * @property {(planId: number, params: any[]) => number} run
 * @property {(planId: number, params: any[], absent: string) => number} runAbsent
 */
/** @typedef {import('../scope/index.js').Decision} Decision @typedef {import('./setup.js').EngineSetup} EngineSetup */

class Engine extends Seam {
  /** @param {EngineSetup} setup */
  constructor(setup) {
    super(setup)
    this.block = setup.block
    this.plans = setup.plans
    this.queries = new Queries(setup.block, setup.emitter)
    this.main = new Main(setup.main, setup.seams, setup.options, setup.stats)
    /** SQLite makes a double of an integer that leaves 64 bits, which the block could not hold. */
    this.widens = setup.manifest.provider === 'sqlite'
    /** Whether errors of the main database are given in its words without asking it. */
    this.ownWords = setup.manifest.provider === 'postgresql'
    this.lock = lockOf(setup.block)
    this.room = roomOf(setup.block)
    this.coverage = setup.coverage
    this.misses = new Misses(setup.block, indexModels(setup.manifest), this.main, lockingOf(this))
    this.through = new Through(this.misses, setup.manifest.joinTables ?? [])
  }

  /** @param {any} query @param {any} opts @returns {Promise<{ data: Record<string, any> }>} */
  async request(query, opts) {
    const refusal = this.seams.refusal()
    if (refusal !== null) throw refusal
    const transaction = opts?.interactiveTransaction
    if (transaction !== undefined) return this.transactions.find(transaction.id, 'query').request(query, opts)
    if (opts?.isWrite && this.lock.isOwn) throw ownLock()
    // Up to the first await this runs in the caller's turn: calls reach the block in the order in which they arrive.
    if (isRaw(query)) return runRaw(this, query, opts)
    this.setup.stats.shell += 1
    const { compiled, call, outcome, waiting } = this.arrive(
      query,
      (known) => this.firstRun(known),
      (known, first) =>
        known.limits === undefined ? complete(this, known, first, opts) : writeWhole(this, known, opts),
    )
    if (waiting !== null) return waiting
    const forward = () => this.forward(query, compiled, opts)
    if (compiled.forward !== undefined)
      return compiled.windows === undefined ? forward() : askWindow(this, call, outcome, forward)
    if (compiled.invalid !== undefined) return this.refused(query, opts)
    if (compiled.unsupported !== undefined) return this.unplanned(query, opts, compiled.unsupported)
    if (compiled.through !== undefined) return this.through.one(query, opts)
    return complete(this, /** @type {Call} */ (call), /** @type {Outcome} */ (outcome), opts)
  }

  /**
   * Compile and run once, then let those who queue behind this call go on. If it has to wait for the write lock, or for room, it stands
   * in line first: they would pass it.
   * @param {any} query @param {(call: Call) => Outcome | null} run @param {(call: Call, first: Outcome) => Promise<any>} [wait]
   * @param {string | null} [boundaries] those of the windows' rows that it is to read
   */
  arrive(query, run, wait, boundaries) {
    /** @type {import('../fast/memo.js').Learnable | null} */
    let known = null
    try {
      const { compiled, decision } = this.planned(query)
      const call = this.called(query, compiled, boundaries)
      if (call !== null) known = learnable(call, decision)
      const outcome = call && run(call)
      if (call !== null && !isPromising(this, call, outcome)) known = null
      const isStopped = outcome?.code === BUSY || outcome?.report?.code === FULL
      const isWaiting = isStopped && compiled.forward === undefined
      const waiting = wait && call && outcome && isWaiting ? wait(call, outcome) : null
      return { compiled, call, outcome, waiting }
    } finally {
      this.setup.arrived(query, known)
    }
  }

  /** @param {any} query @param {any} compiled @param {string | null} [boundaries] @returns {Call | null} */
  called(query, compiled, boundaries) {
    if (compiled.windows !== undefined) return limitedCall(this, query, compiled.windows, boundaries)
    return compiled.planId === undefined ? null : this.callOf(query, compiled)
  }

  /** A write does not pass those who wait for the lock; of windows, it has a transaction of its own. @param {Call} call @param {string | null} [absent] @returns {Outcome} */
  firstRun(call, absent = null) {
    const isLater = call.plan.write && (call.limits !== undefined || !this.mayWrite)
    return isLater ? { code: BUSY } : this.attempt(call, absent)
  }

  /** Nobody has the lock, nobody waits for it or for room: a write passes nobody. */
  get mayWrite() {
    return this.lock.isFree && this.room.isQuiet
  }

  /** @param {any} query @returns {any} */
  compile(query) {
    return this.planned(query).compiled
  }

  /** @param {any} query @returns {{ compiled: any, decision: Decision | null }} */
  planned(query) {
    const through = this.seams.through.reason(query)
    if (through !== null && this.coverage === null) return { compiled: { through }, decision: null }
    const compiled = this.plans.compile(this.block, query)
    if (through === null && compiled.error !== undefined) throw this.error(compiled.error)
    // Of arguments that the planner does not take nothing is said.
    const isRead = compiled.planId !== undefined || compiled.through !== undefined
    const decision = isRead ? (this.coverage?.decide(query) ?? null) : null
    if (through !== null) return { compiled: { through }, decision }
    if (compiled.planId === undefined || decision === null) return { compiled, decision }
    if (decision.instead !== undefined) return { compiled: decision.instead, decision }
    const known = decision.complete ? this.plans.compile(this.block, { ...query, complete: true }) : compiled
    return { compiled: known, decision }
  }

  /** A read that the block does not plan, or whose rows it may lack; then it keeps what main answers. @param {any} query @param {any} compiled @param {any} opts */
  forward(query, compiled, opts) {
    const isKept = compiled.uncovered === true && query.action.startsWith('find')
    return isKept ? this.misses.read(query, opts) : this.main.request(query, opts)
  }

  /**
   * Arguments that Prisma refuses, as far as the planner knows. A main database may take more, such as MySQL and SQLite U+0000.
   * @param {any} query @param {any} opts
   */
  async refused(query, opts) {
    // An argument error needs neither the main database nor what is pending; an answer needs both.
    const { main, refusing } = this.setup
    await refusing(query, opts?.isWrite ? refusedByMain(this.main, [query], opts) : main.request(query, opts))
    return opts?.isWrite ? this.through.one(query, opts) : this.main.request(query, opts)
  }

  /** A call without a plan: a read is the main database's to answer. @param {any} query @param {any} opts @param {string} why */
  unplanned(query, opts, why) {
    if (opts?.isWrite) throw new NotSupportedError(why)
    return this.main.request(query, opts)
  }

  /** @param {any} query @param {Plan} plan @returns {Call} */
  callOf(query, plan) {
    return { query, plan, params: plan.slots.map((slot) => slotParam(slot, query.query)) }
  }

  /**
   * One run. What native says of it is read at once: the next call would overwrite it.
   * @param {Call} call @param {string | null} absent @param {Runs} [runs] where @returns {Outcome}
   */
  attempt({ plan, params }, absent, runs = this.block) {
    const { queries } = this
    const { context } = this.plans
    const heard = queries.watch.on
    if (heard) queries.listen()
    if (plan.holder.rows !== plan.rows) this.plans.activate(this.block, plan)
    let done = false
    context.tagged = true
    try {
      const code = native(() =>
        absent === null ? runs.run(plan.planId, params) : runs.runAbsent(plan.planId, params, absent),
      )
      done = code >= 0
      if (heard) queries.tell()
      return done ? { code, data: plan.rows.take() } : this.failed(code)
    } finally {
      context.tagged = false
      if (!done) plan.rows.reset()
    }
  }

  /** What native says of a run that gave no rows. @param {number} code @returns {Outcome} */
  failed(code) {
    const { block } = this
    if (code === POOLED) return { code, ticket: block.lastTicket() }
    if (code === MISS) return { code, miss: JSON.parse(block.lastMiss()) }
    return code === BUSY ? { code } : { code, report: JSON.parse(block.lastError()) }
  }

  /**
   * What becomes of a run that went on beside the loop. To be asked in the turn of that run.
   * @param {Plan} plan @param {number} ticket @returns {Promise<Outcome>}
   */
  pooled(plan, ticket) {
    const { reads } = this.seams
    this.setup.stats.pooled += 1
    return reads.track(async () => {
      await reads.end(ticket)
      const code = native(() => this.block.settle(ticket))
      this.queries.tell()
      if (code < 0) return this.failed(code)
      const rows = this.plans.borrow(plan)
      try {
        return { code, data: await reads.make(ticket, rows), ready: true }
      } finally {
        this.plans.giveBack(plan, rows)
      }
    })
  }

  /** @param {Call} call @param {Outcome} outcome @returns {Outcome | Promise<Outcome>} */
  end({ plan }, outcome) {
    return outcome.code === POOLED ? this.pooled(plan, /** @type {number} */ (outcome.ticket)) : outcome
  }

  /**
   * Gets what a run lacked.
   * @param {any} miss @param {any} absences
   * @returns {Promise<boolean>} false when another run would lack it too
   */
  async supplied(miss, absences) {
    if (miss.kind === 'main') return false
    if (miss.kind === 'ids') return this.seams.leases.supply(miss)
    if (this.setup.options.fallback === 'never') {
      if (absences.all) return false
      absences.all = true
      return true
    }
    if (miss.kind !== 'rows') return false
    await absences.resolve(miss.rows)
    return true
  }

  /** What answers a call that the block cannot, whatever it gets. @param {Call} call @param {Outcome} outcome @param {any} opts */
  instead(call, outcome, opts) {
    const { kind } = outcome.miss
    if (kind === 'main') return this.unplanned(call.query, opts, STRINGS)
    // Now it is planned without ids in advance.
    if (kind === 'ids') return this.request(call.query, opts)
    if (this.setup.options.fallback === 'never') return this.resolve(call, outcome)
    return kind === 'root' ? this.reaches(call, opts) : this.through.one(call.query, opts)
  }

  /**
   * An error that rows raise, such as a pattern that no LIKE takes. Which rows a statement looks at is the plan's choice, so
   * main is asked whether its own choice meets it.
   * @param {Call} call @param {any} report @param {any} opts
   */
  raised(call, report, opts) {
    // That a row is known not to be there is no such error.
    const isRaised = /^P\d{4}$/.test(report.code) && report.code !== 'P2025'
    const isOurs = !isRaised || this.setup.options.fallback === 'never'
    if (call.plan.write) native(() => this.block.useUpIds())
    const isSaid = this.ownWords || report.meta?.database === undefined
    if (isOurs || (call.plan.write && isSaid)) throw this.error(report)
    if (call.plan.write) return this.refusedHere(call.query, opts, report)
    return this.main.request(call.query, opts)
  }

  /**
   * A row that breaks a constraint, before a main database whose words are not imitated: it is asked for them.
   * @param {any} query @param {any} opts @param {any} report @returns {Promise<any>}
   */
  async refusedHere(query, opts, report) {
    if (this.isMainsToSay(report)) return this.through.one(query, opts)
    if (!CONFLICTS.has(report.code)) throw this.error(report)
    await this.main.ready()
    await askInVain(this.setup.main, [query], opts)
    throw this.error(report)
  }

  /**
   * What the column makes of a value is no conflict with other rows: main may take it, where its words are not imitated.
   * @param {any} report
   */
  isMainsToSay(report) {
    const isDatabases = !this.ownWords && !this.widens && report.meta?.database !== undefined
    return isDatabases && report.code !== 'P2025' && !CONFLICTS.has(report.code)
  }

  /** A call that needs rows which are not held. @param {Call} call @param {any} opts */
  reaches(call, opts) {
    // Of an aggregate there are no rows to keep.
    if (call.plan.shape.nodes[0].outputs !== undefined) return this.main.request(call.query, opts)
    if (!call.plan.write) return this.misses.read(call.query, opts)
    throw this.outOfReach(call.query)
  }

  /** @param {any} query a write */
  outOfReach({ modelName, action }) {
    return new NotSupportedError(
      `${modelName}.${action}: it reaches rows that the block does not hold, or lists that it does not know`,
    )
  }

  /** @param {Call} call @param {Outcome} outcome */
  async resolve({ query, plan }, outcome) {
    if (outcome.code < 0) throw this.error(outcome.report ?? LACKING)
    if (outcome.data === null && plan.orThrow) throw this.notFound()
    await this.committed(outcome.code)
    return { data: { [query.action]: outcome.data }, [READY]: outcome.ready === true }
  }

  notFound() {
    return this.error({ code: 'P2025', message: NOT_FOUND, meta: { operation: 'a query' } })
  }

  /** Under durability `full` a write resolves when it is on the disk. @param {number} seq */
  async committed(seq) {
    if (seq <= 0) return
    this.seams.afterCommit(seq)
    const ticket = this.seams.ticket(seq)
    if (ticket !== null) await ticket
  }

  /** A native call, when it gets the write lock. @param {() => number} run @returns {Promise<number>} */
  async locked(run) {
    const failed = () => this.error(JSON.parse(this.block.lastError()))
    return this.lock.run(() => {
      const code = native(run)
      if (code < 0 && code !== BUSY) throw failed()
      return code
    })
  }

  /** @param {{ code: string, message: string, meta?: any }} report */
  error(report) {
    if (report.code === 'SHARDED_BLOCK_DELETED') this.seams.deleted()
    return /^P\d{4}$/.test(report.code) ? this.setup.knownError(report) : fromReport(report)
  }

  /**
   * `findUnique` calls of one tick run one by one: 100 of them take 0.4 ms, one statement for all 0.25 ms, and to gather them
   * costs about what that saves. Those that miss are gathered on their way to main, where it counts.
   * @param {any[]} queries @param {any} opts @returns {Promise<any[]>}
   */
  async requestBatch(queries, opts) {
    if (opts?.transaction?.kind === 'batch') return runBatch(this, queries, opts)
    const { transaction } = opts ?? {}
    const each = transaction?.kind === 'itx' ? { ...opts, interactiveTransaction: transaction.options } : opts
    const caught = (/** @type {unknown} */ error) =>
      error instanceof Error ? error : new Error(String(error))
    return Promise.all(queries.map((query) => this.request(query, each).catch(caught)))
  }
}

module.exports = { Engine, READY }
