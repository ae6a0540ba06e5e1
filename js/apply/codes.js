// Codes of the main databases for failures, and what each means for the commits on their way (see classify.js).

/** @typedef {import('./classify').Verdict} Verdict */

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
  45000: 'refusal', // MySQL: raised by a trigger
  53: 'transient', // resources
  53100: 'blocked', // disk full
  54: 'refusal', // too long for an index, too many columns
  55006: 'transient', // object in use
  '55P03': 'transient', // lock not available
  57: 'transient', // shutting down, statement timeout
  '57P04': 'blocked', // database dropped
  P0: 'refusal', // raised by a trigger or function
}

/** MySQL's and MariaDB's numbers, by verdict; what is not here goes by its SQLSTATE. @type {Record<Verdict, number[]>} */
const ERRNOS = {
  transient: [
    1020, // the row has changed since it was read (MariaDB's snapshot isolation)
    1040, // too many connections
    1043, // bad handshake
    1053, // server shutdown
    1152, // connection aborted
    1158, // network: read error, timeout, write error, timeout
    1159,
    1160,
    1161,
    1180, // error during commit
    1184, // connection aborted
    1203, // too many connections of this user
    1205, // lock wait timeout
    1206, // lock table full
    1213, // deadlock
    1226, // the user's limit
    1317, // interrupted
    1412, // table definition has changed
    1614, // deadlock (XA)
    1615, // statement must be prepared again
    1637, // too many transactions
    1927, // connection was killed
    1969, // statement timeout (MariaDB)
    2002,
    2003, // cannot connect
    2006, // server has gone away
    2013, // lost connection
    2055,
    3024, // statement timeout (MySQL)
    3572, // lock not available
    4031, // disconnected for inactivity
  ],
  refusal: [
    1022, // duplicate key
    1048, // not null
    1062, // duplicate entry
    1118, // row too large
    1138, // invalid use of NULL
    1153, // packet too large
    1216, // foreign key
    1217,
    1242, // a trigger's subquery has more than one row
    1264, // out of range
    1265, // data truncated: no value of an enum
    1292, // incorrect date, time, number
    1301, // result larger than a packet
    1364, // no default
    1365, // division by zero
    1366, // incorrect value for the column
    1367,
    1369, // WITH CHECK OPTION
    1406, // too long
    1411,
    1416,
    1441, // date and time out of range
    1442, // a trigger writes to its own table
    1451, // foreign key: a row is still named
    1452, // foreign key: no such row
    1526, // no partition for the value
    1586, // duplicate entry
    1644, // SIGNAL
    1690, // out of range in an expression
    1748, // no row of that partition
    1761, // foreign key
    1762,
    1906, // a value for a generated column (MariaDB)
    3105, // the same (MySQL)
    3140, // invalid JSON
    3156, // invalid cast of JSON
    3819, // CHECK (MySQL)
    4025, // CHECK (MariaDB)
    45046, // packet larger than the server takes, says the driver
  ],
  blocked: [
    1021, // disk full
    1114, // table full
    1136, // another number of columns
  ],
}

const errnos = new Map(
  Object.entries(ERRNOS).flatMap(([verdict, codes]) =>
    codes.map((code) => [code, /** @type {Verdict} */ (verdict)]),
  ),
)

/** The driver's own troubles with a connection are numbered from here; most of them pass. */
const isOfDriver = (/** @type {number} */ errno) => errno > 45_000 && errno < 46_000

/**
 * @param {number} errno of MySQL, MariaDB or their driver
 * @param {string} [state] its SQLSTATE
 * @returns {Verdict}
 */
function ofErrno(errno, state) {
  return errnos.get(errno) ?? (isOfDriver(errno) ? 'transient' : ofSqlState(state ?? ''))
}

/** Prefix of SQLite's result code -> verdict. @type {Array<[string, Verdict]>} */
const SQLITE = [
  ['SQLITE_CONSTRAINT', 'refusal'],
  ['SQLITE_MISMATCH', 'refusal'],
  ['SQLITE_TOOBIG', 'refusal'],
  ['SQLITE_BUSY', 'transient'],
  ['SQLITE_LOCKED', 'transient'],
  ['SQLITE_PROTOCOL', 'transient'],
  ['SQLITE_INTERRUPT', 'transient'],
  ['SQLITE_NOMEM', 'transient'],
]

/** @param {string} code @returns {Verdict} */
const ofSqlite = (code) => SQLITE.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 'blocked'

/** @param {string} state @returns {Verdict} */
function ofSqlState(state) {
  for (const length of [5, 2]) {
    const verdict = SQLSTATES[state.slice(0, length)]
    if (verdict) return verdict
  }
  return 'blocked'
}

module.exports = { isOfDriver, ofErrno, ofSqlState, ofSqlite }
