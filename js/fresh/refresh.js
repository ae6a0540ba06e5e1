// Freshness: a block's contents are loaded again beside the live file and carried over row by row, so that reads
// go on meanwhile and pending commits stay. A block is stale when its ttl has passed or it was invalidated.

const path = require('node:path')
const { collationFacts } = require('../collation/index.js')
const { FlushTimeoutError, LoaderError, NotSupportedError, fromNative } = require('../errors')
const { withLoadLock } = require('../file')
const { whenFree } = require('../file/native')
const { checkNotLoading } = require('../load/nested')
const { withDraft } = require('../load/publish')
const { breather } = require('../engine/slices')

/**
 * @typedef {import('../block/open').OpenBlock} OpenBlock
 *
 * @typedef {object} Asked
 * @property {number} [flushMs] how long pending commits have to arrive first
 * @property {() => boolean} [isDue] asked again when it is this one's turn: another process may have done it
 * @property {string} [heard] the invalidation that it follows, see js/fresh/follow.js: remembered with what is loaded
 */

/** A loader that takes longer than this is given up: the file does not remember commits for ever. */
const REFRESH_LIMIT_MS = 600_000
const DEFAULT_FLUSH_MS = 30_000

/** @param {OpenBlock} block @param {string} key */
const timeOf = (block, key) => Number(block.native.meta(key) ?? 0)

/** @param {OpenBlock} block @param {number} [ttl] seconds */
function staleSince(block, ttl = block.options.ttl) {
  const loadedAt = timeOf(block, 'loadedAt')
  const invalidatedAt = timeOf(block, 'invalidatedAt')
  if (invalidatedAt >= loadedAt && invalidatedAt > 0) return invalidatedAt
  return ttl === undefined ? Infinity : loadedAt + ttl * 1000
}

/** @param {OpenBlock} block @param {number} [ttl] seconds */
const isStale = (block, ttl) => staleSince(block, ttl) <= Date.now()

/**
 * The main database may compare strings in another way than when the block was made. Before MySQL the indexes of the file
 * follow its collation: read by another one they would lie.
 * @param {OpenBlock} block
 */
async function keepCollations({ artifacts, file, id, native, options, raw }) {
  const facts = await collationFacts(raw, artifacts.manifest, options, path.dirname(file), true)
  if (facts === native.meta('collation')) return
  if (artifacts.manifest.provider === 'mysql') {
    throw new NotSupportedError(
      `block '${id}': the main database compares strings otherwise than when the block was made; ` +
        `remove it with Block.delete_block('${id}') and create it again`,
    )
  }
  await whenFree(native, id, () => native.setMeta('collation', facts))
}

/** @param {OpenBlock} block @param {number} asked @param {Asked} how */
async function refreshLocked(block, asked, how) {
  const { flushMs = DEFAULT_FLUSH_MS, heard, isDue } = how
  if (block.refusal) throw block.refusal
  if (isDue && !isDue()) return 0
  // Another process of this machine has followed the same word.
  if (heard !== undefined && block.native.meta('heard') === heard) return 0
  // Somebody else, perhaps in another process, has refreshed it while this one waited for the lock.
  const changed = timeOf(block, 'loadedAt') > asked ? 0 : await loadAgain(block, flushMs)
  if (heard !== undefined) await whenFree(block.native, block.id, () => block.native.setMeta('heard', heard))
  return changed
}

/**
 * Main has dealt with every commit up to this one, and what is loaded from now on shows it. Where commits do not arrive in time (the applier is blocked, or waits
 * for another block) it is the one before the first of them: their rows stay as they are, and the next refresh settles them.
 * @param {OpenBlock} block @param {number} flushMs @returns {Promise<number>}
 */
async function settledSeq(block, flushMs) {
  const last = block.native.lastSeq()
  const span = JSON.parse(block.native.span() ?? 'null')
  try {
    await block.flush({ timeoutMs: flushMs })
    return last
  } catch (error) {
    if (!(error instanceof FlushTimeoutError) || span === null) throw error
    block.debug(`refresh beside pending commits: ${error.message}`)
    return span[0] - 1
  }
}

/**
 * Makes the block's rows those of a freshly loaded file, in one step beside the loop: reads go on, and writes until the differences
 * are known.
 * @param {OpenBlock} block @param {string} draft @param {number} sinceSeq @returns {Promise<number>} rows changed
 */
