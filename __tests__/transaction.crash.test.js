// A transaction that main has a part of, whose process ends at its commit: whatever main has become, the block follows.
const path = require('node:path')
const { setTimeout: sleep } = require('node:timers/promises')
const { Block } = require('..')
const { connectMain, makeApp, newMain, temporaryDir } = require('./support/app')
const { startChild } = require('./support/child')
const { deepSame } = require('./support/parity')
const { loadAll, seed } = require('./support/seed')
const { sameBlock } = require('./support/writes')

const LATEST_MS = 10_000

describe.each(['full', 'os'])('durability %s', (durability) => {
  const dir = temporaryDir()
  /** @type {any} */
  let app
  /** @type {any} */
  let database
  let blocks = 0
  const main = () => database.client
  const loader = async (block, client) => {
    await loadAll(block, client)
    await block.counter.createMany({ data: await client.counter.findMany() })
  }
  const open = (blockId, client = main()) =>
    Block.create({ blockId, client, dir, generated: app.generated, loader, durability })

  beforeAll(async () => {
    app = await makeApp()
    database = await newMain(app)
    await seed(main())
  })
  beforeEach(async () => {
    await main().user.deleteMany({ where: { id: 'new' } })
    await main().category.deleteMany({ where: { name: 'new' } })
    await main().counter.deleteMany()
    await main().counter.createMany({ data: ['hot', 'gone', 'raw'].map((id) => ({ id })) })
    blocks += 1
  })
  afterAll(() => database?.drop())

  const idOf = () => `crash-${blocks}`

  /** @param {'before' | 'between'} when @param {object} [more] */
  async function die(when, more) {
    const dies = { url: database.url, dir, blockId: idOf(), when, durability, ...more }
    const child = startChild(path.join(__dirname, 'support/dies-between.js'), {
      env: { DIES: JSON.stringify(dies) },
    })
    const { signal, errors } = await child.exit()
    expect(errors).toBe('')
    expect(signal).toBe('SIGKILL')
    expect(await main().user.count({ where: { id: 'new' } })).toBe(when === 'between' ? 1 : 0)
  }

  /** @param {any} db */
  const pair = (db) => /** @type {any} */ ({ block: db, behind: main() })

  test.each(['before', 'between'])('%s main’s commit and the block’s: opened again', async (when) => {
    await (await open(idOf())).$disconnect()
    await die(when)
    const db = await open(idOf())
    await sameBlock(pair(db))
    expect(await db.post.count({ where: { categories: { some: { name: 'new' } } } })).toBe(
      when === 'between' ? 1 : 0,
    )
    expect(db.$block.rejected()).toEqual([])
    // It goes on.
    await db.$transaction([
      db.counter.update({ where: { id: 'hot' }, data: { n: { increment: 1 } } }),
      db.category.create({ data: { name: `on ${durability} ${when}` } }),
    ])
    await db.$block.flush()
    await sameBlock(pair(db))
    await db.$disconnect()
  })

  test('another process that has the block open finds out at its next write', async () => {
    const db = await open(idOf())
    await die('between')
    await db.counter.update({ where: { id: 'raw' }, data: { n: 5 } })
    const until = Date.now() + LATEST_MS
    while ((await db.user.count({ where: { id: 'new' } })) === 0 && Date.now() < until) await sleep(10)
    await db.$block.flush()
    await sameBlock(pair(db))
    await db.$disconnect()
  })

  test('… or at its next transaction of both', async () => {
    const db = await open(idOf())
    await die('between')
    await db.$transaction(async (tx) => {
      await tx.counter.update({ where: { id: 'hot' }, data: { n: { increment: 1 } } })
      await tx.auditLog.count()
      await tx.auditLog.deleteMany()
    })
    await db.$block.flush()
    const until = Date.now() + LATEST_MS
    while ((await db.user.count({ where: { id: 'new' } })) === 0 && Date.now() < until) await sleep(10)
    await sameBlock(pair(db))
    await db.$disconnect()
  })

  test('rows that nobody named: the block is stale', async () => {
    await (await open(idOf())).$disconnect()
    await die('between', { raw: true })
    const db = await open(idOf())
    expect(db.$block.status()).toMatchObject({ stale: true })
    await Block.invalidate(idOf())
    await sameBlock(pair(db))
    await db.$disconnect()
  })

  /** Something that happens at main's commit of the next transaction. @param {any} client @param {(commit: () => Promise<any>) => Promise<any>} at */
  function atCommit(client, at) {
    const { _engine: engine } = client
    const { transaction } = engine
    engine.transaction = (/** @type {any[]} */ ...args) => {
      const go = () => transaction.apply(engine, args)
      if (args[0] !== 'commit') return go()
      engine.transaction = transaction
      return at(go)
    }
  }

  const both = (/** @type {any} */ db) =>
    db.$transaction(async (/** @type {any} */ tx) => {
      await tx.counter.update({ where: { id: 'hot' }, data: { n: { increment: 1 } } })
      await tx.auditLog.deleteMany()
    })

  test('the block closes between the two commits: the error says so, and the next opening follows', async () => {
    const client = connectMain(app, database.url)
    const db = await open(idOf(), client)
    atCommit(client, async (commit) => {
      await commit()
      await db.$disconnect()
    })
    await expect(both(db)).rejects.toThrow(/main database has committed this transaction/)
    expect(await main().counter.findUnique({ where: { id: 'hot' } })).toMatchObject({ n: 1 })
    const again = await open(idOf(), client)
    expect(await again.counter.findUnique({ where: { id: 'hot' } })).toMatchObject({ n: 1 })
    await sameBlock(pair(again))
    await again.$disconnect()
    await client.$disconnect()
  })

  test.each([true, false])(
    'the answer of main’s commit is lost (committed: %s): the block is what main is',
    async (committed) => {
      const client = connectMain(app, database.url)
      const db = await open(idOf(), client)
      atCommit(client, async (commit) => {
        if (committed) await commit()
        throw new Error('server closed the connection')
      })
      await expect(both(db)).rejects.toThrow('server closed the connection')
      expect(await db.counter.findUnique({ where: { id: 'hot' } })).toMatchObject({ n: committed ? 1 : 0 })
      await both(db)
      expect(await db.counter.findUnique({ where: { id: 'hot' } })).toMatchObject({ n: committed ? 2 : 1 })
      await sameBlock(pair(db))
      await db.$disconnect()
      await client.$disconnect()
    },
  )

  test('without the main database it opens, and follows later', async () => {
    await (await open(idOf())).$disconnect()
    await die('between')
    const client = connectMain(app, database.url)
    const { _engine: engine } = client
    const { request } = engine
    let away = true
    engine.request = (...args) =>
      away ? Promise.reject(new Error('connection terminated')) : request.apply(engine, args)
    const options = { forwardTimeout: 300 }
    const warned = []
    const db = await Block.create({
      blockId: idOf(),
      client,
      dir,
      generated: app.generated,
      durability,
      ...options,
    })
    db.$block.on('error', (error) => warned.push(error))
    expect(await db.counter.findUnique({ where: { id: 'hot' } })).toMatchObject({ n: 0 })
    away = false
    const until = Date.now() + LATEST_MS
    while ((await db.user.count({ where: { id: 'new' } })) === 0 && Date.now() < until) await sleep(10)
    await sameBlock(pair(db))
    await db.$disconnect()
    await client.$disconnect()
    deepSame(db.$block.status().open, false)
  })
})
