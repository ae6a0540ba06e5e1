// Calls of one client take effect in the order in which they were started, also where the first of them has to wait.
const { Block } = require('..')
const registry = require('../js/block/registry')
const { makeApp, newMain, temporaryDir } = require('./support/app')

const BUSY = -2
const SHARED = { durability: 'os', connection: false }

let app
let main
let db
let blocks = 0

beforeAll(async () => {
  app = await makeApp()
  main = await newMain(app)
})
beforeEach(async () => {
  const blockId = `order ${++blocks}`
  db = await Block.create({
    ...SHARED,
    blockId,
    client: main.client,
    dir: temporaryDir(),
    generated: app.generated,
  })
  await db.counter.create({ data: { id: blockId } })
})
afterEach(() => db.$disconnect())
afterAll(() => main?.drop())

const where = () => ({ id: `order ${blocks}` })
const label = (/** @type {string} */ to) => db.counter.update({ where: where(), data: { label: to } })
const read = async () => (await db.counter.findUnique({ where: where() })).label

/** The next time it is asked another process has the write lock, for a moment. @param {string} verb */
function busyOnce(verb) {
  const [{ native }] = registry.named(`order ${blocks}`)
  native[verb] = () => {
    delete native[verb]
    return BUSY
  }
}

test('a write that meets a lock which is free again at once is not passed by those behind it', async () => {
  busyOnce('run')
  await Promise.all([label('first'), label('second'), label('third')])
  expect(await read()).toBe('third')
})

test('nor is one of a form that is known', async () => {
  await label('before')
  busyOnce('run')
  await Promise.all([label('first'), label('second'), label('third')])
  expect(await read()).toBe('third')
})

test('nor is a $transaction([...])', async () => {
  await Promise.all([db.$transaction([label('first'), label('second')]), label('third')])
  expect(await read()).toBe('third')
  busyOnce('begin')
  await Promise.all([db.$transaction([label('fourth'), label('fifth')]), label('sixth')])
  expect(await read()).toBe('sixth')
})

test('nor is one that fetches its row first by others that miss the same row', async () => {
  for (let round = 0; round < 8; round++) {
    const id = `unheld ${round}`
    await main.client.counter.create({ data: { id } })
    const to = (/** @type {string} */ label) => db.counter.update({ where: { id }, data: { label } })
    await Promise.all(['a', 'b', 'c', 'd'].map(to))
    expect(await db.counter.findUnique({ where: { id } })).toMatchObject({ label: 'd' })
    await db.$block.flush()
    const absent = { id: `absent ${round}` }
    const up = (/** @type {string} */ label) =>
      db.counter.upsert({ where: absent, create: { ...absent, label }, update: { label } })
    const all = await Promise.allSettled([up('a'), up('b'), db.counter.delete({ where: absent }), up('c')])
    expect(all.map(({ status }) => status)).toEqual(Array(4).fill('fulfilled'))
    expect(await db.counter.findUnique({ where: absent })).toMatchObject({ label: 'c' })
  }
})

test('one whose row cannot be fetched keeps nobody', async () => {
  const id = 'kept'
  await main.client.counter.create({ data: { id } })
  const engine = main.client._originalClient._engine
  const { request } = engine
  engine.request = () => Promise.reject(new Error('away'))
  const to = (/** @type {string} */ label) => db.counter.update({ where: { id }, data: { label } })
  const failed = await Promise.allSettled([to('a'), to('b')])
  engine.request = request
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await to('c')).toMatchObject({ label: 'c' })
})
