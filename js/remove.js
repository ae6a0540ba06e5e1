// The end of a block: its pending commits reach the main database first, then a mark makes late writers in other
// processes fail by name, then the files go. Called under the load lock.

const { BlockDeletedError, ShardedError, fromReport } = require('./errors')
const { removeFiles } = require('./files')
const { writeMeta } = require('./publish')

/** @typedef {import('./open').OpenBlock} OpenBlock */

/** @param {string} blockId */
const deletedError = (blockId) =>
  new BlockDeletedError(`block '${blockId}' was deleted: create it again with Block.create`)

/** @param {OpenBlock} block @param {number} timeoutMs */
async function markAfterFlush(block, timeoutMs) {
  await block.flush({ timeoutMs })
  writeMeta(block.native, { deleted: '1' })
  try {
    // What was committed between the flush and the mark.
    await block.flush({ timeoutMs })
  } catch (error) {
    writeMeta(block.native, { deleted: '' })
    throw error
  }
}

/**
 * @param {OpenBlock} block
 * @param {{force: boolean, timeout: number}} options
 * @returns {Promise<number>} pending commits that were dropped
 */
async function removeOpen(block, { force, timeout }) {
  if (!force) await markAfterFlush(block, timeout)
  else writeMeta(block.native, { deleted: '1' })
  let dropped = 0
  await block.shut(deletedError(block.id), () => {
    dropped = JSON.parse(block.native.pending()).commits
  })
  await removeFiles(block.file)
  return dropped
}

/**
 * Removes the file of a block that is not open here; its pending commits can only be dropped.
 * @param {any} native the file, opened for this
 * @param {string} file
 * @param {{blockId: string, force: boolean}} options
 */
async function removeUnopened(native, file, { blockId, force }) {
  let dropped
  try {
    dropped = JSON.parse(native.pending()).commits
    if (dropped > 0 && !force) {
      throw new ShardedError(
        `block '${blockId}' has ${dropped} commits that have not reached the main database and is not open in this process: ` +
          'give {client} to send them, or {force: true} to drop them',
        { code: 'SHARDED_PENDING_COMMITS' },
      )
    }
    const code = native.setMeta('deleted', '1')
    if (code < 0) throw fromReport(JSON.parse(native.lastError()))
  } finally {
    native.close()
  }
  await removeFiles(file)
  return dropped
}

module.exports = { removeOpen, removeUnopened }
