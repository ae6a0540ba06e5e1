// From the outbox into a real PostgreSQL: order, the three classes of failure, write-back of increments.
const path = require('node:path')
const { readIdentity } = require('../js/ledger')
const { classify } = require('../js/apply/classify')
const { makeApp, newMain, temporaryDir } = require('./support/app')
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
  await readIdentity(main.client)
})

afterEach(async () => {
  await native.block.close()
  await main.drop()
})

/** @param {string} id @param {object} [data] */
const create = (id, data = {}) => native.write('Slug', 'createOne', { data: { slug: id, ...data } })
const hit = (/** @type {string} */ slug) =>
  native.write('Slug', 'updateOne', { where: { slug }, data: { hits: { increment: 1 } } })
const slugs = () => main.client.slug.findMany({ orderBy: { slug: 'asc' } })
const rejectedInMain = () =>
  main.client.$queryRawUnsafe('SELECT seq::int AS seq, code, error FROM sharded.rejected ORDER BY seq')

test('commits arrive in order and the outbox is empty', async () => {
  const { applier, events } = applierFor(main.client, native)
  create('a', { target: 'x"\\{},\n é' })
  create('b')
  hit('a')
  native.write('Slug', 'deleteOne', { where: { slug: 'b' } })
  create('b', { target: 'again' })
  await applier.flush({ timeoutMs: 5_000 })
  await applier.stop()
  expect(await slugs()).toEqual([
    { slug: 'a', target: 'x"\\{},\n é', hits: 1 },
    { slug: 'b', target: 'again', hits: 0 },
  ])
  expect(JSON.parse(native.block.pending()).commits).toBe(0)
  expect(events.map(([event]) => event)).toEqual(['applied'])
})

test('an increment adds to what a direct writer made of the row, and the result comes back', async () => {
  const { applier } = applierFor(main.client, native)
  create('a')
  await applier.flush({ timeoutMs: 5_000 })
  await main.client.slug.update({ where: { slug: 'a' }, data: { hits: 100 } })
  const replaceRow = jest.spyOn(native.block, 'replaceRow')
  hit('a')
  await applier.flush({ timeoutMs: 5_000 })
  await applier.stop()
  expect(await slugs()).toEqual([{ slug: 'a', target: null, hits: 101 }])
  expect(replaceRow.mock.calls.map(([model, names, values]) => [model, names, values])).toEqual([
    ['Slug', '["slug","hits"]', ['a', 101]],
  ])
})

test('a refused commit stands alone: recorded, reverted, and the rest flows on', async () => {
  await main.client.slug.create({ data: { slug: 'taken', target: 'theirs', hits: 7 } })
  const { applier, of } = applierFor(main.client, native)
  create('a')
  create('taken')
  hit('a')
  await applier.flush({ timeoutMs: 5_000 })
  await applier.stop()
  expect(await slugs()).toEqual([
    { slug: 'a', target: null, hits: 1 },
    { slug: 'taken', target: 'theirs', hits: 7 },
  ])
  expect(await rejectedInMain()).toEqual([
    { seq: 2, code: '23505', error: expect.stringContaining('duplicate key') },
  ])
  expect(JSON.parse(native.block.rejected())).toHaveLength(1)
  expect(of('rejected')).toMatchObject([{ seq: 2, sqlState: '23505', reverted: true, left: [] }])
})

test("onRejected 'keep' leaves the local row", async () => {
  await main.client.slug.create({ data: { slug: 'taken' } })
  const { applier, of } = applierFor(main.client, native, { onRejected: 'keep' })
  const replaceRow = jest.spyOn(native.block, 'replaceRow')
  create('taken', { target: 'mine' })
  await applier.flush({ timeoutMs: 5_000 })
  await applier.stop()
  expect(replaceRow).not.toHaveBeenCalled()
  expect(of('rejected')).toMatchObject([{ reverted: false }])
})

