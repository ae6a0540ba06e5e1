// What `npx sharded generate` wrote, read once per process: manifest, native Schema and the template file.
// Layout: <blocks>/template.sqlite, <blocks>/generated/manifest.json; block data goes to <blocks>/data.

const fs = require('node:fs')
const path = require('node:path')
const { addon } = require('../binding')
const { NotGeneratedError, NotSupportedError, fromNative } = require('../errors')
const { KNOWN, isProvider } = require('../providers')

const COMMAND = 'npx sharded generate --schema=prisma/schema.prisma --all-models'
const MANIFEST_VERSION = 1

/**
 * @typedef {object} Artifacts
 * @property {any} manifest
 * @property {any} schema the native Schema made from it
 * @property {string} template
 */

/** @type {Map<string, {mtimeMs: number, size: number, artifacts: Artifacts}>} */
const cache = new Map()

/** @param {string} file */
const stat = (file) => fs.statSync(file, { throwIfNoEntry: false })

/** The nearest prisma/blocks/generated from the working directory upwards. */
function findGenerated() {
  const start = process.cwd()
  for (let at = start; ; at = path.dirname(at)) {
    const candidate = path.join(at, 'prisma', 'blocks', 'generated')
    if (stat(path.join(candidate, 'manifest.json'))) return candidate
    if (at === path.dirname(at)) break
  }
  throw new NotGeneratedError(
    `no prisma/blocks/generated/manifest.json in ${start} or above it: run \`${COMMAND}\` first, or name its folder with the option \`generated\``,
  )
}

/**
 * The folders in force for a configuration.
 * @param {{generated?: string, dir?: string}} options
 */
function locate(options) {
  const generated = options.generated === undefined ? findGenerated() : path.resolve(options.generated)
  const dir = options.dir ?? (process.env.SHARDED_DIR || path.join(path.dirname(generated), 'data'))
  return { generated, dir: path.resolve(dir) }
}

/** @param {any} manifest @param {string} file */
function checkManifest(manifest, file) {
  if (manifest?.version !== MANIFEST_VERSION || !/^[0-9a-f]{16}$/.test(manifest.fingerprint)) {
    throw new NotGeneratedError(
      `${file} was not written by this version of sharded: run \`${COMMAND}\` again`,
    )
  }
  if (isProvider(manifest.provider)) return
  throw new NotSupportedError(
    `main database provider '${manifest.provider}' is not supported yet: expected ${KNOWN} (${file})`,
  )
}

/** @param {string} generated @returns {Artifacts} */
function read(generated) {
  const file = path.join(generated, 'manifest.json')
  const template = path.join(path.dirname(generated), 'template.sqlite')
  const text = fs.readFileSync(file, 'utf8')
  let manifest
  try {
    manifest = JSON.parse(text)
  } catch (error) {
    throw new NotGeneratedError(`${file} is not JSON: run \`${COMMAND}\` again`, { cause: error })
  }
  checkManifest(manifest, file)
  if (!stat(template)) throw new NotGeneratedError(`${template} is missing: run \`${COMMAND}\` again`)
  const { Schema } = addon()
  try {
    return { manifest, schema: new Schema(text), template }
  } catch (error) {
    throw fromNative(error)
  }
}

/**
 * @param {string} generated
 * @returns {Artifacts}
 */
function loadArtifacts(generated) {
  const file = path.join(generated, 'manifest.json')
  const found = stat(file)
  if (!found) throw new NotGeneratedError(`${file} does not exist: run \`${COMMAND}\` first`)
  const known = cache.get(file)
  if (known && known.mtimeMs === found.mtimeMs && known.size === found.size) return known.artifacts
  const artifacts = read(generated)
  cache.set(file, { mtimeMs: found.mtimeMs, size: found.size, artifacts })
  return artifacts
}

module.exports = { loadArtifacts, locate }
