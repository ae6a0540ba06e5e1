/**
 * Writes that go to the main database first, then to the block: because only main can make the row, or because the user
 * wants it so. What is pending is sent before. Main's answer is the call's; the rows it tells of become the block's.
 */
const { native } = require('../engine/plans.js')
const { askInVain } = require('../engine/refused.js')
const { ALL_SCALARS, reshape } = require('../engine/reshape.js')
const { asksOf } = require('./asks.js')
const { Around, selectionOf } = require('./nested.js')
const { Settling } = require('./settle.js')
const { count, markOf } = require('./tide.js')

/** @typedef {import('./asks.js').Asks} Asks */
/** @typedef {{ since: number, mark: import('./tide.js').Mark }} Asked when main was asked, by the block's commits and by what was settled */

const CONFLICT = 'P2034'
const ATTEMPTS = 5
/** How often rows are read again before the block counts as stale. */
const REREADS = 20

class Through {
  /** @param {import('../engine/miss.js').Misses} misses @param {any[]} joinTables of the manifest */
  constructor(misses, joinTables) {
    this.misses = misses
    this.joinTables = joinTables
    this.main = misses.main
  }

  /** @param {any} query @param {any} opts */
  async one(query, opts) {
    const asks = await this.asksOfOne(query, opts)
    if (asks.queries.length === 0) return { data: { [query.action]: { count: 0 } } }
    const asked = await this.ready()
    const answers = await this.answersOf(asks, opts)
    return this.settled([asks], answers, asked).then(([response]) => response)
  }

  /** What cannot be written through, main may refuse anyway: then in its own words. @param {any} query @param {any} opts */
  async asksOfOne(query, opts) {
    try {
      return this.asksOf(query)
    } catch (error) {
      await this.main.ready()
      await this.tellMains(query, opts)
      throw error
    }
  }

  /** Rejects with main's own error where main refuses the call; nothing of it stays. @param {any} query @param {any} opts */
  tellMains(query, opts) {
    return askInVain(this.main.engine, [query], opts)
  }

  /** @param {Asks} asks @param {any} opts @returns {Promise<any[]>} */
  async answersOf(asks, opts) {
    const { query, queries } = asks
    if (queries[0] === query) return [await this.main.request(query, opts)]
    if (query.action !== 'createMany' || asks.queries[0].action !== 'createOne')
      return queries.length > 1 ? this.together(asks, opts) : [await this.main.request(queries[0], opts)]
    try {
      return await this.together(asks, opts)
    } catch (error) {
      // Of the rows as one statement main may say it otherwise: in which of them, and of which rule first.
      await this.tellMains(query, opts)
      throw error
    }
  }

  /** @param {any} query */
  asksOf(query) {
    return asksOf(this.misses.models, query, this.misses.locking)
  }

  /** All calls in one transaction of the main database, reads among them. @param {any[]} calls @param {any} opts */
  async batch(calls, opts) {
    const all = calls.map((query) => this.asksOf(query))
    const asked = await this.ready()
    const queries = all.flatMap((asks) => asks.queries)
    const answers = await this.main.requestBatch(queries, opts).catch((error) => {
      throw positioned(error, all)
    })
    // One failure and main has none of the rows, whatever the answers before it say.
    const failed = answers.findIndex((answer) => answer instanceof Error)
    if (failed >= 0) throw positioned(answers[failed], all, failed)
    return this.settled(all, answers, asked)
  }

  /** A commit that this flush carries is part of what main answers; only later ones are newer than the answer. @returns {Promise<Asked>} */
  async ready() {
    await this.main.ready()
    const { block } = this.misses
    return { since: native(() => block.lastSeq()), mark: markOf(block) }
  }

  /** @param {Asks} asks @param {any} opts */
  async together({ query, queries }, opts) {
    // Nobody adds rows between the list of those to be deleted and their deletion.
    const isListed = query.action === 'deleteMany'
    const options = isListed ? { isolationLevel: this.misses.locking.oneMoment } : {}
    const transaction = { kind: 'batch', options }
    const { traceparent, customDataProxyFetch } = opts ?? {}
    const batch = { traceparent, transaction, containsWrite: true, customDataProxyFetch }
    for (let attempt = 1; ; attempt++) {
      const [answers, error] = await this.main.requestBatch(queries, batch).then(
        (told) => [told, told.find((answer) => answer instanceof Error)],
        (thrown) => [[], thrown],
      )
      if (error === undefined) return answers
      if (error.code !== CONFLICT || attempt === ATTEMPTS) throw unpositioned(error)
    }
  }

  /** @param {Asks[]} all @param {any[]} answers of all queries, in order @param {Asked} asked */
  async settled(all, answers, { since, mark }) {
    const settling = new Settling(this.misses, since)
    const responses = []
    let at = 0
    for (const asks of all) {
      const own = answers.slice(at, at + asks.queries.length)
      responses.push(await this.response(settling, asks, own))
      at += own.length
    }
    await settling.end()
    await this.inOrder(settling, mark)
    settling.tellUnheld()
    return responses
  }

