// What a block remembers of the shapes of calls is bounded, and what it has forgotten is answered as before.
const { Block } = require('..')
const { Memo } = require('../js/fast/memo')
const { makeApp, newMain, temporaryDir } = require('./support/app')

/** As many as a block keeps, and some. */
const SHAPES = 4_100
const BITS = 13

/** A query of Prisma's JSON protocol whose shape is its number. @param {number} n */
const shape = (n) => {
  const AND = Array.from({ length: BITS }, (_, bit) => ({ n: (n >> bit) & 1 ? { gte: 0 } : { lt: 100 } }))
  return JSON.stringify({
    modelName: 'Counter',
    action: 'findMany',
    query: { arguments: { where: { AND } }, selection: { id: true } },
  })
}

describe('plans', () => {
  let main
  let db

  beforeAll(async () => {
    const app = await makeApp()
    main = await newMain(app)
    await main.client.counter.create({ data: { id: 'a', n: 1 } })
    db = await Block.create({
      blockId: 'memory',
      client: main.client,
      dir: temporaryDir(),
      generated: app.generated,
      loader: async (block, source) => {
        await block.counter.createMany({ data: await source.counter.findMany() })
      },
    })
  })

  afterAll(async () => {
    await db.$disconnect()
    await main.drop()
  })

  test('a call whose plan was forgotten is answered by a new one, and then fast again', async () => {
    const { client } = db.$block.status()
    const call = () => db.counter.findUnique({ where: { id: 'a' }, select: { n: true } })
    for (let i = 0; i < 2; i++) expect(await call()).toEqual({ n: 1 })
    const native = db._engine.block
    const first = JSON.parse(native.compile(shape(0))).planId
    expect(JSON.parse(native.compile(shape(0))).planId).toBe(first)
    for (let n = 1; n <= SHAPES; n++) native.compile(shape(n))
    expect(JSON.parse(native.compile(shape(0))).planId).toBeGreaterThan(first + SHAPES)
    for (let i = 0; i < 2; i++) expect(await call()).toEqual({ n: 1 })
    const after = db.$block.status().client
    expect(after.fallbacks - client.fallbacks).toBe(process.env.SHARDED_FAST_DOOR === 'off' ? 0 : 1)
  })
})

describe('the memo of the fast door', () => {
  const call = (planId) => ({
    plan: { planId, slots: [], shape: { nodes: [] } },
    params: [],
    guard: null,
    limits: null,
  })
  const known = (slot) => slot.root.object !== null

  test('starts over beyond 2,000 forms', () => {
    const memo = new Memo(new Set(), true)
    const slot = memo.slot('User', 'findMany')
    for (let n = 0; n < 2_000; n++) memo.learn(slot, { take: n + 1 }, call(n), null)
    expect(known(slot)).toBe(true)
    memo.learn(slot, { take: 0 }, call(2_000), null)
    expect(known(slot)).toBe(false)
  })

  test('starts over after 10,000 calls it could not learn from', () => {
    const memo = new Memo(new Set(), true)
    const slot = memo.slot('User', 'findMany')
    const unlearnable = (n) => ({ take: n, where: new (class {})() })
    for (let n = 0; n < 10_000; n++) memo.learn(slot, unlearnable(n), call(n), null)
    expect(known(slot)).toBe(true)
    memo.learn(slot, unlearnable(10_000), call(0), null)
    expect(known(slot)).toBe(false)
  })
})
