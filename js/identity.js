// Which main database a client talks to, asked once per client. A block belongs to one main database: its file
// carries the identity and never serves or feeds another.

const { MainDatabaseMismatchError } = require('./errors')
const mysql = require('./identity/mysql')
const sqlite = require('./identity/sqlite')
const ledger = require('./ledger')
const { describeClient } = require('./shell')

// After a failure the main database is not asked again by every open of the next moments.
const RETRY_AFTER_MS = 2_000

/**
 * @typedef {{identity: string}} MainIdentity
 * @typedef {object} Asked
 * @property {Promise<MainIdentity>} promise
 * @property {MainIdentity | null} value
 * @property {number} failedAt 0 while pending or answered
 */

/** @type {WeakMap<object, Asked>} */
const asked = new WeakMap()

/** Without a ledger there, the database is known by where it is. @type {Record<string, (raw: any) => Promise<MainIdentity>>} */
const READERS = { mysql: mysql.readIdentity, sqlite: sqlite.readIdentity }

/** @param {object} client @returns {Promise<MainIdentity>} */
async function readIdentity(client) {
  const { raw, provider } = describeClient(client)
  return (READERS[provider] ?? ledger.readIdentity)(raw)
}

/** @param {object} client @returns {Asked} */
function ask(client) {
  /** @type {Asked} */
  const entry = { promise: readIdentity(client), value: null, failedAt: 0 }
  entry.promise.then(
    (value) => {
      entry.value = value
    },
    () => {
      entry.failedAt = Date.now()
    },
  )
  asked.set(client, entry)
  return entry
}

/**
 * @param {object} client
 * @returns {MainIdentity | null} the answer when it is already known
 */
const knownIdentity = (client) => asked.get(client)?.value ?? null

/**
 * @param {object} client
 * @returns {Promise<MainIdentity>} rejects with the main database's own error
 */
function mainIdentity(client) {
  const known = asked.get(client)
  if (known && (known.failedAt === 0 || Date.now() - known.failedAt < RETRY_AFTER_MS)) return known.promise
  return ask(client).promise
}

/**
 * @param {string} blockId
 * @param {string} file
 * @param {string | null} stored
 * @param {MainIdentity} main
 */
function compareIdentity(blockId, file, stored, main) {
  if (stored === main.identity) return
  throw new MainDatabaseMismatchError(
    `block '${blockId}' belongs to the main database ${stored ?? '(none)'}, the client is connected to ${main.identity}. ` +
      'Nothing was applied. Check DATABASE_URL; if the main database was reset or replaced on purpose, remove the block ' +
      `with Block.delete_block('${blockId}', {force: true}) (file: ${file})`,
  )
}

module.exports = { compareIdentity, knownIdentity, mainIdentity }
