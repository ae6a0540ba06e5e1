// Which main database a client talks to, asked once per client. A block belongs to one main database: its file
// carries the identity and never serves or feeds another.

const { MainDatabaseMismatchError } = require('../errors')
const mysql = require('./mysql')
const postgres = require('./postgres')
const sqlite = require('./sqlite')
const ledgers = require('../apply/ledger')
const { describeClient } = require('../shell')

// After a failure the main database is not asked again by every open of the next moments.
const RETRY_AFTER_MS = 2_000

/**
 * @typedef {{identity: string}} MainIdentity
 * @typedef {object} Asked
 * @property {Promise<MainIdentity>} promise
 * @property {MainIdentity | null} value
 * @property {number} failedAt 0 while pending or answered
 */

/** With the ledger's own name of the database, and without: then it is known by where it is. */
const asked = {
  /** @type {WeakMap<object, Asked>} */
  named: new WeakMap(),
  /** @type {WeakMap<object, Asked>} */
  placed: new WeakMap(),
}

/** @param {boolean} ledger */
const answers = (ledger) => (ledger ? asked.named : asked.placed)

/** @type {Record<string, (raw: any) => Promise<MainIdentity>>} */
const PLACES = {
  mysql: mysql.readIdentity,
  postgresql: postgres.readIdentity,
  sqlite: sqlite.readIdentity,
}

/** @param {object} client @param {boolean} ledger @returns {Promise<MainIdentity>} */
async function readIdentity(client, ledger) {
  const { raw, provider } = describeClient(client)
  return ledger && provider === 'postgresql' ? ledgers.readIdentity(raw) : PLACES[provider](raw)
}

/** @param {object} client @param {boolean} ledger @returns {Asked} */
function ask(client, ledger) {
  /** @type {Asked} */
  const entry = { promise: readIdentity(client, ledger), value: null, failedAt: 0 }
  entry.promise.then(
    (value) => {
      entry.value = value
    },
    () => {
      entry.failedAt = Date.now()
    },
  )
  answers(ledger).set(client, entry)
  return entry
}

/**
 * @param {object} client
 * @param {boolean} [ledger] whether the block has one
 * @returns {MainIdentity | null} the answer when it is already known
 */
const knownIdentity = (client, ledger = true) => answers(ledger).get(client)?.value ?? null

/**
 * @param {object} client
 * @param {boolean} [ledger] whether the block has one
 * @returns {Promise<MainIdentity>} rejects with the main database's own error
 */
function mainIdentity(client, ledger = true) {
  const known = answers(ledger).get(client)
  if (known && (known.failedAt === 0 || Date.now() - known.failedAt < RETRY_AFTER_MS)) return known.promise
  return ask(client, ledger).promise
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
