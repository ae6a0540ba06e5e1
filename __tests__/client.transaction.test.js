const { writesThroughBothDoors } = require('./support/writes')

const at = new Date('2026-02-03T04:05:06.789Z')

writesThroughBothDoors((pair) => {
  test('a call that Prisma refuses holds up none after it', async () => {
    const refused = (db) =>
      db.$transaction([
        db.post
          .findUnique({ where: { id: 1 } })
          .author({ include: { memberships: { nope: 1 } } })
          .profile(),
        db.counter.updateMany({ data: { n: 0 } }),
      ])
    await pair.ask(refused)
    await pair.askEach((db, id) => db.user.findUnique({ where: { id } }), ['u1', 'u2'])
    const [first] = [pair.block.user.findMany({ take: 1 }), refused(pair.block).catch(() => undefined)]
    await first
    await pair.askEach((db, id) => db.user.findUnique({ where: { id } }), ['u1', 'u2'])
  })

  const commits = () => pair.block.$block.pending().commits

  test('one commit, in order', async () => {
    await pair.askEach(
      (db, n) =>
        db.$transaction([
          db.counter.create({ data: { id: `t${n}`, n } }),
          db.counter.update({ where: { id: `t${n}` }, data: { n: { increment: 1 } } }),
          db.counter.findUnique({ where: { id: `t${n}` } }),
          db.user.findMany({ where: { role: 'ADMIN' }, orderBy: { id: 'asc' }, select: { id: true } }),
          db.counter.updateMany({ where: { id: `t${n}` }, data: { label: 'x' } }),
          db.counter.delete({ where: { id: `t${n}` } }),
          db.counter.count(),
        ]),
      [1, 2, 3],
    )
  })

  test('it reaches the outbox as one commit', async () => {
    const add = (id) => pair.block.counter.create({ data: { id } })
    await pair.block.$block.flush()
    await Promise.all([add('o0'), pair.block.$transaction([add('o1'), add('o2'), add('o3')])])
    expect(commits()).toBe(2)
    await pair.block.$block.flush()
    await pair.main.counter.create({ data: { id: 'o0' } })
    await pair.main.counter.createMany({ data: ['o1', 'o2', 'o3'].map((id) => ({ id })) })
    expect(commits()).toBe(0)
  })

  test('a failure leaves nothing', async () => {
    await pair.askEach(
      (db, n) =>
        db.$transaction([
          db.counter.create({ data: { id: `f${n}` } }),
          db.user.update({ where: { id: 'u1' }, data: { email: `u${n}@example.com` } }),
          db.counter.create({ data: { id: `g${n}` } }),
        ]),
      [2, 3, 50],
    )
    await pair.ask((db) =>
      db.$transaction([
        db.counter.create({ data: { id: 'h' } }),
        db.counter.update({ where: { id: 'none' }, data: { n: 1 } }),
      ]),
    )
    await pair.ask((db) =>
      db.$transaction([db.counter.deleteMany(), db.team.delete({ where: { id: 't1' } })]),
    )
    await pair.ask((db) => db.counter.findMany({ orderBy: { id: 'asc' } }))
  })

  test('an argument that Prisma refuses fails the whole', () =>
    pair.ask((db) =>
      db.$transaction([db.counter.create({ data: { id: 'i' } }), db.counter.create({ data: { id: 1 } })]),
    ))

  test('rows that the block does not hold are fetched first', async () => {
    for (const client of [pair.main, pair.behind]) await client.counter.create({ data: { id: 'late', n: 5 } })
    await pair.ask((db) =>
      db.$transaction([
        db.counter.create({ data: { id: 'early' } }),
        db.counter.update({ where: { id: 'late' }, data: { n: { increment: 1 } } }),
        db.counter.update({ where: { id: 'late' }, data: { n: { multiply: 2 } } }),
      ]),
    )
    await pair.ask((db) => db.counter.delete({ where: { id: 'late' } }))
  })

  test('reads only, nothing at all', async () => {
    await pair.askEach((db, id) => db.user.findUnique({ where: { id } }), ['u1', 'u2'])
    await pair.ask((db) => db.$transaction([db.user.findUnique({ where: { id: 'u1' } }), db.user.count()]))
    await pair.ask((db) => db.$transaction([]))
    await pair.ask((db) => db.$transaction([db.user.findUniqueOrThrow({ where: { id: 'nobody' } })]))
  })

  test('a promise of another kind is Prisma’s own error', () =>
    pair.ask((db) => db.$transaction([Promise.resolve(1)])))

  test('writes between the start and the end of another’s batch stay apart', async () => {
    const batch = pair.block.$transaction([
      pair.block.counter.create({ data: { id: 'apart' } }),
      pair.block.counter.create({ data: { id: 'o1' } }),
    ])
    const other = pair.block.counter.create({ data: { id: 'other' } })
    await expect(batch).rejects.toMatchObject({ code: 'P2002' })
    await other
    await pair.main.counter.create({ data: { id: 'other' } })
    expect(await pair.block.counter.findUnique({ where: { id: 'apart' } })).toBeNull()
  })

  test('ids of main are part of the commit', async () => {
    const batch = (db, titles) =>
      db.$transaction(
        titles.map((title) => db.post.create({ data: { title, authorId: 'u1', createdAt: at } })),
      )
    await pair.askEach(batch, [['i1', 'i2'], Array.from({ length: 40 }, (_, i) => `i3 ${i}`)])
    // A rollback takes no id back, here as there.
    await pair.askEach(batch, [['undone', 'i1'], ['i4']])
  })

  test('writes that only main can make are one transaction there', async () => {
    await pair.askEach(
      (db, n) =>
        db.$transaction([
          db.category.createMany({ data: [{ name: `a ${n}` }, { name: `b ${n}` }] }),
          db.category.create({ data: { name: `c ${n}` }, select: { name: true } }),
        ]),
      [1, 2],
    )
    await pair.ask((db) =>
      db.$transaction([
        db.category.create({ data: { name: 'undone' } }),
        db.category.create({ data: { name: 'news' } }),
      ]),
    )
    await pair.ask((db) => db.category.findMany({ orderBy: { name: 'asc' }, select: { name: true } }))
  })

  test('with one write that only main can make, main makes all of them', async () => {
    await pair.askEach(
      (db, n) =>
        db.$transaction([
          db.counter.upsert({ where: { id: 'mixed' }, create: { id: 'mixed' }, update: { n } }),
          db.category.create({ data: { name: `mixed ${n}` }, select: { name: true } }),
          db.counter.findMany({ where: { id: 'mixed' } }),
          db.counter.deleteMany({ where: { id: 'o1' } }),
        ]),
      [1, 2],
    )
    await pair.ask((db) =>
      db.$transaction([
        db.counter.update({ where: { id: 'mixed' }, data: { n: 99 } }),
        db.category.create({ data: { name: 'news' } }),
      ]),
    )
    await pair.ask((db) => db.counter.findUnique({ where: { id: 'mixed' } }))
  })

  test('a call that leads outside the block beside a local one', async () => {
    await pair.askEach(
      (db, n) =>
        db.$transaction([
          db.counter.create({ data: { id: `apart ${n}` } }),
          db.auditLog.create({ data: { id: `apart ${n}`, action: 'x' } }),
          db.auditLog.count(),
        ]),
      [1, 2],
    )
    await pair.ask((db) =>
      db.$transaction([
        db.counter.create({ data: { id: 'apart 3' } }),
        db.auditLog.create({ data: { id: 'apart 2', action: 'x' } }),
      ]),
    )
    expect(await pair.behind.counter.count({ where: { id: 'apart 3' } })).toBe(0)
  })
})
