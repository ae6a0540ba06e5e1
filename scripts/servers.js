// What `npm test` needs beside Node and Rust: said before the first test, not by five hundred failures.
const { describeMysql } = require('../__tests__/support/mysql')
const { describeRedis } = require('../__tests__/support/redis')
const { describePostgres } = require('../__tests__/support/servers')

for (const describe of [describePostgres, describeMysql, describeRedis]) {
  describe().then(
    (/** @type {string} */ line) => console.log(line),
    (/** @type {Error} */ error) => {
      console.error(error.message)
      process.exitCode = 1
    },
  )
}
