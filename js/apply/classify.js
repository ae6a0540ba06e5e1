// What a failure of the main database means for the commits on their way. Data first: a new code is a new row.
//  transient  it may pass: back off, retry in order, for ever
//  refusal    the commit itself is refused: split it out, record it, go on
//  blocked    somebody must act (a missing table, no permission, anything unknown): keep everything, say so, probe

/** @typedef {'transient' | 'refusal' | 'blocked'} Verdict */

const { isOfDriver, ofErrno, ofSqlState, ofSqlite } = require('./codes')

/** Prisma's code (or ours) -> verdict, when no SQLSTATE says more. @type {Record<string, Verdict>} */
const PRISMA_CODES = {
  P1001: 'transient', // cannot reach the server
  P1002: 'transient',
  P1008: 'transient', // operation timeout
  P1017: 'transient', // server closed the connection
  P2000: 'refusal',
  P2002: 'refusal',
  P2003: 'refusal',
  P2004: 'refusal',
  P2007: 'refusal',
  P2011: 'refusal',
  P2020: 'refusal',
  P2024: 'transient', // pool timeout
  P2028: 'transient', // transaction API: no connection in time, or timed out
  P2034: 'transient', // write conflict
  P2037: 'transient', // too many connections
  SHARDED_QUEUE: 'transient', // ours: Redis does not answer
}

/** Driver adapter's kind -> verdict, when there is no SQLSTATE. @type {Record<string, Verdict>} */
const ADAPTER_KINDS = {
  ConnectionClosed: 'transient',
  DatabaseNotReachable: 'transient',
  SocketTimeout: 'transient',
  TooManyConnections: 'transient',
  TransactionWriteConflict: 'transient',
  TransactionAlreadyClosed: 'transient',
}

const SYSTEM_CODES = new Set(
  'EADDRNOTAVAIL EAI_AGAIN ECONNABORTED ECONNREFUSED ECONNRESET EHOSTDOWN EHOSTUNREACH ENETDOWN ENETUNREACH ENOTCONN ENOTFOUND EPIPE ETIMEDOUT'.split(
    ' ',
  ),
)

/** Drivers report a lost connection as a plain Error: its text is all there is. */
const LOST_CONNECTION =
  /connection error and is not queryable|connection terminated|connection timeout|timeout exceeded when trying to connect|client was closed|client is closed|server closed the connection|socket (hang up|closed)/i

/** Ours: the statement ran, and the row was not there. */
const ROW_MISSING = 'SHARDED_ROW_MISSING'

/** @param {any} error what the driver adapter said, in the shapes of 6.x and 7.x */
const causeOf = (error) => error?.meta?.driverAdapterError?.cause ?? error?.cause

/** @param {any} error @returns {string[]} the codes in it that may be the database's own */
function codesOf(error) {
  const cause = causeOf(error)
  const found = [cause?.originalCode, cause?.code, error?.meta?.code, error?.code]
  return found.filter((code) => code !== undefined && code !== null).map(String)
}

/** @param {string} code */
const isErrno = (code) => /^\d{4}$/.test(code) || (/^\d{5}$/.test(code) && isOfDriver(Number(code)))

/**
 * @param {any} error
 * @returns {number | null} the number behind an error of MySQL or MariaDB
 */
function errnoOf(error) {
  const cause = causeOf(error)
  // A trigger may choose any number.
  if (cause?.kind === 'mysql' && typeof cause.code === 'number') return cause.code
  const code = codesOf(error).find(isErrno)
  return code === undefined ? null : Number(code)
}

/** @param {any} error @returns {string | null} SQLite's name for its result code */
const sqliteCode = (error) => codesOf(error).find((code) => /^(UNKNOWN_)?SQLITE_/.test(code)) ?? null

/**
 * @param {any} error
 * @returns {string | null} the SQLSTATE behind Prisma's error
 */
function sqlState(error) {
  const isState = (/** @type {string} */ code) =>
    /^(?!P[1-9])[0-9A-Z]{5}$/.test(code) && !SYSTEM_CODES.has(code) && !isErrno(code)
  return codesOf(error).find(isState) ?? null
}

/** @param {any} error @returns {string | null} what the main database itself calls it */
function databaseCode(error) {
  const errno = errnoOf(error)
  return errno === null ? (sqliteCode(error) ?? sqlState(error)) : String(errno)
}

/** @param {any} error @returns {Verdict | null} */
function ofDatabase(error) {
  const errno = errnoOf(error)
  if (errno !== null) return ofErrno(errno, causeOf(error)?.state)
  const sqlite = sqliteCode(error)
  if (sqlite?.startsWith('SQLITE_')) return ofSqlite(sqlite)
  const state = sqlState(error)
  return state ? ofSqlState(state) : null
}

/**
 * @param {any} error
 * @returns {Verdict}
 */
function classify(error) {
  if (error?.code === ROW_MISSING) return 'refusal'
  const cause = causeOf(error)
  if (SYSTEM_CODES.has(error?.code) || SYSTEM_CODES.has(cause?.code)) return 'transient'
  const known =
    ofDatabase(error) ?? ADAPTER_KINDS[cause?.kind] ?? PRISMA_CODES[error?.code ?? error?.errorCode]
  if (known) return known
  return LOST_CONNECTION.test(String(error?.message)) ? 'transient' : 'blocked'
}

/**
 * @typedef {object} Described what is kept of an error: plain data
 * @property {string | null} code Prisma's, or ours
 * @property {string | null} sqlState
 * @property {string | null} databaseCode SQLSTATE, MySQL's number, SQLite's result code
 * @property {string} message
 * @property {{origin: string, seq: number} | null} [cause] the refused commit with which it was refused
 */

/** @param {any} error @returns {Described} */
function describeError(error) {
  const original = error?.meta?.driverAdapterError?.cause?.originalMessage
  const message = String(original ?? error?.message ?? error)
  return {
    code: error?.code ?? null,
    sqlState: sqlState(error),
    databaseCode: databaseCode(error),
    message: message.trim(),
  }
}

/** What the main database recorded of a refusal. @param {{code: string | null, error: string}} recorded @returns {Described} */
function recordedError({ code, error }) {
  return { code, sqlState: null, databaseCode: null, message: error }
}

module.exports = { ROW_MISSING, classify, databaseCode, describeError, recordedError }
