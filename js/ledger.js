// The ledger in the main database: its identity, what was applied, what was refused. The SQL is the dialect's
// (src/sync/dialect/*_ledger.rs); this file runs it through the user's own client, without the user's extensions.

const { addon } = require('./binding')
const { NotSupportedError } = require('./errors')
const { describeClient } = require('./shell')

/**
 * @typedef {object} LedgerSql
 * @property {string[]} ddl
 * @property {string} lock
 * @property {string} exists
 * @property {string} identity
 * @property {string} read
 * @property {string} rejected
 * @property {string} reject
 */

/** @type {Map<string, LedgerSql>} */
const texts = new Map()

/**
 * @param {string} provider Prisma's name of it
 * @returns {LedgerSql}
 */
function ledgerSql(provider) {
  const known = texts.get(provider)
  if (known) return known
  const text = addon().ledgerSql(provider)
  if (typeof text !== 'string') {
    throw new NotSupportedError(`provider: expected 'postgresql', which has a ledger, given '${provider}'`)
  }
  const sql = /** @type {LedgerSql} */ (JSON.parse(text))
  texts.set(provider, sql)
  return sql
}

/**
 * Which main database this is. Makes the ledger's tables when they are missing.
 * @param {any} client
 * @returns {Promise<{identity: string}>}
 */
async function readIdentity(client) {
  const { raw, provider } = describeClient(client)
  const sql = ledgerSql(provider === 'postgres' ? 'postgresql' : provider)
  const [found] = await raw.$queryRawUnsafe(sql.exists)
  if (!found.identity || !found.ledger || !found.rejected) await createLedger(raw, sql)
  let identity = await readId(raw, sql)
  if (identity === undefined) {
    await createLedger(raw, sql)
    identity = await readId(raw, sql)
  }
  return { identity: String(identity) }
}

/** @param {any} raw @param {LedgerSql} sql @returns {Promise<string | undefined>} */
async function readId(raw, sql) {
  const [row] = await raw.$queryRawUnsafe(sql.identity)
  return row?.id
}

/** Safe when several processes do it at once: the lock lets one in. @param {any} raw @param {LedgerSql} sql */
async function createLedger(raw, sql) {
  await raw.$transaction(
    async (/** @type {any} */ tx) => {
      await tx.$queryRawUnsafe(sql.lock)
      for (const statement of sql.ddl) await tx.$executeRawUnsafe(statement)
    },
    { maxWait: 10_000, timeout: 30_000 },
  )
}

module.exports = { ledgerSql, readIdentity }
