// From the outbox into a real main database: order, the three classes of failure, write-back of increments. The same for
// every provider; what only one has is in its own test file.
const path = require('node:path')
const { ledgerSql, prepareLedger, readIdentity } = require('../../js/apply/ledger')
const { makeApp, newMain, temporaryDir } = require('./app')
const { FIRST_APP_MS } = require('./doors')
const { LEDGERS, rowsOf } = require('./ledger')
const { applierFor, openNative } = require('./native')

/**
 * @typedef {object} Around what a test of one provider finds
 * @property {any} app
 * @property {{client: any, url: string, drop: () => Promise<void>}} main
 * @property {ReturnType<typeof openNative>} native
 * @property {() => Promise<any[]>} slugs
 * @property {() => Promise<any[]>} rejected as the main database recorded them
 * @property {(id: string, data?: object) => void} create
 * @property {(slug: string) => void} hit
 */

/** The tables of the ledger are there before a test asks them. @param {any} client @param {string} provider */
async function makeLedger(client, provider) {
  if (provider === 'postgresql') await readIdentity(client)
  else await prepareLedger(client, ledgerSql(provider))
}

/** @param {import('./app').Provider} provider @returns {Around} filled before each test */
function aroundMain(provider) {
  const root = temporaryDir()
  let folder = 0
  const around = /** @type {Around} */ ({})
  beforeAll(async () => {
    around.app = await makeApp({ provider })
  }, FIRST_APP_MS)
  beforeEach(async () => {
    around.main = await newMain(around.app)
    around.native = openNative(around.app, path.join(root, String(folder++)))
    await makeLedger(around.main.client, provider)
  })
  afterEach(async () => {
    await around.native.block.close()
    await around.main.drop()
  })
  around.slugs = () => around.main.client.slug.findMany({ orderBy: { slug: 'asc' } })
  around.rejected = () => rowsOf(around.main.client, LEDGERS[provider].rejected)
  around.create = (id, data = {}) => around.native.write('Slug', 'createOne', { data: { slug: id, ...data } })
  around.hit = (slug) =>
    around.native.write('Slug', 'updateOne', { where: { slug }, data: { hits: { increment: 1 } } })
  return around
}

/**
 * What a block must do before any main database, by way of any queue.
 * @param {Around} around @param {import('./app').Provider} provider @param {typeof applierFor} [applierOf]
 */
