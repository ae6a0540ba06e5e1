// The supported versions and generators of Prisma: what the other files test on 7 with prisma-client-js, in small.
const { Block } = require('../js/index.js')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { both, bothThrow, deepSame } = require('./support/parity')
const { loadAll, seed } = require('./support/seed')

const at = new Date('2026-02-03T04:05:06.789Z')
const user = (n) => ({ id: `n${n}`, email: `n${n}@x`, createdAt: at, updatedAt: at })

describe.each([
  ['7', 'prisma-client-js'],
  ['7', 'prisma-client'],
  ['6', 'prisma-client-js'],
  ['6', 'prisma-client'],
])('Prisma %s, %s', (version, generator) => {
  const dir = temporaryDir()
  /** @type {any} */
  let app
  /** @type {any[]} */
  let databases = []
  /** @type {any} */
  let db
  const straight = () => databases[1].client
  const behind = () => databases[0].client
  const ask = (fn) => both(straight(), db, fn)
  const askEach = async (fn, values) => {
    for (const value of values) await ask((client) => fn(client, value))
  }

  beforeAll(async () => {
    app = await makeApp({ version, generator })
    databases = [await newMain(app), await newMain(app)]
    for (const { client } of databases) await seed(client)
    db = await Block.create({
      blockId: 'version',
      client: behind(),
      dir,
      generated: app.generated,
      loader: loadAll,
      durability: 'os',
    })
  })
  afterAll(async () => {
    await db?.$disconnect()
    for (const database of databases) await database.drop()
  })

  test('the loader filled every model', async () => {
    for (const model of ['user', 'profile', 'category', 'post', 'comment', 'team', 'membership', 'note']) {
      expect(await db[model].count()).toBe(await behind()[model].count())
    }
  })

  test('reads', async () => {
    await askEach(
      (c, id) => c.user.findUnique({ where: { id }, omit: { updatedAt: true } }),
      ['u1', 'u2', 'u3', 'nobody'],
    )
    await askEach(
      (c, take) =>
        c.post.findMany({
          where: { OR: [{ rating: { gt: 1 } }, { body: null }] },
          orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
          take,
          include: { comments: { orderBy: { id: 'asc' } }, categories: { orderBy: { name: 'asc' } } },
        }),
      [3, 5, -2],
    )
    await askEach((c, role) => c.user.count({ where: { role } }), ['ADMIN', 'USER', 'GUEST'])
    await askEach(
      (c, id) => c.user.findUnique({ where: { id } }).profile({ select: { bio: true } }),
      ['u0', 'u1', 'u0'],
    )
    await ask((c) =>
      Promise.all(['u1', 'u2'].map((id) => c.user.findUnique({ where: { id }, select: { email: true } }))),
    )
  })

  test('writes', async () => {
    await askEach((c, n) => c.user.create({ data: user(n) }), [1, 2, 3])
    await askEach(
      (c, n) => c.user.update({ where: { id: `n${n}` }, data: { age: n, tags: ['x'], updatedAt: at } }),
      [1, 2, 3],
    )
    await askEach(
      (c, id) => c.counter.upsert({ where: { id }, create: { id }, update: { n: { increment: 1 } } }),
      ['a', 'a', 'a'],
    )
    await askEach(
      (c, n) => c.counter.createMany({ data: [{ id: `${n}` }, { id: `${n}b`, big: BigInt(n) }] }),
      [1, 2, 3],
    )
    await askEach(
      (c, n) => c.counter.updateMany({ where: { id: `${n}` }, data: { total: { increment: '0.1' } } }),
      [1, 2, 3],
    )
    await askEach((c, id) => c.counter.delete({ where: { id } }), ['1', '2'])
    await askEach((c, id) => c.counter.deleteMany({ where: { id } }), ['3', '3'])
    await askEach(
      (c, title) => c.post.create({ data: { title, authorId: 'u1', createdAt: at } }),
      ['v1', 'v2'],
    )
    await ask((c) => c.$transaction([c.counter.create({ data: { id: 't' } }), c.counter.count()]))
  })

  test('ids of main are made here', async () => {
    const { forwarded } = db.$block.status().client
    await askEach(
      (c, title) => c.post.create({ data: { title, authorId: 'u1', createdAt: at } }),
      ['v3', 'v4', 'v5'],
    )
    expect(db.$block.status().client.forwarded).toBe(forwarded)
  })

  test('written through', async () => {
    const isBlock = (c) => c === db
    const through = (c, fn) => (isBlock(c) ? db.$block.through(() => fn(c)) : fn(c))
    await askEach((c, n) => through(c, () => c.counter.create({ data: { id: `w${n}` } })), [1, 2, 1])
    await askEach(
      (c, n) =>
        through(c, () =>
          c.counter.upsert({ where: { id: `w${n}` }, create: { id: `w${n}` }, update: { n } }),
        ),
      [2, 3],
    )
    await ask((c) =>
      through(c, () => c.counter.updateMany({ where: { id: { startsWith: 'w' } }, data: { n: 9 } })),
    )
    await ask((c) => through(c, () => c.counter.deleteMany({ where: { id: 'w1' } })))
    await ask((c) => through(c, () => c.counter.update({ where: { id: 'w2' }, data: { id: 'w4' } })))
    await ask((c) => through(c, () => c.counter.delete({ where: { id: 'w3' } })))
    await ask((c) =>
      through(c, () =>
        c.$transaction([c.counter.create({ data: { id: 'w5' } }), c.counter.create({ data: { id: 'w4' } })]),
      ),
    )
    expect(db.$block.pending().commits).toBe(0)
  })

  test('errors are of the user’s own classes', async () => {
    const { Prisma } = app
    const known = [
      ['P2002', (c) => c.user.create({ data: { email: 'u1@example.com' } })],
      ['P2003', (c) => c.comment.create({ data: { text: '', postId: 999 } })],
      ['P2000', (c) => c.post.update({ where: { id: 1 }, data: { title: 'x'.repeat(201) } })],
      ['P2020', (c) => c.post.update({ where: { id: 2 }, data: { rating: { increment: 2_147_483_647 } } })],
      ['P2025', (c) => c.counter.update({ where: { id: 'none' }, data: { n: 1 } })],
      ['P2025', (c) => c.counter.findUniqueOrThrow({ where: { id: 'none' } })],
    ]
    for (const [code, call] of known) {
      for (let round = 0; round < 2; round += 1) {
        const error = await bothThrow(straight(), db, call)
        expect(error).toBeInstanceOf(Prisma.PrismaClientKnownRequestError)
        expect(error.code).toBe(code)
      }
    }
    const invalid = await bothThrow(straight(), db, (c) => c.user.create({ data: {} }))
    expect(invalid).toBeInstanceOf(Prisma.PrismaClientValidationError)
    await both(straight(), db, (c) => c.native.create({ data: { id: 'nope' } }))
    await both(straight(), db, (c) => c.counter.update({ where: { id: 'a' }, data: { n: { divide: 0 } } }))
  })

  test('after a flush both databases hold the same rows', async () => {
    await db.$block.flush()
    for (const model of ['user', 'post', 'comment', 'counter', 'membership']) {
      const key = model === 'membership' ? [{ userId: 'asc' }, { teamId: 'asc' }] : { id: 'asc' }
      const omit = model === 'user' ? { updatedAt: true } : undefined
      const rows = (client) => client[model].findMany({ orderBy: key, omit })
      deepSame(await rows(behind()), await rows(straight()), model)
      deepSame(await rows(db), await rows(behind()), `block's ${model}`)
    }
  })

  test('the fast door was used', () => {
    expect(db.$block.status().client.fast).toBeGreaterThan(10)
  })
})

