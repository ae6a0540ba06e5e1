// Finds the user's schema in Prisma's own order: what is passed, prisma.config, package.json, the usual places.
const fs = require('node:fs')
const path = require('node:path')
const { createRequire } = require('node:module')
const { GenerateError } = require('./errors.js')
const { prismaFolder } = require('./prisma.js')

const CONFIG_NAMES = ['prisma.config', '.config/prisma', '.config/prisma.config']
const CONFIG_EXTENSIONS = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs']
const USUAL_FILES = ['prisma/schema.prisma', 'schema.prisma']

/** @param {string} place a file or a folder */
function holdsSchema(place) {
  const stat = fs.statSync(place, { throwIfNoEntry: false })
  if (!stat?.isDirectory()) return stat !== undefined
  return fs.readdirSync(place, { recursive: true }).some((name) => String(name).endsWith('.prisma'))
}

/** @param {string} cwd */
function hasConfig(cwd) {
  const names = CONFIG_NAMES.flatMap((name) => CONFIG_EXTENSIONS.map((extension) => `${name}.${extension}`))
  return names.some((name) => fs.existsSync(path.join(cwd, name)))
}

/** prisma.config may be TypeScript, so it is the user's Prisma that reads it. @param {string} cwd */
async function schemaOfConfig(cwd) {
  if (!hasConfig(cwd)) return undefined
  const { loadConfigFromFile } = createRequire(path.join(prismaFolder([cwd]), 'package.json'))(
    '@prisma/config',
  )
  const { config, error } = await loadConfigFromFile({ configRoot: cwd })
  if (error) {
    const detail = error.error instanceof Error ? error.error.message : error._tag
    throw new GenerateError('BAD_CONFIG', `Prisma could not load the prisma.config of ${cwd}`, detail)
  }
  return config.schema
}

/** @param {string} cwd @returns {string | undefined} */
function schemaOfPackage(cwd) {
  const file = path.join(cwd, 'package.json')
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')).prisma?.schema : undefined
}

/** @param {string} place @param {string} cwd @param {string} said who named it */
function requireSchema(place, cwd, said) {
  const absolute = path.resolve(cwd, place)
  if (holdsSchema(absolute)) return absolute
  throw new GenerateError(
    'NO_SCHEMA',
    `${said}: expected a .prisma file or a folder of them, nothing found at ${place}`,
  )
}

/** @param {string} cwd */
function usualPlace(cwd) {
  const place = [...USUAL_FILES, 'prisma'].map((name) => path.join(cwd, name)).find(holdsSchema)
  if (place) return place
  const tried = [...USUAL_FILES, 'prisma/*.prisma'].join(', ')
  throw new GenerateError(
    'NO_SCHEMA',
    `no Prisma schema in ${cwd} (looked for ${tried}): pass --schema=<file or folder>`,
  )
}

/**
 * @param {string | undefined} given
 * @param {string} cwd
 * @returns {Promise<string>} absolute path of a file or a folder
 */
async function locateSchema(given, cwd) {
  if (given !== undefined) return requireSchema(given, cwd, '--schema')
  const configured = await schemaOfConfig(cwd)
  if (configured) return requireSchema(configured, cwd, 'schema in prisma.config')
  const packaged = schemaOfPackage(cwd)
  if (packaged) return requireSchema(packaged, cwd, 'prisma.schema in package.json')
  return usualPlace(cwd)
}

module.exports = { locateSchema }
