/**
 * `$transaction([...])` on a block: all calls in one local commit. From begin to commit nothing is awaited, because a
 * call of somebody else in between would join the transaction. What must be asked of the main database is asked after a
 * rollback, and then the whole batch starts over.
 */
const { BUSY, MISS } = require('../codes.js')
const { as } = require('./context.js')
const { NotSupportedError } = require('../errors')
const { native } = require('./plans.js')
const { isRaw, runForwarded } = require('./raw.js')
const { UNREAD, askInVain, askToRead, indexed, refusedByMain, untaken } = require('./refused.js')
const { isSnapshot } = require('../transaction/levels.js')
const { FULL } = require('./room.js')
const { isShort } = require('../scope/askwindow.js')
const { ownLock } = require('./writelock.js')

const MAX_ROUNDS = 64
/** Prisma's own, where it gives none to an array of calls. */
const LIMITS = { isolationLevel: undefined, maxWait: 2000, timeout: 5000 }

/** @typedef {import('./index.js').Engine} Engine */
/** @typedef {import('./index.js').Call} Call */
/** @typedef {import('./index.js').Outcome} Outcome */
/**
 * @typedef {object} Ways what makes the calls instead of the block, all of them
 * @property {() => Promise<any[]>} full where the outbox is, and says so
 * @property {() => Promise<any[]>} short where windows are too short for one of them
 * @property {() => Promise<any[]>} together where one needs a part of main's
 * @property {() => Promise<any[]>} anew where one is planned otherwise by now
 */
/**
 * @typedef {object} Tried one try of all of them
 * @property {number} code
 * @property {any[]} [data] of all
 * @property {number} [index] of the call that ended it
 * @property {any} [miss]
 * @property {any} [report]
 * @property {boolean} [isShort] windows have too little for it
 * @property {boolean} [isFull] the outbox has no room for them
 */

/** @param {Engine} engine @param {any[]} queries @param {any} opts @returns {Promise<any[]>} */
const runBatch = (engine, queries, opts) =>
  as(engine.setup.callerOf(queries[0]), () => startBatch(engine, queries, opts))

/** @param {Engine} engine @param {any[]} queries @param {any} opts @returns {Promise<any[]>} */
async function beginBatch(engine, queries, opts) {
  isSnapshot(engine, opts.transaction.options?.isolationLevel)
  const compiled = queries.map((query, i) => at(i, () => compile(engine, query)))
  const isMains = compiled.every((one) => one.forward !== undefined)
  const mayBeOurs = queries.every(isRead) && compiled.some((one) => one.windows !== undefined)
  if (isMains && !mayBeOurs) return runForwarded(engine, queries, opts)
  const lacking = lackingOperation(engine, queries)
  const invalid = lacking >= 0 ? lacking : compiled.findIndex((one) => one.invalid ?? one.failed)
  if (lacking < 0 && invalid > 0) await readUnplanned(engine, queries, compiled, [0, invalid], opts)
  if (compiled[invalid]?.failed !== undefined) throw compiled[invalid].failed
  if (invalid >= 0) await refuse(engine, queries.slice(0, invalid + 1), opts, compiled[invalid].invalid)
  if (engine.lock.isOwn && !queries.every(isRead)) throw ownLock()
  const calls = callsOf(engine, queries, compiled)
  if (calls === null) return mains(engine, queries, compiled, opts)
  engine.setup.stats.shell += queries.length
  return new Batch(engine, calls, opts, {
    full: () => engine.through.batch(queries, opts),
    short: () =>
      queries.every(isRead) ? engine.misses.readAll(queries, opts) : mains(engine, queries, compiled, opts),
    together: () => together(engine, queries, compiled, opts),
    anew: () => runBatch(engine, queries, opts),
  }).run()
}

/** Each as a call of the block. @param {Engine} engine @param {any[]} queries @param {any[]} compiled @returns {Call[] | null} null where main has to make one */
function callsOf(engine, queries, compiled) {
  /** @type {Call[]} */
  const calls = []
  for (const [i, query] of queries.entries()) {
    const call = at(i, () => engine.called(query, compiled[i]))
    if (call === null) return null
    calls.push(call)
  }
  return calls
}

/**
 * Calls of which main has to make one.
 * @param {Engine} engine @param {any[]} queries @param {any[]} compiled @param {any} opts @returns {Promise<any[]>}
 */
function mains(engine, queries, compiled, opts) {
  // Those that main has to make are one transaction there.
  if (compiled.every((one) => one.through !== undefined)) return engine.through.batch(queries, opts)
  // One answer that only main has, and no write whose effect it would lack: main answers all of them, of one moment.
  if (queries.every(isRead)) return engine.main.requestBatch(queries, opts)
  return together(engine, queries, compiled, opts)
}

/**
 * One write of sets that windows hold as a whole: that they still do is looked at within its own transaction, since another process may
 * load the block again at any moment before.
 * @param {Engine} engine @param {Call} call @param {any} opts
 */
