// `createMany({ skipDuplicates })`: what is a duplicate, is told by main where the block does not hold a key.
const { Block } = require('..')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { writesBefore } = require('./support/writes')

// SQLite has no such argument: client.createMany.test.js.
const uuid = (n) => `22222222-2222-4333-8444-${String(n).padStart(12, '0')}`

writesBefore(['postgresql', 'mysql'], (pair) => {
  test('of rows that are there, and of rows of the same call', async () => {
    await pair.askEach(
      (db, n) =>
        db.counter.createMany({
          data: [{ id: `d${n}`, n: 1 }, { id: `d${n}`, n: 2 }, { id: `e${n}` }],
          skipDuplicates: true,
        }),
      [1, 1, 2],
    )
    await pair.askEach(
      (db, email) =>
        db.user.createMany({
          data: [
            { id: 'new', email },
            { email, id: 'other' },
          ],
          skipDuplicates: true,
        }),
      ['u1@example.com', 'fresh@x', 'fresher@x'],
    )
    await pair.ask((db) => db.user.findMany({ where: { id: { in: ['new', 'other'] } } }))
  })

  test('of rows of one form', () =>
    pair.askEach(
      (db, n) => db.counter.createMany({ data: [{ id: 'g' }, { id: `g${n}` }], skipDuplicates: true }),
      [1, 1, 1, 2],
    ))

  test('and return the rest', async () => {
    await pair.askEach(
      (db, n) =>
        db.counter.createManyAndReturn({
          data: [{ id: 'kept' }, { id: `k${n}` }, { id: `k${n}`, n }],
          skipDuplicates: true,
        }),
      [1, 2, 2],
    )
  })

  test('in a nested createMany', () =>
    pair.askEach(
      (db, id) =>
        db.user.update({
          where: { id: 'u1' },
          data: { comments: { createMany: { data: [{ id, text: 'a', postId: 1 }], skipDuplicates: true } } },
          include: { comments: { orderBy: { id: 'asc' } } },
        }),
      ['n1', 'n1', 'c1-0', 'n2'],
    ))

  test('other rules still hold', async () => {
    await pair.ask((db) =>
      db.profile.createMany({
        data: [
          { id: uuid(1), userId: 'nobody' },
          { id: uuid(2), userId: 'u1' },
        ],
        skipDuplicates: true,
      }),
    )
    await pair.ask((db) => db.counter.createMany({ data: [{ id: 'f' }], skipDuplicates: false }))
    await pair.ask((db) => db.counter.createMany({ data: [{ id: 'f' }], skipDuplicates: false }))
  })
})

describe('of rows that only main has', () => {
  let app
  let main
  let block
  beforeAll(async () => {
    app = await makeApp()
    main = await newMain(app)
    const ids = Array.from({ length: 1200 }, (_, n) => ({ id: `m${n}`, label: 'main' }))
    await main.client.counter.createMany({ data: ids })
    await main.client.user.create({ data: { id: 'held by main', email: 'taken@x' } })
    block = await Block.create({
      blockId: 'skips',
      client: main.client,
      dir: temporaryDir(),
      generated: app.generated,
      loader: async () => undefined,
    })
  })
  afterAll(async () => {
    await block?.$disconnect()
    await main?.drop()
  })

  test('by the primary key, and many at once', async () => {
    const data = Array.from({ length: 1500 }, (_, n) => ({ id: `m${n}`, label: 'block' }))
    expect(await block.counter.createMany({ data, skipDuplicates: true })).toEqual({ count: 300 })
    await block.$block.flush()
    expect(block.$block.rejected()).toEqual([])
    expect(
      await main.client.counter.groupBy({ by: 'label', _count: true, orderBy: { label: 'asc' } }),
    ).toEqual([
      { label: 'block', _count: 300 },
      { label: 'main', _count: 1200 },
    ])
  })

  test('by another unique key', async () => {
    const data = [{ id: 'mine', email: 'taken@x' }, { email: 'free@x' }]
    expect(await block.user.createMany({ data, skipDuplicates: true })).toEqual({ count: 1 })
    await block.$block.flush()
    expect(block.$block.rejected()).toEqual([])
    expect(await main.client.user.count()).toBe(2)
  })
})
