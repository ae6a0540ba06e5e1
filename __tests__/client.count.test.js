// count: of rows, of values, of a page.
const { throughBothDoors } = require('./support/doors')
const { askLocally, askOfMain } = require('./support/local')
const { loadNumbers, seedNumbers } = require('./support/numbers')

throughBothDoors({ seed: seedNumbers, load: loadNumbers }, (pair) => {
  const local = (/** @type {(db: any) => any} */ call) => askLocally(pair, call)
  const main = (/** @type {(db: any) => any} */ call) => askOfMain(pair, call)

  test('rows, all or filtered', async () => {
    await local((db) => db.counter.count())
    await local((db) => db.counter.count({ where: { label: null } }))
    await local((db) => db.counter.count({ where: { n: 1 } }))
  })

  test('values of fields', async () => {
    await local((db) => db.counter.count({ select: { _all: true, label: true, at: true } }))
    await local((db) => db.counter.count({ select: { label: true, _all: false } }))
    await local((db) => db.counter.count({ select: true }))
  })

  test('a page', async () => {
    await local((db) => db.counter.count({ take: 3, skip: 1 }))
    await local((db) => db.counter.count({ take: 3, skip: 6, select: { label: true } }))
    await local((db) => db.counter.count({ take: -2, orderBy: { label: 'asc' } }))
    await local((db) => db.counter.count({ take: 0 }))
    for (const id of ['b', 'd', 'g']) await local((db) => db.counter.count({ cursor: { id }, take: 3 }))
  })

  test('what Prisma refuses', async () => {
    await main((db) => db.counter.count({ distinct: ['n'] }))
    await main((db) => db.counter.count({ select: {} }))
    await main((db) => db.counter.count({ cursor: { id: 'a' }, orderBy: { n: 'asc' } }))
    await main((db) => db.counter.count({ nope: 1 }))
    await main((db) => db.counter.count({ select: { nope: true } }))
  })

  test('a row that was fetched by its key is not counted', async () => {
    const { main: mainClient, block } = pair
    await mainClient.counter.create({ data: { id: 'late' } })
    const before = await block.counter.count()
    expect(await block.counter.findUnique({ where: { id: 'late' } })).toMatchObject({ id: 'late' })
    for (let round = 0; round < 2; round += 1) {
      expect(await block.counter.count()).toBe(before)
      expect(await block.counter.count({ where: { id: { not: 'nobody' } } })).toBe(before)
    }
    await mainClient.counter.delete({ where: { id: 'late' } })
  })
})
