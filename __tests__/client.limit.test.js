// `limit` of updateMany and deleteMany. Which rows it takes is the database's choice, so only numbers are compared.
const { ALL_MAINS } = require('./support/doors')
const { writesBefore } = require('./support/writes')

writesBefore(ALL_MAINS, (pair) => {
  test('no more rows than there are', async () => {
    await pair.askEach(
      (db, limit) => db.user.updateMany({ where: { role: 'ADMIN' }, data: { age: 3 }, limit }),
      [100, 1000, 0],
    )
    await pair.askEach((db, limit) => db.note.deleteMany({ limit }), [0, 50])
  })

  test('one of several equal rows', async () => {
    const { block, main } = pair
    const data = [1, 2, 3, 4, 5].map((n) => ({ id: `l${n}` }))
    await pair.ask((db) => db.counter.createMany({ data }))
    for (const limit of [2, 1]) {
      const calls = [
        (db) => db.counter.updateMany({ where: { n: 0 }, data: { n: 1 }, limit }),
        (db) => db.counter.deleteMany({ where: { n: 1 }, limit }),
      ]
      for (const call of calls) expect(await call(block)).toEqual(await call(main))
      expect(await block.counter.count()).toBe(await main.counter.count())
    }
    await pair.ask((db) => db.counter.deleteMany())
  })

  test('below zero', async () => {
    await pair.askEach((db, limit) => db.user.updateMany({ data: { age: 1 }, limit }), [-1, -5])
    await pair.askEach((db, limit) => db.user.deleteMany({ limit }), [-1, -5])
    await pair.ask((db) => db.user.updateMany({ data: {}, limit: 2 }))
  })
})
