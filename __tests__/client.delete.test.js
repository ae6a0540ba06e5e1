const { ALL_MAINS } = require('./support/doors')
const { writesBefore } = require('./support/writes')

writesBefore(ALL_MAINS, (pair) => {
  test('returns the row', async () => {
    await pair.ask((db) => db.counter.createMany({ data: [1, 2, 3, 4].map((n) => ({ id: `c${n}`, n })) }))
    await pair.askEach((db, id) => db.counter.delete({ where: { id } }), ['c1', 'c2', 'c1', 'none'])
    await pair.askEach((db, id) => db.counter.delete({ where: { id }, select: { n: true } }), ['c3', 'c4'])
    await pair.askEach((db, slug) => db.slug.delete({ where: { slug } }), ['a', 'A'])
  })

  test('with what hung on it', () =>
    pair.askEach(
      (db, id) =>
        db.post.delete({
          where: { id },
          include: {
            author: { select: { email: true } },
            comments: { orderBy: { id: 'asc' } },
            categories: { orderBy: { name: 'asc' } },
          },
        }),
      [2, 3, 4],
    ))

  test('compound keys', async () => {
    await pair.askEach(
      (db, number) => db.note.delete({ where: { place: { userId: 'u0', teamId: 't2', number } } }),
      [1, 9],
    )
    await pair.askEach(
      (db, name) => db.team.delete({ where: { place: { region: 'eu', name } }, include: { members: true } }),
      ['lone', 'lone'],
    )
  })

  test('other conditions in where', () =>
    pair.askEach(
      (db, published) => db.post.delete({ where: { id: 6, published }, select: { id: true } }),
      [true, false].concat(true),
    ))

  test('a parent that is needed stays', async () => {
    await pair.askEach((db, id) => db.team.delete({ where: { id } }), ['t1', 't2'])
  })

  test('cascades: rows go, references become null', async () => {
    await pair.ask((db) => db.user.count({ where: { managerId: 'u0' } }))
    await pair.askEach((db, id) => db.user.delete({ where: { id }, select: { email: true } }), ['u0', 'u1'])
    for (const model of ['post', 'comment', 'profile', 'membership', 'note'])
      await pair.ask((db) => db[model].count())
    await pair.ask((db) =>
      db.user.findMany({ select: { id: true, managerId: true }, orderBy: { id: 'asc' } }),
    )
    await pair.ask((db) =>
      db.comment.findMany({ select: { id: true, authorId: true }, orderBy: { id: 'asc' } }),
    )
  })

  test('a row that the block does not hold, its children neither', async () => {
    for (const client of [pair.main, pair.behind]) {
      await client.user.create({
        data: { id: 'late', email: 'late@x', comments: { create: { id: 'lc', text: '', postId: 8 } } },
      })
    }
    await pair.ask((db) => db.user.delete({ where: { id: 'late' }, select: { email: true } }))
    await pair.ask((db) => db.comment.delete({ where: { id: 'lc' } }))
  })

  test('deleted, made again, deleted', async () => {
    for (let n = 0; n < 3; n += 1) {
      await pair.ask((db) => db.counter.create({ data: { id: 'again', n } }))
      await pair.ask((db) => db.counter.delete({ where: { id: 'again' } }))
    }
    await pair.ask((db) => db.counter.findUnique({ where: { id: 'again' } }))
  })

  test('arguments that Prisma refuses', async () => {
    await pair.ask((db) => db.user.delete({ where: {} }))
    await pair.ask((db) => db.user.delete({}))
    await pair.ask((db) => db.user.delete({ where: { name: 'x' } }))
    await pair.ask((db) => db.user.delete({ where: { id: 1 } }))
  })
})
