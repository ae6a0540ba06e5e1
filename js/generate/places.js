// Where things are in the user's app.
const fs = require('node:fs')
const path = require('node:path')

/** @param {string} from @param {string} name @returns {string | null} the nearest folder at or above `from` that holds `name` */
function findUp(from, name) {
  if (fs.existsSync(path.join(from, name))) return from
  const parent = path.dirname(from)
  return parent === from ? null : findUp(parent, name)
}

/** @param {string} schemaPath a file or a folder */
function folderOf(schemaPath) {
  return fs.statSync(schemaPath).isDirectory() ? schemaPath : path.dirname(schemaPath)
}

/**
 * `prisma/blocks` of the app: in the schema's own `prisma` folder (never above the app's root, since a checkout may
 * itself be called prisma), else in that of the working directory.
 * @param {string} schemaPath @param {string} cwd
 */
function defaultOutput(schemaPath, cwd) {
  const root = findUp(folderOf(schemaPath), 'package.json')
  for (
    let folder = folderOf(schemaPath);
    folder !== root && folder !== path.dirname(folder);
    folder = path.dirname(folder)
  ) {
    if (path.basename(folder) === 'prisma') return path.join(folder, 'blocks')
    if (root === null && folder === cwd) break
  }
  return path.join(cwd, 'prisma', 'blocks')
}

/** @param {string} inner @param {string} outer */
function isInside(inner, outer) {
  const relative = path.relative(outer, inner)
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative)
}

module.exports = { findUp, folderOf, defaultOutput, isInside }
