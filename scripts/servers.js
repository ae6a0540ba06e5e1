// What `npm test` needs beside Node and Rust: said before the first test, not by five hundred failures.
const { describeMysql } = require('../__tests__/support/mysql')
const { describePostgres } = require('../__tests__/support/servers')

for (const describe of [describePostgres, describeMysql]) {
  describe().then(
    (/** @type {string} */ line) => console.log(line),
    (/** @type {Error} */ error) => {
      console.error(error.message)
      process.exitCode = 1
    },
  )
}
