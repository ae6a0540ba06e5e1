// Writes the generated files so that a reader, or a failure half way, never meets an incomplete set.
const fs = require('node:fs')
const path = require('node:path')
const { ShardedError } = require('../errors.js')
const { GenerateError } = require('./errors.js')

/**
 * @typedef {object} GeneratedFile
 * @property {string} name path inside the output folder
 * @property {string} [text] its content, or else
 * @property {(target: string) => void} [make] what creates it
 */

/** @param {GeneratedFile} file @param {string} target */
function writeOne({ text, make }, target) {
  if (make) return make(target)
  fs.writeFileSync(target, text ?? '')
}

/** No staged name ends in .prisma: the folder may lie inside a schema folder that Prisma reads at this moment. @param {number} index */
const stagedName = (index) => `${index}.new`

/** @param {GeneratedFile[]} files @param {string} staging @param {string} output */
function moveAll(files, staging, output) {
  files.forEach(({ name }, index) => {
    const target = path.join(output, name)
    makeFolder(path.dirname(target))
    fs.renameSync(path.join(staging, stagedName(index)), target)
  })
}

/**
 * Not `mkdirSync` with `recursive`: where a file system answers ENOENT (as /proc does) Node 20 tries for ever.
 * @param {string} folder
 * @returns {string | undefined} the topmost folder that had to be made
 */
function makeFolder(folder) {
  if (fs.existsSync(folder)) return undefined
  const parent = path.dirname(folder)
  const top = parent === folder ? undefined : makeFolder(parent)
  fs.mkdirSync(folder)
  return top ?? folder
}

/** What would stop the renames half way is found before the first one. @param {GeneratedFile[]} files @param {string} output */
function requireFree(files, output) {
  const targets = files.map(({ name }) => path.join(output, name))
  for (const folder of new Set([output, ...targets.map((target) => path.dirname(target))])) {
    const stat = fs.statSync(folder, { throwIfNoEntry: false })
    if (stat && !stat.isDirectory()) throw new Error(`${folder} is a file`)
    if (stat) fs.accessSync(folder, fs.constants.W_OK | fs.constants.X_OK)
  }
  const blocked = targets.find((target) => fs.statSync(target, { throwIfNoEntry: false })?.isDirectory())
  if (blocked) throw new Error(`${blocked} is a folder`)
}

/**
 * Stages everything beside the output folder (one file system, so that each rename is atomic), then renames file by
 * file in the given order: the last file is the one that readers start from.
 * @param {string} output @param {GeneratedFile[]} files
 */
function publish(output, files) {
  const parent = path.dirname(output)
  /** @type {string | undefined} */
  let madeParent
  /** @type {string | undefined} */
  let staging
  try {
    madeParent = makeFolder(parent)
    requireFree(files, output)
    staging = fs.mkdtempSync(path.join(parent, '.blocks-'))
    for (const [index, file] of files.entries()) writeOne(file, path.join(staging, stagedName(index)))
    moveAll(files, staging, output)
    madeParent = undefined
  } catch (error) {
    throw unwritable(error, output)
  } finally {
    if (staging) fs.rmSync(staging, { recursive: true, force: true })
    if (madeParent) fs.rmSync(madeParent, { recursive: true, force: true })
  }
}

/** @param {unknown} error @param {string} output */
function unwritable(error, output) {
  if (error instanceof ShardedError) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new GenerateError('UNWRITABLE', `cannot write to the output folder ${output}: ${reason}`)
}

module.exports = { publish }
