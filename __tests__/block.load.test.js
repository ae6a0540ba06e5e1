// The loader: records exactly as Prisma returned them become rows; nothing is guessed, nothing is dropped in silence.
const sharded = require('../js/index')
const { makeApp, newMain, temporaryDir } = require('./support/app')

const { Block } = sharded
const dir = temporaryDir()
let app
let main
let number = 0

beforeAll(async () => {
  app = await makeApp()
  main = await newMain(app)
  await fill(main.client)
})
afterAll(() => main.drop())

async function fill(client) {
  await client.user.create({ data: { id: 'boss', email: 'boss@x', settings: app.Prisma.JsonNull } })
  const user = {
    id: 'ada',
    email: 'ada@x',
    name: 'Ada',
    managerId: 'boss',
    tags: ['a', ''],
    balance: '12.50',
  }
  await client.user.create({
    data: { ...user, views: 2n ** 60n, avatar: Buffer.from([0, 255]), profile: { create: { bio: 'b' } } },
  })
  for (const title of ['one', 'two']) {
    const categories = { connectOrCreate: { where: { name: 'news' }, create: { name: 'news' } } }
    const comments = { create: [{ text: `${title}: hi`, authorId: 'boss' }] }
    await client.post.create({ data: { title, authorId: 'ada', categories, comments } })
  }
}

/** A block of its own for each loader. */
async function withBlock(loader, use) {
  number += 1
  const db = await Block.create({
    blockId: `load-${number}`,
    client: main.client,
    dir,
    generated: app.generated,
    loader,
  })
  try {
    return await use(db)
  } finally {
    await db.$disconnect()
  }
}
const refused = (loader) => withBlock(loader, () => 'loaded').catch((error) => error)
const count = (db) =>
  Promise.all([db.user.count(), db.post.count(), db.comment.count(), db.category.count(), db.profile.count()])

describe('records as Prisma returned them', () => {
  const everything = {
    manager: true,
    profile: true,
    posts: { include: { comments: { include: { author: true } }, categories: true, _count: true } },
    _count: { select: { posts: true } },
  }

  test('nested to any depth become rows, the same row met twice is one', async () => {
    const read = (client) =>
      client.user.findUnique({
        where: { id: 'ada' },
        include: {
          manager: true,
          profile: true,
          posts: { include: { comments: { include: { author: true } } } },
        },
      })
    const loader = async (block, client) =>
      void (await block.user.create({
        data: await client.user.findUnique({ where: { id: 'ada' }, include: everything }),
      }))
    await withBlock(loader, async (db) => {
      expect(await count(db)).toEqual([2, 2, 2, 1, 1])
      expect(await read(db)).toEqual(await read(main.client))
      expect(db.$block.pending().commits).toBe(0)
    })
  })

  test('keep the links of an implicit many-to-many, from either side', async () => {
    const read = (client) => client.post.findMany({ orderBy: { id: 'asc' }, include: { categories: true } })
    const fromPosts = async (block, client) =>
      void (await block.post.createMany({ data: await read(client) }))
    const fromCategories = async (block, client) =>
      void (await block.category.createMany({
        data: await client.category.findMany({ include: { posts: true } }),
      }))
    for (const loader of [fromPosts, fromCategories]) {
      await withBlock(loader, async (db) => expect(await read(db)).toEqual(await read(main.client)))
    }
  })

  test('keep JSON null apart from no value', async () => {
    const loader = async (block, client) =>
      void (await block.user.createMany({ data: await client.user.findMany() }))
    const where = (value) => ({ where: { settings: { equals: value } }, select: { id: true } })
    await withBlock(loader, async (db) => {
      for (const value of [app.Prisma.JsonNull, app.Prisma.DbNull]) {
        expect(await db.user.findMany(where(value))).toEqual(await main.client.user.findMany(where(value)))
      }
    })
  })

  test('of a client with result extensions are loaded as the main database sent them', async () => {
    const compute = () => 'computed'
    const client = main.client.$extends({ result: { user: { shout: { compute }, email: { compute } } } })
    const loader = async (block, from) => {
      const users = await from.user.findMany({ include: { posts: true } })
      expect(users[0]).toMatchObject({ shout: 'computed', email: 'computed' })
      await block.user.createMany({ data: users })
    }
    const db = await Block.create({ blockId: 'extended', client, dir, generated: app.generated, loader })
    expect(await db.user.count({ where: { email: 'ada@x' } })).toBe(1)
    expect(await db.user.count({ where: { settings: { equals: app.Prisma.JsonNull } } })).toBe(1)
    await db.$disconnect()
  })

  test('may be loaded again and again, by create, createMany and upsert', async () => {
    const loader = async (block, client) => {
      const slug = { slug: 's', target: null, hits: 1 }
      await block.slug.create({ data: slug })
      await block.slug.upsert({ where: { slug: 's' }, create: slug, update: slug })
      expect(await block.slug.createMany({ data: [slug, slug] })).toEqual({ count: 2 })
      await block.$transaction(async (tx) => tx.user.createMany({ data: await client.user.findMany() }))
      await block.$transaction([block.slug.create({ data: { ...slug, slug: 't' } })])
    }
    await withBlock(loader, async (db) =>
      expect([await db.slug.count(), await db.user.count()]).toEqual([2, 2]),
    )
  })

  test('that were not awaited are loaded all the same', async () => {
    const loader = (block) => void block.slug.createMany({ data: [{ slug: 'u', target: 't', hits: 2 }] })
    await withBlock(loader, async (db) =>
      expect(await db.slug.findMany()).toEqual([{ slug: 'u', target: 't', hits: 2 }]),
    )
  })
})

