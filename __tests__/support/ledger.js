// The ledger's tables of each main database, and failures of it, in its own terms.

/** Rows of this main database alone: MySQL's ledger is shared by those of a server. */
const OURS = 'WHERE main = DATABASE()'

/**
 * @typedef {object} Ledger
 * @property {string} rejected the statement that reads the refused commits
 * @property {string} applied the statement that reads how far an origin has come
 * @property {(seq: number) => string} set the statement that moves all origins
 * @property {string} taken code of a key that is taken
 * @property {RegExp} takenText
 * @property {RegExp} missing what is said of a table `Slug` that is not there
 * @property {string} quote around names
 */

/** @type {Record<string, Ledger>} */
const LEDGERS = {
  postgresql: {
    rejected: 'SELECT seq::int AS seq, code, error FROM sharded.rejected ORDER BY seq',
    applied: 'SELECT seq::int AS seq FROM sharded.ledger',
    set: (seq) => `UPDATE sharded.ledger SET seq = ${seq}`,
    taken: '23505',
    takenText: /duplicate key/,
    missing: /relation "Slug" does not exist/,
    quote: '"',
  },
  mysql: {
    rejected: `SELECT seq, code, error FROM sharded.rejected ${OURS} ORDER BY seq`,
    applied: `SELECT seq FROM sharded.ledger ${OURS}`,
    set: (seq) => `UPDATE sharded.ledger SET seq = ${seq} ${OURS}`,
    taken: '1062',
    takenText: /Duplicate entry/,
    missing: /Slug' doesn't exist/,
    quote: '`',
  },
  sqlite: {
    rejected: 'SELECT seq, code, error FROM _sharded_rejected ORDER BY seq',
    applied: 'SELECT seq FROM _sharded_ledger',
    set: (seq) => `UPDATE _sharded_ledger SET seq = ${seq}`,
    taken: 'SQLITE_CONSTRAINT_UNIQUE',
    takenText: /UNIQUE constraint failed/,
    missing: /no such table: (main\.)?Slug/,
    quote: '"',
  },
}

/** @param {any} client @param {string} sql @returns {Promise<any[]>} with numbers for bigints */
async function rowsOf(client, sql) {
  const rows = await client.$queryRawUnsafe(sql)
  return rows.map((/** @type {any} */ row) => ({ ...row, seq: Number(row.seq) }))
}

module.exports = { LEDGERS, rowsOf }