describe.each(['7', '6'])('Prisma %s with strictUndefinedChecks', (version) => {
  const dir = temporaryDir()

  test('an explicit undefined is an error, every time; Prisma.skip is none', async () => {
    const app = await makeApp({ version, preview: ['strictUndefinedChecks'] })
    const database = await newMain(app)
    const loader = async () => {}
    const options = { blockId: 'strict', client: database.client, dir, generated: app.generated, loader }
    const db = await Block.create(options)
    try {
      await both(database.client, db, (c) =>
        c.counter.create({ data: { id: `${c === db}` }, select: { n: true } }),
      )
      await db.$block.flush()
      for (let round = 0; round < 3; round += 1) {
        await both(database.client, db, (c) => c.counter.findMany({ where: { id: 'false' } }))
        await both(database.client, db, (c) =>
          c.counter.findMany({ where: { id: 'false', label: app.Prisma.skip } }),
        )
        await bothThrow(database.client, db, (c) =>
          c.counter.findMany({ where: { id: 'false', label: undefined } }),
        )
        await bothThrow(database.client, db, (c) =>
          c.counter.update({ where: { id: 'a' }, data: { n: undefined } }),
        )
      }
      expect(db.$block.status().client.fast).toBe(0)
    } finally {
      await db.$disconnect()
      await database.drop()
    }
  })
})