async function carryOver({ native, id }, draft, sinceSeq) {
  /** @type {Promise<number>[]} */
  const work = []
  try {
    await native.compareWith(draft)
    await whenFree(native, id, () => {
      const code = native.beginRefreshFrom(draft)
      // Nobody comes between: it has the write lock.
      if (code >= 0) work.push(native.refresh(sinceSeq))
      return code
    })
    return await work[0]
  } catch (error) {
    throw fromNative(error)
  }
}

/**
 * What a load is given up for: it takes too long, or the block closes, or is to be deleted.
 * @param {OpenBlock} block @returns {{ ended: Promise<never>, over: () => void }} `ended` rejects then
 */
function endOf(block) {
  /** @type {(reason: Error) => void} */
  let giveUp = () => {}
  const ended = new Promise((/** @type {(value: never) => void} */ _, reject) => {
    giveUp = reject
  })
  ended.catch(() => {})
  const minutes = REFRESH_LIMIT_MS / 60_000
  const late = () =>
    giveUp(new LoaderError(`block '${block.id}': its loader was given up after ${minutes} minutes`))
  const timer = setTimeout(late, REFRESH_LIMIT_MS).unref()
  const closed = () => giveUp(/** @type {Error} */ (block.refusal))
  block.cleanups.add(closed)
  block.giveUp = giveUp
  const over = () => {
    clearTimeout(timer)
    block.cleanups.delete(closed)
    block.giveUp = null
  }
  return { ended, over }
}

/** @param {OpenBlock} block @param {number} flushMs */
async function loadAgain(block, flushMs) {
  const { ended, over } = endOf(block)
  try {
    return await loadUnless(ended, block, flushMs)
  } finally {
    over()
  }
}

/** @param {Promise<never>} ended @param {OpenBlock} block @param {number} flushMs */
async function loadUnless(ended, block, flushMs) {
  // From here on the file remembers what is acknowledged: the refresh must not undo it.
  await whenFree(block.native, block.id, () => block.native.beginRefresh(Date.now() + REFRESH_LIMIT_MS))
  const sinceSeq = await settledSeq(block, flushMs)
  await Promise.race([keepCollations(block), ended])
  const { artifacts, file, options, scope, raw } = block
  const startedAt = Date.now()
  const tell = (/** @type {unknown} */ progress) => block.emit('progress', progress)
  // Where reads wait for it, it is not to wait for them.
  const breathe = options.stale === 'wait' ? undefined : breather()
  const recipe = { artifacts, file, options, scope, tell, raw, breathe, ended }
  const changed = await withDraft(recipe, (draft) => carryOver(block, draft.path, sinceSeq))
  await whenFree(block.native, block.id, () => block.native.setMeta('loadedAt', String(startedAt)))
  return changed
}

/**
 * Loads the block again; calls made during a refresh share it.
 * @param {OpenBlock} block
 * @param {Asked} [how]
 * @returns {Promise<number>} rows changed
 */
async function refresh(block, how = {}) {
  checkNotLoading(block.file, block.id)
  if (block.refreshing) return /** @type {Promise<number>} */ (block.refreshing)
  const asked = Date.now()
  const work = withLoadLock(block.file, () => refreshLocked(block, asked, how))
  block.refreshing = work.finally(() => {
    block.refreshing = null
  })
  return /** @type {Promise<number>} */ (block.refreshing)
}

/**
 * As `refresh`, of what the main database has now: one that is under way may have read before.
 * @param {OpenBlock} block
 * @param {Asked} [how]
 */
async function refreshAnew(block, how = {}) {
  checkNotLoading(block.file, block.id)
  await block.refreshing?.catch(() => {})
  return refresh(block, how)
}

/**
 * A refresh of a block that is stale: its failure keeps the old contents and is told by event.
 * @param {OpenBlock} block @param {number} [ttl] seconds
 */
async function refreshBehind(block, ttl) {
  block.emit('stale', { blockId: block.id })
  try {
    const changed = await refresh(block, { isDue: () => isStale(block, ttl) })
    block.debug(`refreshed, ${changed} rows changed`)
  } catch (error) {
    // A block that was closed meanwhile has no contents to keep fresh.
    if (!block.refusal) block.emit('error', error)
  }
}

/** Whether there is anything to load it by. @param {OpenBlock} block */
const hasSource = (block) => Boolean(block.options.loader) || block.scope !== null

module.exports = {
  hasSource,
  DEFAULT_FLUSH_MS,
  isStale,
  refresh,
  refreshAnew,
  refreshBehind,
  staleSince,
}
