// What a failure of the main database means for the commits on their way. Data first: a new code is a new row.
//  transient  it may pass: back off, retry in order, for ever
//  refusal    the commit itself is refused: split it out, record it, go on
//  blocked    somebody must act (a missing table, no permission, anything unknown): keep everything, say so, probe

/** @typedef {'transient' | 'refusal' | 'blocked'} Verdict */

/** SQLSTATE prefix -> verdict; the longest prefix wins. @type {Record<string, Verdict>} */
const SQLSTATES = {
  '08': 'transient', // connection
  21: 'refusal', // cardinality (a trigger's query)
  22: 'refusal', // data
  23: 'refusal', // constraints
  '25P03': 'transient', // idle transaction timeout
  '25P04': 'transient', // transaction timeout
  27: 'refusal', // a trigger changed the row under the statement
  38: 'refusal', // external routine
  39: 'refusal',
  40: 'transient', // deadlock, serialization
  44: 'refusal', // WITH CHECK OPTION
  53: 'transient', // resources
  53100: 'blocked', // disk full
  54: 'refusal', // too long for an index, too many columns
  55006: 'transient', // object in use
  '55P03': 'transient', // lock not available
  57: 'transient', // shutting down, statement timeout
  '57P04': 'blocked', // database dropped
  P0: 'refusal', // raised by a trigger or function
}

/** Prisma's code -> verdict, when no SQLSTATE says more. @type {Record<string, Verdict>} */
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

/**
 * @param {any} error
 * @returns {string | null} the SQLSTATE behind Prisma's error, in the shapes of 6.x and 7.x
 */
function sqlState(error) {
  const cause = error?.meta?.driverAdapterError?.cause ?? error?.cause
  const candidates = [cause?.originalCode, cause?.code, error?.meta?.code, error?.code]
  return (
    candidates.find(
      (code) => typeof code === 'string' && /^(?!P[1-9])[0-9A-Z]{5}$/.test(code) && !SYSTEM_CODES.has(code),
    ) ?? null
  )
}

/** @param {string} state @returns {Verdict} */
function ofSqlState(state) {
  for (const length of [5, 2]) {
    const verdict = SQLSTATES[state.slice(0, length)]
    if (verdict) return verdict
  }
  return 'blocked'
}

/**
 * @param {any} error
 * @returns {Verdict}
 */
function classify(error) {
  if (error?.code === ROW_MISSING) return 'refusal'
  const cause = error?.meta?.driverAdapterError?.cause ?? error?.cause
  if (SYSTEM_CODES.has(error?.code) || SYSTEM_CODES.has(cause?.code)) return 'transient'
  const state = sqlState(error)
  if (state) return ofSqlState(state)
  const known = ADAPTER_KINDS[cause?.kind] ?? PRISMA_CODES[error?.code ?? error?.errorCode]
  if (known) return known
  return LOST_CONNECTION.test(String(error?.message)) ? 'transient' : 'blocked'
}

/**
 * What is kept of an error: plain data.
 * @param {any} error
 * @returns {{code: string | null, sqlState: string | null, message: string}}
 */
function describeError(error) {
  const original = error?.meta?.driverAdapterError?.cause?.originalMessage
  const message = String(original ?? error?.message ?? error)
  return { code: error?.code ?? null, sqlState: sqlState(error), message: message.trim() }
}

module.exports = { ROW_MISSING, classify, describeError }
