// The ledger in the main database: its identity, what was applied, what was refused. The SQL is the dialect's
// (src/sync/dialect/*_ledger.rs); this file runs it through the user's own client, without the user's extensions.

const { addon } = require('../binding')
const { databaseCode } = require('./classify')
const { LedgerMissingError, NotSupportedError } = require('../errors')
const { describeClient } = require('../shell')

/**
 * @typedef {object} LedgerSql
 * @property {string[]} ddl
 * @property {string} exists
 * @property {boolean} [apart] made by itself, when a block first has commits to send; else with the identity
 * @property {string} lock only where it is not `apart`
 * @property {string} identity the same
 * @property {string} [models] the tables as models for the user's own schema, where Prisma would take them for drift
 * @property {string} [grant] what a user needs who may not run `ddl`
 * @property {number} [longest] the most bytes that the changes of a rejection may have
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
    throw new NotSupportedError(
      `provider: expected postgresql, mysql or sqlite, which have a ledger, given '${provider}'`,
    )
  }
  const sql = /** @type {LedgerSql} */ (JSON.parse(text))
  texts.set(provider, sql)
  return sql
}

/** @param {any} client */
function sqlFor(client) {
  const { raw, provider } = describeClient(client)
  return { raw, sql: ledgerSql(provider === 'postgres' ? 'postgresql' : provider) }
}

/**
 * Which main database this is. Makes the ledger's tables when they are missing.
 * @param {any} client
 * @returns {Promise<{identity: string}>}
 */
async function readIdentity(client) {
  const { raw, sql } = sqlFor(client)
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

/** Clients whose main database has its tables. @type {WeakSet<object>} */
const prepared = new WeakSet()

/**
 * Before the first commit is sent: the ledger's tables are there, or this rejects with what to do.
 * @param {any} raw the main client under every extension
 * @param {LedgerSql | null} sql
 */
async function prepareLedger(raw, sql) {
  if (!sql?.apart || prepared.has(raw)) return
  const [{ found }] = await raw.$queryRawUnsafe(sql.exists)
  if (Number(found) === 0) await makeTables(raw, sql)
  prepared.add(raw)
}

/** MySQL's and MariaDB's codes for what a user may not do. */
const DENIED = new Set(['1044', '1142', '1227'])

/** @param {any} raw @param {LedgerSql} sql */
async function makeTables(raw, sql) {
  try {
    // Each by itself: MySQL's DDL commits.
    for (const statement of sql.ddl) await raw.$executeRawUnsafe(statement)
  } catch (cause) {
    if (!DENIED.has(String(databaseCode(cause)))) throw cause
    throw new LedgerMissingError(
      'the main database has no ledger, which makes that each commit arrives once, and its user may not make it. Nothing was ' +
        `applied. Run, as a user who may:\n${[...sql.ddl, sql.grant].join(';\n')}`,
      { cause },
    )
  }
}

/** Has the main database the ledger's tables? @param {any} client @returns {Promise<boolean>} */
async function hasLedger(client) {
  const { raw, sql } = sqlFor(client)
  const [found] = await raw.$queryRawUnsafe(sql.exists)
  return sql.apart ? Number(found.found) > 0 : Boolean(found.identity && found.ledger && found.rejected)
}

/** Makes the ledger's tables where they are missing. @param {any} client */
async function applyLedger(client) {
  const { raw, sql } = sqlFor(client)
  if (sql.apart) await makeTables(raw, sql)
  else await createLedger(raw, sql)
}

module.exports = { applyLedger, hasLedger, ledgerSql, prepareLedger, readIdentity }
