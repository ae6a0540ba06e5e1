// One window of commits as one transaction of the main database. The claim comes first: where it touches no row,
// somebody else has applied the window (or a gap is before it), and nothing else runs.

const { ShardedError } = require('../errors')
const { ROW_MISSING, classify, describeError } = require('./classify')
const { revived } = require('./params')
const { returnedOf } = require('./returned')
const { applyWhole, isFit } = require('./whole')

/**
 * @typedef {object} RowRef
 * @property {string} model
 * @property {boolean} link a row of an implicit many-to-many table
 * @property {Record<string, any>} key field -> protocol value
 * @property {Record<string, any>} where
 *
 * @typedef {object} Statement
 * @property {string} sql
 * @property {Param[]} params
 * @property {number | null} expect
 * @property {string} model
 * @property {'create' | 'update' | 'delete'} kind
 * @property {number} first
 * @property {number} last
 * @property {import('./returned').Returning | null} returning
 * @property {Call | null} select reads the rows after an update that returns nothing
 *
 * @typedef {import('./params').Param} Param
 * @typedef {{sql: string, params: Param[]}} Call
 *
 * @typedef {object} Work what `block.nextWork` gives, see src/sync/apply.rs
 * @property {string} origin
 * @property {number} base
 * @property {number} first
 * @property {number} last
 * @property {boolean} current
 * @property {number} epoch
 * @property {number} commits
 * @property {boolean} coalesced its statements are net changes
 * @property {boolean} full there is more after it
 * @property {{origin: string, seq: number} | null} cause the refused commit on which its one commit depends
 * @property {(Call & {opens: Call | null}) | null} claim null without a ledger
 * @property {string | null} whole claim and statement as one, see ./whole.js
 * @property {Statement[]} statements
 * @property {{rows: RowRef[], changes: any[], payload: string | null} | null} single
 *
 * @typedef {import('./returned').Returned} Returned
 * @typedef {{claimed: true, returned: Returned[]} | {claimed: false, seq: number | null, epoch: number, rejected: Array<{seq: number, code: string | null, error: string}>}} Outcome
 *
 * @typedef {object} Main
 * @property {any} client the user's client under every extension
 * @property {string} blockId
 * @property {import('./ledger').LedgerSql | null} sql null without a ledger
 */

const BASE_TIMEOUT_MS = 10_000
const PER_STATEMENT_MS = 50
const LONGEST_TIMEOUT_MS = 600_000
const MAX_WAIT_MS = 10_000

/**
 * Applies the window. After an error nothing of it is in the main database, unless only the answer was lost:
 * then the next claim says so.
 * @param {Main} main
 * @param {Work} work
 * @param {number} patience grows with the attempts, and the timeout with it
 * @returns {Promise<Outcome>}
 */
async function applyWork(main, work, patience = 1) {
  const { claim: call, whole } = work
  if (call === null || whole === null || !isFit(main.client)) return applyApart(main, work, patience)
  const params = [...work.statements[0].params.map(revived), ...withBlock(main, call.params)]
  return applyWhole(main.client, { sql: whole, params }, work.statements[0], () =>
    applyApart(main, work, patience),
  )
}

/** @param {Main} main @param {Work} work @param {number} patience @returns {Promise<Outcome>} */
function applyApart(main, work, patience) {
  return inTransaction(main, work, patience, async (tx) => {
    /** @type {Returned[]} */
    const returned = []
    for (const statement of work.statements) await runStatement(tx, statement, returned)
    return returned
  })
}

/**
 * Records the window's one commit as refused and advances the ledger past it, in one transaction. Without a ledger the block's
 * file alone has it.
 * @param {Main} main
 * @param {Work} work
 * @param {import('./classify').Described} error
 * @returns {Promise<Outcome>}
 */
async function recordRefusal(main, work, error) {
  const { sql } = main
  if (sql === null) return { claimed: true, returned: [] }
  return inTransaction(main, work, 1, async (tx) => {
    const changes = recorded(work, sql.longest)
    const code = error.databaseCode ?? error.code
    await tx.$executeRawUnsafe(
      sql.reject,
      main.blockId,
      work.origin,
      String(work.last),
      code,
      error.message,
      changes,
    )
    return []
  })
}

/** What the main database cannot take, the block's file keeps. @param {Work} work @param {number} [longest] bytes */
function recorded(work, longest = Number.POSITIVE_INFINITY) {
  const text = JSON.stringify(work.single?.changes ?? [])
  const bytes = Buffer.byteLength(text)
  return bytes <= longest ? text : JSON.stringify({ omitted: bytes })
}

