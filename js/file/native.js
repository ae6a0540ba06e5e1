// The native block of a file: opened, and asked to write. What it answers with below 0 is an error.

const path = require('node:path')
const { addon } = require('../binding')
const { lockOf } = require('../engine/writelock')
const { WriteLockTimeoutError, fromNative, fromReport } = require('../errors')
const { checkFileSystem } = require('./system')

const BUSY_LIMIT_MS = 30_000

/**
 * @param {any} schema @param {string} file
 * @param {{durability: string, load: boolean, maxCommits?: number, maxBytes?: number, maxChanges?: number}} options
 * @param {any} [residency] of a block that sleeps when nobody uses it
 */
function openNative(schema, file, options, residency) {
  checkFileSystem(path.dirname(file))
  try {
    return addon().Block.open(schema, file, JSON.stringify(options), residency)
  } catch (error) {
    throw fromNative(error)
  }
}

/** @param {any} native @param {number} code */
function check(native, code) {
  if (code < 0) throw fromReport(JSON.parse(native.lastError()))
}

/**
 * A native write, when it gets the file's write lock, which others may hold for a while.
 * @param {any} native
 * @param {string} blockId
 * @param {() => number} write
 * @returns {Promise<number>} what it answered
 */
async function whenFree(native, blockId, write) {
  const late = () =>
    new WriteLockTimeoutError(
      `block '${blockId}': others have held its write lock for ${BUSY_LIMIT_MS} ms; nothing was written`,
    )
  const code = await lockOf(native).run(write, { ms: BUSY_LIMIT_MS, late })
  check(native, code)
  return code
}

/** Of a file that nobody else has open. @param {any} native @param {Record<string, string>} values */
function writeMeta(native, values) {
  for (const [key, value] of Object.entries(values)) check(native, native.setMeta(key, value))
}

module.exports = { check, openNative, whenFree, writeMeta }
