// The public verbs: create, invalidate, delete, watch. A block's file is opened when it exists, else made by the
// loader and published whole; either way all its clients in this process share one native block.

const path = require('node:path')
const { loadArtifacts, locate } = require('./artifacts')
const { createBlockApi } = require('./api')
const { checkBlockId } = require('../blockid')
const { afterReboot, afterSalvage, isMarked, rebuild } = require('./damage')
const { BlockDeletedError, DamagedBlockError, InvalidOptionError, mismatch } = require('../errors')
const { blockPath, ensureFolder, exists, removeFiles, withLoadLock } = require('../file')
const { checkFileSystem } = require('../file/system')
const { Coverage } = require('../scope/index.js')
const { checkScope } = require('../scope/meet.js')
const { follow, tellAll } = require('../fresh/follow')
const { knownIdentity, mainIdentity } = require('../identity')
const { list, status } = require('./listing')
const { hasLedger, openFile } = require('./openfile')
const { DELETE_OPTIONS, INVALIDATE_OPTIONS, OPTIONS, checkOptions } = require('../options')
const { openNative, whenFree } = require('../file/native')
const { checkNotLoading } = require('../load/nested')
const { createFile } = require('../load/publish')
const { acquire, named, share } = require('./registry')
const { refreshAnew } = require('../fresh/refresh')
const { deletedError, removeOpen, removeUnopened, settleDeletion } = require('./remove')
const { checkProvider, recipeFor } = require('./recipe')
const { blockDrop, blockRejected, blockRetry } = require('./rejected')
const { configure } = require('./residency')
const { createBlockClient } = require('../shell')
const { shutdown } = require('./shutdown')
const { ThroughScope, checkModels } = require('../through/scope')
const { followWatched, keepFresh, watch } = require('./watch')
const { work } = require('./work')

/** How often a block that is deleted while it is opened is tried again. */
const OPEN_ATTEMPTS = 5
/** How long the first open of a process waits for a main database that does not answer, before it serves anyway. */
const MAIN_WAIT_MS = 1_000
/** How long the last client's `$disconnect` waits for what is pending. */
const LAST_FLUSH_MS = 30_000

/**
 * @typedef {import('./open').OpenBlock} OpenBlock
 * @typedef {import('../load/publish').Recipe} Recipe
 */

/**
 * Waits a little for a main database never asked before; an unreachable one does not keep a block from serving.
 * @param {OpenBlock} block
 * @param {object} raw
 */
async function askMain(block, raw) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  const enough = new Promise((resolve) => {
    timer = setTimeout(resolve, MAIN_WAIT_MS)
  })
  const asked = mainIdentity(raw, block.options.ledger).catch((error) =>
    block.debug(`main database not reached: ${error.message}`),
  )
  await Promise.race([asked, enough])
  clearTimeout(timer)
}

/**
 * Sees to it that this client and the block have one main database. A client that has another gets no block.
 * @param {OpenBlock} block
 * @param {object} raw
 */
async function meetMain(block, raw) {
  if (block.sameMain.has(raw)) return
  if (!knownIdentity(raw, block.options.ledger)) await askMain(block, raw)
  try {
    block.checkKnownMain(raw)
  } catch (error) {
    await drop(block)
    throw error
  }
  // Not reached yet: commits of an earlier run go as soon as it is.
  if (block.main === 'unknown') block.wake()
  else await catchUp(block)
}

/**
 * A process died between the two commits of a transaction that the main database has a part of. When its rows cannot be read
 * now, they are later: the block serves what it has.
 * @param {OpenBlock} block
 */
async function catchUp(block) {
  if (block.journal.unfinished() === null) return
  await block.recover().catch((error) => block.emit('error', error))
}

/**
 * Opens the file; one that is damaged is built anew before.
 * @param {Recipe} recipe @returns {Promise<OpenBlock | null>} as of `openFile`
 */
