// Block files are data, not sources: they are kept out of the user's repository.
const fs = require('node:fs')
const path = require('node:path')
const { findUp, isInside } = require('./places.js')

/** @param {string} line */
const bare = (line) => line.trim().replace(/^\//, '').replace(/\/$/, '')

/**
 * Adds `<output>/data` to the app's .gitignore, once. An app without git and without a .gitignore gets none.
 * @param {string} output @param {string} cwd
 * @returns {string | null} the line that was added
 */
function ignoreData(output, cwd) {
  const root = findUp(output, 'package.json') ?? cwd
  const file = path.join(root, '.gitignore')
  const data = path.join(output, 'data')
  const exists = fs.existsSync(file)
  if (!isInside(data, root) || !(exists || findUp(root, '.git'))) return null
  const entry = path.relative(root, data).split(path.sep).join('/')
  const text = exists ? fs.readFileSync(file, 'utf8') : ''
  if (text.split('\n').some((line) => bare(line) === entry)) return null
  fs.writeFileSync(file, `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${entry}\n`)
  return entry
}

module.exports = { ignoreData }
