// `sharded doctor`: Redis and the main database.
const { hasLedger } = require('../../apply/ledger')
const { connectionOf, nameOf } = require('../../queue/connection')
const { shareRedis } = require('../../queue/redis')
const { describeClient } = require('../../shell')
const { fail, ok, reasonOf, skipped, warn } = require('./finding.js')

/** @typedef {import('./finding.js').Finding} Finding */

/** @param {string | undefined} given @returns {Promise<Finding>} */
async function checkRedis(given) {
  let address
  try {
    address = connectionOf(given)
  } catch (error) {
    return fail('Redis', reasonOf(error), 'correct --connection, REDIS_URL or REDIS_HOST')
  }
  if (address === null) return ok('Redis', 'not used: neither REDIS_URL nor REDIS_HOST is set')
  const redis = shareRedis(address)
  const name = nameOf(address)
  // What would be a warning of the process is a finding here.
  redis.warned = true
  try {
    await redis.ready()
    const { version, policy } = redis.server ?? { version: '', policy: '' }
    const detail = `${name}, version ${version || 'not told'}, maxmemory-policy ${policy || 'not told'}`
    return policy === '' || policy === 'noeviction'
      ? ok('Redis', detail)
      : warn(
          'Redis',
          detail,
          'CONFIG SET maxmemory-policy noeviction: else it drops commits on their way when its memory is full',
        )
  } catch (error) {
    return fail(
      'Redis',
      `${name}: ${reasonOf(error)}`,
      'start it, or correct REDIS_URL; blocks go on, their commits wait',
    )
  } finally {
    redis.release()
  }
}

/** @param {any} client undefined where none is named @param {any} manifest @returns {Promise<Finding[]>} */
async function checkMain(client, manifest) {
  if (client === undefined)
    return [
      skipped('main database', 'name the module of your PrismaClient with --client to have it looked at'),
    ]
  try {
    const { provider, raw, version } = describeClient(client)
    if (manifest !== null && provider !== manifest.provider)
      return [
        fail(
          'main database',
          `the client is for ${provider}, the generated files are for ${manifest.provider}`,
          'run npx sharded generate',
        ),
      ]
    await raw.$queryRawUnsafe('SELECT 1')
    const reached = ok('main database', `${provider}, reached by Prisma Client ${version}`)
    if (await hasLedger(client)) return [reached, ok('ledger', 'is there')]
    return [
      reached,
      warn(
        'ledger',
        'is not there yet',
        'nothing, if the app’s user may make tables; else npx sharded ledger --print',
      ),
    ]
  } catch (error) {
    return [fail('main database', reasonOf(error), 'check DATABASE_URL; blocks go on, their commits wait')]
  }
}

module.exports = { checkMain, checkRedis }
