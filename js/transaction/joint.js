/**
 * Calls that an interactive transaction has main do, in main's part of it (companion.js): reads that the block cannot answer,
 * writes through, models outside the block, raw SQL.
 */
const { MISS } = require('../codes.js')
const { NotSupportedError } = require('../errors')
const { Misses } = require('../engine/miss.js')
const { changesRows } = require('../engine/raw.js')
const { Through } = require('../through/index.js')
const { Settling } = require('../through/settle.js')
const { Companion } = require('./companion.js')

/** @typedef {import('../engine/index.js').Call} Call */
/** @typedef {import('../engine/index.js').Outcome} Outcome */
/** @typedef {import('./calls.js').Transaction} Transaction */

/** Main as the transaction sees it, in the form of `Main`. */
class MainWithin {
  /** @param {Companion} companion */
  constructor(companion) {
    this.companion = companion
    this.engine = this
  }

  ready() {
    return this.companion.send()
  }

  /** @param {any} query @param {any} opts */
  request(query, opts) {
    return this.companion.request(query, opts)
  }

  /** @param {any[]} queries @param {any} opts */
  async requestBatch(queries, opts) {
    const answers = []
    for (const query of queries) answers.push(await this.request(query, opts))
    return answers
  }
}

/** What main tells is written in the block's transaction. */
class MissesWithin extends Misses {
  /** @param {Companion} companion */
  constructor(companion) {
    const { block, misses } = companion.engine
    const main = /** @type {any} */ (new MainWithin(companion))
    super(block, misses.models, main, {
      ...misses.locking,
      run: async (call) => companion.follow(call),
      look: (call) => companion.follow(call),
      note: (row) => companion.note(row),
      markStale: () => companion.markStale(),
      isHeld: () => false,
    })
  }
}

class ThroughWithin extends Through {
  /** @param {Companion} companion @param {Misses} misses */
  constructor(companion, misses) {
    super(misses, companion.engine.through.joinTables)
    this.companion = companion
  }

  /** @override @param {import('../through/asks.js').Asks} asks @param {any} opts */
  together({ queries }, opts) {
    return this.main.requestBatch(queries, opts)
  }

  /** @override main's part of a transaction cannot go on after an error, and is not asked for the sake of one */
  async tellMains() {}

  /** @override its commit is what others are counted by, and nobody else writes here before that */
  async inOrder() {}

  /** @override @param {import('../through/asks.js').Asks[]} all @param {any[]} answers @param {import('../through/index.js').Asked} asked */
  async settled(all, answers, asked) {
    try {
      return await super.settled(all, answers, asked)
    } catch (error) {
      // Main has written, and the block does not know all of it.
      throw this.companion.transaction.doom(/** @type {Error} */ (error))
    }
  }
}

class Joint {
  /** @param {Transaction} transaction */
  constructor(transaction) {
    this.transaction = transaction
    this.engine = transaction.engine
    this.companion = new Companion(transaction)
    this.misses = new MissesWithin(this.companion)
    this.through = new ThroughWithin(this.companion, this.misses)
    this.companion.reread = (rows) => this.reread(rows)
  }

  /** @param {import('../apply/transaction').RowRef[]} rows that the block holds */
  async reread(rows) {
    const settling = new Settling(this.misses, this.companion.since)
    for (const { model, where } of rows) settling.doubtful.push({ model, where, adopted: false })
    await settling.end()
  }

  // Reads

  /** A read that only main can answer. @param {any} query @param {any} opts */
  forward(query, opts) {
    return this.companion.request(query, opts)
  }

  /**
   * A read of which the block's transaction has said `first`.
   * @param {Call} call @param {Outcome} first @param {any} opts
   */
  async read(call, first, opts) {
    const { engine, transaction } = this
    const absences = this.misses.begin()
    let outcome = first
    while (outcome.code === MISS) {
      const { kind } = outcome.miss
      if (kind === 'main') return this.forward(call.query, opts)
      if (kind === 'root') return this.whole(call, opts)
      await absences.resolve(outcome.miss.rows)
      outcome = engine.attempt(call, absences.text, transaction.runs)
    }
    if (outcome.code < 0) return this.forward(call.query, opts)
    return engine.resolve(call, outcome)
  }

  /** Rows that the block does not hold. @param {Call} call @param {any} opts */
  whole(call, opts) {
    const isAggregate = call.plan.shape.nodes[0].outputs !== undefined
    return isAggregate ? this.forward(call.query, opts) : this.misses.read(call.query, opts)
  }

  // Writes

  /** A write through. @param {any} query @param {any} opts */
  write(query, opts) {
    const one = () => this.through.one(query, opts)
    return this.isOneStatement(query) ? one() : this.companion.whole(one)
  }

  /** A write of a model outside the block. @param {any} query @param {any} opts */
  outside(query, opts) {
    return this.companion.whole(() => this.companion.request(query, opts))
  }

  /** @param {any} query @param {any} opts */
  raw(query, opts) {
    if (changesRows(query)) this.companion.markStale()
    return this.companion.request(query, opts)
  }

  /** Arguments that Prisma refuses, in its own words. @param {any} query @param {any} opts @param {string} why what the planner found */
  refused(query, opts, why) {
    return this.companion.whole(
      () => this.companion.request(query, opts),
      () => {
        if (!opts.isWrite) return
        throw new NotSupportedError(`${query.modelName}.${query.action}: ${why}`)
      },
    )
  }

  /** Of one that fails nothing is left anyhow. @param {any} query */
  isOneStatement(query) {
    const { modelName, action } = query
    const model = this.engine.misses.models.get(modelName)
    if (model === undefined || action === 'upsertOne' || this.through.asksOf(query).queries.length > 1)
      return false
    const names = new Set(model.relations.map(({ name }) => name))
    const rows = [query.query.arguments.data].flat()
    return rows.every((row) => Object.keys(row ?? {}).every((name) => !names.has(name)))
  }
}

module.exports = { Joint }