test('an update whose row is gone is a refusal, not a silence', async () => {
  const { applier } = applierFor(main.client, native)
  create('a')
  await applier.flush({ timeoutMs: 5_000 })
  await main.client.slug.delete({ where: { slug: 'a' } })
  hit('a')
  await applier.flush({ timeoutMs: 5_000 })
  await applier.stop()
  expect(await rejectedInMain()).toMatchObject([{ seq: 2, code: 'SHARDED_ROW_MISSING' }])
})

test('a crash between the recorded refusal and the block is made up for', async () => {
  await main.client.slug.create({ data: { slug: 'taken' } })
  const { applier } = applierFor(main.client, native)
  const { reject } = native.block
  native.block.reject = () => {
    throw new Error('the process died here')
  }
  create('taken')
  create('b')
  await expect(applier.flush({ timeoutMs: 600 })).rejects.toMatchObject({ code: 'SHARDED_FLUSH_TIMEOUT' })
  await applier.stop()
  native.block.reject = reject
  const second = applierFor(main.client, native)
  await second.applier.flush({ timeoutMs: 5_000 })
  await second.applier.stop()
  expect(JSON.parse(native.block.rejected())).toHaveLength(1)
  expect(await rejectedInMain()).toHaveLength(1)
  expect((await slugs()).map((/** @type {any} */ row) => row.slug)).toEqual(['b', 'taken'])
})

test('a missing table blocks, keeps everything and resumes', async () => {
  const { applier, of } = applierFor(main.client, native)
  await main.client.$executeRawUnsafe('ALTER TABLE "Slug" RENAME TO "Slug_"')
  create('a')
  await expect(applier.flush({ timeoutMs: 500 })).rejects.toThrow(/relation "Slug" does not exist/)
  expect(applier.status()).toMatchObject({ state: 'blocked', lastError: { sqlState: '42P01' } })
  await main.client.$executeRawUnsafe('ALTER TABLE "Slug_" RENAME TO "Slug"')
  await applier.flush({ timeoutMs: 5_000 })
  await applier.stop()
  expect(await slugs()).toHaveLength(1)
  expect(of('error')).toHaveLength(1)
  expect(of('rejected')).toEqual([])
})

test('a lost connection is retried without an error event', async () => {
  const { applier, of } = applierFor(main.client, native)
  let failing = 2
  const flaky = new Proxy(main.client, {
    get(target, name) {
      if (name !== '$transaction' || failing-- <= 0) return Reflect.get(target, name)
      return () => Promise.reject(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))
    },
  })
  const second = applierFor(flaky, native)
  create('a')
  await second.applier.flush({ timeoutMs: 5_000 })
  await second.applier.stop()
  await applier.stop()
  expect(await slugs()).toHaveLength(1)
  expect([...of('error'), ...second.of('error')]).toEqual([])
})

test.each([
  ['40001', 'transient'],
  ['40P01', 'transient'],
  ['53300', 'transient'],
  ['57P01', 'transient'],
  ['55P03', 'transient'],
  ['22001', 'refusal'],
  ['23503', 'refusal'],
  ['23514', 'refusal'],
  ['P0001', 'refusal'],
  ['42501', 'blocked'],
  ['25006', 'blocked'],
  ['53100', 'blocked'],
  ['XX000', 'blocked'],
])('SQLSTATE %s raised by the server is %s', async (state, verdict) => {
  const raise = `DO $$ BEGIN RAISE EXCEPTION 'no way' USING ERRCODE = '${state}'; END $$`
  const error = await main.client.$executeRawUnsafe(raise).catch((/** @type {unknown} */ thrown) => thrown)
  expect(classify(error)).toBe(verdict)
})

test('a transaction that outlives its time and an unknown failure', async () => {
  const slow = main.client.$transaction(
    async (/** @type {any} */ tx) => {
      await tx.$queryRawUnsafe('SELECT pg_sleep(0.3)::text')
      await tx.$queryRawUnsafe('SELECT 1')
    },
    { timeout: 100 },
  )
  expect(classify(await slow.catch((/** @type {unknown} */ thrown) => thrown))).toBe('transient')
  expect(classify(new TypeError('what is this'))).toBe('blocked')
})
