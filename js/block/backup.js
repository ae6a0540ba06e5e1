// A copy of a block's file, made beside the loop while the block is used. It stands in its place whole or not at all, and never over
// what is there.

const fs = require('node:fs')
const path = require('node:path')
const { randomUUID } = require('node:crypto')
const { InvalidOptionError, ShardedError, StorageError, fromNative, mismatch } = require('../errors')
const { syncFolder, syncPath } = require('../file')

/** @param {unknown} given */
function checkPath(given) {
  if (typeof given === 'string' && given !== '' && !given.includes('\0')) return path.resolve(given)
  throw new InvalidOptionError(
    mismatch('$block.backup(path)', 'the path of a file that does not exist yet', given),
  )
}

/** @param {string} file @param {unknown} [cause] */
const there = (file, cause) =>
  new ShardedError(`$block.backup(path): ${file} exists already; nothing was written`, {
    code: 'SHARDED_BACKUP_EXISTS',
    cause,
  })

/**
 * @param {import('./open').OpenBlock} block
 * @param {unknown} given
 * @returns {Promise<{path: string, bytes: number}>}
 */
async function backup(block, given) {
  const file = checkPath(given)
  if (block.refusal) throw block.refusal
  if (fs.existsSync(file)) throw there(file)
  const draft = `${file}.${randomUUID()}.tmp`
  try {
    await block.native.backup(draft)
    await fs.promises.chmod(draft, 0o600)
    await syncPath(draft, 'r+')
    const { size } = await fs.promises.stat(draft)
    // A link never replaces, as a rename would.
    await fs.promises.link(draft, file)
    await syncFolder(path.dirname(file))
    return { path: file, bytes: size }
  } catch (/** @type {any} */ error) {
    if (error.code === 'EEXIST') throw there(file, error)
    if (typeof error.syscall === 'string')
      throw new StorageError(`$block.backup(path): ${error.message}`, { cause: error })
    throw block.refusal ?? fromNative(error)
  } finally {
    await fs.promises.rm(draft, { force: true })
    await fs.promises.rm(`${draft}-journal`, { force: true })
  }
}

module.exports = { backup }
