// Blocks that differ in nothing that a call depends on share what the fast door has learned; all others do not.
const { Block } = require('..')
const { connectMain, makeApp, newMain, temporaryDir } = require('./support/app')

const dir = temporaryDir()
let app
let main
let ids = 0

const counts = (/** @type {any} */ db) => {
  const { fast, shell } = db.$block.status().client
  return { fast, shell }
}

/** @param {any} [more] */
function open(more = {}) {
  ids += 1
  return Block.create({
    blockId: `shared-${ids}`,
    client: main.client,
    dir,
    generated: app.generated,
    durability: 'os',
    ...more,
  })
}

/** A loaded row has every column. */
const REST = { n: 0, big: 0n, total: 0, ratio: 0, at: null }
/** Each block has a row of its own. @param {string} id */
const holding = (id) => ({
  loader: async (/** @type {any} */ block) =>
    void (await block.counter.create({ data: { id, label: id, ...REST } })),
})
const find = (/** @type {any} */ db, /** @type {string} */ id) => db.counter.findUnique({ where: { id } })

beforeAll(async () => {
  delete process.env.SHARDED_FAST_DOOR
  app = await makeApp()
  main = await newMain(app)
})
afterAll(async () => {
  await Block.shutdown()
  await main.drop()
})

test('the first call of a block is fast where another has learned it, and is answered by its own rows', async () => {
  const [first, second] = [await open(holding('1')), await open(holding('2'))]
  expect((await find(first, '1')).label).toBe('1')
  expect(counts(first)).toEqual({ fast: 0, shell: 1 })
  expect((await find(second, '2')).label).toBe('2')
  expect(counts(second)).toEqual({ fast: 1, shell: 0 })
  // Its shell is made when it is needed: for a form that nobody knows, and for an error.
  expect(await second.counter.findMany({ where: { id: { startsWith: '2' } } })).toHaveLength(1)
  await expect(second.counter.create({ data: { id: '2' } })).rejects.toMatchObject({ code: 'P2002' })
})

test('it outlives the block that taught it', async () => {
  const first = await open(holding('3'))
  await first.counter.findFirst({ where: { id: '3' }, select: { label: true } })
  await first.$disconnect()
  const second = await open(holding('4'))
  const found = await second.counter.findFirst({ where: { id: '4' }, select: { label: true } })
  expect(found).toEqual({ label: '4' })
  expect(counts(second)).toEqual({ fast: 1, shell: 0 })
})

test('what is written through is, whatever others have learned', async () => {
  const create = (/** @type {any} */ db, /** @type {string} */ id) => db.counter.create({ data: { id } })
  const local = await open()
  for (const id of ['5', '6']) await create(local, id)
  expect(counts(local).fast).toBeGreaterThan(0)
  await local.$block.flush()
  const through = await open({ through: ['Counter'] })
  await create(through, '7')
  expect(await main.client.counter.findUnique({ where: { id: '7' } })).toMatchObject({ id: '7' })
  expect(through.$block.pending().commits).toBe(0)
})

test('a block with a scope learns for itself: it answers what its own covers', async () => {
  await main.client.counter.createMany({ data: ['8', '9'].map((id) => ({ id, label: 'scope' })) })
  const list = (/** @type {any} */ db, /** @type {string} */ id) => db.counter.findMany({ where: { id } })
  const [eight, nine] = await Promise.all(
    ['8', '9'].map((id) => open({ scope: { counter: { where: { id } } } })),
  )
  for (let i = 0; i < 2; i++) expect(await list(eight, '8')).toHaveLength(1)
  for (let i = 0; i < 2; i++) expect(await list(nine, '8')).toHaveLength(1)
  expect(eight.$block.status().client.forwarded).toBe(0)
  expect(nine.$block.status().client.forwarded).toBeGreaterThan(0)
})

test('another client of the user’s learns for itself', async () => {
  const db = await open(holding('10'))
  await find(db, '10')
  const extended = main.client.$extends({
    result: { counter: { twice: { needs: { label: true }, compute: ({ label }) => label + label } } },
  })
  const other = await open({ ...holding('11'), client: extended })
  for (let i = 0; i < 2; i++) expect((await find(other, '11')).twice).toBe('1111')
  const second = connectMain(app, main.url)
  const apart = await open({ ...holding('12'), client: second })
  await find(apart, '12')
  expect(counts(apart)).toEqual({ fast: 0, shell: 1 })
  await apart.$disconnect()
  await second.$disconnect()
})

test('clients and models of one layout are objects of their own', async () => {
  const [first, second] = [await open(holding('13')), await open(holding('14'))]
  expect(first.counter).toBe(first.counter)
  expect(first.counter).toBe(first.Counter)
  expect(first.counter).not.toBe(second.counter)
  expect(first.counter.findMany).toBe(first.counter.findMany)
  expect(first).toBeInstanceOf(Object.getPrototypeOf(main.client).constructor)
  expect('then' in first).toBe(false)
  const spy = jest.spyOn(first.counter, 'findUnique').mockResolvedValue({ label: 'mocked' })
  expect(await find(first, '13')).toEqual({ label: 'mocked' })
  expect((await find(second, '14')).label).toBe('14')
  spy.mockRestore()
  expect((await find(first, '13')).label).toBe('13')
  first.counter.count = () => 42
  expect([first.counter.count(), await second.counter.count()]).toEqual([42, 1])
})