describe('plain objects', () => {
  test('may hold every scalar, Json nulls by their names', async () => {
    const { Prisma } = app
    const row = {
      id: 1,
      int: -1,
      bigInt: 2n ** 62n,
      float: 0.1,
      decimal: new Prisma.Decimal('1.10'),
      string: 'é',
      boolean: true,
      dateTime: new Date('2020-01-02T03:04:05.678Z'),
      bytes: new Uint8Array([1, 2]),
      json: Prisma.JsonNull,
      mood: 'SAD',
      intN: null,
      bigIntN: null,
      floatN: null,
      decimalN: null,
      stringN: null,
      booleanN: null,
      dateTimeN: null,
      bytesN: null,
      jsonN: Prisma.DbNull,
      moodN: null,
    }
    await withBlock(
      (block) => block.scalar.create({ data: row }),
      async (db) =>
        expect(await db.scalar.findUnique({ where: { id: 1 } })).toEqual({ ...row, json: null, jsonN: null }),
    )
  })
})

describe('fails by name', () => {
  const slug = { slug: 's', target: null, hits: 1 }
  const { hits, ...incomplete } = slug
  test.each([
    [
      'a missing column, though it has a default',
      'slug',
      incomplete,
      'Slug.hits is missing in a row of the loader',
    ],
    ['a wrong type', 'slug', { ...slug, hits: '1' }, 'Slug.hits in the loader: expected'],
    [
      'null in a required column',
      'slug',
      { ...slug, hits: null },
      'Slug.hits in the loader: expected Int, given null',
    ],
    [
      'an unknown key',
      'slug',
      { ...slug, extra: 1 },
      'Slug.extra in the loader: no such field. Known: slug, target, hits',
    ],
    [
      'a row that is no object',
      'slug',
      'row',
      "Slug.create({data}) in the loader: expected an object, given 'row'",
    ],
  ])('%s', async (_, model, data, message) => {
    const error = await refused((block) => block[model].create({ data }))
    expect(error).toBeInstanceOf(sharded.LoaderError)
    expect(error.message).toContain(message)
  })

  test('an enum value that is none', async () => {
    const loader = async (block, client) =>
      block.user.create({ data: { ...(await client.user.findFirst()), role: 'KING' } })
    expect((await refused(loader)).message).toContain(
      "User.role in the loader: expected one of ADMIN, USER, GUEST, given 'KING'",
    )
  })

  test('a nested write', async () => {
    const loader = async (block, client) =>
      block.user.create({ data: { ...(await client.user.findFirst()), posts: { create: [] } } })
    expect(await refused(loader)).toBeInstanceOf(sharded.NotSupportedError)
  })

  test('a call that failed, though the loader looked away', async () => {
    const loader = (block) => void block.slug.create({ data: incomplete }).catch(() => {})
    expect((await refused(loader)).message).toContain('Slug.hits is missing')
  })

  test('a read, an unknown verb and an unknown model of the block client', async () => {
    for (const [call, use] of [
      ['Slug.findMany', (b) => b.slug.findMany()],
      ['Slug.delete', (b) => b.slug.delete()],
      ['db.auditLog', (b) => b.auditLog],
    ]) {
      const error = await refused(use)
      expect(error).toBeInstanceOf(sharded.NotSupportedError)
      expect(error.message).toContain(call)
    }
  })

  test('the block client after the loader has returned', async () => {
    let kept
    await withBlock(
      (block) => {
        kept = block
      },
      async (db) => {
        await expect(kept.slug.create({ data: slug })).rejects.toThrow(sharded.BlockClosedError)
        expect(await db.slug.count()).toBe(0)
      },
    )
  })
})

test('a large load leaves the event loop its turns', async () => {
  const data = Array.from({ length: 20_000 }, (_, i) => ({ slug: `s${i}`, target: 'x', hits: i }))
  let turns = 0
  const timer = setInterval(() => {
    turns += 1
  }, 1)
  await withBlock(
    (block) => block.slug.createMany({ data }),
    async (db) => expect(await db.slug.count()).toBe(20_000),
  )
  clearInterval(timer)
  expect(turns).toBeGreaterThan(3)
})