  /** What others have settled since main was asked may be newer than its answer. @param {Settling} settling @param {import('./tide.js').Mark} asked */
  async inOrder(settling, asked) {
    if (settling.written.size === 0) return
    let mark = await count(this.misses, asked)
    for (let round = 0; mark !== null && round < REREADS; round++) {
      await settling.again()
      mark = await count(this.misses, mark)
    }
    if (mark !== null) await this.misses.locking.markStale()
  }

  /** @param {Settling} settling @param {Asks} asks @param {any[]} answers */
  async response(settling, asks, answers) {
    const { query, queries, listed, tree } = asks
    const { modelName, action } = query
    const last = answers[answers.length - 1]
    if (queries[0] === query && !listed) return last
    const before = listed ? answers[0].data[queries[0].action] : null
    const answer =
      queries[0].action !== 'createOne' || action === 'createOne'
        ? last.data[queries[queries.length - 1].action]
        : answers.map((one) => one.data.createOne)
    const around = new Around(settling, this.joinTables)
    const isLost = isUntold(action, answer)
    const asked = isLost ? (before ?? given(settling, queries[queries.length - 1])) : answer
    const row =
      asked !== null && (isLost || tree.length > 0)
        ? await settling.read(modelName, asked, selectionOf(tree, before))
        : null
    if (isLost && row === null) {
      await around.bereft(modelName, before, tree)
      return last
    }
    const told = isLost ? row : await found(settling, queries, answer)
    // A row moves to a parent that is held.
    await around.parents(row, before, tree)
    await settle(settling, query, told, before)
    await around.settle(modelName, row ?? told, before, tree)
    // Only now: a row that is adopted under its new key would be in the way of the one that moves there.
    if (!action.startsWith('delete')) await settling.adopt(modelName, [told].flat())
    if (action === 'deleteMany') return last
    if (action.endsWith('Many')) return { data: { [action]: { count: answer.length } } }
    if (isLost) return last
    return { data: { [action]: reshape(this.misses.models, modelName, query.query.selection, told) } }
  }
}

/**
 * A row that its own nested writes delete or give another key, or that is not met by the call's `where` any more, Prisma shows as
 * nothing: an upsert as an empty list. So Prisma 7 with MariaDB shows a new row that was given the id of an autoincrement column.
 * @param {string} action @param {any} answer
 */
const isUntold = (action, answer) => answer === null || (action === 'upsertOne' && Array.isArray(answer))

/** The data of a new row, where it says which row that is. @param {Settling} settling @param {any} query */
function given(settling, { modelName, query: { arguments: args } }) {
  const data = args?.data ?? args?.create
  return data !== undefined && settling.isNamed(modelName, data) ? data : null
}

/** With the new rows that main does not tell of. @param {Settling} settling @param {any[]} queries @param {any} answer */
async function found(settling, queries, answer) {
  if (!Array.isArray(answer) || !answer.includes(null)) return answer
  const rows = await Promise.all(
    answer.map((row, at) => {
      const data = row === null ? given(settling, queries[at]) : null
      return data === null ? row : settling.read(queries[at].modelName, data, ALL_SCALARS)
    }),
  )
  return rows.filter((row) => row !== null)
}

/** @param {Settling} settling @param {any} query @param {any} told @param {any} before */
async function settle(settling, { modelName, action, query }, told, before) {
  if (action === 'deleteMany') {
    // With a limit main chose some of them. Without, by a filter on related records that is neither true nor false, its statement
    // deletes more rows than it lists.
    const isSure = query.arguments.limit === undefined && told.count === before.length
    for (const row of before)
      if (isSure) await settling.deleted(modelName, row)
      else settling.mayBeGone(modelName, row)
    if (told.count > before.length) settling.anyMayBeGone(modelName)
    return
  }
  if (action === 'deleteOne') return settling.deleted(modelName, told)
  const rows = Array.isArray(told) ? told : [told]
  const isNew = action.startsWith('create') || (action === 'upsertOne' && before === null)
  if (isNew) await settling.created(modelName, rows)
  else {
    const mode = action.startsWith('updateMany') ? 'held' : 'adopt'
    for (const row of rows) await settling.updated(modelName, row, before, mode)
  }
}

/** Main counted the queries it was asked; the shell counts calls. @param {any} error @param {Asks[]} all @param {number} [answered] the place of the error among the answers */
function positioned(error, all, answered) {
  const asked = error?.batchRequestIdx ?? answered
  if (typeof asked !== 'number') return error
  let left = asked
  const call = all.findIndex(({ queries }) => {
    left -= queries.length
    return left < 0
  })
  return withPosition(error, call)
}

/** @param {any} error */
const unpositioned = (error) =>
  error?.batchRequestIdx === undefined ? error : withPosition(error, undefined)

/** @param {any} error @param {number | undefined} value */
function withPosition(error, value) {
  Object.defineProperty(error, 'batchRequestIdx', { value, writable: true, configurable: true })
  return error
}

module.exports = { Through }
