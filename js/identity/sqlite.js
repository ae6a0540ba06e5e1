// Which SQLite database a client talks to: its file, by path, inode and birth. A database in memory is another one for
// each client.

const { randomUUID } = require('node:crypto')
const fs = require('node:fs')
const { NotSupportedError } = require('../errors')

/** @param {string} file */
function identityOf(file) {
  if (file === '') return `sqlite:memory:${randomUUID()}`
  try {
    const { ino, birthtimeNs, ctimeNs } = fs.statSync(file, { bigint: true })
    // Where a file system knows no birth, the time of the last change stands in for it.
    const birth = birthtimeNs === ctimeNs ? 0n : birthtimeNs
    return `sqlite:${fs.realpathSync(file)}:${ino}:${birth}`
  } catch (error) {
    throw new NotSupportedError(`client: expected a SQLite database in a local file, given ${file}`, {
      cause: error,
    })
  }
}

/**
 * @param {any} raw the main client under every extension
 * @returns {Promise<import('./index').MainIdentity>}
 */
async function readIdentity(raw) {
  /** @type {{name: string, file: string | null}[]} */
  const databases = await raw.$queryRawUnsafe('PRAGMA database_list')
  const main = databases.find(({ name }) => name === 'main')
  return { identity: identityOf(main?.file ?? '') }
}

module.exports = { readIdentity }
