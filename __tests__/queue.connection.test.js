// Where Redis is: the forms of the option `connection`, and the environment.
const fs = require('node:fs')
const path = require('node:path')
const { Block, InvalidOptionError } = require('../js')
const { OPTIONS, WATCH_OPTIONS, WORK_OPTIONS, checkOptions } = require('../js/options')
const { connectionOf, nameOf } = require('../js/queue/connection')
const { shareRedis } = require('../js/queue/redis')
const { freePort } = require('./support/private-postgres')
const { startPrivateRedis } = require('./support/private-redis')

const PEM = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
const plain = { host: 'h', port: 6379, db: 0 }
/** Without what is not set. @param {any} given @param {any} [env] */
const of = (given, env = {}) => JSON.parse(JSON.stringify(connectionOf(given, env)))

describe('the option', () => {
  test.each([
    ['redis://h', plain],
    ['redis://h:7000/3', { ...plain, port: 7000, db: 3 }],
    ['redis://:p%40ss@h', { ...plain, password: 'p@ss' }],
    ['redis://me:pw@h/0', { ...plain, username: 'me', password: 'pw' }],
    ['rediss://h', { ...plain, tls: { rejectUnauthorized: true } }],
    ['redis://[::1]:7000', { ...plain, host: '::1', port: 7000 }],
    [{ host: 'h' }, plain],
    [
      { host: 'h', port: 1, username: 'u', password: 'p', db: 2, secret: 's', tls: true },
      {
        host: 'h',
        port: 1,
        username: 'u',
        password: 'p',
        db: 2,
        secret: 's',
        tls: { rejectUnauthorized: true },
      },
    ],
    [
      { host: 'h', tls: { ca: Buffer.from(PEM), cert: PEM, key: PEM, rejectUnauthorized: false } },
      { ...plain, tls: { ca: PEM, cert: PEM, key: PEM, rejectUnauthorized: false } },
    ],
    [{ host: 'h', tls: false, password: undefined }, plain],
  ])('%j', (given, expected) => {
    expect(of(given)).toEqual(expected)
  })

  test.each([
    ['http://h', /^connection: expected a Redis URL .* given one that begins with 'http:'/],
    ['redis://', /^connection: .*(without a host|no URL)/],
    ['redis://h/db', /^connection: .* whose database is 'db'/],
    ['redis://h?x=1', /^connection: .* with a query/],
    ['localhost:6379', /^connection: .* begins with 'localhost:'/],
    ['', /^connection: expected a Redis URL/],
    [6379, /^connection: expected a Redis URL .*given 6379/],
    [true, /^connection: expected/],
    [[], /^connection: expected/],
    [{}, /^connection.host: expected .*: it is required/],
    [{ host: '' }, /^connection.host: expected/],
    [{ host: 'h', port: '6379' }, /^connection.port: expected a whole number from 1 to 65535, given '6379'/],
    [{ host: 'h', db: -1 }, /^connection.db: expected a whole number from 0/],
    [{ host: 'h', hots: 1 }, /^unknown option connection.hots. Known: host, port/],
    [{ host: 'h', tls: 'yes' }, /^connection.tls: expected a boolean or/],
    [
      { host: 'h', tls: { ca: 'no' } },
      /^connection.tls.ca: expected a certificate or key in PEM, given one that is not shown/,
    ],
    [{ host: 'h', tls: { cert: PEM } }, /^connection.tls: expected cert and key together/],
    [{ host: 'h', tls: { servername: 'x' } }, /^unknown option connection.tls.servername/],
  ])('%j is refused by name', (given, message) => {
    expect(() => connectionOf(given, {})).toThrow(InvalidOptionError)
    expect(() => connectionOf(given, {})).toThrow(message)
  })

  test('no error shows a password or a secret', () => {
    for (const given of [
      'http://u:hidden@h',
      'redis://u:hidden@h/x',
      { host: 'h', password: ['hidden'] },
      { host: 'h', secret: { hidden: 1 } },
    ]) {
      const error = /** @type {Error} */ (
        (() => {
          try {
            return connectionOf(given, {})
          } catch (thrown) {
            return thrown
          }
        })()
      )
      expect(error).toBeInstanceOf(InvalidOptionError)
      expect(error.message).not.toContain('hidden')
    }
    expect(nameOf(/** @type {any} */ (connectionOf('rediss://u:hidden@h', {})))).toBe('rediss://h:6379/0')
  })
})

