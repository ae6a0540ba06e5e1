const { NotSupportedError } = require('../js/index.js')
const { ALL_MAINS } = require('./support/doors')
const { writesBefore } = require('./support/writes')

const at = new Date('2026-02-03T04:05:06.789Z')

writesBefore(ALL_MAINS, (pair) => {
  const isPostgres = pair.provider === 'postgresql'
  test('by filters', async () => {
    await pair.askEach(
      (db, gte) => db.user.updateMany({ where: { age: { gte } }, data: { name: 'old' } }),
      [22, 23, 99],
    )
    await pair.askEach(
      (db, role) => db.user.updateMany({ where: { role, active: true }, data: { score: 1.5 } }),
      ['ADMIN', 'USER'],
    )
    await pair.askEach(
      (db, ids) =>
        db.user.updateMany({ where: { OR: [{ id: { in: ids } }, { name: null }] }, data: { updatedAt: at } }),
      [['u1', 'u2'], [], ['u3']],
    )
    await pair.ask((db) => db.user.updateMany({ where: { OR: [] }, data: { name: 'never' } }))
  })

  test('everything', async () => {
    await pair.askEach((db, hits) => db.slug.updateMany({ data: { hits: { increment: hits } } }), [1, -2, 3])
    await pair.ask((db) => db.slug.updateMany({ where: {}, data: { target: null } }))
  })

  test('nothing to set', async () => {
    await pair.ask((db) => db.user.updateMany({ where: { id: { startsWith: 'u' } }, data: {} }))
    await pair.ask((db) => db.user.updateMany({ data: { name: undefined } }))
  })

  test('arithmetic per row', async () => {
    await pair.ask((db) =>
      db.counter.createMany({ data: [1, 2, 3].map((n) => ({ id: `m${n}`, n, big: n, total: n, ratio: n })) }),
    )
    await pair.askEach(
      (db, n) =>
        db.counter.updateMany({
          where: { id: { startsWith: 'm' } },
          data: {
            n: { multiply: n },
            big: { increment: n },
            ...(isPostgres ? { total: { decrement: `0.${n}` }, ratio: { divide: n } } : {}),
          },
        }),
      [2, 3],
    )
    await pair.askEach(
      (db, n) => db.post.updateMany({ where: { rating: n }, data: { rating: { increment: 1 } } }),
      [1, 2, 3],
    )
  })

  if (!isPostgres) {
    test('what only main computes, or makes', async () => {
      const made = pair.provider === 'mysql' ? [{ total: '0.1234567890123456789012345678901' }] : []
      for (const data of [{ total: { decrement: '0.1' } }, { ratio: { divide: 2 } }, ...made])
        await expect(pair.block.counter.updateMany({ data })).rejects.toThrow(NotSupportedError)
    })
  }

  test('one row out of range: none is changed', () =>
    pair.askEach(
      (db, n) => db.counter.updateMany({ where: { id: { startsWith: 'm' } }, data: { n: { increment: n } } }),
      [1, 2_147_483_640],
    ))

  test('values of every kind', () =>
    pair.askEach(
      (db, n) =>
        db.user.updateMany({
          where: { id: { in: [`u${n}`, `u${n + 1}`] } },
          data: {
            ...{
              avatar: new Uint8Array([n]),
              balance: `${n}.555`,
              createdAt: at,
              role: 'GUEST',
              ...(isPostgres ? { tags: ['m'] } : {}),
            },
            // MySQL's Json is main's to write.
            ...(pair.provider === 'mysql' ? {} : { settings: { z: n, a: [] } }),
          },
        }),
      [1, 4, 7],
    ))

  test('violations change nothing', async () => {
    await pair.askEach(
      (db, email) => db.user.updateMany({ where: { id: { in: ['u1', 'u2'] } }, data: { email } }),
      ['same@x', 'u3@example.com'],
    )
    await pair.askEach(
      (db, authorId) => db.post.updateMany({ where: { id: { lt: 3 } }, data: { authorId } }),
      ['u5', 'none'],
    )
    await pair.askEach(
      (db, name) => db.team.updateMany({ where: { region: 'eu' }, data: { name } }),
      ['x', 'y'],
    )
  })

  test('a foreign key to a row that the block does not hold', async () => {
    for (const client of [pair.main, pair.behind])
      await client.user.create({ data: { id: 'late', email: 'late@x' } })
    await pair.askEach(
      (db, reviewerId) => db.post.updateMany({ where: { id: { lt: 3 } }, data: { reviewerId } }),
      ['late', 'u1'],
    )
    for (const client of [pair.block, pair.main]) await client.user.delete({ where: { id: 'late' } })
  })

  test('keys', () =>
    pair.askEach(
      (db, [from, to]) => db.counter.updateMany({ where: { id: from }, data: { id: to } }),
      [
        ['m1', 'k1'],
        ['k1', 'k2'],
        ['k2', 'm2'],
      ],
    ))

  test('arguments that Prisma refuses', async () => {
    await pair.ask((db) => db.user.updateMany({ where: { nope: 1 }, data: { name: 'x' } }))
    await pair.ask((db) => db.user.updateMany({ where: { id: 'x' } }))
    await pair.ask((db) => db.user.updateMany({ data: { manager: {} } }))
    await pair.ask((db) => db.user.updateMany({ data: { age: 'x' } }))
  })
})
