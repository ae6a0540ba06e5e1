// `sharded doctor`: Node, the addon with its SQLite, the user's Prisma.
const path = require('node:path')
const { engines, peerDependencies } = require('../../../package.json')
const { addon } = require('../../binding')
const { capacity } = require('../../block/residency')
const { fail, ok, reasonOf, warn } = require('./finding.js')

/** @typedef {import('./finding.js').Finding} Finding */

const OLDEST_PRISMA = [6, 7]
const NEXT_PRISMA = 8

/** @returns {Finding} */
function checkNode() {
  const [major] = process.versions.node.split('.').map(Number)
  const oldest = Number(engines.node.replace('>=', ''))
  if (major >= oldest) return ok('Node', process.version)
  return fail('Node', `${process.version}, expected ${engines.node}`, `install Node ${oldest} or later`)
}

/** @returns {Finding[]} */
function checkAddon() {
  const platform = `${process.platform}-${process.arch}`
  try {
    const { sqliteVersion } = addon()
    const isOurs = (/** @type {string} */ file) => /sharded[^/\\]*\.node$/.test(file)
    const file = Object.keys(require.cache).find(isOurs) ?? `the package for ${platform}`
    return [ok('addon', `${platform}, ${file}`), ok('SQLite', `${sqliteVersion()}, compiled in`)]
  } catch (error) {
    return [fail('addon', reasonOf(error), `reinstall sharded for ${platform} without --no-optional`)]
  }
}

/** @param {string} name @returns {string | null} */
function installed(name) {
  try {
    return require(require.resolve(`${name}/package.json`, { paths: [process.cwd()] })).version
  } catch {
    return null
  }
}

/** @param {string} version */
function isSupported(version) {
  const [major, minor] = version.split('.').map(Number)
  if (major !== OLDEST_PRISMA[0]) return major > OLDEST_PRISMA[0] && major < NEXT_PRISMA
  return minor >= OLDEST_PRISMA[1]
}

/** @returns {Finding[]} */
function checkPrisma() {
  const range = peerDependencies['@prisma/client']
  const [client, prisma] = ['@prisma/client', 'prisma'].map(installed)
  const where = path.basename(process.cwd())
  const name = '@prisma/client'
  if (client === null)
    return [
      fail(
        name,
        `not installed for ${where}`,
        `npm install @prisma/client@"${range}", or run doctor in the app's folder`,
      ),
    ]
  if (!isSupported(client))
    return [fail(name, `${client}, expected ${range}`, `npm install @prisma/client@"${range}"`)]
  if (prisma === null)
    return [
      ok(name, client),
      warn('prisma', 'not installed here', 'npm install prisma --save-dev, where you generate'),
    ]
  if (prisma === client) return [ok(name, client), ok('prisma', prisma)]
  return [
    ok(name, client),
    warn('prisma', `${prisma}, and @prisma/client is ${client}`, 'install the same version of both'),
  ]
}

/** Below it even a small app with a block per user may run out of them. */
const FEW_DESCRIPTORS = 4_096

/** @returns {Finding} */
function checkDescriptors() {
  const { descriptors, awake, asleep } = capacity()
  const detail = `${descriptors} by the limit of this shell: ${awake} blocks awake at a time, ${asleep} more keep their place while they sleep`
  if (descriptors >= FEW_DESCRIPTORS) return ok('open files', detail)
  return warn(
    'open files',
    detail,
    'raise it where the app starts: ulimit -n 20000, or LimitNOFILE of systemd',
  )
}

/** @returns {Finding[]} */
const checkRuntime = () => [checkNode(), ...checkAddon(), checkDescriptors(), ...checkPrisma()]

module.exports = { checkRuntime }
