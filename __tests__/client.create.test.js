const { ALL_MAINS } = require('./support/doors')
const { writesBefore } = require('./support/writes')

const at = new Date('2026-02-03T04:05:06.789Z')
const uuid = (n) => `11111111-2222-4333-8444-${String(n).padStart(12, '0')}`

writesBefore(ALL_MAINS, (pair) => {
  const isPostgres = pair.provider === 'postgresql'
  /** Only PostgreSQL has lists. */
  const lists = (fields) => (isPostgres ? fields : {})

  test('every scalar of a model, given', () =>
    pair.askEach(
      (db, n) =>
        db.user.create({
          data: {
            id: `new${n}`,
            email: `new${n}@example.com`,
            name: n % 2 ? null : `name ${n}`,
            role: 'ADMIN',
            age: n,
            balance: '12.345',
            score: n / 3,
            views: 9_007_199_254_740_993n,
            active: false,
            avatar: new Uint8Array([n, 255]),
            settings: { b: 1, a: [n, null], long: { z: 1, y: '2' } },
            ...lists({ tags: ['x', `y${n}`] }),
            createdAt: at,
            updatedAt: at,
          },
        }),
      [1, 2, 3],
    ))

  test('defaults of literals, now() and updatedAt', () =>
    pair.askEach((db, n) => db.user.create({ data: { id: `def${n}`, email: `def${n}@x` } }), [1, 2, 3]))

  test('cuid, cuid(2), uuid and uuid(7) have their forms', async () => {
    const forms = [
      ['user', { email: 'f@x' }, /^c[a-z0-9]{24}$/],
      ['team', { name: 'f', region: 'f' }, /^[a-z][a-z0-9]{23}$/],
      ['profile', { userId: 'u1' }, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-/],
      ['comment', { text: 'f', postId: 1 }, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/],
    ]
    for (const [model, data, form] of forms) {
      const row = await pair.block[model].create({ data })
      expect(row.id).toMatch(form)
      await pair.block.$block.flush()
      expect(await pair.behind[model].findUnique({ where: { id: row.id } })).toEqual(row)
      await pair.block[model].delete({ where: { id: row.id } })
    }
  })

  test('the kinds of Json null', async () => {
    const { DbNull, JsonNull } = pair.Prisma
    const scalar = (id) => ({
      ...{ id, int: 1, bigInt: 1n, float: 1, decimal: 1, string: '', boolean: true, dateTime: at },
      ...{ bytes: new Uint8Array(), mood: 'CALM' },
    })
    await pair.askEach(
      (db, id) => db.scalar.create({ data: { ...scalar(id), json: JsonNull, jsonN: DbNull } }),
      [1, 2],
    )
    await pair.askEach(
      (db, id) => db.scalar.create({ data: { ...scalar(id), json: null, jsonN: JsonNull } }),
      [3, 4],
    )
    await pair.askEach((db, id) => db.scalar.create({ data: { ...scalar(id), json: { id } } }), [5, 6])
    await pair.ask((db) => db.scalar.count({ where: { jsonN: { equals: DbNull } } }))
    await pair.ask((db) => db.scalar.count({ where: { jsonN: { equals: JsonNull } } }))
    await pair.ask((db) => db.scalar.create({ data: { ...scalar(7), json: DbNull } }))
  })

  test('select and include', async () => {
    await pair.askEach(
      (db, n) =>
        db.user.create({ data: { id: `sel${n}`, email: `sel${n}@x` }, select: { email: true, id: true } }),
      [1, 2, 3],
    )
    await pair.askEach(
      (db, n) =>
        db.membership.create({
          data: { userId: 'u5', teamId: `t${n}` },
          include: { team: true, user: { select: { email: true } }, notes: true },
        }),
      [1, 2, 3],
    )
    await pair.askEach(
      (db, n) =>
        db.user.create({
          data: { id: `man${n}`, email: `man${n}@x`, managerId: 'u0' },
          select: {
            manager: { select: { reports: { select: { id: true }, orderBy: { id: 'asc' } } } },
            posts: true,
          },
        }),
      [1, 2],
    )
  })

  test('compound keys and no id', async () => {
    await pair.askEach(
      (db, number) => db.note.create({ data: { userId: 'u0', teamId: 't1', number } }),
      [71, 72],
    )
    await pair.askEach((db, slug) => db.slug.create({ data: { slug } }), ['s1', 's2', 's1'])
  })

  test('autoincrement', () =>
    pair.askEach(
      (db, n) => db.post.create({ data: { title: `t${n}`, authorId: 'u1', createdAt: at } }),
      [1, 2, 3],
    ))

  test('an autoincrement id that is given', () =>
    pair.askEach((db, id) => db.post.create({ data: { id, title: `t${id}`, authorId: 'u1' } }), [1001, 1002]))

  test('dbgenerated is written through', () =>
    pair.askEach((db, name) => db.category.create({ data: { name }, select: { name: true } }), ['g1', 'g2']))

  test('a parent that is still on its way', () =>
    pair.askEach(
      async (db, n) => {
        await db.user.create({ data: { id: `way${n}`, email: `way${n}@x` } })
        return db.post.create({ data: { title: 'on its way', authorId: `way${n}`, createdAt: at } })
      },
      [1, 2],
    ))

  test('a row with an id of its own is in the block', async () => {
    const row = await pair.block.post.create({
      data: { title: 'mine', authorId: 'u2' },
      include: { author: true },
    })
    await pair.main.post.create({ data: { id: row.id, title: 'mine', authorId: 'u2' } })
    expect(await pair.block.post.findMany({ where: { title: 'mine' } })).toHaveLength(1)
    if (!isPostgres) return
    const [{ nextval }] = await pair.main.$queryRaw`SELECT nextval('"Post_id_seq"')`
    expect(Number(nextval)).toBeGreaterThan(0)
  })

  test('values that a column refuses', async () => {
    await pair.askEach(
      (db, n) => db.counter.create({ data: { id: 'big', n } }),
      [2_147_483_648, 99_999_999_999],
    )
    await pair.askEach(
      (db, id) => db.counter.create({ data: { id } }),
      ['a\0b', ...(pair.provider === 'sqlite' ? [] : ['lone \ud800'])],
    )
  })

  if (isPostgres) {
    test('a list left out is empty, a default list is filled', () =>
      pair.askEach((db, id) => db.scalarList.create({ data: { id } }), [1, 2]))

    test('lists, as an array and with set', async () => {
      const moods = { set: ['SAD', 'HAPPY'] }
      const bytes = [new Uint8Array([1]), new Uint8Array()]
      await pair.askEach(
        (db, id) =>
          db.scalarList.create({
            data: {
              id,
              ints: [id, -1],
              bigInts: [1n],
              floats: [0.1, 1e21],
              decimals: ['1.50', 2],
              bytes,
              moods,
            },
          }),
        [11, 12, 13],
      )
      await pair.askEach(
        (db, id) =>
          db.scalarList.create({
            data: {
              id,
              strings: ['"', ''],
              booleans: [true, false],
              dateTimes: [at],
              jsons: [{ b: 1, a: 2 }, 'x'],
            },
          }),
        [14, 15, 16],
      )
    })

    test('native types: rounded, padded, cut', () =>
      pair.askEach(
        (db, n) =>
          db.native.create({
            data: {
              ...{
                id: uuid(n).toUpperCase(),
                varChar: `12345678${' '.repeat(n)}`,
                small: -32_768,
                real: 0.1,
              },
              ...{
                price: '1.005',
                whole: 2.5,
                date: at,
                stamp: at,
                stampSecond: at,
                stampMicro: at,
                stampTz: at,
              },
              ...{ jsonText: { b: 1, a: 2 }, uuid: uuid(n) },
            },
          }),
        [1, 2, 3],
      ))

    test('native types that only main can make', () =>
      pair.askEach(
        (db, n) => db.native.create({ data: { id: uuid(n), char: 'ab', oid: 7, time: at } }),
        [21, 22],
      ))

    test('values that a native type refuses', async () => {
      const form = (db, data) => db.native.create({ data: { id: uuid(90), ...data } })
      await pair.askEach(form, [{ varChar: 'ok' }, { varChar: '123456789' }])
      await pair.askEach(form, [{ small: 32_768 }, { small: -32_769 }])
      await pair.askEach(form, [{ price: '123456789.999' }, { price: '1e20' }, { whole: 1_000_000 }])
      await pair.askEach((db, id) => db.native.create({ data: { id } }), [uuid(91), 'nope', uuid(92)])
      await pair.askEach(form, [{ real: 1e300 }, { char: '123456' }])
    })
  }

  test('unique violations', async () => {
    await pair.askEach(
      (db, n) => db.user.create({ data: { id: `v${n}`, email: 'u1@example.com' } }),
      [1, 2, 3],
    )
    await pair.askEach((db, id) => db.user.create({ data: { id, email: `${id}@v` } }), ['u1', 'u2'])
    await pair.askEach(
      (db, n) => db.team.create({ data: { id: `v${n}`, name: 'core', region: 'eu' } }),
      [1, 2],
    )
    await pair.askEach((db, teamId) => db.membership.create({ data: { userId: 'u0', teamId } }), ['t1', 't2'])
  })

  test('foreign keys to nothing', async () => {
    await pair.askEach(
      (db, n) => db.comment.create({ data: { id: `fk${n}`, text: '', postId: 9999 } }),
      [1, 2],
    )
    await pair.askEach(
      (db, teamId) => db.membership.create({ data: { userId: 'u7', teamId } }),
      ['t1', 'none', 't2'],
    )
    await pair.ask((db) => db.note.create({ data: { userId: 'u0', teamId: 'none', number: 1 } }))
    await pair.ask((db) => db.post.create({ data: { title: 'x', authorId: 'none' } }))
  })

  test('arguments that Prisma refuses', async () => {
    await pair.ask((db) => db.user.create({ data: {} }))
    await pair.ask((db) => db.user.create({ data: { email: null } }))
    await pair.ask((db) => db.user.create({ data: { email: 'x', nope: 1 } }))
    await pair.ask((db) => db.user.create({ data: { email: 'x', role: 'NOPE' } }))
    await pair.ask((db) => db.user.create({ data: { email: 'x', age: 'old' } }))
    await pair.ask((db) => db.user.create({ data: { email: 'x', createdAt: '2026-01-01' } }))
    await pair.ask((db) => db.user.create({}))
    const author = { connect: { id: 'u1' } }
    await pair.ask((db) => db.post.create({ data: { id: 777, title: 'an id and a relation', author } }))
    await pair.ask((db) => db.user.create({ data: { email: 'x' }, select: {} }))
  })

  test('a parent that the block does not hold is fetched', async () => {
    for (const client of [pair.main, pair.behind]) {
      await client.user.createMany({ data: [1, 2].map((n) => ({ id: `late${n}`, email: `late${n}@x` })) })
    }
    await pair.askEach(
      (db, n) => db.membership.create({ data: { userId: `late${n}`, teamId: 't1' } }),
      [1, 2],
    )
    for (const n of [1, 2]) await pair.block.user.findUnique({ where: { id: `late${n}` } })
    await pair.block.user.updateMany({ where: { id: { startsWith: 'late' } }, data: {} })
    for (const client of [pair.main, pair.block]) await client.user.delete({ where: { id: 'late1' } })
    for (const client of [pair.main, pair.block]) await client.user.delete({ where: { id: 'late2' } })
  })
})