async function openSound(recipe) {
  /** @type {Error | null} */
  let told = null
  if (isMarked(recipe.file)) told = await rebuild(recipe, undefined)
  try {
    return tellingOf(await openFile(recipe), told)
  } catch (error) {
    if (!(error instanceof DamagedBlockError)) throw error
    told = await rebuild(recipe, error)
    return tellingOf(await openFile(recipe), told)
  }
}

/** @param {OpenBlock | null} block @param {Error | null} told */
function tellingOf(block, told) {
  // After its listeners were set.
  if (block && told) setImmediate(() => block.emit('error', told))
  return block
}

/** Gives one reference back; the last one closes. @param {OpenBlock} block */
async function drop(block) {
  block.refs -= 1
  if (block.refs === 0) await block.shut()
}

/** @param {Recipe} recipe @returns {Promise<OpenBlock>} */
async function openOrCreate(recipe) {
  const { file, artifacts, options } = recipe
  for (let attempt = 0; attempt < OPEN_ATTEMPTS; attempt++) {
    if (!exists(file)) {
      ensureFolder(path.dirname(file))
      checkFileSystem(path.dirname(file))
      await withLoadLock(file, async () => {
        if (!exists(file)) await createFile(recipe)
      })
    }
    const block = await openSound(recipe)
    if (block) {
      await afterSalvage(block)
      await afterReboot(block)
      keepFresh(block)
      if (options.connection) follow(block, options.connection)
      else followWatched(block)
      return block
    }
    // Whoever deletes it holds the load lock until the file is gone, unless it died.
    await withLoadLock(file, async () => {
      if (!exists(file)) return
      const native = openNative(artifacts.schema, file, { durability: 'os', load: false })
      await settleDeletion(native, file, options.blockId)
    })
  }
  throw new BlockDeletedError(
    `block '${options.blockId}' is being deleted again and again (${file}): try again`,
  )
}

/** @param {Recipe} recipe @returns {Promise<OpenBlock>} */
function acquireAnew(recipe) {
  checkNotLoading(recipe.file, recipe.options.blockId)
  return acquire(recipe.file, recipe.options, () => openOrCreate(recipe))
}

/** Another process deleted the block: what is open here is a file without a name. @param {OpenBlock} block */
function leaveDeleted(block) {
  block.shut(deletedError(block.id)).catch((error) => block.emit('error', error))
}

/** What `$disconnect` does, once per client. @param {OpenBlock} block */
function disconnectOf(block) {
  let held = true
  return async () => {
    if (!held || block.refusal) return
    held = false
    if (block.refs > 1) return drop(block)
    // The reference is kept during the flush: who creates the block meanwhile keeps it open.
    await block.flush({ timeoutMs: LAST_FLUSH_MS }).finally(() => drop(block))
  }
}

/** A client that has another scope gets no block. @param {OpenBlock} block @param {Recipe} recipe */
async function meetScope(block, { scope }) {
  try {
    checkScope(block, scope)
  } catch (error) {
    await drop(block)
    throw error
  }
}

/** @param {OpenBlock} block @param {Recipe} recipe */
function clientOf(block, { artifacts, options, scope, raw }) {
  const through = new ThroughScope(artifacts.manifest, options.through)
  const seams = {
    flush: (/** @type {{timeoutMs: number}} */ limit) => block.flush(limit),
    ticket: (/** @type {number} */ seq) => block.ticket(seq),
    afterCommit: (/** @type {number | undefined} */ seq) => block.committed(seq),
    ensureMain: () => block.ensureMain(raw),
    connect: async () => {
      if (block.refusal) throw block.refusal
    },
    disconnect: disconnectOf(block),
    refusal: () => block.refusal,
    deleted: () => leaveDeleted(block),
    journal: block.journal,
    recover: () => block.recover(),
    markStale: () => block.markStale(),
    reads: block.reads,
    leases: block.leases,
    through,
    fresh: options.stale === 'wait' ? block.freshness : null,
  }
  /** @type {() => any} */
  let stats = () => null
  const blockApi = createBlockApi(block, through, () => stats())
  const isForwarded = scope !== null || options.coverage === 'forward'
  const made = createBlockClient({
    client: options.client,
    manifest: artifacts.manifest,
    schema: artifacts.schema,
    block: block.native,
    options,
    seams,
    coverage: isForwarded ? new Coverage(artifacts.manifest, scope) : null,
    blockApi,
    // What a call becomes depends on nothing else of a block; what the folder stands for, see the shelves in src/block/plans.rs.
    sharedAs: isForwarded ? null : JSON.stringify([path.dirname(block.file), ...options.through]),
  })
  stats = made.stats
  return made.client
}

