// Jest's global set-up: one PostgreSQL and one MySQL or MariaDB for all workers of this run, named in their environment.
const { provideMysql } = require('./mysql')
const { findPostgres } = require('./servers')
const { startPrivatePostgres } = require('./private-postgres')

module.exports = async function setUp() {
  process.env.SHARDED_TEST_RUN = String(process.pid)
  const found = await findPostgres()
  const started = found.url === null ? await startPrivatePostgres() : null
  process.env.SHARDED_TEST_POSTGRES = started ? started.url : /** @type {string} */ (found.url)
  globalThis.shardedPrivatePostgres = started
  const mysql = await provideMysql()
  process.env.SHARDED_TEST_MYSQL = mysql.url
  globalThis.shardedPrivateMariadb = mysql.started
}
