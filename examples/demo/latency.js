const { setTimeout: sleep } = require('node:timers/promises')

/** The driver adapter's calls that are a round trip when the database is on another machine. */
const ROUND_TRIPS = new Set([
  'queryRaw',
  'executeRaw',
  'executeScript',
  'startTransaction',
  'commit',
  'rollback',
])

/**
 * Wraps a Prisma driver adapter (or one of its transactions) so that every round trip takes `ms` longer.
 * @param {any} queryable
 * @param {number} ms
 */
function slow(queryable, ms) {
  return new Proxy(queryable, {
    get(target, name) {
      const value = target[name]
      if (typeof value !== 'function') return value
      if (!ROUND_TRIPS.has(String(name))) return value.bind(target)
      return async (/** @type {any[]} */ ...args) => {
        await sleep(ms)
        const result = await value.apply(target, args)
        return name === 'startTransaction' ? slow(result, ms) : result
      }
    },
  })
}

/**
 * A driver adapter factory whose database seems to be `ms` away.
 * @param {any} factory
 * @param {number} ms
 */
function withLatency(factory, ms) {
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => slow(await factory.connect(), ms),
  }
}

module.exports = { withLatency }