/** @param {unknown} config */
async function create(config) {
  const options = checkOptions(config, 'Block.create', OPTIONS)
  if (options.durability === 'queue' && options.connection === null) {
    const expected = "'full', 'os' or 'main' where the queue is the local one"
    throw new InvalidOptionError(
      `${mismatch('durability', expected, 'queue')}: it waits for Redis, name it with connection`,
    )
  }
  if (!options.ledger && options.connection !== null) {
    throw new InvalidOptionError(
      `${mismatch('ledger', 'true where commits travel through Redis', false)}: it is what makes that they arrive once. ` +
        'connection: false keeps to the local queue',
    )
  }
  const recipe = recipeFor(options)
  checkModels('through', options.through, recipe.artifacts.manifest)
  checkModels('coalesce', Object.keys(options.coalesce), recipe.artifacts.manifest)
  const block = share(recipe.file, options) ?? (await acquireAnew(recipe))
  await meetScope(block, recipe)
  await meetMain(block, recipe.raw)
  return clientOf(block, recipe)
}

/** @param {string} blockId @param {any} options @param {(native: any, file: string) => any} use */
async function withUnopened(blockId, options, use) {
  const { generated, dir } = locate(options)
  const { manifest, schema } = loadArtifacts(generated)
  const file = blockPath(dir, blockId, manifest.fingerprint)
  if (!exists(file)) return null
  return withLoadLock(file, async () => {
    if (!exists(file)) return null
    return use(openNative(schema, file, { durability: 'os', load: false }), file)
  })
}

/** The same, and closes it. @param {string} blockId @param {any} options @param {(native: any) => any} use */
const inUnopened = (blockId, options, use) =>
  withUnopened(blockId, options, async (native) => {
    try {
      return await use(native)
    } finally {
      await native.close()
    }
  })

/** A damaged file cannot be opened, and can be removed. @param {unknown} error @param {string} blockId @param {any} options */
async function removeDamaged(error, blockId, options) {
  if (!(error instanceof DamagedBlockError) || !options.force) throw error
  const { generated, dir } = locate(options)
  const file = blockPath(dir, blockId, loadArtifacts(generated).manifest.fingerprint)
  await withLoadLock(file, () => removeFiles(file))
  return 0
}

/**
 * Which main database a block that is not open here belongs to: its file says so, where there is one, else a client.
 * @param {string} blockId @param {any} options
 */
async function identityOf(blockId, options) {
  const stored = await inUnopened(blockId, options, (native) => native.meta('identity'))
  if (stored !== null) return stored
  if (options.client) {
    const raw = checkProvider(options.client, loadArtifacts(locate(options).generated))
    return (await mainIdentity(raw, true)).identity
  }
  throw new InvalidOptionError(
    `${mismatch('client', 'your PrismaClient', undefined)}: block '${blockId}' is not on this machine, and others are told of it by its main database`,
  )
}

/**
 * Tells the processes of other machines. @param {string} blockId @param {OpenBlock[]} blocks those of this process @param {any} options
 * @returns {Promise<string | undefined>} what a file that is loaded from now on has heard; undefined where there is no Redis
 */
