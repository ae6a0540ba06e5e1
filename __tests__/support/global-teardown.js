// Jest's global tear-down: folders and databases that test files left, and the server if this run started it.
const { removeTemporaryDirs } = require('./app')
const mysql = require('./mysql')
const { dropDatabasesOf } = require('./servers')

module.exports = async function tearDown() {
  removeTemporaryDirs()
  const started = globalThis.shardedPrivatePostgres
  if (started) await started.remove()
  else await dropDatabasesOf(/** @type {string} */ (process.env.SHARDED_TEST_RUN))
  const { shardedPrivateMariadb: mariadb } = globalThis
  if (mariadb) await mariadb.remove()
  else await mysql.dropDatabasesOf(/** @type {string} */ (process.env.SHARDED_TEST_RUN))
  await globalThis.shardedPrivateRedis?.remove()
}
