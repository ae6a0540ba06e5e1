// The open blocks of this process: one native Block per file, opened or created once however many callers ask.

const { isDeepStrictEqual } = require('node:util')
const { InvalidOptionError, show } = require('../errors')
const { nameOf } = require('../queue/connection')
const { deletedError } = require('./remove')

/** @typedef {import('./open').OpenBlock} OpenBlock */

// What belongs to the file's one native block and applier, and so cannot differ between its clients.
const SHARED_OPTIONS = [
  'durability',
  'onRejected',
  'coalesce',
  'dependencyTimeout',
  'maxCommit',
  'maxWal',
  'outbox',
  'ledger',
]
/** What a second client may leave to the first, and may not have otherwise: each with the value that asks for nothing. @type {[string, unknown][]} */
const LEFT_OPTIONS = [
  ['node', 'worker'],
  ['ttl', undefined],
]
/** @param {import('../queue/connection').Address | null} connection */
const queueOf = (connection) => (connection ? nameOf(connection) : 'no Redis')

/** @type {Map<string, OpenBlock>} */
const open = new Map()
/** @type {Map<string, Promise<OpenBlock>>} */
const opening = new Map()

/** @param {OpenBlock} block @param {any} options */
function checkShared(block, options) {
  const left = LEFT_OPTIONS.flatMap(([name, nothing]) => (options[name] === nothing ? [] : [name]))
  for (const name of [...SHARED_OPTIONS, ...left]) {
    if (isDeepStrictEqual(block.options[name], options[name])) continue
    throw new InvalidOptionError(
      `${name}: expected ${show(block.options[name])}, with which block '${block.id}' is already open in this process, given ${show(options[name])}`,
    )
  }
  if (isDeepStrictEqual(block.options.connection, options.connection)) return
  throw new InvalidOptionError(
    `connection: expected ${queueOf(block.options.connection)} as block '${block.id}' is already open in this process, given ${queueOf(options.connection)}, or other secrets for it`,
  )
}

/**
 * @param {string} file
 * @param {any} options
 * @returns {OpenBlock | undefined} the block when it is open, with one more reference
 */
function share(file, options) {
  const block = open.get(file)
  if (!block || block.refusal || block.isGone()) return undefined
  checkShared(block, options)
  block.refs += 1
  return block
}

/** @param {string} file @param {OpenBlock} block */
function add(file, block) {
  block.cleanups.add(() => {
    if (open.get(file) === block) open.delete(file)
  })
  block.refs += 1
  open.set(file, block)
  return block
}

/**
 * @param {string} file
 * @param {any} options
 * @param {() => Promise<OpenBlock>} make opens or creates it; run by one caller, awaited by all
 * @returns {Promise<OpenBlock>}
 */
async function acquire(file, options, make) {
  const known = open.get(file)
  if (known && !known.refusal && known.isGone()) await known.shut(deletedError(known.id))
  const started = opening.get(file)
  if (started) {
    await started
    // Closed between: its first holder was quick. Start over.
    return share(file, options) ?? acquire(file, options, make)
  }
  const work = make().then((block) => add(file, block))
  opening.set(file, work)
  try {
    return await work
  } finally {
    opening.delete(file)
  }
}

/** @param {string} blockId */
const named = (blockId) => [...open.values()].filter((block) => block.id === blockId && !block.refusal)

const all = () => [...open.values()]

module.exports = { acquire, add, all, named, share }
