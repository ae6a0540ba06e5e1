// A read or transaction that goes on for long keeps what it reads in the log of the file (the WAL), which grows meanwhile.

/** @typedef {import('./open').OpenBlock} OpenBlock */

/** @type {Map<string, OpenBlock>} by file */
const blocks = new Map()
/** @type {WeakSet<object>} schemas that tell */
const telling = new WeakSet()

/** @param {number} bytes */
const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`

/** @param {string} file @param {number} walBytes @param {number} blockedMs */
function tell(file, walBytes, blockedMs) {
  const block = blocks.get(file)
  if (!block || block.refusal) return
  const message =
    `block '${block.id}': a read or transaction, of this process or another, goes on for ${(blockedMs / 1000).toFixed(1)} s or longer. ` +
    `The log of the file has grown to ${megabytes(walBytes)} (maxWal: ${megabytes(block.options.maxWal)}) and cannot be emptied before it ends`
  block.emit('longReader', { blockId: block.id, code: 'SHARDED_LONG_READER', message, walBytes, blockedMs })
}

/** Has a block told of its long readers until it closes. @param {OpenBlock} block */
function tellLongReaders(block) {
  const { schema } = block.artifacts
  if (!telling.has(schema)) {
    telling.add(schema)
    schema.onLongReader(tell)
  }
  blocks.set(block.file, block)
  block.cleanups.add(() => {
    if (blocks.get(block.file) === block) blocks.delete(block.file)
  })
}

module.exports = { tellLongReaders }
