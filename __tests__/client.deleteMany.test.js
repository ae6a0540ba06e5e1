const { ALL_MAINS } = require('./support/doors')
const { writesBefore } = require('./support/writes')

writesBefore(ALL_MAINS, (pair) => {
  test('by filters', async () => {
    await pair.ask((db) =>
      db.counter.createMany({
        data: [1, 2, 3, 4, 5, 6].map((n) => ({ id: `c${n}`, n, label: n > 4 ? null : 'x' })),
      }),
    )
    await pair.askEach((db, gt) => db.counter.deleteMany({ where: { n: { gt }, label: 'x' } }), [3, 3, 2])
    await pair.askEach((db, label) => db.counter.deleteMany({ where: { label } }), [null, 'never'])
    await pair.ask((db) => db.counter.deleteMany({ where: { OR: [] } }))
    await pair.ask((db) => db.counter.deleteMany({ where: { id: { in: [] } } }))
  })

  test('a parent that is needed: nothing goes', async () => {
    await pair.ask((db) => db.team.deleteMany({ where: { region: { in: ['eu', 'us'] } } }))
    await pair.ask((db) => db.team.deleteMany())
    await pair.ask((db) => db.team.count())
  })

  test('cascades', async () => {
    await pair.askEach(
      (db, ids) => db.user.deleteMany({ where: { id: { in: ids } } }),
      [['u0', 'u9'], ['u1'], ['u1']],
    )
    await pair.askEach((db, published) => db.post.deleteMany({ where: { published } }), [true])
    for (const model of ['post', 'comment', 'profile', 'membership', 'note'])
      await pair.ask((db) => db[model].count())
  })

  test('everything', async () => {
    await pair.ask((db) => db.membership.deleteMany())
    await pair.ask((db) => db.slug.deleteMany({}))
    await pair.ask((db) => db.category.deleteMany({ where: {} }))
    await pair.ask((db) => db.user.deleteMany())
    await pair.ask((db) => db.post.findMany())
  })

  test('arguments that Prisma refuses', async () => {
    await pair.ask((db) => db.user.deleteMany({ where: { nope: 1 } }))
    await pair.ask((db) => db.user.deleteMany({ where: { id: 1 } }))
    await pair.ask((db) => db.user.deleteMany({ data: 1 }))
  })
})
