// The end of a block: its pending commits reach the main database first, then a mark makes late writers in other
// processes fail by name, then the files go. Called under the load lock.

const { BlockDeletedError, ShardedError } = require('../errors')
const { removeFiles } = require('../file')
const { whenFree } = require('../file/native')

/** @typedef {import('./open').OpenBlock} OpenBlock */

/** @param {string} blockId */
const deletedError = (blockId) =>
  new BlockDeletedError(`block '${blockId}' was deleted: create it again with Block.create`)

/** @param {any} native @param {string} blockId @param {'1' | ''} value */
const mark = (native, blockId, value) => whenFree(native, blockId, () => native.setMeta('deleted', value))

/** @param {OpenBlock} block @param {number} timeoutMs */
async function markAfterFlush(block, timeoutMs) {
  await block.flush({ timeoutMs })
  await mark(block.native, block.id, '1')
  try {
    // What was committed between the flush and the mark.
    await block.flush({ timeoutMs })
  } catch (error) {
    await mark(block.native, block.id, '')
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
  else await mark(block.native, block.id, '1')
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
    await mark(native, blockId, '1')
  } finally {
    await native.close()
  }
  await removeFiles(file)
  return dropped
}

/**
 * Ends a deletion whose process died after the mark: called under the load lock, which that process held. Commits that it
 * did not send are kept, and the block with them.
 * @param {any} native the file, opened for this
 * @param {string} file
 * @param {string} blockId
 */
async function settleDeletion(native, file, blockId) {
  let empty = false
  try {
    if (native.meta('deleted') !== '1') return
    empty = JSON.parse(native.pending()).commits === 0
    if (!empty) await mark(native, blockId, '')
  } finally {
    await native.close()
  }
  if (empty) await removeFiles(file)
}

module.exports = { deletedError, removeOpen, removeUnopened, settleDeletion }
