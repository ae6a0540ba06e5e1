// Whoever can write to the Redis can put anything into a stream: what cannot be a commit of this data model is named, nothing of it is
// applied, and nobody's process ends.
const { Block } = require('../js')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { FIRST_APP_MS } = require('./support/doors')
const { startPrivateRedis } = require('./support/private-redis')
const { eventually } = require('./support/queue')

/** @type {any} */
let app
/** @type {any} */
let main
/** @type {any} */
let redis
/** @type {any} */
let db

beforeAll(async () => {
  app = await makeApp({ provider: 'sqlite' })
  redis = await startPrivateRedis()
}, FIRST_APP_MS)
afterAll(() => redis.remove())
beforeEach(async () => {
  main = await newMain(app)
  const place = { dir: temporaryDir(), generated: app.generated, connection: redis.url }
  db = await Block.create({ blockId: 'b', client: main.client, ...place })
})
afterEach(async () => {
  await db.$disconnect().catch(() => {})
  await redis.command('FLUSHALL')
  await main.drop()
})

/** @type {Array<[string, Record<string, string>]>} */
const HOSTILE = [
  ['no payload', { p: '' }],
  ['a payload of another kind', { p: 'DROP TABLE "Counter"' }],
  ['a payload that claims to be long', { p: '\u0001\u007f\u007f\u007f\u007f' }],
  ['a model that does not exist', { p: '\u0001\u0001\u0063\u0000\u0000\u0000' }],
  ['a key of no part', { p: '\u0001\u0001\u0000\u0000\u0000\u0000' }],
  ['a field that does not exist', { p: '\u0001\u0001\u0000\u0000\u0001\u0000\u0001\u0063\u0000' }],
  ['a number that is none', { s: 'x' }],
  ['a number below all', { s: '-9223372036854775808' }],
  ['a floor below all', { f: '-1' }],
]

test.each(HOSTILE)(
  'an entry with %s is named, and its commit is sent again when it is removed',
  async (_, given) => {
    /** @type {any[]} */
    const errors = []
    db.$block.on('error', (/** @type {any} */ error) => errors.push(error))
    await main.client.$executeRawUnsafe('ALTER TABLE "Counter" RENAME TO "Hidden"')
    await db.counter.create({ data: { id: 'a' } })
    const logKey = async () => (await redis.command('KEYS', '*:b}:*:log'))[0]
    await eventually(async () => (await logKey()) !== undefined)
    const key = await logKey()
    const [[, fields]] = await redis.command('XRANGE', key, '-', '+')
    const entry = Object.fromEntries(
      Array.from({ length: fields.length / 2 }, (__, at) => [fields[2 * at], fields[2 * at + 1]]),
    )
    await redis.command('DEL', key)
    const planted = Object.entries({ ...entry, ...given }).flat()
    const id = await redis.command('XADD', key, '*', ...planted)
    await main.client.$executeRawUnsafe('ALTER TABLE "Hidden" RENAME TO "Counter"')
    await expect(db.$block.flush({ timeout: 1_500 })).rejects.toMatchObject({ code: 'SHARDED_FLUSH_TIMEOUT' })
    await eventually(() => errors.some(({ code }) => code === 'SHARDED_QUEUE_ENTRY'))
    const told = errors.find(({ code }) => code === 'SHARDED_QUEUE_ENTRY')
    expect(told.message).toContain(`${key} ${id}`)
    expect(await main.client.counter.count()).toBe(0)
    await redis.command('XDEL', key, id)
    await db.$block.flush()
    expect(await main.client.counter.findMany({ select: { id: true } })).toEqual([{ id: 'a' }])
  },
  60_000,
)
