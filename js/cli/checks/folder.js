// `sharded doctor`: the folder of the block files.
const { randomUUID } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { addon } = require('../../binding')
const { WARNINGS, fileSystemAt } = require('../../file/system')
const { fail, ok, reasonOf, skipped, warn } = require('./finding.js')

/** @typedef {import('./finding.js').Finding} Finding */

const GIB = 2 ** 30
/** Below, a block that grows and a log that waits for main may meet the end of the disk. */
const FEW_BYTES = GIB
const TOO_FEW_BYTES = 64 * 2 ** 20
const OTHERS = 0o077

/** The nearest folder that exists. @param {string} folder @returns {string} */
function nearest(folder) {
  return fs.existsSync(folder) ? folder : nearest(path.dirname(folder))
}

/** @param {number} bytes */
const sizeOf = (bytes) =>
  bytes >= GIB ? `${(bytes / GIB).toFixed(1)} GiB` : `${Math.floor(bytes / 2 ** 20)} MiB`

/** @param {string} folder @returns {Finding} */
function checkKind(folder) {
  const name = 'file system'
  const { kind, name: system } = fileSystemAt(folder)
  if (kind === 'network')
    return fail(
      name,
      `${system}, a network file system: commits would be lost there`,
      'set SHARDED_DIR to a folder on a disk of this machine',
    )
  const warning = WARNINGS[kind]
  if (warning)
    return warn(
      name,
      `${system}: it ${warning.split('. ')[0]}`,
      'set SHARDED_DIR to a folder on a disk that stays',
    )
  return ok(name, kind === 'unknown' ? `${system}, not one of those known to be bad` : system)
}

/** @param {string} folder @returns {Finding} */
function checkSpace(folder) {
  const { bavail, bsize } = fs.statfsSync(folder)
  const free = bavail * bsize
  const detail = `${sizeOf(free)} free`
  if (free < TOO_FEW_BYTES) return fail('space', detail, 'free some: a write that finds no room fails')
  return free < FEW_BYTES
    ? warn('space', detail, 'free some, or bound what may wait with the option outbox')
    : ok('space', detail)
}

/** Makes a file, locks it, removes it. @param {string} folder @returns {Finding} */
function checkWritable(folder) {
  const probe = path.join(folder, `.doctor-${randomUUID()}`)
  try {
    fs.writeFileSync(probe, '', { mode: 0o600, flag: 'wx' })
    const lock = addon().FileLock.tryAcquire(probe)
    lock?.release()
    return lock
      ? ok('permissions', `${folder} can be written, its files locked`)
      : fail('permissions', `${folder}: a file could not be locked`, 'use a folder on a disk of this machine')
  } catch (error) {
    return fail(
      'permissions',
      reasonOf(error),
      `let the app's user (uid ${process.geteuid?.() ?? 'of this process'}) write there`,
    )
  } finally {
    fs.rmSync(probe, { force: true })
  }
}

/** Who else may read them. @param {string} folder @returns {Finding[]} */
function checkModes(folder) {
  if (process.platform === 'win32') return []
  const uid = process.geteuid?.()
  const names = fs.readdirSync(folder).filter((name) => name.includes('.sqlite'))
  const stats = [folder, ...names.map((name) => path.join(folder, name))].flatMap((file) => {
    const stat = fs.statSync(file, { throwIfNoEntry: false })
    return stat ? [{ file, stat }] : []
  })
  const foreign = stats.filter(({ stat }) => uid !== 0 && stat.uid !== uid)
  if (foreign.length > 0)
    return [
      fail(
        'owner',
        `${foreign[0].file} belongs to uid ${foreign[0].stat.uid}, this is ${uid}`,
        `chown -R ${uid} ${folder}`,
      ),
    ]
  const open = stats.filter(({ stat }) => (stat.mode & OTHERS) !== 0)
  if (open.length === 0) return [ok('modes', 'the folder is 0700, its files are 0600')]
  const mode = `0${(open[0].stat.mode & 0o777).toString(8)}`
  return [
    warn(
      'modes',
      `${open[0].file} is ${mode}: others of this machine may read rows`,
      `chmod -R go= ${folder}`,
    ),
  ]
}

/** @param {string | null} dir @returns {Finding[]} */
function checkFolder(dir) {
  if (dir === null) return [skipped('block folder', 'known when the generated files are, or with --dir')]
  const folder = nearest(path.resolve(dir))
  const isThere = folder === path.resolve(dir)
  const head = ok('block folder', isThere ? dir : `${dir}, made with the first block`)
  try {
    if (!fs.statSync(folder).isDirectory())
      return [fail('block folder', `${folder} is not a folder`, 'name another with SHARDED_DIR')]
    const both = [checkKind(folder), checkSpace(folder), checkWritable(folder)]
    return isThere ? [head, ...both, ...checkModes(folder)] : [head, ...both]
  } catch (error) {
    return [fail('block folder', reasonOf(error), 'name another with SHARDED_DIR')]
  }
}

module.exports = { checkFolder }
