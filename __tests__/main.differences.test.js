// What a block before MySQL and SQLite must leave alone, or tell otherwise than before PostgreSQL: found by the fuzz of writes.
const { NotSupportedError } = require('../js/index.js')
const { writesBefore } = require('./support/writes')

writesBefore(['mysql', 'sqlite'], (pair) => {
  const { provider } = pair
  const counter = { id: 'odd', n: 3 }

  test('a counter', () =>
    pair.askEach((db, n) => db.counter.create({ data: { ...counter, id: `odd${n}` } }), [1, 2]))

  test('a transaction with a callback leaves to main what it would alter or refuse', async () => {
    const long = { slug: 'tx-long', target: 'é'.repeat(192) }
    const big = { id: 'tx-big', ratio: 2 ** 60 }
    const write = (/** @type {any} */ tx) =>
      provider === 'mysql' ? tx.slug.create({ data: long }) : tx.counter.create({ data: big })
    await pair.ask((db) => db.$transaction(write))
    await pair.block.$block.flush()
    expect(pair.block.$block.rejected()).toEqual([])
  })

  test('arguments of a row that only main can make', async () => {
    await pair.ask((db) => db.post.upsert({ where: { id: 1 }, create: { authorId: 'u1' }, update: {} }))
    await pair.ask((db) => db.post.create({ data: { title: 'x', authorId: 'u1', comments: { create: {} } } }))
  })

  test('of two failures, that of the value comes first', () =>
    pair.ask((db) =>
      db.team.update({
        where: { id: 't1' },
        data: {
          name: 'n'.repeat(200),
          members: { connect: { userId_teamId: { userId: 'no', teamId: 'no' } } },
        },
      }),
    ))

  test('what no call of a batch can do is the error of none', () =>
    pair.ask((db) =>
      db.$transaction([
        db.slug.updateMany({ data: {} }),
        db.team.update({ where: { id: 't1' }, data: { members: { disconnect: [] } } }),
      ]),
    ))

  test('deleteMany by main first, of one moment', () =>
    pair.askEach(
      (db, startsWith) => {
        const some = () => db.slug.deleteMany({ where: { slug: { startsWith } } })
        return db.$block === undefined ? some() : db.$block.through(some)
      },
      ['m', 's', 'nothing such'],
    ))

  if (provider === 'mysql') {
    test('a key in other letters names a row, and does not include it', async () => {
      await pair.ask((db) =>
        db.membership.create({ data: { userId: 'U4', teamId: 'T3' }, include: { team: true } }),
      )
      const [both, one] = [{ userId: { in: ['u4', 'u0'] } }, { userId: 'u4' }]
      for (const where of [both, one])
        await pair.ask((db) =>
          db.membership.findMany({
            where,
            include: { team: true, user: true },
            orderBy: { teamId: 'asc' },
          }),
        )
      await pair.ask((db) => db.team.findUnique({ where: { id: 't3' }, include: { members: true } }))
      await pair.ask((db) => db.membership.count({ where: { team: { name: 'lone' } } }))
      await pair.ask((db) => db.team.update({ where: { id: 't3' }, data: { members: { deleteMany: {} } } }))
    })

    test('a key that is multiplied', async () => {
      const call = pair.block.scalar.update({ where: { id: 0 }, data: { id: { multiply: 2 } } })
      await expect(call).rejects.toThrow(NotSupportedError)
    })
  }
})
