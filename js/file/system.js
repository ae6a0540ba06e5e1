// What kind of file system a folder lies on. SQLite's locks and its shared memory need one disk of one machine: a network file system
// loses commits in silence, so it is refused. What goes with the container or the boot is only warned about.

const fs = require('node:fs')
const path = require('node:path')
const { FileSystemError } = require('../errors')

/**
 * @typedef {'local' | 'network' | 'overlay' | 'memory' | 'unknown'} Kind
 * @typedef {{kind: Kind, name: string}} FileSystem
 */

/** Linux's numbers (statfs(2), linux/magic.h), as `f_type` has them. @type {Record<number, FileSystem>} */
const LINUX = {
  26985: { kind: 'network', name: 'nfs' },
  4283649346: { kind: 'network', name: 'cifs' },
  4266872130: { kind: 'network', name: 'smb2' },
  20859: { kind: 'network', name: 'smb' },
  1397113167: { kind: 'network', name: 'afs' },
  1799439955: { kind: 'network', name: 'kafs' },
  1937076805: { kind: 'network', name: 'coda' },
  22092: { kind: 'network', name: 'ncp' },
  16914839: { kind: 'network', name: '9p' },
  12805120: { kind: 'network', name: 'ceph' },
  198183888: { kind: 'network', name: 'lustre' },
  1196443219: { kind: 'network', name: 'gpfs' },
  428016422: { kind: 'network', name: 'beegfs' },
  2866260714: { kind: 'network', name: 'panfs' },
  18225520: { kind: 'network', name: 'gfs2' },
  1952539503: { kind: 'network', name: 'ocfs2' },
  2035054128: { kind: 'overlay', name: 'overlay' },
  1635083891: { kind: 'overlay', name: 'aufs' },
  16914836: { kind: 'memory', name: 'tmpfs' },
  2240043254: { kind: 'memory', name: 'ramfs' },
  61267: { kind: 'local', name: 'ext' },
  1481003842: { kind: 'local', name: 'xfs' },
  2435016766: { kind: 'local', name: 'btrfs' },
  801189825: { kind: 'local', name: 'zfs' },
  4076150800: { kind: 'local', name: 'f2fs' },
  3393526350: { kind: 'local', name: 'bcachefs' },
}

/**
 * @param {number} type `f_type` of statfs
 * @param {NodeJS.Platform} [platform] elsewhere than on Linux the number means nothing
 * @returns {FileSystem}
 */
function fileSystemOf(type, platform = process.platform) {
  // Of a 32-bit number with its highest bit set some systems make a negative one.
  const known = platform === 'linux' ? LINUX[type >>> 0] : undefined
  return (
    known ?? { kind: 'unknown', name: platform === 'linux' ? `0x${(type >>> 0).toString(16)}` : 'unknown' }
  )
}

/** @param {string} folder one that exists @returns {FileSystem} */
function fileSystemAt(folder) {
  // A share of a Windows network: \\server\share, or \\?\UNC\server\share.
  if (process.platform === 'win32' && /^\\\\(\?\\UNC\\|[^?.\\])/i.test(path.resolve(folder)))
    return { kind: 'network', name: 'unc' }
  return fileSystemOf(fs.statfsSync(folder).type)
}

/** @type {Partial<Record<Kind, string>>} */
const WARNINGS = {
  overlay:
    'is on the file system of a container: it goes with the container, and with it what has not reached the main database. Mount a volume there',
  memory:
    'is in memory: a reboot empties it, and with it goes what has not reached the main database. Use a folder on a disk',
}

/** Folders that were looked at by this process. @type {Set<string>} */
const seen = new Set()

/**
 * Before block files are made or opened in a folder.
 * @param {string} folder one that exists
 * @param {(folder: string) => FileSystem} [look]
 */
function checkFileSystem(folder, look = fileSystemAt) {
  if (seen.has(folder)) return
  const { kind, name } = look(folder)
  if (kind === 'network') {
    throw new FileSystemError(
      `dir: expected a folder on a disk of this machine, given ${folder}, which is on a network file system (${name}): its locks do not ` +
        'hold, and commits would be lost. Set dir or SHARDED_DIR',
    )
  }
  seen.add(folder)
  const warning = WARNINGS[kind]
  if (warning)
    process.emitWarning(`dir: ${folder} ${warning}`, {
      type: 'ShardedWarning',
      code: 'SHARDED_VOLATILE_FOLDER',
    })
}

module.exports = { WARNINGS, checkFileSystem, fileSystemAt, fileSystemOf }
