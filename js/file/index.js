// Names and durable handling of the files of a block. Nothing here opens a live .sqlite file: closing any
// descriptor of it would drop the POSIX locks SQLite holds in this process.

const fs = require('node:fs')
const path = require('node:path')
const { setTimeout: sleep } = require('node:timers/promises')
const { promisify } = require('node:util')
const { addon } = require('../binding')
const { encodeBlockId } = require('../blockid')
const { ShardedError, fromNative } = require('../errors')

const fsync = promisify(fs.fsync)

const FIRST_WAIT_MS = 2
const LONGEST_WAIT_MS = 200
const WARN_AFTER_MS = 30_000

/**
 * @param {string} dir
 * @param {string} blockId
 * @param {string} fingerprint
 */
const blockPath = (dir, blockId, fingerprint) =>
  path.join(dir, `${encodeBlockId(blockId)}.${fingerprint}.sqlite`)

/** Files of other blocks beside this one, of the same data model. @param {string} file @param {string} fingerprint */
async function neighbours(file, fingerprint) {
  const dir = path.dirname(file)
  const names = await fs.promises.readdir(dir)
  const isOther = (/** @type {string} */ name) =>
    name.endsWith(`.${fingerprint}.sqlite`) && name !== path.basename(file)
  return names.filter(isOther).map((name) => path.join(dir, name))
}

/** The file that is built beside a block before it is published. One at a time: its owner holds the load lock. @param {string} file */
const draftPath = (file) => `${file}.load.tmp`

/** @param {string} dir */
const ensureFolder = (dir) => fs.mkdirSync(dir, { recursive: true, mode: 0o700 })

/** @param {string} file */
const exists = (file) => fs.existsSync(file)

/** Off the loop where there is something to remove, which may be large; mostly there is not. @param {string} file */
async function remove(file) {
  if (exists(file)) await fs.promises.rm(file, { force: true })
}

/** Log files first: a database file that is made anew must never meet an old log. @param {string} file */
async function removeFiles(file) {
  for (const suffix of ['.joint', '.damaged', '-wal', '-shm', '-journal', '']) await remove(file + suffix)
}

/**
 * Keeps a damaged file, under a name that is nobody's. Nobody has it open.
 * @param {string} file @returns {Promise<string>} its new name
 */
async function moveAside(file) {
  const kept = `${file}.damaged-${Date.now()}`
  if (exists(`${file}-wal`)) await fs.promises.rename(`${file}-wal`, `${kept}-wal`)
  await remove(`${file}-shm`)
  await fs.promises.rename(file, kept)
  return kept
}

/** The lock that everybody shares who has the file open; null while somebody has. @param {string} file */
const lifeLock = (file) => tryLock(`${file}.lock`)

/** @param {string} file @returns {any} null while another process has it */
function tryLock(file) {
  try {
    return addon().FileLock.tryAcquire(file)
  } catch (error) {
    throw fromNative(error)
  }
}

/** @param {string} file @param {string} flags Windows syncs only what is open for writing */
async function syncPath(file, flags) {
  const descriptor = fs.openSync(file, flags)
  try {
    await fsync(descriptor)
  } finally {
    fs.closeSync(descriptor)
  }
}

/** Folders cannot be opened, and need no sync, on Windows. @param {string} dir */
const syncFolder = (dir) => (process.platform === 'win32' ? Promise.resolve() : syncPath(dir, 'r'))

/**
 * A private, writable copy of the template.
 * @param {string} template
 * @param {string} draft
 */
async function copyTemplate(template, draft) {
  await removeFiles(draft)
  await fs.promises.copyFile(template, draft, fs.constants.COPYFILE_FICLONE)
  fs.chmodSync(draft, 0o600)
}

/**
 * Makes a finished draft the block's file, whole or not at all. Over a power cut only when it is synced: else the first sync of the block
 * sees to that (src/block/ground.rs), and one that is torn before is loaded again.
 * @param {string} draft
 * @param {string} file
 * @param {{isSynced: boolean}} how
 */
async function publish(draft, file, { isSynced }) {
  const log = fs.statSync(`${draft}-wal`, { throwIfNoEntry: false })
  if (log && log.size > 0) {
    throw new ShardedError(`${draft}-wal was not merged into its database`, { code: 'SHARDED_DRAFT' })
  }
  if (isSynced) await syncPath(draft, 'r+')
  // Left over from a file that was deleted while another process held it open.
  await remove(`${file}-wal`)
  await remove(`${file}-shm`)
  fs.renameSync(draft, file)
  if (isSynced) await syncFolder(path.dirname(file))
}

/**
 * Runs `work` while this process alone, of all on this machine, may create, refresh or remove the file. The
 * kernel frees the lock of a process that dies, so the wait needs no deadline; a long one is reported.
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function withLoadLock(file, work) {
  const lockFile = `${file}.load.lock`
  const started = Date.now()
  let wait = FIRST_WAIT_MS
  let warned = false
  let lock = tryLock(lockFile)
  while (!lock) {
    await sleep(wait * (0.5 + Math.random()))
    wait = Math.min(wait * 2, LONGEST_WAIT_MS)
    if (!warned && Date.now() - started > WARN_AFTER_MS) {
      warned = true
      process.emitWarning(`another loader has held ${lockFile} for 30 s; still waiting`, {
        type: 'ShardedWarning',
      })
    }
    lock = tryLock(lockFile)
  }
  try {
    return await work()
  } finally {
    lock.release()
  }
}

module.exports = {
  blockPath,
  copyTemplate,
  draftPath,
  ensureFolder,
  exists,
  lifeLock,
  moveAside,
  neighbours,
  publish,
  removeFiles,
  syncFolder,
  syncPath,
  withLoadLock,
}