/** Native does not know the block's id. @param {Main} main @param {Param[]} params */
const withBlock = ({ blockId }, params) => params.map((param) => param ?? blockId)

/**
 * The ledger's own failure is not the commit's: nothing is refused because of it.
 * @param {any} tx @param {Main} main @param {Work} work
 * @returns {Promise<number>}
 */
async function claim(tx, main, { claim: call }) {
  const { opens, sql, params } = /** @type {NonNullable<Work['claim']>} */ (call)
  try {
    if (opens) await tx.$executeRawUnsafe(opens.sql, ...withBlock(main, opens.params))
    return await tx.$executeRawUnsafe(sql, ...withBlock(main, params))
  } catch (error) {
    if (classify(error) !== 'refusal') throw error
    throw new ShardedError(`the ledger could not be advanced: ${describeError(error).message}`, {
      code: 'SHARDED_LEDGER',
      cause: error,
    })
  }
}

/**
 * @param {Main} main
 * @param {Work} work
 * @param {number} patience
 * @param {(tx: any) => Promise<Returned[]>} body
 * @returns {Promise<Outcome>}
 */
function inTransaction(main, work, patience, body) {
  const timeout = (BASE_TIMEOUT_MS + PER_STATEMENT_MS * work.statements.length) * patience
  return main.client.$transaction(
    async (/** @type {any} */ tx) => {
      const { sql } = main
      if (sql !== null && (await claim(tx, main, work)) === 0) return readBack(tx, { ...main, sql }, work)
      return { claimed: true, returned: await body(tx) }
    },
    { maxWait: MAX_WAIT_MS, timeout: Math.min(timeout, LONGEST_TIMEOUT_MS) },
  )
}

/** Up to where the main database has an origin's commits, or their refusals; null where none is known. @param {Main} main @param {string} origin */
async function appliedSeq(main, origin) {
  if (main.sql === null) return null
  const [row] = await main.client.$queryRawUnsafe(main.sql.read, main.blockId, origin)
  return row ? Number(row.seq) : null
}

/** @param {any} tx @param {Main & {sql: import('./ledger').LedgerSql}} main @param {Work} work */
async function readBack(tx, main, work) {
  const [row] = await tx.$queryRawUnsafe(main.sql.read, main.blockId, work.origin)
  const range = [String(work.first), String(work.last)]
  const rejected = await tx.$queryRawUnsafe(main.sql.rejected, main.blockId, work.origin, ...range)
  return {
    claimed: false,
    seq: row ? Number(row.seq) : null,
    epoch: row ? Number(row.epoch) : 0,
    rejected: rejected.map((/** @type {any} */ one) => ({ ...one, seq: Number(one.seq) })),
  }
}

/** @param {any} tx @param {Statement} statement @param {Returned[]} returned */
async function runStatement(tx, statement, returned) {
  const { expect, returning, select } = statement
  const { touched, rows } = await (select ? updateThenRead(tx, statement, select) : runAlone(tx, statement))
  if (returning) returned.push(...returnedOf(returning, rows))
  if (expect === null || touched === expect) return
  throw new ShardedError(
    `${statement.kind} of ${statement.model}: expected ${expect} rows in the main database, touched ${touched}`,
    { code: ROW_MISSING },
  )
}

/** @param {any} tx @param {Statement} statement @returns {Promise<{touched: number, rows: any[]}>} */
async function runAlone(tx, { sql, params, returning }) {
  if (!returning) return { touched: await tx.$executeRawUnsafe(sql, ...params.map(revived)), rows: [] }
  const rows = await tx.$queryRawUnsafe(sql, ...params.map(revived))
  return { touched: rows.length, rows }
}

/**
 * A connection may be set to count the rows that an update changed, not those it found: where it seems to have found too few,
 * the rows themselves say whether they are there.
 * @param {any} tx @param {Statement} statement @param {Call} select @returns {Promise<{touched: number, rows: any[]}>}
 */
async function updateThenRead(tx, { sql, params, expect, returning }, select) {
  const touched = await tx.$executeRawUnsafe(sql, ...params.map(revived))
  if (!returning && (expect === null || touched === expect)) return { touched, rows: [] }
  const rows = await tx.$queryRawUnsafe(select.sql, ...select.params.map(revived))
  return { touched: rows.length, rows }
}

module.exports = { appliedSeq, applyWork, recordRefusal, runStatement }
