// The user's PrismaClient: the module that exports it is named by --client, by SHARDED_CLIENT or by package.json.
const fs = require('node:fs')
const path = require('node:path')
const { pathToFileURL } = require('node:url')
const { findUp } = require('../generate/places.js')
const { usage } = require('./output.js')

const NAMES = ['default', 'prisma', 'client', 'db']
const EXPECTED = `a module that exports a PrismaClient, or a function that returns one, as ${NAMES.join(', ')}`
/** @type {[string, string]} */
const CLIENT = [
  '--client <module>',
  'what exports your PrismaClient (default: SHARDED_CLIENT, else sharded.client in package.json)',
]

/** @param {any} value */
const isClient = (value) =>
  typeof value === 'object' && value !== null && typeof value.$transaction === 'function'

/** @param {string | undefined} given @returns {{file: string, said: string} | null} */
function placeOf(given) {
  if (given !== undefined) return { file: path.resolve(given), said: '--client' }
  const { SHARDED_CLIENT } = process.env
  if (SHARDED_CLIENT) return { file: path.resolve(SHARDED_CLIENT), said: 'SHARDED_CLIENT' }
  const root = findUp(process.cwd(), 'package.json')
  if (root === null) return null
  const named = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')).sharded?.client
  return typeof named === 'string'
    ? { file: path.resolve(root, named), said: 'sharded.client in package.json' }
    : null
}

/** A CommonJS module is its own default export. @param {any} exported @returns {any[]} */
const candidates = (exported) => [
  ...NAMES.map((name) => exported[name]),
  ...NAMES.map((name) => exported.default?.[name]),
]

/** @param {{file: string, said: string}} place */
async function load({ file, said }) {
  if (!fs.existsSync(file)) throw usage(`${said}: expected ${EXPECTED}, nothing found at ${file}`)
  const exported = await import(pathToFileURL(file).href)
  const found = candidates(exported).find((one) => isClient(one) || typeof one === 'function')
  const client = typeof found === 'function' ? await found() : found
  if (isClient(client)) return client
  throw usage(
    `${said}: expected ${EXPECTED}, ${file} exports ${Object.keys(exported).join(', ') || 'nothing'}`,
  )
}

/**
 * Runs `work` with the user's client, then disconnects it; undefined where none is named.
 * @template T
 * @param {{client?: string}} flags
 * @param {(client: any) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function withClient(flags, work) {
  const place = placeOf(flags.client)
  const client = place === null ? undefined : await load(place)
  try {
    return await work(client)
  } finally {
    await client?.$disconnect()
  }
}

/** For what cannot be done without one. @param {any} client @param {string} what */
function requireClient(client, what) {
  if (client !== undefined) return client
  throw usage(
    `${what} needs your PrismaClient: name ${EXPECTED} with --client, SHARDED_CLIENT or {"sharded": {"client": "./src/db.js"}} in package.json`,
  )
}

module.exports = { CLIENT, requireClient, withClient }
