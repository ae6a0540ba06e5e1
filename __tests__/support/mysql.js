// The MySQL or MariaDB that the tests talk to, and databases of their own in it.
const { randomBytes } = require('node:crypto')
const mariadb = require('mariadb')
const { requireBinaries, startPrivateMariadb } = require('./private-mariadb')

const LOCAL_URL = 'mariadb://root@127.0.0.1:3306/'
const NAME_PREFIX = 'sharded_test'

/**
 * Runs statements on one connection; answers with the rows of the last.
 * @param {string} url
 * @param {string[]} statements
 * @returns {Promise<any[]>}
 */
async function run(url, statements) {
  const { hostname: host, port, username, password, pathname } = new URL(url)
  const connection = await mariadb.createConnection({
    host,
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1) || undefined,
  })
  try {
    let rows = []
    for (const statement of statements) rows = await connection.query(statement)
    return rows
  } finally {
    await connection.end()
  }
}

/** @param {string} url */
async function answers(url) {
  try {
    await run(url, ['SELECT 1'])
    return true
  } catch {
    return false
  }
}

/**
 * Where the tests' server is; `private` when one has to be started.
 * @returns {Promise<{url: string, source: string} | {url: null, source: 'private'}>}
 */
async function findMysql() {
  for (const name of ['SHARDED_TEST_MYSQL', 'MYSQL_URL', 'DATABASE_URL']) {
    const url = process.env[name]
    if (url && /^(mysql|mariadb):/.test(url)) return { url, source: name }
  }
  if (await answers(LOCAL_URL)) return { url: LOCAL_URL, source: 'local' }
  return { url: null, source: 'private' }
}

/** One line for people; rejects with what to install when the tests cannot run. */
async function describeMysql() {
  const { url, source } = await findMysql()
  if (url === null) return `MariaDB: a private one from ${requireBinaries().server}`
  const [{ version }] = await run(url, ['SELECT version() AS version']).catch((error) => {
    throw new Error(`MySQL (${source}) does not answer: ${error.message}`)
  })
  return `MySQL ${version} (${source})`
}

/** For a whole run: the server that is there, or a private one. */
async function provideMysql() {
  const { url } = await findMysql()
  const started = url === null ? await startPrivateMariadb(answers) : null
  return { url: started ? started.url : /** @type {string} */ (url), started }
}

/** The administration URL; jest's global set-up has put it into the environment of every worker. */
async function mysqlUrl() {
  const { url } = await findMysql()
  if (url === null) throw new Error('no MariaDB: run the tests through jest, whose global set-up starts one')
  return url
}

/** @param {{serverUrl?: string, collation?: string}} options */
async function createDatabase({ serverUrl, collation = 'utf8mb4_unicode_ci' }) {
  const server = serverUrl ?? (await mysqlUrl())
  const name = `${NAME_PREFIX}_${process.env.SHARDED_TEST_RUN ?? process.pid}_${randomBytes(6).toString('hex')}`
  await run(server, [`CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE ${collation}`])
  const url = new URL(server)
  url.pathname = `/${name}`
  url.protocol = 'mariadb:'
  return {
    url: url.href,
    drop: async () => {
      await run(server, [`DROP DATABASE IF EXISTS ${name}`])
    },
  }
}

/** Drops what test files of this run left behind. @param {string} id */
async function dropDatabasesOf(id) {
  const server = await mysqlUrl()
  const rows = await run(server, [
    `SELECT schema_name AS name FROM information_schema.schemata WHERE schema_name LIKE '${NAME_PREFIX}\\_${id}\\_%'`,
  ])
  for (const { name } of rows) await run(server, [`DROP DATABASE IF EXISTS ${name}`])
}

module.exports = { createDatabase, describeMysql, dropDatabasesOf, provideMysql, run }