describe('the environment', () => {
  test('is followed where the option is absent', () => {
    expect(connectionOf(undefined, {})).toBeNull()
    expect(of(undefined, { REDIS_URL: 'redis://h:1', REDIS_HOST: 'other' })).toEqual({ ...plain, port: 1 })
    expect(of(undefined, { REDIS_HOST: 'h', REDIS_PORT: '2', REDIS_PASSWORD: 'p' })).toEqual({
      ...plain,
      port: 2,
      password: 'p',
    })
    expect(of({ host: 'h' }, { REDIS_URL: 'redis://other' })).toEqual(plain)
  })

  test('is not, when the option is false', () => {
    expect(connectionOf(false, { REDIS_URL: 'redis://h' })).toBeNull()
  })

  test('is refused by the name of the variable', () => {
    expect(() => connectionOf(undefined, { REDIS_URL: 'nonsense' })).toThrow(
      /^REDIS_URL: expected a Redis URL/,
    )
    expect(() => connectionOf(undefined, { REDIS_HOST: 'h', REDIS_PORT: 'x' })).toThrow(
      /^REDIS_PORT: expected/,
    )
  })

  test('is followed by Block.create and Block.work', () => {
    const client = {}
    process.env.REDIS_URL = 'redis://from-environment'
    try {
      for (const table of [OPTIONS, WORK_OPTIONS])
        expect(
          checkOptions({ client, ...(table === OPTIONS && { blockId: 'a' }) }, 'verb', table),
        ).toMatchObject({
          connection: { host: 'from-environment' },
        })
    } finally {
      delete process.env.REDIS_URL
    }
  })
})

describe('over TLS, with a user', () => {
  /** @type {Awaited<ReturnType<typeof startPrivateRedis>>} */
  let server
  let port = 0
  const pem = (/** @type {string} */ name) =>
    fs.readFileSync(path.join(__dirname, 'support/tls', name), 'utf8')
  const file = (/** @type {string} */ name) => path.join(__dirname, 'support/tls', name)

  beforeAll(async () => {
    port = await freePort()
    server = await startPrivateRedis({
      settings: [
        ...['--tls-port', String(port), '--tls-ca-cert-file', file('ca.pem')],
        ...['--tls-cert-file', file('server.pem'), '--tls-key-file', file('server.key')],
      ],
    })
    // As docs/operations.md says.
    const rights = '~sharded:* +@read +@write +@stream +@scripting +@connection +info +time'
    await server.command('ACL', 'SETUSER', 'app', 'on', '>pw', ...rights.split(' '))
  })
  afterAll(() => server?.remove())

  /** Asks the server for its version. @param {any} given */
  async function meet(given) {
    const redis = shareRedis(/** @type {any} */ (connectionOf(given, {})))
    try {
      await redis.ready()
      const log = redis.log({ main: 'm', fingerprint: 'f' }, 'b', 'b')
      await log.ring()
      await log.elect('me', 1_000, 0)
      await log.heard('origin', undefined)
      await log.settle({ id: '1-1', origin: 'origin', last: 1, receipt: {} })
      await log.forget('origin', '1-1')
      await log.resign('me', false)
      await redis.ask((native) => native.attend('m', 'f', ['*'], 1, 1))
      return redis.server
    } finally {
      redis.release()
    }
  }

  const right = () => ({
    host: '127.0.0.1',
    port,
    username: 'app',
    password: 'pw',
    tls: { ca: pem('ca.pem'), cert: pem('client.pem'), key: pem('client.key') },
  })

  test('certificates of its own', async () => {
    expect(await meet(right())).toMatchObject({ policy: 'noeviction' })
    expect(await meet({ ...right(), host: 'localhost' })).toMatchObject({ policy: 'noeviction' })
  })

  test.each([
    ['an unknown authority', () => ({ ...right(), tls: { ...right().tls, ca: undefined } }), 'SHARDED_QUEUE'],
    ['no certificate of the client', () => ({ ...right(), tls: { ca: pem('ca.pem') } }), 'SHARDED_QUEUE'],
    ['no TLS', () => ({ ...right(), tls: false }), 'SHARDED_QUEUE'],
    ['a wrong password', () => ({ ...right(), password: 'no' }), 'SHARDED_QUEUE_REFUSED'],
  ])('%s is refused', async (_, given, code) => {
    await expect(meet(given())).rejects.toMatchObject({ code })
  })

  test('an authority that is not to be checked', async () => {
    const { tls, ...rest } = right()
    const { cert, key } = tls
    expect(await meet({ ...rest, tls: { cert, key, rejectUnauthorized: false } })).toMatchObject({
      policy: 'noeviction',
    })
  })
})

test('Block.work needs a Redis, and says so', async () => {
  await expect(Block.work(/** @type {any} */ ({ client: {} }))).rejects.toThrow(
    /^connection: expected a Redis URL .*: it is required, unless REDIS_URL or REDIS_HOST is set/,
  )
  for (const [wrong, message] of /** @type {Array<[any, RegExp]>} */ ([
    [{ concurrency: 0 }, /^concurrency: expected a whole number of blocks/],
    [{ blocks: [] }, /^blocks: expected a non-empty array of blockIds/],
    [{ blocks: [''] }, /^blockId: expected/],
    [{ blockId: 'a' }, /^unknown option blockId/],
  ]))
    await expect(Block.work({ client: {}, connection: 'redis://h', ...wrong })).rejects.toThrow(message)
})

test('Block.watch takes a Redis as Block.create does', () => {
  const watch = (/** @type {any} */ connection) => checkOptions({ connection }, 'Block.watch', WATCH_OPTIONS)
  expect(watch('redis://:hidden@h').connection).toMatchObject({ host: 'h', port: 6379, password: 'hidden' })
  expect(watch(false).connection).toBe(null)
  expect(() => watch(7)).toThrow(/^connection: expected a Redis URL/)
})
