const { ALL_MAINS } = require('./support/doors')
const { writesBefore } = require('./support/writes')

const at = new Date('2026-02-03T04:05:06.789Z')
const uuid = (n) => `11111111-2222-4333-8444-${String(n).padStart(12, '0')}`

writesBefore(ALL_MAINS, (pair) => {
  const isPostgres = pair.provider === 'postgresql'
  const counter = (data) => pair.ask((db) => db.counter.create({ data }))

  test('set, plain and by name', async () => {
    await pair.askEach((db, age) => db.user.update({ where: { id: 'u0' }, data: { age } }), [1, null, 2, 3])
    await pair.askEach(
      (db, age) => db.user.update({ where: { id: 'u0' }, data: { age: { set: age } } }),
      [4, null, 5],
    )
    await pair.askEach(
      (db, n) =>
        db.user.update({
          where: { email: 'u1@example.com' },
          data: {
            ...{
              name: `n${n}`,
              role: ['ADMIN', 'USER'][n % 2],
              balance: `${n}.005`,
              score: n / 7,
              views: BigInt(n),
            },
            ...{
              active: n % 2 === 0,
              avatar: new Uint8Array([n]),
              ...(isPostgres ? { tags: [`t${n}`] } : {}),
              createdAt: at,
              updatedAt: at,
            },
          },
        }),
      [1, 2, 3],
    )
  })

  test('updatedAt follows, unless it is given', async () => {
    await pair.askEach(
      (db, name) => db.user.update({ where: { id: 'u2' }, data: { name, updatedAt: at } }),
      ['a', 'b'],
    )
    await pair.ask((db) => db.user.update({ where: { id: 'u2' }, data: {} }))
    await pair.ask((db) => db.user.update({ where: { id: 'u2' }, data: { name: undefined } }))
    await pair.askEach((db, name) => db.user.update({ where: { id: 'u2' }, data: { name } }), ['c', 'd'])
  })

  const NUMBERS = [
    ['n', 7, [2, -3, 0, 5]],
    ['big', 9_007_199_254_740_993n, [2n, -3n, 5, '7']],
    ['ratio', 0.1, [0.2, -3, 1e3, 7]],
    ['total', '10.10', ['0.2', -3, '7', 1.5]],
  ]
  test.each(NUMBERS)('increment, decrement, multiply %s', async (field, start, operands) => {
    await counter({ id: field, [field]: start })
    for (const op of ['increment', 'decrement', 'multiply']) {
      await pair.askEach(
        (db, value) => db.counter.update({ where: { id: field }, data: { [field]: { [op]: value } } }),
        operands.slice(0, op === 'multiply' ? 2 : 4),
      )
    }
  })

  test.each([
    ['n', -7, [2, 3]],
    ['big', -7n, [2n, 3n]],
    ['ratio', 1, [3, 7]],
  ])('divide %s', async (field, start, operands) => {
    await counter({ id: `d${field}`, [field]: start })
    await pair.askEach(
      (db, value) => db.counter.update({ where: { id: `d${field}` }, data: { [field]: { divide: value } } }),
      operands,
    )
    await pair.ask((db) =>
      db.counter.update({ where: { id: `d${field}` }, data: { [field]: { divide: 0 } } }),
    )
  })

  test('the quotient of decimals is the main database’s', async () => {
    await counter({ id: 'quotient', total: 1 })
    await pair.askEach(
      (db, value) =>
        db.counter.update({ where: { id: 'quotient' }, data: { total: { divide: value }, label: 'q' } }),
      [3, '0.7', 3],
    )
    await pair.ask((db) => db.counter.findUnique({ where: { id: 'quotient' } }))
  })

  test('several operations in one call', async () => {
    await counter({ id: 'several', n: 1, big: 1, ratio: 1, total: 1 })
    await pair.askEach(
      (db, n) =>
        db.counter.update({
          where: { id: 'several' },
          data: {
            n: { increment: n },
            big: { multiply: 3 },
            ratio: { decrement: 0.5 },
            total: { increment: '0.1' },
            label: 'x',
          },
        }),
      [1, 2, 3],
    )
  })

  test('arithmetic on null is null', () =>
    pair.askEach((db, n) => db.user.update({ where: { id: 'u3' }, data: { age: { increment: n } } }), [1, 2]))

  test('out of range', async () => {
    await counter({ id: 'edge', n: 2_147_483_647, big: 9_223_372_036_854_775_807n, ratio: 1e308 })
    const form = (db, data) => db.counter.update({ where: { id: 'edge' }, data })
    await pair.askEach(form, [{ n: { increment: 1 } }, { n: { multiply: 2 } }, { n: { decrement: -1 } }])
    // SQLite makes doubles of them, which the block does not hold: main.writes.test.js.
    if (pair.provider !== 'sqlite')
      await pair.askEach(form, [{ big: { increment: 1 } }, { big: { multiply: 2n } }])
    await pair.askEach(form, [{ ratio: { multiply: 10 } }, { ratio: { divide: 1e-10 } }])
    await pair.askEach(form, [{ n: 2_147_483_648 }, { n: { increment: 2_147_483_648 } }, { big: 2n ** 63n }])
  })

  test('Json and its nulls', async () => {
    const { DbNull, JsonNull, AnyNull } = pair.Prisma
    const form = (db, settings) =>
      db.user.update({ where: { id: 'u4' }, data: { settings }, select: { settings: true } })
    await pair.askEach(form, [
      DbNull,
      JsonNull,
      null,
      { set: 1 },
      [1],
      'x',
      0,
      { b: 1, a: 2 },
      DbNull,
      JsonNull,
    ])
    await pair.askEach(form, [AnyNull, { $type: 'x' }, { a: { $type: 'DateTime', value: 1 } }])
  })

  test('enums with mapped names', () =>
    pair.askEach(
      (db, role) => db.user.update({ where: { id: 'u6' }, data: { role } }),
      ['ADMIN', 'USER', 'GUEST', 'user'],
    ))

  test('keys and uniques may change', async () => {
    await pair.askEach(
      (db, [from, id]) => db.counter.update({ where: { id: from }, data: { id } }),
      [
        ['n', 'n1'],
        ['n1', 'n2'],
        ['n', 'n3'],
        ['n2', 'several'],
      ],
    )
    await pair.askEach(
      (db, email) => db.user.update({ where: { id: 'u7' }, data: { email } }),
      ['7@x', '7b@x', 'u1@example.com'],
    )
    await pair.askEach((db, slug) => db.slug.update({ where: { slug: 'a' }, data: { slug } }), ['a2', 'a3'])
  })

  test('a key that others name changes with them', async () => {
    await pair.ask((db) => db.user.update({ where: { id: 'u0' }, data: { id: 'u0x' } }))
    await pair.ask((db) =>
      db.user.findUnique({
        where: { id: 'u0x' },
        select: {
          memberships: { orderBy: { teamId: 'asc' } },
          posts: { select: { id: true }, orderBy: { id: 'asc' } },
          reports: { select: { id: true }, orderBy: { id: 'asc' } },
        },
      }),
    )
  })

  test('compound keys', async () => {
    const where = (userId, teamId) => ({ userId_teamId: { userId, teamId } })
    await pair.askEach(
      (db, role) => db.membership.update({ where: where('u1', 't1'), data: { role } }),
      ['ADMIN', 'USER'],
    )
    await pair.askEach(
      (db, teamId) => db.membership.update({ where: where('u1', teamId), data: { role: 'USER' } }),
      ['t2', 't9'],
    )
    const note = { place: { userId: 'u0x', teamId: 't2', number: 1 } }
    await pair.askEach((db, text) => db.note.update({ where: note, data: { text } }), ['a', 'b'])
    await pair.askEach(
      (db, name) => db.team.update({ where: { place: { region: 'eu', name } }, data: { name } }),
      ['lone', 'x'],
    )
  })

  test('more than the key in where', async () => {
    await pair.askEach(
      (db, n) => db.counter.update({ where: { id: 'edge', n }, data: { label: 'found' } }),
      [2_147_483_647, 1, 2_147_483_647],
    )
    await pair.askEach(
      (db, id) => db.user.update({ where: { id, email: 'u1@example.com' }, data: { name: 'both' } }),
      ['u1', 'u2'],
    )
    await pair.askEach(
      (db, gt) =>
        db.counter.update({ where: { id: 'edge', n: { gt }, NOT: { label: null } }, data: { label: 'x' } }),
      [0, 2_147_483_647],
    )
  })

  test('select, include, omit', async () => {
    await pair.askEach(
      (db, title) =>
        db.post.update({
          where: { id: 2 },
          data: { title },
          include: {
            author: true,
            comments: { orderBy: { id: 'asc' } },
            categories: { orderBy: { name: 'asc' } },
          },
        }),
      ['new', 'newer'],
    )
    await pair.askEach(
      (db, n) =>
        db.counter.update({ where: { id: 'edge' }, data: { label: `${n}` }, select: { label: true } }),
      [1, 2],
    )
    await pair.askEach(
      (db, n) => db.counter.update({ where: { id: 'edge' }, data: { label: `${n}` }, omit: { n: true } }),
      [3, 4],
    )
  })

  test('foreign keys', async () => {
    await pair.askEach(
      (db, authorId) => db.post.update({ where: { id: 3 }, data: { authorId } }),
      ['u1', 'u2', 'none'],
    )
    await pair.askEach(
      (db, reviewerId) => db.post.update({ where: { id: 3 }, data: { reviewerId } }),
      ['u1', 'none', null],
    )
  })

  if (isPostgres) {
    test('lists', async () => {
      await pair.askEach(
        (db, tags) => db.user.update({ where: { id: 'u5' }, data: { tags } }),
        [['a'], [], ['b', 'c']],
      )
      await pair.askEach(
        (db, tags) => db.user.update({ where: { id: 'u5' }, data: { tags: { set: tags } } }),
        [['d'], [], ['"']],
      )
      await pair.ask((db) => db.user.update({ where: { id: 'u5' }, data: { tags: null } }))
      await pair.askEach(
        (db, push) => db.user.update({ where: { id: 'u5' }, data: { tags: { push } } }),
        ['x', 'é "quoted"', '', ['y', 'x'], [], ['z']],
      )
      await pair.askEach(
        (db, push) => db.user.updateMany({ data: { tags: { push } } }),
        ['all', ['of', 'them']],
      )
      await pair.ask((db) => db.user.update({ where: { id: 'u5' }, data: { tags: { push: null } } }))
      await pair.ask((db) => db.user.update({ where: { id: 'u5' }, data: { tags: { push: 'x', set: [] } } }))
    })

    test('native types', async () => {
      await pair.ask((db) => db.native.create({ data: { id: uuid(1) } }))
      const form = (db, data) => db.native.update({ where: { id: uuid(1).toUpperCase() }, data })
      await pair.askEach(form, [{ varChar: '12345678  ' }, { varChar: '123456789' }])
      await pair.askEach(form, [{ small: 5 }, { small: 40_000 }, { small: { increment: 40_000 } }])
      await pair.askEach(form, [
        { price: '1.005' },
        { price: { increment: '0.004' } },
        { price: { multiply: '1.005' } },
        { price: '1e9' },
      ])
      await pair.askEach(form, [{ real: 0.1 }, { real: { multiply: 3 } }, { real: { increment: 0.2 } }])
      await pair.askEach(form, [
        { date: at },
        { stampSecond: at },
        { stampTz: at },
        { uuid: 'NOPE' },
        { uuid: uuid(2).toUpperCase() },
      ])
      await pair.askEach(form, [
        { char: 'ab' },
        { time: at },
        { oid: 9 },
        { char: 'cd' },
        { jsonText: { b: 1, a: 2 } },
      ])
    })
  }

  test('no such row', async () => {
    await pair.askEach((db, id) => db.counter.update({ where: { id }, data: { n: 1 } }), ['none', 'never'])
    await pair.ask((db) => db.counter.update({ where: { id: 'none' }, data: {} }))
  })

  test('arguments that Prisma refuses', async () => {
    await pair.ask((db) => db.user.update({ where: {}, data: { name: 'x' } }))
    await pair.ask((db) => db.user.update({ where: { name: 'x' }, data: { name: 'x' } }))
    await pair.ask((db) => db.user.update({ where: { id: 'u1' } }))
    await pair.ask((db) => db.user.update({ where: { id: 'u1' }, data: { nope: 1 } }))
    await pair.ask((db) =>
      db.user.update({ where: { id: 'u1' }, data: { age: { increment: 1, decrement: 1 } } }),
    )
    await pair.ask((db) => db.user.update({ where: { id: 'u1' }, data: { name: { increment: 1 } } }))
    await pair.ask((db) => db.user.update({ where: { id: 'u1' }, data: { age: {} } }))
    await pair.ask((db) => db.user.update({ where: { id: null }, data: { age: 1 } }))
    await pair.ask((db) => db.user.update({ where: { id: 'u1' }, data: { email: null } }))
  })
})
