const { describeError } = require('../apply/classify')

/** What `$block.status().applier` says of a block whose commits go through Redis. @param {import('./relay').Relay} relay */
function statusOf({ applier, lastError, pace, redis, sent, state }) {
  const own = applier.status()
  return {
    state: lastError || own.state === 'idle' ? state : own.state,
    applying: own.applying,
    attempts: pace.failures + own.attempts,
    lastError: lastError ? describeError(lastError) : own.lastError,
    queue: {
      kind: 'redis',
      address: redis.name,
      connected: redis.connected,
      server: redis.server,
      sent,
    },
  }
}

module.exports = { statusOf }
