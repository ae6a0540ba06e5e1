// One window of commits as one transaction of the main database. The claim comes first: where it touches no row,
// somebody else has applied the window (or a gap is before it), and nothing else runs.

const { ShardedError } = require('../errors')
const { ROW_MISSING } = require('./classify')

/**
 * @typedef {object} RowRef
 * @property {string} model
 * @property {boolean} link a row of an implicit many-to-many table
 * @property {Record<string, any>} key field -> protocol value
 * @property {Record<string, any>} where
 *
 * @typedef {object} Statement
 * @property {string} sql
 * @property {Array<string | null | Array<string | null>>} params
 * @property {number | null} expect
 * @property {string} model
 * @property {'create' | 'update' | 'delete'} kind
 * @property {number} first
 * @property {number} last
 * @property {{fields: string[], local: Array<string | null>, row: RowRef} | null} returning
 *
 * @typedef {object} Work what `block.nextWork` gives, see src/sync/apply.rs
 * @property {string} origin
 * @property {number} base
 * @property {number} first
 * @property {number} last
 * @property {boolean} current
 * @property {number} commits
 * @property {{sql: string, params: string[]}} claim
 * @property {Statement[]} statements
 * @property {{rows: RowRef[], changes: any[]} | null} single
 *
 * @typedef {object} Returned
 * @property {Statement} statement
 * @property {Array<string | null>} values
 *
 * @typedef {{claimed: true, returned: Returned[]} | {claimed: false, seq: number | null, rejected: Array<{seq: number, code: string | null, error: string}>}} Outcome
 *
 * @typedef {object} Main
 * @property {any} client the user's client under every extension
 * @property {string} blockId
 * @property {import('../ledger').LedgerSql} sql
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
function applyWork(main, work, patience = 1) {
  return inTransaction(main, work, patience, async (tx) => {
    /** @type {Returned[]} */
    const returned = []
    for (const statement of work.statements) await runStatement(tx, statement, returned)
    return returned
  })
}

/**
 * Records the window's one commit as refused and advances the ledger past it, in one transaction.
 * @param {Main} main
 * @param {Work} work
 * @param {{code: string | null, sqlState: string | null, message: string}} error
 * @returns {Promise<Outcome>}
 */
function recordRefusal(main, work, error) {
  return inTransaction(main, work, 1, async (tx) => {
    const changes = JSON.stringify(work.single?.changes ?? [])
    const code = error.sqlState ?? error.code
    await tx.$executeRawUnsafe(
      main.sql.reject,
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
      const claimed = await tx.$executeRawUnsafe(work.claim.sql, main.blockId, ...work.claim.params)
      if (claimed === 0) return readBack(tx, main, work)
      return { claimed: true, returned: await body(tx) }
    },
    { maxWait: MAX_WAIT_MS, timeout: Math.min(timeout, LONGEST_TIMEOUT_MS) },
  )
}

/** Up to where the main database has an origin's commits, or their refusals. @param {Main} main @param {string} origin */
async function appliedSeq(main, origin) {
  const [row] = await main.client.$queryRawUnsafe(main.sql.read, main.blockId, origin)
  return row ? Number(row.seq) : null
}

/** @param {any} tx @param {Main} main @param {Work} work */
async function readBack(tx, main, work) {
  const [row] = await tx.$queryRawUnsafe(main.sql.read, main.blockId, work.origin)
  const range = [String(work.first), String(work.last)]
  const rejected = await tx.$queryRawUnsafe(main.sql.rejected, main.blockId, work.origin, ...range)
  return {
    claimed: false,
    seq: row ? Number(row.seq) : null,
    rejected: rejected.map((/** @type {any} */ one) => ({ ...one, seq: Number(one.seq) })),
  }
}

/** @param {any} tx @param {Statement} statement @param {Returned[]} returned */
async function runStatement(tx, statement, returned) {
  const { sql, params, expect, returning } = statement
  let touched
  if (returning) {
    const rows = await tx.$queryRawUnsafe(sql, ...params)
    touched = rows.length
    if (touched > 0) returned.push({ statement, values: returning.fields.map((_, at) => rows[0][`r${at}`]) })
  } else touched = await tx.$executeRawUnsafe(sql, ...params)
  if (expect === null || touched === expect) return
  throw new ShardedError(
    `${statement.kind} of ${statement.model}: expected ${expect} rows in the main database, touched ${touched}`,
    { code: ROW_MISSING },
  )
}

module.exports = { appliedSeq, applyWork, recordRefusal }
