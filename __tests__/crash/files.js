// A closed block file, with all that belongs to it, copied and brought back.
const fs = require('node:fs')
const path = require('node:path')

/** @param {string} from @param {string} to */
function copyFiles(from, to) {
  fs.cpSync(from, to, { recursive: true })
}

/** Files of the block's own data: not locks and turns. @param {string} name */
const isData = (name) => /\.sqlite(-wal|-shm)?$/.test(name)

/** @param {string} folder @param {string} block */
const filesOf = (folder, block) => fs.readdirSync(folder).filter((name) => name.startsWith(`${block}.`))

/** The bytes change, the file stays. @param {string} from @param {string} to */
function overwrite(from, to) {
  const fd = fs.openSync(to, fs.existsSync(to) ? 'r+' : 'w', 0o600)
  fs.ftruncateSync(fd)
  fs.writeSync(fd, fs.readFileSync(from))
  fs.closeSync(fd)
}

/**
 * Puts the older copy of a block in the place of the newer.
 * @param {string} older folder @param {string} folder @param {string} block @param {import('./plan').Return} back
 */
function bringBack(older, folder, block, back) {
  const wanted = filesOf(older, block).filter((name) => back.endsWith('whole') || isData(name))
  // A log that belongs to the newer file is no part of the older one.
  for (const name of filesOf(folder, block).filter(isData))
    if (!back.startsWith('overwritten') || !wanted.includes(name)) fs.rmSync(path.join(folder, name))
  for (const name of wanted) {
    const [from, to] = [path.join(older, name), path.join(folder, name)]
    if (back === 'copied') fs.copyFileSync(from, to)
    else if (back === 'moved') fs.renameSync(from, to)
    else overwrite(from, to)
  }
}

module.exports = { bringBack, copyFiles }
