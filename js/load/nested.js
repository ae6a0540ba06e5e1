/**
 * Whether the running code was called from the loader of a block, over every await. Such code must not wait for that block to be loaded:
 * it would wait for itself. Node follows promises for this only while a loader runs.
 */
const { AsyncLocalStorage } = require('node:async_hooks')
const { LoaderError } = require('../errors')

/** @typedef {{ file: string, outer: Loading | undefined, isOver: boolean }} Loading */

/** @type {AsyncLocalStorage<Loading | undefined>} */
const storage = new AsyncLocalStorage()
let running = 0

/**
 * Runs the loader of a file.
 * @template T
 * @param {string} file @param {() => T} work @returns {Promise<Awaited<T>>}
 */
async function loading(file, work) {
  const own = { file, outer: storage.getStore(), isOver: false }
  running += 1
  try {
    return await storage.run(own, async () => await work())
  } finally {
    // What it has started and left behind may use the block.
    own.isOver = true
    running -= 1
    if (running === 0) storage.disable()
  }
}

/** @param {string} file */
function isLoading(file) {
  let one = running === 0 ? undefined : storage.getStore()
  while (one !== undefined && (one.isOver || one.file !== file)) one = one.outer
  return one !== undefined
}

/** @param {string} file @param {string} blockId */
function checkNotLoading(file, blockId) {
  if (!isLoading(file)) return
  throw new LoaderError(
    `block '${blockId}': its own loader would wait for it to be loaded; a loader reads from the main client, its second argument`,
  )
}

module.exports = { checkNotLoading, isLoading, loading }
