// The blocks of a folder, and one of them, as their files tell it. Nothing is opened for it: no life of a file begins.

const fs = require('node:fs')
const path = require('node:path')
const { addon } = require('../binding')
const { loadArtifacts, locate } = require('./artifacts')
const { checkBlockId, decodeBlockId, encodeBlockId } = require('../blockid')
const { statusOf } = require('./api')
const { StorageError } = require('../errors')
const { blockPath } = require('../file')
const { FILE_OPTIONS, checkOptions } = require('../options')
const { all } = require('./registry')

const FILE_NAME = /^(.+)\.([0-9a-f]{16})\.sqlite$/
/** Files that one task off the loop looks at. */
const AT_ONCE = 100

/** @typedef {{meta?: Record<string, string>, pending?: any, rejected?: number, rows?: Record<string, number>, pages?: number, problem?: string}} Told */

/** @param {string} file @returns {number} 0 when it is not there */
const sizeOf = (file) => fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0

/** @param {any} schema @param {string[]} files @param {boolean} rows @returns {Promise<Told[]>} */
async function inspect(schema, files, rows) {
  /** @type {Told[]} */
  const told = []
  for (let at = 0; at < files.length; at += AT_ONCE)
    told.push(...JSON.parse(await schema.inspect(files.slice(at, at + AT_ONCE), rows)))
  return told
}

/** @param {string} dir @returns {Promise<Array<{file: string, name: string, fingerprint: string}>>} */
async function filesIn(dir) {
  /** @type {string[]} */
  let names = []
  try {
    names = await fs.promises.readdir(dir)
  } catch (/** @type {any} */ error) {
    if (error.code !== 'ENOENT') throw new StorageError(`dir: ${error.message}`, { cause: error })
  }
  return names.sort().flatMap((one) => {
    const [, name, fingerprint] = FILE_NAME.exec(one) ?? []
    return name === undefined ? [] : [{ file: path.join(dir, one), name, fingerprint }]
  })
}

/** A long id is not in the name, and then in the file. @param {string} name @param {Told} told @returns {string | null} */
function idOf(name, { meta }) {
  const known = decodeBlockId(name) ?? meta?.blockId
  return known !== undefined && encodeBlockId(known) === name ? known : null
}

/** @param {unknown} [config] */
async function list(config = {}) {
  const { generated, dir } = locate(checkOptions(config, 'Block.list', FILE_OPTIONS))
  const { manifest, schema } = loadArtifacts(generated)
  const files = await filesIn(dir)
  const told = await inspect(
    schema,
    files.map(({ file }) => file),
    false,
  )
  const open = new Set(all().flatMap((block) => (block.refusal ? [] : [block.file])))
  return files.flatMap(({ file, name, fingerprint }, at) => {
    // Removed between the look at the folder and that at the file.
    if (!fs.existsSync(file)) return []
    const { pending = null, rejected = null, problem = null } = told[at]
    return [
      {
        id: idOf(name, told[at]),
        path: file,
        fingerprint,
        current: fingerprint === manifest.fingerprint,
        open: open.has(file),
        bytes: sizeOf(file) + sizeOf(`${file}-wal`),
        pending,
        rejected,
        problem,
      },
    ]
  })
}

/** @param {string | undefined} text */
const millis = (text) => (text === undefined ? null : Number(text))

/** @param {string} blockId @param {string} file @param {Told} told */
function closedStatus(blockId, file, { meta = {}, pending, rejected, rows, pages }) {
  const loadedAt = millis(meta.loadedAt)
  const invalidatedAt = millis(meta.invalidatedAt)
  const isHeld = addon().FileLock.isHeld(`${file}.apply.lock`)
  return {
    id: blockId,
    path: file,
    open: false,
    main: 'unknown',
    // Whoever opens it knows its ttl.
    stale: invalidatedAt !== null && invalidatedAt >= (loadedAt ?? 0),
    loadedAt: loadedAt === null ? null : new Date(loadedAt),
    pending,
    rejected,
    file: { rows, pages, fileBytes: sizeOf(file), walBytes: sizeOf(`${file}-wal`) },
    checkpoint: null,
    applier: isHeld ? { state: 'elsewhere', applying: false, attempts: 0, lastError: null } : null,
    client: null,
  }
}

/** @param {unknown} id @param {unknown} [config] */
async function status(id, config = {}) {
  const blockId = checkBlockId(id)
  const { generated, dir } = locate(checkOptions(config, 'Block.status', FILE_OPTIONS))
  const { manifest, schema } = loadArtifacts(generated)
  const file = blockPath(dir, blockId, manifest.fingerprint)
  const open = all().find((block) => block.file === file && !block.refusal)
  if (open) return statusOf(open, () => null)
  if (!fs.existsSync(file)) return null
  const [told] = await inspect(schema, [file], true)
  if (told.problem === undefined) return closedStatus(blockId, file, told)
  throw new StorageError(`block '${blockId}' (${file}): ${told.problem}`)
}

module.exports = { list, status }
