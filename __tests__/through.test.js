// Writes that go to the main database first because the user wants it: what they answer, and what the block holds afterwards.
const { Block, InvalidOptionError } = require('../js/index.js')
const { MODELS, makeApp, newMain, temporaryDir } = require('./support/app')
const { sameBlock, writesThroughBothDoors } = require('./support/writes')

const at = new Date('2026-02-03T04:05:06.789Z')
const options = { through: MODELS }

describe('every model', () => {
  writesThroughBothDoors(
    (pair, door) => {
      const counted = () => pair.block.$block.status().client
      afterEach(async () => {
        expect(pair.block.$block.pending().commits).toBe(0)
        await sameBlock(pair)
      })

      test('create, createMany, createManyAndReturn', async () => {
        await pair.askEach(
          (db, n) =>
            db.user.create({ data: { id: `c${n}`, email: `c${n}@x`, tags: ['a'], settings: { n } } }),
          [1, 2, 1],
        )
        await pair.askEach(
          (db, n) =>
            db.slug.createMany({ data: [{ slug: `s${n}` }, { slug: 's0', hits: n }], skipDuplicates: true }),
          [0, 1],
        )
        await pair.ask((db) => db.slug.createMany({ data: [{ slug: 's0' }] }))
        await pair.ask((db) =>
          db.slug.createManyAndReturn({
            data: [{ slug: 's8' }, { slug: 's9' }],
            select: { hits: true, slug: true },
          }),
        )
        await pair.askEach(
          (db, n) =>
            db.post.create({
              data: { title: `p${n}`, author: { connect: { id: 'u1' } }, createdAt: at },
              include: { author: true },
            }),
          [1, 2],
        )
      })

      test('a create with nested rows', async () => {
        await pair.askEach(
          (db, n) =>
            db.user.create({
              data: {
                id: `nest${n}`,
                email: `nest${n}@x`,
                manager: { connect: { id: 'u1' } },
                reports: { create: { id: `report${n}`, email: `report${n}@x` }, connect: { id: 'u7' } },
                profile: { create: { id: `11111111-2222-4333-8444-00000000000${n}` } },
                posts: {
                  create: [
                    {
                      title: 'one',
                      createdAt: at,
                      comments: { createMany: { data: [{ id: `nc${n}`, text: 'x' }] } },
                    },
                    { title: 'two', createdAt: at, categories: { connect: [{ name: 'news' }] } },
                    {
                      title: 'three',
                      createdAt: at,
                      categories: {
                        connectOrCreate: { where: { name: `nc${n}` }, create: { name: `nc${n}` } },
                      },
                    },
                  ],
                },
                memberships: { create: { team: { create: { id: `nt${n}`, name: `nt${n}`, region: 'n' } } } },
              },
              select: { id: true, posts: { take: 1, orderBy: { id: 'asc' } } },
            }),
          [1, 2, 1],
        )
        await pair.ask((db) =>
          db.post.findMany({
            where: { authorId: 'nest2' },
            orderBy: { id: 'asc' },
            include: { comments: true, categories: { select: { name: true } } },
          }),
        )
        await pair.ask((db) =>
          db.user.findUnique({
            where: { id: 'nest2' },
            include: { profile: true, reports: { orderBy: { id: 'asc' } }, memberships: true },
          }),
        )
      })

      test('a unique violation is told at once', async () => {
        await pair.main.team.create({ data: { id: 'rival', region: 'eu', name: 'rival' } })
        await pair.behind.team.create({ data: { id: 'rival', region: 'eu', name: 'rival' } })
        await pair.ask((db) => db.team.create({ data: { id: 'mine', region: 'eu', name: 'rival' } }))
        expect(pair.block.$block.rejected()).toEqual([])
        for (const client of [pair.main, pair.block]) await client.team.delete({ where: { id: 'rival' } })
      })

      test('update and upsert', async () => {
        await pair.askEach(
          (db, age) => db.user.update({ where: { id: 'u2' }, data: { age, views: { increment: 3 } } }),
          [7, 8],
        )
        await pair.askEach(
          (db, id) =>
            db.user.update({
              where: { id },
              data: { name: 'x' },
              select: { posts: { orderBy: { id: 'asc' } }, name: true },
            }),
          ['u1', 'none'],
        )
        await pair.askEach(
          (db, id) =>
            db.counter.upsert({ where: { id }, create: { id, n: 1 }, update: { n: { increment: 10 } } }),
          ['up1', 'up1', 'up2'],
        )
        await pair.ask((db) => db.user.update({ where: { id: 'u2' }, data: {} }))
      })

      test('a changed key takes those along that name it', async () => {
        await pair.askEach(
          (db, [from, id]) => db.user.update({ where: { id: from }, data: { id } }),
          [
            ['u3', 'moved'],
            ['moved', 'moved again'],
            ['none', 'x'],
          ],
        )
        await pair.ask((db) =>
          db.team.update({ where: { place: { region: 'eu', name: 'core' } }, data: { id: 'new team' } }),
        )
        await pair.ask((db) => db.membership.findMany({ orderBy: [{ userId: 'asc' }, { teamId: 'asc' }] }))
      })

      test('delete, with what it takes along or sets to null', async () => {
        await pair.askEach(
          (db, id) => db.user.delete({ where: { id }, select: { email: true } }),
          ['u4', 'u4', 'u0'],
        )
        await pair.ask((db) => db.team.delete({ where: { id: 't1' } }))
        await pair.ask((db) =>
          db.post.delete({
            where: { id: 1 },
            include: { categories: { orderBy: { name: 'asc' }, select: { name: true } } },
          }),
        )
        await pair.ask((db) =>
          db.category.findMany({
            orderBy: { name: 'asc' },
            select: { name: true, posts: { orderBy: { id: 'asc' } } },
          }),
        )
      })

      test('updateMany, updateManyAndReturn, deleteMany', async () => {
        await pair.askEach(
          (db, rating) => db.post.updateMany({ where: { published: true }, data: { rating } }),
          [3, 4],
        )
        await pair.ask((db) => db.post.updateMany({ where: { id: -1 }, data: { rating: 1 } }))
        await pair.ask((db) => db.post.updateMany({ data: {} }))
        await pair.ask((db) =>
          db.post
            .updateManyAndReturn({ where: { id: { lt: 5 } }, data: { body: 'x' }, select: { id: true } })
            .then((rows) => rows.sort((a, b) => a.id - b.id)),
        )
        await pair.askEach(
          (db, text) => db.comment.deleteMany({ where: { text: { contains: text } } }),
          ['1', 'nothing such'],
        )
        await pair.ask((db) => db.user.deleteMany({ where: { id: { in: ['u5', 'u6', 'none'] } } }))
        await pair.ask((db) => db.slug.deleteMany({ limit: 1 }).then(({ count }) => count))
      })

      test('deleteMany by a filter that is neither true nor false', async () => {
        await pair.ask((db) => db.user.update({ where: { id: 'u2' }, data: { age: null } }))
        // Of an author without an age a read of `isNot` says no, and the statement that deletes says yes.
        await pair.ask((db) =>
          db.comment.deleteMany({
            where: { author: { isNot: { age: { gt: 20 } } }, text: { contains: '2' } },
          }),
        )
        await pair.ask((db) =>
          db.post.deleteMany({ where: { NOT: { author: { is: { age: { gt: 20 } } } } } }),
        )
      })

      test('arrays of calls are one transaction', async () => {
        await pair.askEach(
          (db, n) =>
            db.$transaction([
              db.counter.create({ data: { id: `t${n}` } }),
              db.counter.update({ where: { id: 't1' }, data: { n: { increment: n } } }),
              db.counter.findMany({ where: { id: { startsWith: 't' } }, orderBy: { id: 'asc' } }),
              db.counter.deleteMany({ where: { id: 't0' } }),
              db.counter.upsert({ where: { id: 'tu' }, create: { id: 'tu' }, update: { n } }),
            ]),
          [1, 2],
        )
        // The error is that of the call that failed, whatever was asked of main beside it.
        await pair.ask((db) =>
          db.$transaction([
            db.counter.upsert({ where: { id: 'tu' }, create: { id: 'tu' }, update: { n: 77 } }),
            db.counter.deleteMany({ where: { id: 't1' } }),
            db.counter.create({ data: { id: 't2' } }),
          ]),
        )
      })

      test('wrong arguments', async () => {
        await pair.ask((db) => db.user.create({ data: { email: 1 } }))
        await pair.ask((db) => db.user.updateMany({ data: { nope: 1 } }))
      })

      test('what it would not be told of is refused by name', async () => {
        // What main would take: what it refuses anyway it refuses in its own words.
        const { id, authorId } = await pair.block.post.findFirst({ orderBy: { id: 'asc' } })
        const posts = { update: { where: { id }, data: { id: 100_001 } } }
        await expect(pair.block.user.update({ where: { id: authorId }, data: { posts } })).rejects.toThrow(
          'User.updateOne, written through, with a nested write (posts) of a field that other rows name',
        )
        const categories = { create: { name: 'lost' }, set: [] }
        await expect(pair.block.post.update({ where: { id }, data: { categories } })).rejects.toThrow(
          'Post.updateOne, written through, with a nested `set` (categories) after rows that are created',
        )
        const where = { id: 'u5' }
        await expect(pair.block.user.updateMany({ where, data: { id: 'n1' } })).rejects.toThrow(
          'one row at a time',
        )
        await pair.ask((db) => db.user.updateMany({ data: { id: 'n1' } }))
        expect(await pair.behind.user.count({ where: { id: 'n1' } })).toBe(0)
      })

      test('nothing of it was fast', () => {
        if (door === 'fast') pair.block.slug.findMany({ take: 1 })
        expect(counted().forwarded).toBeGreaterThan(20)
      })
    },
    { options },
  )
})