async function writeWhole(engine, call, opts) {
  const through = async () => [await engine.through.one(call.query, opts)]
  const ways = { full: through, short: through, together: through, anew: through }
  const [response] = await new Batch(engine, [call], opts, ways).run()
  return response
}

/**
 * Those who queue behind it go on when it has run, or stands in line for the write lock.
 * @param {Engine} engine @param {any[]} queries @param {any} opts @returns {Promise<any[]>}
 */
function startBatch(engine, queries, opts) {
  const begun = beginBatch(engine, queries, opts)
  engine.setup.batchArrived()
  return begun
}

/** @param {Engine} engine @param {any} query @returns {any} */
function compile(engine, query) {
  if (isRaw(query)) return { forward: 'raw' }
  const compiled = planned(engine, query)
  if (compiled.unsupported === undefined) return compiled
  if (isRead(query)) return { forward: compiled.unsupported }
  throw new NotSupportedError(compiled.unsupported)
}

/**
 * Prisma reads all calls before it makes one: what fails whatever the rows are is the error of none in particular.
 * @param {Engine} engine @param {any} query @returns {any}
 */
function planned(engine, query) {
  try {
    return engine.compile(query)
  } catch (/** @type {any} */ error) {
    if (error.code !== 'P2014') throw error
    return { failed: error }
  }
}

/** Prisma looks whether all operations are there before it looks at the arguments of one. @param {Engine} engine @param {any[]} queries */
const lackingOperation = ({ misses }, queries) =>
  misses.locking.tellsRows ? -1 : queries.findIndex(({ action }) => /ManyAndReturn$/.test(action ?? ''))

/** @param {any} query */
const isRead = (query) => /^(find|aggregate|groupBy)/.test(query.action)

/** @param {Engine} engine @param {any[]} queries @param {any} opts @param {string} why */
async function refuse(engine, queries, opts, why) {
  await refusedByMain(engine.main, queries, { ...opts, transaction: undefined, isWrite: true })
  throw untaken(queries[queries.length - 1], why)
}

/**
 * Calls of which main has to make some: one by one, in a transaction that main has a part of.
 * @param {Engine} engine @param {any[]} queries @param {any[]} compiled @param {any} opts
 */
async function together(engine, queries, compiled, opts) {
  const { isolationLevel, maxWait, timeout } = { ...LIMITS, ...defined(opts.transaction.options) }
  const transaction = engine.transactions.begin({ isolationLevel, maxWait, timeout })
  /** @type {any[]} */
  const answers = []
  try {
    for (const query of queries)
      answers.push(await transaction.request(query, { ...opts, isWrite: !isRead(query) }))
    await transaction.commit()
    return answers
  } catch (/** @type {any} */ error) {
    if (transaction.status === 'running') await transaction.rollBackVerb()
    if (UNREAD.has(error.code) || answers.length === queries.length) throw error
    await readUnplanned(engine, queries, compiled, [answers.length + 1, queries.length], opts)
    await tellMains(engine, queries.slice(0, answers.length + 1), error, opts)
    throw indexed(error, answers.length)
  }
}

/**
 * Prisma reads all calls before it makes one. Those that the block plans were read.
 * @param {Engine} engine @param {any[]} queries @param {any[]} compiled @param {[number, number]} range @param {any} opts
 */
async function readUnplanned(engine, queries, compiled, [from, to], opts) {
  for (let i = from; i < to; i++)
    if (compiled[i].planId === undefined || compiled[i].unread)
      await askToRead(engine.setup.main, queries[i], opts)
}

/**
 * Rejects with main's error, where the block does not have its words and main refuses the calls, too.
 * @param {Engine} engine @param {any[]} queries @param {any} error @param {any} opts
 */
async function tellMains(engine, queries, error, opts) {
  if (engine.ownWords || error.meta === undefined) return
  await engine.main.ready()
  await askInVain(engine.setup.main, queries, { ...opts, transaction: undefined })
}

/** @param {Record<string, any>} options */
const defined = (options) =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

class Batch {
  /** @param {Engine} engine @param {Call[]} calls @param {any} opts @param {Ways} ways */
  constructor(engine, calls, opts, ways) {
    this.engine = engine
    this.calls = calls
    this.opts = opts
    this.ways = ways
    /** Reads need no lock, only one moment. */
    this.reads = calls.every((call) => !call.plan.write)
    /** Has main to read a part of a call? */
    this.isUnread = calls.some(({ plan }) => plan.unread)
    this.absences = calls.map(() => engine.misses.begin())
    /** Reads that main was asked for, by position: its answer, in the protocol's form. @type {Map<number, any>} */
    this.answers = new Map()
  }

  async run() {
    const { room, setup } = this.engine
    const { outbox } = setup.options
    let isFull = false
    for (let round = 0; round < MAX_ROUNDS; round++) {
      if (isFull || (!this.reads && !room.isOpen)) {
        if (outbox.whenFull === 'through') return this.ways.full()
        await room.wait(outbox)
      }
      const result = await this.attempt()
      if (result.data !== undefined) return this.finish(result.code, result.data)
      isFull = result.isFull === true
      if (isFull) continue
      const next = result.isShort ? 'short' : await this.ask(result)
      if (next !== 'again') return this.ways[next]()
    }
    throw new NotSupportedError(`$transaction([...]) that misses rows after ${MAX_ROUNDS} rounds`)
  }

