// Jest's global set-up: one PostgreSQL, one MySQL or MariaDB and one Redis for all workers of this run, named in their environment.
const { provideMysql } = require('./mysql')
const { findPostgres } = require('./servers')
const { provideRedis } = require('./redis')
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
  const redis = await provideRedis()
  process.env.SHARDED_TEST_REDIS = redis.url
  globalThis.shardedPrivateRedis = redis.started
  // A block of a test has the local queue unless it says otherwise.
  for (const name of ['REDIS_URL', 'REDIS_HOST', 'REDIS_PORT', 'REDIS_PASSWORD']) delete process.env[name]
}
