// Opens the file of a block that exists.

const { InvalidOptionError, mismatch } = require('../errors')
const { OpenBlock } = require('./open')
const { openNative } = require('../file/native')
const { residencyOf } = require('./residency')

/** @typedef {import('../load/publish').Recipe} Recipe */

/** @param {any} native */
const hasLedger = (native) => native.meta('ledger') !== 'false'

/** @param {Recipe} recipe @returns {Promise<OpenBlock | null>} null when the file is marked as deleted */
async function openFile({ file, artifacts, options, scope, raw }) {
  const { maxCommits, maxBytes } = options.outbox
  // What waits for more than the disk waits for the disk first.
  const durability = options.durability === 'os' ? 'os' : 'full'
  const bounds = { maxCommits, maxBytes, maxChanges: options.maxCommit, maxWal: options.maxWal }
  const native = openNative(artifacts.schema, file, { durability, load: false, ...bounds }, residencyOf())
  if (native.meta('deleted') !== '1' && hasLedger(native) === options.ledger)
    return new OpenBlock({ file, native, artifacts, options, scope, raw })
  const deleted = native.meta('deleted') === '1'
  await native.close()
  if (deleted) return null
  throw new InvalidOptionError(
    `${mismatch('ledger', `${!options.ledger}, with which block '${options.blockId}' was made`, options.ledger)}: to change it, delete the block and create it again`,
  )
}

module.exports = { hasLedger, openFile }
