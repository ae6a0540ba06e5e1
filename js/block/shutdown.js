// The end of a process that was asked to end: what is pending is sent, then every block and worker closes.

const { FLUSH_OPTIONS, checkOptions } = require('../options')
const { all } = require('./registry')
const { allWorkers } = require('./work')

/** @typedef {import('./open').OpenBlock} OpenBlock */

/** @param {OpenBlock} block @param {number} timeoutMs @returns {Promise<number>} commits that stay in the file */
async function end(block, timeoutMs) {
  let left = 0
  try {
    await block.flush({ timeoutMs })
  } catch (error) {
    // They stay, and the count says so.
    block.debug(`shutdown: ${/** @type {Error} */ (error).message}`)
  }
  await block.shut(undefined, () => {
    left = block.isGone() ? 0 : JSON.parse(block.native.pending()).commits
  })
  return left
}

/**
 * @param {unknown} [config]
 * @returns {Promise<{blocks: number, pending: number}>}
 */
async function shutdown(config = {}) {
  const { timeout } = checkOptions(config, 'Block.shutdown', FLUSH_OPTIONS)
  const blocks = all().filter((block) => !block.refusal)
  const left = await Promise.all(blocks.map((block) => end(block, timeout)))
  // A worker of this process may be who sends what its blocks wait for.
  await Promise.all(allWorkers().map((worker) => worker.stop()))
  return { blocks: blocks.length, pending: left.reduce((sum, commits) => sum + commits, 0) }
}

module.exports = { shutdown }