describe('a block of some rows', () => {
  /** @type {any} */
  let app
  /** @type {{client: any, drop: () => Promise<void>}} */
  let main
  /** @type {any} */
  let db
  beforeAll(async () => {
    app = await makeApp()
  }, 120_000)
  beforeEach(async () => {
    main = await newMain(app)
    const { client } = main
    await client.user.createMany({ data: ['u1', 'u2', 'u3'].map((id) => ({ id, email: `${id}@x` })) })
    const loader = async (block, from) =>
      block.user.createMany({ data: await from.user.findMany({ where: { id: { in: ['u1', 'u2'] } } }) })
    db = await Block.create({
      blockId: 'b',
      client,
      dir: temporaryDir(),
      generated: app.generated,
      loader,
      durability: 'os',
      through: ['User'],
    })
  })
  afterEach(async () => {
    await db.$disconnect()
    await main.drop()
  })
  const ids = async () => (await db.user.findMany({ orderBy: { id: 'asc' } })).map((row) => row.id)

  test('a set write reaches every row of main, and adds none to the block', async () => {
    expect(await db.user.updateMany({ data: { age: 5 } })).toEqual({ count: 3 })
    expect(await main.client.user.count({ where: { age: 5 } })).toBe(3)
    expect(await ids()).toEqual(['u1', 'u2'])
    expect(await db.user.count({ where: { age: 5 } })).toBe(2)
  })

  test('an update of a row that is not held adds it to look-ups, not to set reads', async () => {
    await db.user.update({ where: { id: 'u3' }, data: { age: 5 } })
    expect(await ids()).toEqual(['u1', 'u2'])
    const before = db.$block.status().client.forwarded
    expect(await db.user.findUnique({ where: { id: 'u3' } })).toMatchObject({ age: 5 })
    expect(db.$block.status().client.forwarded).toBe(before)
    await db.user.upsert({ where: { id: 'u4' }, create: { id: 'u4', email: 'u4@x' }, update: {} })
    expect(await ids()).toEqual(['u1', 'u2', 'u4'])
  })

  test('a unique value that another row had: that one is read again', async () => {
    await main.client.user.update({ where: { id: 'u2' }, data: { email: 'free@x', age: 9 } })
    expect(await db.user.update({ where: { id: 'u1' }, data: { email: 'u2@x' } })).toMatchObject({
      email: 'u2@x',
    })
    expect(
      await db.user.findMany({ orderBy: { id: 'asc' }, select: { id: true, email: true, age: true } }),
    ).toEqual([
      { id: 'u1', email: 'u2@x', age: null },
      { id: 'u2', email: 'free@x', age: 9 },
    ])
    await main.client.user.delete({ where: { id: 'u2' } })
    await db.user.create({ data: { id: 'u5', email: 'free@x' } })
    expect(await ids()).toEqual(['u1', 'u5'])
    // A row that was deleted there and made anew is not the one that was held.
    await main.client.user.delete({ where: { id: 'u1' } })
    await db.user.create({ data: { id: 'u1', email: 'anew@x' } })
    expect(await db.user.findUnique({ where: { id: 'u1' } })).toMatchObject({ email: 'anew@x' })
  })

  test('what is pending goes first', async () => {
    await db.counter.create({ data: { id: 'c' } })
    await db.user.update({ where: { id: 'u1' }, data: { age: 1 } })
    expect(await main.client.counter.count()).toBe(1)
  })

  test('a nested row of such a model', async () => {
    await db.post.create({ data: { title: 'local', authorId: 'u1' } })
    expect(db.$block.pending().commits).toBe(1)
    const nested = { title: 'x', author: { create: { id: 'u7', email: 'u7@x' } } }
    await db.post.create({ data: nested })
    expect(db.$block.pending().commits).toBe(0)
    expect(await main.client.user.count({ where: { id: 'u7' } })).toBe(1)
    expect(await ids()).toEqual(['u1', 'u2', 'u7'])
    const nestedUpdate = { author: { update: { age: 3 } } }
    await db.post.update({ where: { id: 1 }, data: nestedUpdate })
    expect(db.$block.pending().commits).toBe(0)
    expect(await db.user.findUnique({ where: { id: 'u1' } })).toMatchObject({ age: 3 })
  })

  test('$block.through: calls made within', async () => {
    const name = (title) => ({ title, authorId: 'u1' })
    // The form is known to the fast door.
    for (const title of ['a', 'b', 'c']) await db.post.create({ data: name(title) })
    await db.$block.flush()
    const count = await db.$block.through(async () => {
      await db.post.create({ data: name('d') })
      expect(db.$block.pending().commits).toBe(0)
      const [one, two] = await Promise.all([
        db.post.create({ data: name('e') }),
        db.post.create({ data: name('f') }),
      ])
      expect(two.id).not.toBe(one.id)
      await db.$transaction([
        db.post.create({ data: name('g') }),
        db.post.deleteMany({ where: { title: 'f' } }),
      ])
      expect(db.$block.pending().commits).toBe(0)
      await expect(db.post.create({ data: name('d') })).rejects.toMatchObject({ code: 'P2002' })
      return main.client.post.count()
    })
    expect(count).toBe(6)
    expect(await db.post.count()).toBe(6)
    // A lazy promise belongs to where it is started.
    expect(
      await db.$block.through(() => db.post.update({ where: { id: 1 }, data: { rating: 4 } })),
    ).toMatchObject({ rating: 4 })
    expect(db.$block.pending().commits).toBe(0)
    await db.post.create({ data: name('local') })
    expect(db.$block.pending().commits).toBe(1)
    await expect(db.$block.through(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
    await expect((async () => db.$block.through(7))()).rejects.toThrow(InvalidOptionError)
  })

  test('$block.through: a call that waits its turn stays one of its own', async () => {
    const outside = db.counter.create({ data: { id: 'first of its form' } }).then((row) => row)
    await db.counter.create({ data: { id: 'learned' } })
    const calls = [
      db.team.create({ data: { id: 'x1', name: 'x1', region: 'x' } }).then(() => 'local'),
      db.$block.through(() => db.counter.create({ data: { id: 'within' } })),
      db.counter.create({ data: { id: 'beside' } }).then((row) => row),
    ]
    await Promise.all([outside, ...calls])
    expect(await main.client.counter.count({ where: { id: 'within' } })).toBe(1)
  })

  test('the option names models of the block', async () => {
    const config = { blockId: 'c', client: main.client, dir: temporaryDir(), generated: app.generated }
    await expect(Block.create({ ...config, through: ['Nope'] })).rejects.toThrow(
      "through: expected names of the block's models",
    )
    await expect(Block.create({ ...config, through: ['AuditLog'] })).rejects.toThrow(InvalidOptionError)
  })
})
