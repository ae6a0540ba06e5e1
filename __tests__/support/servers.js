// The PostgreSQL that the tests talk to: the one named by the environment, else the local one, else a private one
// started from installed binaries. `createDatabase` gives each test file a database of its own.
const { randomBytes } = require('node:crypto')
const { setTimeout: sleep } = require('node:timers/promises')
const { Client } = require('pg')
const { serverWith } = require('./locales')
const { startPrivatePostgres, requireBinaries } = require('./private-postgres')

const LOCAL_URL = 'postgresql://postgres@127.0.0.1:5432/postgres'
const NAME_PREFIX = 'sharded_test'
const CLOSING_MS = 1_000
/** wrong_object_type: "invalid locale name". */
const UNKNOWN_LOCALE = '42809'

/** @param {string} url @param {string} database */
function withDatabase(url, database) {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}

/**
 * Runs `fn` with a connection that is closed afterwards.
 * @template T
 * @param {string} url
 * @param {(client: Client) => Promise<T>} fn
 * @returns {Promise<T>}
 */
async function withConnection(url, fn) {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 15_000 })
  // A server that a test kills closes idle connections: the next query reports it.
  client.on('error', () => {})
  await client.connect()
  try {
    return await fn(client)
  } finally {
    await client.end()
  }
}

/** @param {string} url @param {string} text @param {unknown[]} [values] */
async function query(url, text, values) {
  const result = await withConnection(url, (client) => client.query(text, values))
  return result.rows ?? []
}

/** @param {string} url */
async function answers(url) {
  try {
    await query(url, 'SELECT 1')
    return true
  } catch {
    return false
  }
}

/**
 * Where the tests' PostgreSQL is; `private` when one has to be started.
 * @returns {Promise<{url: string, source: string} | {url: null, source: 'private'}>}
 */
async function findPostgres() {
  for (const name of ['SHARDED_TEST_POSTGRES', 'DATABASE_URL', 'POSTGRES_URL']) {
    const url = process.env[name]
    if (url && /^postgres(ql)?:/.test(url)) return { url, source: name }
  }
  if (await answers(LOCAL_URL)) return { url: LOCAL_URL, source: 'local' }
  return { url: null, source: 'private' }
}

/** One line for people; rejects with what to install when the tests cannot run. */
async function describePostgres() {
  const { url, source } = await findPostgres()
  if (url === null) return `PostgreSQL: a private one from ${requireBinaries()}`
  const [{ server_version: version }] = await query(url, 'SHOW server_version').catch((error) => {
    throw new Error(`PostgreSQL (${source}) does not answer: ${error.message || error.code}`)
  })
  return `PostgreSQL ${version} (${source})`
}

/** The administration URL; jest's global set-up has put it into the environment of every worker. */
async function postgresUrl() {
  const { url } = await findPostgres()
  if (url === null) {
    throw new Error('no PostgreSQL: run the tests through jest, whose global set-up starts one')
  }
  return url
}

/**
 * A database of its own for one test file.
 * @param {{template?: string, collation?: string, icu?: string, serverUrl?: string}} [options] `icu` is a locale of ICU, `collation` libc's,
 *   'C.UTF-8' when not given (a block answers string order for it); `template` keeps its own collation.
 * @returns {Promise<{url: string, name: string, drop: () => Promise<void>}>}
 */
async function createDatabase({ serverUrl, ...options } = {}) {
  const server = serverUrl ?? (await postgresUrl())
  try {
    return await createOn(server, options)
  } catch (error) {
    const { collation } = options
    if (collation === undefined || /** @type {any} */ (error).code !== UNKNOWN_LOCALE) throw error
    return createOn(await serverWith(collation), options)
  }
}

/** @param {string} server @param {{template?: string, collation?: string, icu?: string}} options */
async function createOn(server, { template, collation, icu }) {
  const name = `${NAME_PREFIX}_${process.env.SHARDED_TEST_RUN ?? process.pid}_${randomBytes(6).toString('hex')}`
  const byIcu = icu ? ` LOCALE_PROVIDER icu ICU_LOCALE '${icu}'` : ''
  const locale = template ? '' : `ENCODING 'UTF8' LOCALE '${collation ?? 'C.UTF-8'}'${byIcu}`
  await query(server, `CREATE DATABASE "${name}" TEMPLATE "${template ?? 'template0'}" ${locale}`)
  return {
    url: withDatabase(server, name),
    name,
    drop: () => dropDatabase(server, name),
  }
}

/**
 * A pool of pg says that it has ended while its connections are still closing; one that is terminated then has nobody who listens to
 * its error, and takes the whole test file with it. So what is closing gets time to.
 * @param {string} server @param {string} name
 */
async function dropDatabase(server, name) {
  await withConnection(server, async (client) => {
    const deadline = Date.now() + CLOSING_MS
    const open = 'SELECT 1 FROM pg_stat_activity WHERE datname = $1'
    while ((await client.query(open, [name])).rowCount && Date.now() < deadline) await sleep(10)
    await client.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`)
  })
}

/** Drops what test files of this run left behind. @param {string} run */
async function dropDatabasesOf(run) {
  const server = await postgresUrl()
  const rows = await query(server, 'SELECT datname FROM pg_database WHERE starts_with(datname, $1)', [
    `${NAME_PREFIX}_${run}_`,
  ])
  for (const { datname } of rows) await dropDatabase(server, datname)
}

module.exports = {
  createDatabase,
  describePostgres,
  dropDatabasesOf,
  findPostgres,
  postgresUrl,
  query,
  startPrivatePostgres,
  withConnection,
  withDatabase,
}
