// The ledger: exactly once, whoever applies, whatever stopped in between.
const { ledgerSql, prepareLedger, readIdentity } = require('../js/apply/ledger')
const { aroundMain } = require('./support/apply')
const { connectMain, newMain } = require('./support/app')
const { ALL_MAINS } = require('./support/doors')
const { LEDGERS, rowsOf } = require('./support/ledger')
const { applierFor } = require('./support/native')

describe.each(ALL_MAINS)('on %s', (provider) => {
  const around = aroundMain(provider)
  const { applied, set } = LEDGERS[provider]
  const create = (/** @type {string} */ id) => around.native.write('Counter', 'createOne', { data: { id } })
  const increment = (/** @type {string} */ id) =>
    around.native.write('Counter', 'updateOne', { where: { id }, data: { n: { increment: 1 } } })
  const counter = (/** @type {string} */ id) => around.main.client.counter.findUnique({ where: { id } })
  const ledger = () => rowsOf(around.main.client, applied)

  test('two live appliers on one outbox apply each commit once', async () => {
    const [one, two] = ['', '.other'].map((lock) => applierFor(around.main.client, around.native, { lock }))
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
    create('hot')
    const first = applierFor(around.main.client, around.native)
    const { ack } = around.native.block
    around.native.block.ack = () => {
      throw new Error('the process died here')
    }
    await expect(first.applier.flush({ timeoutMs: 500 })).rejects.toMatchObject({
      code: 'SHARDED_FLUSH_TIMEOUT',
    })
    await first.applier.stop()
    around.native.block.ack = ack
    expect(JSON.parse(around.native.block.pending()).commits).toBe(1)
    increment('hot')
    const second = applierFor(around.main.client, around.native)
    await second.applier.flush({ timeoutMs: 5_000 })
    await second.applier.stop()
    expect((await counter('hot')).n).toBe(1)
    expect(second.events.map(([event]) => event)).toEqual(['applied'])
  })

  test('a gap between ledger and outbox applies nothing', async () => {
    const { applier, of } = applierFor(around.main.client, around.native)
    create('a')
    await applier.flush({ timeoutMs: 5_000 })
    create('b')
    // A main database restored from an older backup.
    await around.main.client.$executeRawUnsafe(set(0))
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
    const { applier, of } = applierFor(around.main.client, around.native)
    create('a')
    await applier.flush({ timeoutMs: 5_000 })
    await around.main.client.$executeRawUnsafe(set(50))
    create('b')
    await expect(applier.flush({ timeoutMs: 500 })).rejects.toMatchObject({
      cause: { code: 'SHARDED_LEDGER_AHEAD' },
    })
    expect(of('error')).toHaveLength(1)
    expect(JSON.parse(around.native.block.pending()).commits).toBe(1)
    await applier.stop()
  })
})

describe('the identity that PostgreSQL keeps', () => {
  const around = aroundMain('postgresql')

  test('made once by clients that come at the same time; the identity stays', async () => {
    const clients = [around.main.client, ...[1, 2, 3].map(() => connectMain(around.app, around.main.url))]
    const answers = await Promise.all(clients.map((client) => readIdentity(client)))
    expect(new Set(answers.map((answer) => answer.identity)).size).toBe(1)
    await Promise.all(clients.slice(1).map((client) => client.$disconnect()))
    expect(await readIdentity(around.main.client)).toEqual(answers[0])
  })

  test('two databases have two identities', async () => {
    const other = await newMain(around.app)
    const [one, two] = [await readIdentity(around.main.client), await readIdentity(other.client)]
    await other.drop()
    expect(one.identity).not.toBe(two.identity)
  })
})

describe.each(['mysql', 'sqlite'])('the tables on %s', (provider) => {
  const around = aroundMain(/** @type {any} */ (provider))
  const sql = ledgerSql(provider)

  test('are made by clients that come at the same time', async () => {
    const clients = [1, 2, 3].map(() => connectMain(around.app, around.main.url))
    await Promise.all(clients.map((client) => prepareLedger(client, sql)))
    expect(Number((await clients[0].$queryRawUnsafe(sql.exists))[0].found)).toBe(1)
    await Promise.all(clients.map((client) => client.$disconnect()))
  })
})
