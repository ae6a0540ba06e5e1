// Refused commits of a block: listed, made anew, dropped. Each verb is one transaction of the file: after a crash a commit is either
// among the refused ones or pending under its new number, never both.

const { loadArtifacts, locate } = require('./artifacts')
const { checkBlockId } = require('../blockid')
const { InvalidOptionError, UnknownCommitError, mismatch } = require('../errors')
const { blockPath, exists, withLoadLock } = require('../file')
const { FILE_OPTIONS, checkOptions } = require('../options')
const { openNative, whenFree } = require('../file/native')
const { named } = require('./registry')

/**
 * @typedef {{origin: string, seq: number}} Name
 * @typedef {Name & {atMs: number, error: any, cause: Name | null, changes: any[]}} Rejected
 */

const EXPECTED = "a commit's seq, or {origin, seq}, or an array of them"

/** @param {unknown} one @returns {one is number | Name} */
function isName(one) {
  const seq = typeof one === 'object' && one !== null ? /** @type {any} */ (one).seq : one
  const origin = typeof one === 'object' && one !== null ? /** @type {any} */ (one).origin : ''
  return Number.isSafeInteger(seq) && seq > 0 && typeof origin === 'string'
}

/** @param {unknown} which @returns {Array<number | Name> | null} null: all */
function checkWhich(which) {
  if (which === undefined) return null
  const list = Array.isArray(which) ? which : [which]
  if (list.length === 0 || !list.every(isName))
    throw new InvalidOptionError(mismatch('which', EXPECTED, which))
  return list
}

/** @param {any} native @returns {Rejected[]} */
const rejectedOf = (native) => JSON.parse(native.rejected())

/** @param {Rejected[]} all @param {Array<number | Name>} which @param {string} blockId */
function find(all, which, blockId) {
  return which.map((one) => {
    const { origin, seq } = typeof one === 'number' ? { origin: undefined, seq: one } : one
    const found = all.find((other) => other.seq === seq && (origin ?? other.origin) === other.origin)
    if (found) return found
    const known = all.map((other) => other.seq).join(', ') || 'none'
    throw new UnknownCommitError(
      `block '${blockId}': expected one of its refused commits (${known}), given ${seq}${origin ? ` of origin ${origin}` : ''}`,
    )
  })
}

/** @param {Name} one @param {Name | null} other */
const same = (one, other) => other !== null && one.seq === other.seq && one.origin === other.origin

/** Of each commit those that were refused with it. @param {Rejected[]} all @param {Rejected[]} chosen */
const withDependents = (all, chosen) =>
  all.filter((one) => chosen.some((other) => same(one, other) || same(other, one.cause)))

/** @param {Rejected[]} commits */
const names = (commits) => JSON.stringify(commits.map(({ origin, seq }) => ({ origin, seq })))

/**
 * @param {any} native @param {string} blockId @param {unknown} which
 * @returns {Promise<Array<{origin: string, seq: number, retriedAs: number}>>}
 */
async function retry(native, blockId, which) {
  const wanted = checkWhich(which)
  const all = rejectedOf(native)
  const commits = wanted === null ? all : withDependents(all, find(all, wanted, blockId))
  if (commits.length === 0) return []
  const last = await whenFree(native, blockId, () => native.retry(names(commits)))
  const before = last - commits.length + 1
  return commits.map(({ origin, seq }, at) => ({ origin, seq, retriedAs: before + at }))
}

/** @param {any} native @param {string} blockId @param {unknown} which @returns {Promise<Name[]>} */
async function drop(native, blockId, which) {
  const wanted = checkWhich(which)
  const all = rejectedOf(native)
  const commits = wanted === null ? all : find(all, wanted, blockId)
  if (commits.length === 0) return []
  await whenFree(native, blockId, () => native.dropRejected(names(commits)))
  return commits.map(({ origin, seq }) => ({ origin, seq }))
}

/**
 * Of the open block: what was made anew is on its way, and what was dropped is read from main again.
 * @param {import('./open').OpenBlock} block @param {unknown} which
 */
async function retryOpen(block, which) {
  if (block.refusal) throw block.refusal
  const done = await retry(block.native, block.id, which)
  const last = done.at(-1)?.retriedAs
  if (last === undefined) return done
  block.wake()
  await block.ticket(last)
  return done
}

/** @param {import('./open').OpenBlock} block @param {unknown} which */
async function dropOpen(block, which) {
  if (block.refusal) throw block.refusal
  const done = await drop(block.native, block.id, which)
  block.wake()
  return done
}

/**
 * A block that is open in this process, or else its file.
 * @template T
 * @param {unknown} id @param {unknown} config @param {string} verb
 * @param {(open: import('./open').OpenBlock) => Promise<T>} onOpen
 * @param {(native: any, blockId: string) => Promise<T>} onFile
 * @param {(blockId: string, file: string) => T} onNone
 * @returns {Promise<T>}
 */
async function withBlock(id, config, verb, onOpen, onFile, onNone) {
  const blockId = checkBlockId(id)
  const options = checkOptions(config, verb, FILE_OPTIONS)
  const [open] = named(blockId)
  if (open) return onOpen(open)
  const { generated, dir } = locate(options)
  const { manifest, schema } = loadArtifacts(generated)
  const file = blockPath(dir, blockId, manifest.fingerprint)
  if (!exists(file)) return onNone(blockId, file)
  return withLoadLock(file, async () => {
    if (!exists(file)) return onNone(blockId, file)
    const native = openNative(schema, file, { durability: 'os', load: false })
    try {
      const result = await onFile(native, blockId)
      await native.sync()
      return result
    } finally {
      await native.close()
    }
  })
}

/** @param {unknown} which @returns {(blockId: string, file: string) => never[]} */
const absent = (which) => (blockId, file) => {
  if (checkWhich(which) === null) return []
  throw new UnknownCommitError(`block '${blockId}' has no refused commits: there is no file ${file}`)
}

/** @param {unknown} id @param {unknown} [config] @returns {Promise<Rejected[]>} */
const blockRejected = (id, config = {}) =>
  withBlock(
    id,
    config,
    'Block.rejected',
    async (open) => rejectedOf(open.native),
    async (native) => rejectedOf(native),
    () => [],
  )

/** @param {unknown} id @param {unknown} [which] @param {unknown} [config] */
const blockRetry = (id, which, config = {}) =>
  withBlock(
    id,
    config,
    'Block.retry',
    (open) => retryOpen(open, which),
    (native, blockId) => retry(native, blockId, which),
    absent(which),
  )

/** @param {unknown} id @param {unknown} [which] @param {unknown} [config] */
const blockDrop = (id, which, config = {}) =>
  withBlock(
    id,
    config,
    'Block.drop',
    (open) => dropOpen(open, which),
    (native, blockId) => drop(native, blockId, which),
    absent(which),
  )

module.exports = { blockDrop, blockRejected, blockRetry, dropOpen, rejectedOf, retryOpen }
