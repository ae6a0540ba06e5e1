const { ALL_MAINS } = require('./support/doors')
const { writesBefore } = require('./support/writes')

const at = new Date('2026-02-03T04:05:06.789Z')

writesBefore(ALL_MAINS, (pair) => {
  test('creates, then updates', async () => {
    await pair.askEach(
      (db, [id, n]) =>
        db.counter.upsert({ where: { id }, create: { id, n }, update: { n: { increment: n } } }),
      [
        ['a', 1],
        ['a', 2],
        ['b', 3],
        ['b', 4],
        ['a', 5],
      ],
    )
    await pair.askEach(
      (db, email) =>
        db.user.upsert({
          where: { email },
          create: { id: email, email, name: 'new' },
          update: { name: 'old' },
          select: { id: true, name: true },
        }),
      ['u1@example.com', 'n1@x', 'n1@x', 'n2@x'],
    )
  })

  test('nothing to update', () =>
    pair.askEach(
      (db, id) => db.counter.upsert({ where: { id }, create: { id, n: 9 }, update: {} }),
      ['a', 'c', 'c'],
    ))

  test('create and where disagree', async () => {
    await pair.askEach(
      (db, id) => db.counter.upsert({ where: { id }, create: { id: 'a' }, update: { n: 0 } }),
      ['zz', 'a', 'zy'],
    )
    await pair.askEach(
      (db, n) => db.counter.upsert({ where: { id: 'b', n }, create: { id: 'b' }, update: { label: 'x' } }),
      [7, 8],
    )
  })

  test('compound keys, no id', async () => {
    await pair.askEach(
      (db, teamId) =>
        db.membership.upsert({
          where: { userId_teamId: { userId: 'u4', teamId } },
          create: { userId: 'u4', teamId, joinedAt: at },
          update: { role: 'ADMIN' },
          include: { team: { select: { name: true } } },
        }),
      ['t1', 't1', 't2', 'none'],
    )
    await pair.askEach(
      (db, slug) => db.slug.upsert({ where: { slug }, create: { slug }, update: { hits: { increment: 1 } } }),
      ['a', 'b', 'b', 'B'],
    )
  })

  test('a row that only main can make', async () => {
    await pair.askEach(
      (db, title) =>
        db.post.upsert({
          where: { authorId_title: { authorId: 'u1', title } },
          create: { authorId: 'u1', title, createdAt: at },
          update: { rating: { increment: 1 } },
          select: { title: true, rating: true },
        }),
      ['up 1', 'up 2', 'up 1', 'up 2'],
    )
    await pair.askEach(
      (db, name) =>
        db.category.upsert({
          where: { name },
          create: { name },
          update: { name: `${name}!` },
          select: { name: true },
        }),
      ['news', 'made', 'made'],
    )
  })

  test('an unheld row is fetched and updated', async () => {
    for (const client of [pair.main, pair.behind])
      await client.counter.create({ data: { id: 'late', n: 40 } })
    await pair.askEach(
      (db, id) => db.counter.upsert({ where: { id }, create: { id, n: 1 }, update: { n: { increment: 2 } } }),
      ['late', 'later', 'late'],
    )
    await pair.block.counter.deleteMany({ where: { id: 'late' } })
    await pair.ask((db) => db.counter.delete({ where: { id: 'late' } }))
  })

  test('violations', async () => {
    await pair.askEach(
      (db, email) => db.user.upsert({ where: { id: 'u1' }, create: { email: 'x@x' }, update: { email } }),
      ['u1@example.com', 'u2@example.com'],
    )
    await pair.askEach(
      (db, id) =>
        db.user.upsert({ where: { id }, create: { id, email: 'u2@example.com' }, update: { age: 1 } }),
      ['u1', 'fresh'],
    )
  })

  test('arguments that Prisma refuses', async () => {
    await pair.ask((db) => db.counter.upsert({ where: { id: 'a' }, create: { id: 'a' } }))
    await pair.ask((db) => db.counter.upsert({ where: { id: 'a' }, update: {} }))
    await pair.ask((db) => db.counter.upsert({ create: { id: 'a' }, update: {} }))
    await pair.ask((db) => db.user.upsert({ where: { id: 'a' }, create: {}, update: {} }))
  })

  test('arguments that Prisma refuses, in a create that is not made and that only main could make', () =>
    pair.askEach(
      (db, wrong) => {
        // A filter that the block does not answer itself.
        const bio = { contains: db.profile.fields.bio }
        const profile = { connect: { bio, ...(wrong === 'profile' ? {} : { id: 'p1' }) } }
        const userId = wrong === 'key' ? { userId: { equals: 'u2', not: 'u1' } } : {}
        const email = wrong === 'email' ? {} : { email: 'new@x' }
        const reports = { create: { ...email, profile: { connect: { ...profile.connect, ...userId } } } }
        return db.user.upsert({
          where: { id: 'u1' },
          create: { id: 'n', ...(wrong === 'top' ? {} : { email: 'n@x' }), reports },
          update: { age: 5 },
          select: { id: true, age: true },
        })
      },
      ['profile', 'key', 'email', 'top', 'nothing'],
    ))
})
