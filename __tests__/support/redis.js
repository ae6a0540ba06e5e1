// The Redis that the tests talk to: the one named by the environment, else the local one, else a private one. Every key that a
// test makes carries the identity of its main database.
const { redisCommand } = require('./redis-command')
const { redisVersion, startPrivateRedis } = require('./private-redis')
const { encodeBlockId } = require('../../js/blockid')

const LOCAL_URL = 'redis://127.0.0.1:6379/0'

/** @param {string} url */
async function answers(url) {
  try {
    return (await redisCommand(url, ['PING'])) === 'PONG'
  } catch {
    return false
  }
}

/** @param {NodeJS.ProcessEnv} env */
function named({ SHARDED_TEST_REDIS, REDIS_URL, REDIS_HOST, REDIS_PORT, REDIS_PASSWORD }) {
  if (SHARDED_TEST_REDIS) return { url: SHARDED_TEST_REDIS, source: 'SHARDED_TEST_REDIS' }
  if (REDIS_URL) return { url: REDIS_URL, source: 'REDIS_URL' }
  if (!REDIS_HOST) return null
  const password = REDIS_PASSWORD ? `:${encodeURIComponent(REDIS_PASSWORD)}@` : ''
  return { url: `redis://${password}${REDIS_HOST}:${REDIS_PORT ?? 6379}/0`, source: 'REDIS_HOST' }
}

/** Where the tests' Redis is; null when one has to be started. */
async function findRedis() {
  return named(process.env) ?? ((await answers(LOCAL_URL)) ? { url: LOCAL_URL, source: 'local' } : null)
}

/** One line for people; rejects with what to install when the tests cannot run. */
async function describeRedis() {
  // Tests that stop or empty a Redis start their own.
  const binary = redisVersion()
  const found = await findRedis()
  if (found === null) return `Redis: a private one (${binary})`
  const info = await redisCommand(found.url, ['INFO', 'server']).catch((error) => {
    throw new Error(`Redis (${found.source}) does not answer: ${error.message}`)
  })
  return `Redis ${/redis_version:(.*)/.exec(info)?.[1].trim()} (${found.source})`
}

/** For a whole run: the server that is there, or a private one. */
async function provideRedis() {
  const found = await findRedis()
  const started = found === null ? await startPrivateRedis() : null
  return { url: started ? started.url : /** @type {{url: string}} */ (found).url, started }
}

/** The URL for a test. */
function redisUrl() {
  const url = process.env.SHARDED_TEST_REDIS
  if (!url) throw new Error('no Redis: run the tests through jest, whose global set-up finds one')
  return url
}

/** @param {string} url @param {string} identity of a main database @returns {Promise<string[]>} */
const keysOf = (url, identity) => redisCommand(url, ['KEYS', `sharded:{${encodeBlockId(identity)}:*`])

/** @param {string} url @param {string} identity */
async function dropKeys(url, identity) {
  const keys = await keysOf(url, identity)
  if (keys.length > 0) await redisCommand(url, ['DEL', ...keys])
}

module.exports = { describeRedis, dropKeys, keysOf, provideRedis, redisUrl }
