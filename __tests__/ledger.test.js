// The ledger: exactly once, whoever applies, whatever stopped in between.
const path = require('node:path')
const { readIdentity } = require('../js/ledger')
const { connectMain, makeApp, newMain, temporaryDir } = require('./support/app')
const { applierFor, openNative } = require('./support/native')

/** @type {any} */
let app
/** @type {{client: any, url: string, drop: () => Promise<void>}} */
let main
/** @type {ReturnType<typeof openNative>} */
let native
const root = temporaryDir()
let folder = 0

beforeAll(async () => {
  app = await makeApp()
}, 120_000)

beforeEach(async () => {
  main = await newMain(app)
  native = openNative(app, path.join(root, String(folder++)))
})

afterEach(async () => {
  await native.block.close()
  await main.drop()
})

const create = (/** @type {string} */ id) => native.write('Counter', 'createOne', { data: { id } })
const increment = (/** @type {string} */ id) =>
  native.write('Counter', 'updateOne', { where: { id }, data: { n: { increment: 1 } } })
const counter = (/** @type {string} */ id) => main.client.counter.findUnique({ where: { id } })
const ledger = () => main.client.$queryRawUnsafe('SELECT seq::int AS seq FROM sharded.ledger')

test('made once by clients that come at the same time; the identity stays', async () => {
  const clients = [main.client, ...[1, 2, 3].map(() => connectMain(app, main.url))]
  const answers = await Promise.all(clients.map((client) => readIdentity(client)))
  expect(new Set(answers.map((answer) => answer.identity)).size).toBe(1)
  await Promise.all(clients.slice(1).map((client) => client.$disconnect()))
  expect(await readIdentity(main.client)).toEqual(answers[0])
})

test('two databases have two identities', async () => {
  const other = await newMain(app)
  const [one, two] = [await readIdentity(main.client), await readIdentity(other.client)]
  await other.drop()
  expect(one.identity).not.toBe(two.identity)
})

test('two live appliers on one outbox apply each commit once', async () => {
  await readIdentity(main.client)
  const [one, two] = ['', '.other'].map((lock) => applierFor(main.client, native, { lock }))
  create('hot')
  for (let round = 0; round < 20; round++) {
    for (let at = 0; at < 5; at++) increment('hot')
    await Promise.all([one, two].map(({ applier }) => applier.flush({ timeoutMs: 10_000 })))
  }
  await Promise.all([one.applier.stop(), two.applier.stop()])
  expect((await counter('hot')).n).toBe(100)
  expect(await ledger()).toEqual([{ seq: 101 }])
  expect([...one.of('rejected'), ...two.of('rejected'), ...one.of('error'), ...two.of('error')]).toEqual([])
})

test('an acknowledgement that was lost is made up for after a restart, without a second apply', async () => {
  await readIdentity(main.client)
  create('hot')
  const first = applierFor(main.client, native)
  const { ack } = native.block
  native.block.ack = () => {
    throw new Error('the process died here')
  }
  await expect(first.applier.flush({ timeoutMs: 500 })).rejects.toMatchObject({
    code: 'SHARDED_FLUSH_TIMEOUT',
  })
  await first.applier.stop()
  native.block.ack = ack
  expect(JSON.parse(native.block.pending()).commits).toBe(1)
  increment('hot')
  const second = applierFor(main.client, native)
  await second.applier.flush({ timeoutMs: 5_000 })
  await second.applier.stop()
  expect((await counter('hot')).n).toBe(1)
  expect(second.events.map(([event]) => event)).toEqual(['applied'])
})

test('a gap between ledger and outbox applies nothing', async () => {
  await readIdentity(main.client)
  const { applier, of } = applierFor(main.client, native)
  create('a')
  await applier.flush({ timeoutMs: 5_000 })
  create('b')
  // A main database restored from an older backup.
  await main.client.$executeRawUnsafe('UPDATE sharded.ledger SET seq = 0')
  const flushed = applier.flush({ timeoutMs: 500 })
  await expect(flushed).rejects.toMatchObject({
    code: 'SHARDED_FLUSH_TIMEOUT',
    cause: { code: 'SHARDED_LEDGER_GAP' },
  })
  expect(of('error').map((error) => error.code)).toEqual(['SHARDED_LEDGER_GAP'])
  expect(applier.status().state).toBe('blocked')
  expect(await counter('b')).toBeNull()
  await applier.stop()
})

test('a ledger ahead of the file acknowledges nothing', async () => {
  await readIdentity(main.client)
  const { applier, of } = applierFor(main.client, native)
  create('a')
  await applier.flush({ timeoutMs: 5_000 })
  await main.client.$executeRawUnsafe('UPDATE sharded.ledger SET seq = 50')
  create('b')
  await expect(applier.flush({ timeoutMs: 500 })).rejects.toMatchObject({
    cause: { code: 'SHARDED_LEDGER_AHEAD' },
  })
  expect(of('error')).toHaveLength(1)
  expect(JSON.parse(native.block.pending()).commits).toBe(1)
  await applier.stop()
})
