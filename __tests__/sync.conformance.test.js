// The suite of apply.postgres.test.js, apply.mysql.test.js and apply.sqlite.test.js, which run it by way of the local queue: the
// same by way of Redis.
const { randomUUID } = require('node:crypto')
const { aroundMain, appliesAsAnywhere } = require('./support/apply')
const { ALL_MAINS } = require('./support/doors')
const { relayFor } = require('./support/queue')
const { dropKeys, keysOf, redisUrl } = require('./support/redis')
const { redisCommand } = require('./support/redis-command')

describe.each(ALL_MAINS)('by way of Redis, before %s', (provider) => {
  const around = aroundMain(provider)
  let identity = ''
  beforeEach(() => {
    identity = randomUUID()
  })
  afterEach(() => dropKeys(redisUrl(), identity))

  appliesAsAnywhere(around, provider, /** @type {any} */ (relayFor(() => ({ url: redisUrl(), identity }))))

  test('an idle block leaves nothing in Redis that does not go by itself', async () => {
    const { applier } = relayFor(() => ({ url: redisUrl(), identity }))(around.main.client, around.native)
    around.create('a')
    await applier.flush({ timeoutMs: 5_000 })
    await applier.stop()
    const keys = await keysOf(redisUrl(), identity)
    const lives = await Promise.all(keys.map((key) => redisCommand(redisUrl(), ['PTTL', key])))
    expect(keys.length).toBeGreaterThan(0)
    expect(lives.filter((ms) => ms <= 0)).toEqual([])
    expect(keys.filter((key) => key.endsWith(':due') || key.endsWith(':lease'))).toEqual([])
  })
})