function appliesAsAnywhere(around, provider, applierOf = applierFor) {
  const ledger = LEDGERS[provider]
  const [slug, slug_] = ['Slug', 'Slug_'].map((name) => ledger.quote + name + ledger.quote)

  test('commits arrive in order and the outbox is empty', async () => {
    const { applier, events } = applierOf(around.main.client, around.native)
    around.create('a', { target: 'x"\\{},\n é' })
    around.create('b')
    around.hit('a')
    around.native.write('Slug', 'deleteOne', { where: { slug: 'b' } })
    around.create('b', { target: 'again' })
    await applier.flush({ timeoutMs: 5_000 })
    await applier.stop()
    expect(await around.slugs()).toEqual([
      { slug: 'a', target: 'x"\\{},\n é', hits: 1 },
      { slug: 'b', target: 'again', hits: 0 },
    ])
    expect(JSON.parse(around.native.block.pending()).commits).toBe(0)
    expect(events.map(([event]) => event)).toEqual(['applied'])
  })

  test('an increment adds to what a direct writer made of the row, and the result comes back', async () => {
    const { applier } = applierOf(around.main.client, around.native)
    around.create('a')
    await applier.flush({ timeoutMs: 5_000 })
    await around.main.client.slug.update({ where: { slug: 'a' }, data: { hits: 100 } })
    const replaceRow = jest.spyOn(around.native.block, 'replaceRow')
    around.hit('a')
    await applier.flush({ timeoutMs: 5_000 })
    await applier.stop()
    expect(await around.slugs()).toEqual([{ slug: 'a', target: null, hits: 101 }])
    expect(replaceRow.mock.calls.map(([model, names, values]) => [model, names, values])).toEqual([
      ['Slug', '["slug","hits"]', ['a', 101]],
    ])
  })

  test('a refused commit stands alone: recorded, reverted, and the rest flows on', async () => {
    await around.main.client.slug.create({ data: { slug: 'taken', target: 'theirs', hits: 7 } })
    const { applier, of } = applierOf(around.main.client, around.native)
    around.create('a')
    around.create('taken')
    around.hit('a')
    await applier.flush({ timeoutMs: 5_000 })
    await applier.stop()
    expect(await around.slugs()).toEqual([
      { slug: 'a', target: null, hits: 1 },
      { slug: 'taken', target: 'theirs', hits: 7 },
    ])
    expect(await around.rejected()).toEqual([
      { seq: 2, code: ledger.taken, error: expect.stringMatching(ledger.takenText) },
    ])
    expect(JSON.parse(around.native.block.rejected())).toHaveLength(1)
    expect(of('rejected')).toMatchObject([{ seq: 2, databaseCode: ledger.taken, reverted: true, left: [] }])
  })

  test("onRejected 'keep' leaves the local row", async () => {
    await around.main.client.slug.create({ data: { slug: 'taken' } })
    const { applier, of } = applierOf(around.main.client, around.native, { onRejected: 'keep' })
    const replaceRow = jest.spyOn(around.native.block, 'replaceRow')
    around.create('taken', { target: 'mine' })
    await applier.flush({ timeoutMs: 5_000 })
    await applier.stop()
    expect(replaceRow).not.toHaveBeenCalled()
    expect(of('rejected')).toMatchObject([{ reverted: false }])
  })

  test('an update whose row is gone is a refusal, not a silence', async () => {
    const { applier } = applierOf(around.main.client, around.native)
    around.create('a')
    await applier.flush({ timeoutMs: 5_000 })
    await around.main.client.slug.delete({ where: { slug: 'a' } })
    around.hit('a')
    await applier.flush({ timeoutMs: 5_000 })
    await applier.stop()
    expect(await around.rejected()).toMatchObject([{ seq: 2, code: 'SHARDED_ROW_MISSING' }])
  })

  test('a crash between the recorded refusal and the block is made up for', async () => {
    await around.main.client.slug.create({ data: { slug: 'taken' } })
    const { applier } = applierOf(around.main.client, around.native)
    const { reject } = around.native.block
    around.native.block.reject = () => {
      throw new Error('the process died here')
    }
    around.create('taken')
    around.create('b')
    await expect(applier.flush({ timeoutMs: 600 })).rejects.toMatchObject({ code: 'SHARDED_FLUSH_TIMEOUT' })
    await applier.stop()
    around.native.block.reject = reject
    const second = applierOf(around.main.client, around.native)
    await second.applier.flush({ timeoutMs: 5_000 })
    await second.applier.stop()
    expect(JSON.parse(around.native.block.rejected())).toHaveLength(1)
    expect(await around.rejected()).toHaveLength(1)
    expect((await around.slugs()).map((/** @type {any} */ row) => row.slug)).toEqual(['b', 'taken'])
  })

  test('a missing table blocks, keeps everything and resumes', async () => {
    const { applier, of } = applierOf(around.main.client, around.native)
    await around.main.client.$executeRawUnsafe(`ALTER TABLE ${slug} RENAME TO ${slug_}`)
    around.create('a')
    await expect(applier.flush({ timeoutMs: 500 })).rejects.toThrow(ledger.missing)
    expect(applier.status()).toMatchObject({
      state: 'blocked',
      lastError: { message: expect.stringMatching(ledger.missing) },
    })
    await around.main.client.$executeRawUnsafe(`ALTER TABLE ${slug_} RENAME TO ${slug}`)
    await applier.flush({ timeoutMs: 5_000 })
    await applier.stop()
    expect(await around.slugs()).toHaveLength(1)
    expect(of('error')).toHaveLength(1)
    expect(of('rejected')).toEqual([])
  })

  test('a lost connection is retried without an error event', async () => {
    const { applier, of } = applierOf(around.main.client, around.native)
    let failing = 2
    const flaky = new Proxy(around.main.client, {
      get(target, name) {
        if (name !== '$transaction' || failing-- <= 0) return Reflect.get(target, name)
        return () => Promise.reject(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))
      },
    })
    const second = applierOf(flaky, around.native)
    around.create('a')
    await second.applier.flush({ timeoutMs: 5_000 })
    await second.applier.stop()
    await applier.stop()
    expect(await around.slugs()).toHaveLength(1)
    expect([...of('error'), ...second.of('error')]).toEqual([])
  })
}

module.exports = { aroundMain, appliesAsAnywhere, applierFor, makeLedger }
