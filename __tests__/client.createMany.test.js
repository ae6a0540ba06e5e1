const { ALL_MAINS } = require('./support/doors')
const { writesBefore } = require('./support/writes')

const at = new Date('2026-02-03T04:05:06.789Z')
const range = (from, count) => Array.from({ length: count }, (_, n) => from + n)

writesBefore(ALL_MAINS, (pair) => {
  const isPostgres = pair.provider === 'postgresql'
  /** Only PostgreSQL has lists. */
  const lists = (fields) => (isPostgres ? fields : {})

  test('rows of one form', () =>
    pair.askEach(
      (db, from) =>
        db.counter.createMany({ data: range(from, 5).map((n) => ({ id: `c${n}`, n, big: BigInt(n), at })) }),
      [0, 10, 20],
    ))

  test('one row, no row, a thousand', async () => {
    await pair.askEach((db, id) => db.counter.createMany({ data: { id } }), ['one', 'two', 'three'])
    await pair.askEach(
      (db, data) => db.counter.createMany({ data }),
      [[], [{ id: 'x1' }], [], [{ id: 'x2' }]],
    )
    await pair.ask((db) => db.counter.createMany({ data: range(0, 1000).map((n) => ({ id: `k${n}`, n })) }))
    await pair.ask((db) => db.counter.count())
  })

  test('rows of different forms', async () => {
    await pair.askEach(
      (db, n) =>
        db.counter.createMany({
          data: [
            { id: `f${n}`, label: null },
            { n: 3, id: `g${n}` },
            { id: `h${n}`, label: 'x', n: undefined },
          ],
        }),
      [1, 2, 3],
    )
    await pair.askEach(
      (db, n) =>
        db.user.createMany({
          data: [
            { id: `a${n}`, email: `a${n}@x`, settings: { b: 1, a: 2 }, ...lists({ tags: ['x'] }) },
            { id: `b${n}`, email: `b${n}@x`, updatedAt: at, role: 'ADMIN' },
            { id: `c${n}`, email: `c${n}@x`, settings: pair.Prisma.JsonNull, avatar: new Uint8Array([n]) },
            { id: `d${n}`, email: `d${n}@x`, settings: pair.Prisma.DbNull, balance: '1.005' },
            { id: `e${n}`, email: `e${n}@x`, settings: null, ...lists({ tags: [] }) },
          ],
        }),
      [1, 2, 3],
    )
  })

  if (isPostgres) {
    test('lists in rows', () =>
      pair.askEach(
        (db, id) =>
          db.scalarList.createMany({
            data: [{ id, ints: [id], jsons: [{ b: 1, a: 1 }], bytes: [] }, { id: id + 50 }],
          }),
        [1, 2],
      ))
  }

  test('defaults of each row are its own', async () => {
    await pair.block.user.createMany({ data: [{ email: '1@own' }, { email: '2@own' }] })
    const own = { where: { email: { endsWith: '@own' } } }
    const ids = (await pair.block.user.findMany({ ...own, select: { id: true } })).map((row) => row.id)
    expect(new Set(ids).size).toBe(2)
    await pair.block.user.deleteMany(own)
  })

  test('all or nothing', async () => {
    await pair.askEach(
      (db, ids) => db.counter.createMany({ data: ids.map((id) => ({ id })) }),
      [
        ['y1', 'y2'],
        ['y3', 'y3'],
        ['y4', 'y1'],
        ['y5', 'y6'],
      ],
    )
    await pair.askEach(
      (db, teamId) =>
        db.membership.createMany({
          data: [
            { userId: 'u4', teamId: 't3' },
            { userId: 'u5', teamId },
          ],
        }),
      ['none', 't1'],
    )
    await pair.askEach(
      (db, n) =>
        db.counter.createMany({
          data: [
            { id: `z${n}`, n: 1 },
            { id: `zz${n}`, n },
          ],
        }),
      [1, 2_147_483_648, 3],
    )
  })

  test('autoincrement is made here, dbgenerated is written through', async () => {
    await pair.askEach(
      (db, n) =>
        db.post.createMany({
          data: [1, 2].map((i) => ({ title: `many ${n}.${i}`, authorId: 'u1', createdAt: at })),
        }),
      [1, 2],
    )
    await pair.askEach(
      (db, n) => db.category.createMany({ data: [{ name: `a${n}` }, { name: `b${n}` }] }),
      [1, 2],
    )
    await pair.askEach(
      (db, id) => db.post.createMany({ data: [{ id, title: `given ${id}`, authorId: 'u1' }] }),
      [500, 501],
    )
    await pair.ask((db) =>
      db.post.createMany({
        data: [
          { id: 510, title: 'mixed', authorId: 'u1' },
          { title: 'mixed 2', authorId: 'u1' },
        ],
      }),
    )
  })

  test('a parent that the block does not hold', async () => {
    for (const client of [pair.main, pair.behind])
      await client.team.create({ data: { id: 'late', name: 'l', region: 'l' } })
    await pair.ask((db) =>
      db.membership.createMany({ data: ['u6', 'u7'].map((userId) => ({ userId, teamId: 'late' })) }),
    )
    await pair.ask((db) => db.membership.deleteMany({ where: { teamId: 'late' } }))
    await pair.ask((db) => db.team.delete({ where: { id: 'late' } }))
  })

  test('rows that name each other', () =>
    pair.ask((db) =>
      db.user.createMany({
        data: [
          { id: 'chief', email: 'chief@x' },
          { id: 'helper', email: 'helper@x', managerId: 'chief' },
        ],
      }),
    ))

  test('arguments that Prisma refuses', async () => {
    await pair.ask((db) => db.counter.createMany({ data: [{ n: 1 }] }))
    await pair.ask((db) => db.counter.createMany({ data: [{ id: 'a', nope: 1 }] }))
    await pair.ask((db) => db.user.createMany({ data: [{ email: 'a', manager: { connect: { id: 'u1' } } }] }))
    await pair.ask((db) => db.user.createMany({ data: [{ email: 'a', age: 'x' }] }))
    await pair.ask((db) => db.user.createMany({}))
    await pair.ask((db) => db.user.createMany({ data: [{ email: null }] }))
  })

  if (pair.provider === 'sqlite') {
    test('an argument that SQLite does not have', async () => {
      for (const skipDuplicates of [true, false]) {
        await pair.ask((db) => db.counter.createMany({ data: [{ id: 'skip' }], skipDuplicates }))
        const many = { createMany: { data: [{ text: 'skip', postId: 1 }], skipDuplicates } }
        await pair.ask((db) => db.user.update({ where: { id: 'u1' }, data: { comments: many } }))
      }
    })
  }

  if (pair.provider === 'mysql') {
    test('operations that MySQL does not have', async () => {
      await pair.ask((db) => db.counter.createManyAndReturn({ data: [{ id: 'back' }] }))
      await pair.ask((db) => db.counter.updateManyAndReturn({ data: { n: 1 } }))
    })

    test('rows are looked at one after the other, their parents too', async () => {
      const rows = [
        { id: 'late-1', email: 'late-1@x', managerId: 'late-2' },
        { id: 'late-2', email: 'late-2@x' },
      ]
      await pair.ask((db) => db.user.createMany({ data: rows }))
      await pair.ask((db) => db.user.createMany({ data: rows, skipDuplicates: true }))
      await pair.ask((db) => db.user.createMany({ data: rows.toReversed(), skipDuplicates: true }))
      await pair.ask((db) =>
        db.user.findMany({ where: { id: { startsWith: 'late' } }, orderBy: { id: 'asc' } }),
      )
    })
  }
})