async function tell(blockId, blocks, options) {
  const own = blocks.find((block) => block.options.connection)
  const address = options.connection ?? own?.options.connection ?? null
  if (address === null) return undefined
  const identity = blocks[0]?.native.meta('identity') ?? (await identityOf(blockId, options))
  const { fingerprint } = (blocks[0]?.artifacts ?? loadArtifacts(locate(options).generated)).manifest
  return tellAll({ address, identity, fingerprint, blockId })
}

/** @param {unknown} id @param {unknown} [config] @returns {Promise<'refreshed' | 'marked' | 'told' | 'absent'>} */
async function invalidate(id, config = {}) {
  const blockId = checkBlockId(id)
  const options = checkOptions(config, 'Block.invalidate', INVALIDATE_OPTIONS)
  const heard = await tell(blockId, named(blockId), options)
  const blocks = named(blockId)
  if (blocks.length > 0) {
    await Promise.all(blocks.map((block) => refreshAnew(block, { flushMs: options.timeout, heard })))
    return 'refreshed'
  }
  const marked = await inUnopened(blockId, options, async (native) => {
    await whenFree(native, blockId, () => native.setMeta('invalidatedAt', String(Date.now())))
    return 'marked'
  })
  return marked ?? (heard === undefined ? 'absent' : 'told')
}

/** @param {unknown} id @param {unknown} [config] @returns {Promise<{deleted: boolean, dropped: number}>} */
async function deleteBlock(id, config = {}) {
  const blockId = checkBlockId(id)
  const options = checkOptions(config, 'Block.delete_block', DELETE_OPTIONS)
  // A file that is gone or replaced has nothing left to send.
  for (const block of named(blockId)) if (block.isGone()) await block.shut(deletedError(blockId))
  if (named(blockId).length > 0) return deleteOpened(named(blockId), options)
  if (options.client) return deleteWith(blockId, options)
  const { force } = options
  const dropped = await withUnopened(blockId, options, (native, file) =>
    removeUnopened(native, file, { blockId, force }),
  ).catch((error) => removeDamaged(error, blockId, options))
  return { deleted: dropped !== null, dropped: dropped ?? 0 }
}

/** @param {OpenBlock[]} blocks @param {{force: boolean, timeout: number}} options */
async function deleteOpened(blocks, options) {
  const removals = blocks.map((block) => {
    // A refresh has as long as pending commits: whoever deletes would wait for a loader that hangs.
    const timer = setTimeout(() => block.giveUp?.(deletedError(block.id)), options.timeout)
    return withLoadLock(block.file, () => removeOpen(block, options)).finally(() => clearTimeout(timer))
  })
  const dropped = await Promise.all(removals)
  return { deleted: true, dropped: dropped.reduce((sum, commits) => sum + commits, 0) }
}

/** Opens an existing block so that its commits can be sent before it goes. @param {string} blockId @param {any} options */
async function deleteWith(blockId, options) {
  const { client, dir, generated } = options
  checkProvider(client, loadArtifacts(locate(options).generated))
  const ledger = await inUnopened(blockId, options, hasLedger)
  if (ledger === null) return { deleted: false, dropped: 0 }
  const queue = ledger ? {} : { connection: false }
  const given = { blockId, client, dir, generated, ledger, ...queue }
  const checked = checkOptions(given, 'Block.delete_block', OPTIONS)
  const recipe = recipeFor(checked)
  if (!exists(recipe.file)) return { deleted: false, dropped: 0 }
  const block = await acquire(recipe.file, checked, () => openOrCreate(recipe))
  try {
    return await deleteOpened([block], options)
  } finally {
    await block.shut()
  }
}

const Block = {
  configure,
  create,
  invalidate,
  list,
  status,
  delete_block: deleteBlock,
  deleteBlock,
  rejected: blockRejected,
  retry: blockRetry,
  drop: blockDrop,
  watch,
  work,
  shutdown,
}

module.exports = { Block }