  /** @returns {Promise<ReturnType<Batch['once']>>} */
  async attempt() {
    try {
      return this.reads ? this.once() : await this.engine.lock.run(() => this.once())
    } catch (/** @type {any} */ error) {
      if (this.isUnread && !UNREAD.has(error.code)) {
        const { engine, opts } = this
        const [queries, plans] = [this.calls.map(({ query }) => query), this.calls.map(({ plan }) => plan)]
        await readUnplanned(engine, queries, plans, [(error.batchRequestIdx ?? -1) + 1, plans.length], opts)
      }
      throw error
    }
  }

  /** One synchronous try. @returns {Tried} */
  once() {
    const { block } = this.engine
    const began = native(() => (this.reads ? block.beginReading() : block.begin()))
    if (began < 0) return this.refused(began)
    let open = true
    let failed = true
    try {
      /** @type {any[]} */
      const data = []
      for (let i = 0; i < this.calls.length; i++) {
        const outcome = at(i, () => this.outcomeOf(i))
        if (outcome.isShort || outcome.code < 0) {
          failed = false
          return { ...outcome, data: undefined, index: i }
        }
        data.push(outcome.data)
      }
      const code = native(() => block.commit())
      open = code < 0
      failed = false
      return code < 0 ? this.refused(code) : { code, data }
    } finally {
      if (open) native(() => block.rollback())
      if (failed) native(() => block.useUpIds())
    }
  }

  /** @param {number} index @returns {Outcome & { isShort?: boolean }} */
  outcomeOf(index) {
    const { engine } = this
    const call = this.calls[index]
    if (this.answers.has(index)) return { code: 0, data: this.answers.get(index) }
    const outcome = engine.attempt(call, this.neverAsks() ? 'null' : this.absences[index].text)
    // The connection is that of the transaction: nobody's load comes between this look at the boundaries and the rows.
    if (isShort(engine, call, outcome)) return { ...outcome, isShort: true }
    if (outcome.report !== undefined) {
      if (engine.ownWords || outcome.report.meta?.database === undefined) throw engine.error(outcome.report)
      return outcome
    }
    if (outcome.code >= 0 && outcome.data === null && call.plan.orThrow) throw engine.notFound()
    return outcome
  }

  neverAsks() {
    return this.engine.setup.options.fallback === 'never'
  }

  /** @param {number} code @returns {Tried} */
  refused(code) {
    if (code === BUSY) return { code }
    const report = JSON.parse(this.engine.block.lastError())
    if (report.code === FULL) return { code, isFull: true }
    throw this.engine.error(report)
  }

  /** A main database whose words are not imitated is asked for them. @param {number} index @param {any} report */
  async refusedHere(index, report) {
    const { engine } = this
    const queries = this.calls.slice(0, index + 1).map(({ query }) => query)
    await atAsync(index, async () => {
      await engine.main.ready()
      await askInVain(engine.setup.main, queries, this.opts)
    })
    throw indexed(engine.error(report), index)
  }

  /** @param {Tried} result @returns {Promise<'again' | 'anew' | 'together'>} run again, planned anew, or with main */
  async ask({ code, index = 0, miss, report }) {
    const { engine } = this
    if (report !== undefined) await this.refusedHere(index, report)
    if (code === MISS && miss.kind === 'through') return 'together'
    if (code !== MISS) throw new NotSupportedError(`$transaction([...]): unexpected code ${code}`)
    if (miss.kind === 'ids') return (await engine.seams.leases.supply(miss)) ? 'again' : 'anew'
    if (miss.kind !== 'root' && miss.kind !== 'main') {
      await this.absences[index].resolve(miss.rows)
      return 'again'
    }
    if (this.calls[index].plan.write) {
      const text = `$transaction([...]) with a write that reaches rows which the block does not hold (call ${index})`
      throw indexed(new NotSupportedError(text), index)
    }
    if (this.calls.slice(0, index).some((call) => call.plan.write)) return 'together'
    const { query } = this.calls[index]
    const opts = { ...this.opts, transaction: undefined, interactiveTransaction: undefined, isWrite: false }
    const { data } = await atAsync(index, () => engine.misses.read(query, opts))
    this.answers.set(index, data[query.action])
    return 'again'
  }

  /** @param {number} seq @param {any[]} data */
  async finish(seq, data) {
    await this.engine.committed(seq)
    return data.map((value, i) => ({ data: { [this.calls[i].query.action]: value } }))
  }
}

/** @template T @param {number} index @param {() => T} work @returns {T} */
function at(index, work) {
  try {
    return work()
  } catch (error) {
    throw indexed(error, index)
  }
}

/** @template T @param {number} index @param {() => Promise<T>} work @returns {Promise<T>} */
async function atAsync(index, work) {
  try {
    return await work()
  } catch (error) {
    throw indexed(error, index)
  }
}

module.exports = { runBatch, writeWhole }
