// $on('query') and log of the main client hear of the statements that a block runs.
const { Block } = require('../js/index.js')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { throughBothDoors } = require('./support/doors')
const { loadAll, seed } = require('./support/seed')
const { sqlOf } = require('./support/sql')

throughBothDoors({ seed, load: loadAll }, (pair) => {
  /** @param {(db: any) => any} call */
  async function eventsOf(call) {
    /** @type {any[]} */
    const events = []
    pair.block.$on('query', (/** @type {any} */ event) => events.push(event))
    await call(pair.block)
    return events
  }

  test('an event has the form of main’s own', async () => {
    const byAge = (/** @type {any} */ db) =>
      db.user.findMany({ where: { age: { gt: 21 } }, select: { id: true }, orderBy: { id: 'asc' } })
    for (const _ of ['the shell', 'the fast door']) {
      const before = Date.now()
      const [event, ...more] = await eventsOf(byAge)
      expect(more).toEqual([])
      expect(Object.keys(event)).toEqual(['timestamp', 'duration', 'query', 'params', 'target'])
      expect(event.timestamp).toBeInstanceOf(Date)
      expect(event.timestamp.getTime()).toBeGreaterThanOrEqual(before)
      expect(event.duration).toBeGreaterThanOrEqual(0)
      expect(event.query).toMatch(/^SELECT .* FROM "User"/)
      expect(event.params).toBe('[21]')
      expect(event.target).toBe('sharded')
    }
  })

  test('one statement per relation level', async () => {
    const sql = await sqlOf(pair.block, (db) =>
      db.user.findMany({ include: { posts: { include: { comments: true } } } }),
    )
    expect(sql).toHaveLength(3)
  })

  test('writes, alone and in a transaction', async () => {
    const [insert] = await sqlOf(pair.block, (db) => db.counter.create({ data: { id: 'heard', n: 1 } }))
    expect(insert).toMatch(/^INSERT INTO "Counter"/)
    const sql = await sqlOf(pair.block, (db) =>
      db.$transaction([
        db.counter.update({ where: { id: 'heard' }, data: { n: 2 } }),
        db.counter.delete({ where: { id: 'heard' } }),
      ]),
    )
    expect(sql[0]).toMatch(/^UPDATE "Counter"/)
    expect(sql.at(-1)).toMatch(/^DELETE FROM "Counter"/)
  })

  test('what main answers is not the block’s', async () => {
    const sql = await sqlOf(pair.block, (db) => db.$queryRaw`SELECT 1`)
    expect(sql).toEqual([])
  })

  test('values that JSON does not know', async () => {
    const [event] = await eventsOf((db) =>
      db.user.count({ where: { views: { gt: 9_007_199_254_740_992n } } }),
    )
    expect(event.params).toBe('[9007199254740992]')
  })
})

test("log: ['query'] writes them where it writes main's", async () => {
  const app = await makeApp()
  const main = await newMain(app, { clientOptions: { log: ['query'] } })
  const log = jest.spyOn(console, 'log').mockImplementation(() => {})
  const block = await Block.create({
    blockId: 'log',
    client: main.client,
    dir: temporaryDir(),
    generated: app.generated,
    loader: async () => {},
  })
  try {
    log.mockClear()
    await block.user.count()
    const texts = log.mock.calls.flat().map(String)
    expect(texts.filter((text) => text.includes('SELECT') && text.includes('"User"'))).toHaveLength(1)
  } finally {
    await block.$disconnect()
    log.mockRestore()
    await main.drop()
  }
})
