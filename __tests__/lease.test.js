// Ids of autoincrement() that the main database gives in advance.
const fs = require('node:fs')
const path = require('node:path')
const { randomBytes } = require('node:crypto')
const { Block } = require('../js/index.js')
const { connectMain, makeApp, newMain, temporaryDir } = require('./support/app')
const { withMainDown } = require('./support/local')
const { query, withDatabase } = require('./support/servers')

/** @type {any} */
let app
/** @type {{client: any, url: string, drop: () => Promise<void>}} */
let main
/** @type {string} */
let dir
/** @type {any[]} */
let open = []

beforeAll(async () => {
  app = await makeApp()
}, 120_000)

beforeEach(async () => {
  main = await newMain(app)
  dir = temporaryDir()
  await main.client.user.create({ data: { id: 'u1', email: 'u1@x' } })
})

afterEach(async () => {
  for (const db of open) await db.$disconnect()
  open = []
  await main.drop()
})

/** @param {object} [options] */
async function block(options = {}) {
  const config = {
    blockId: 'b',
    client: main.client,
    dir,
    generated: app.generated,
    durability: 'os',
    ...options,
  }
  const db = await Block.create(config)
  open.push(db)
  return db
}

/** @param {any} db */
async function close(db) {
  open = open.filter((other) => other !== db)
  await db.$disconnect()
}

let titles = 0
/** @param {any} db @param {object} [data] @returns {Promise<number>} its id */
async function add(db, data = {}) {
  titles += 1
  const post = await db.post.create({ data: { title: `title ${titles}`, authorId: 'u1', ...data } })
  return post.id
}

/** @param {any} db @param {number} count */
async function addMany(db, count) {
  /** @type {number[]} */
  const ids = []
  for (let i = 0; i < count; i++) ids.push(await add(db))
  return ids
}

const idsInMain = async () =>
  (await main.client.post.findMany({ orderBy: { id: 'asc' }, select: { id: true } })).map(
    (/** @type {any} */ row) => row.id,
  )

/** The next id that somebody else gets. */
const nextOf = async () => Number((await main.client.$queryRaw`SELECT nextval('"Post_id_seq"') AS n`)[0].n)

describe('a create', () => {
  test('gets its id here, and the row arrives with it', async () => {
    const db = await block()
    await db.user.findUnique({ where: { id: 'u1' } })
    expect(await addMany(db, 5)).toEqual([1, 2, 3, 4, 5])
    expect(db.$block.status().client.forwarded).toBe(1)
    expect(await nextOf()).toBe(11)
    await db.$block.flush()
    expect(await idsInMain()).toEqual([1, 2, 3, 4, 5])
  })

  test('waits for nothing while ids are there, and needs main when there is none', async () => {
    const db = await block()
    await add(db)
    await db.$block.flush()
    await main.client.$executeRaw`ALTER SEQUENCE "Post_id_seq" RENAME TO away`
    expect(await addMany(db, 9)).toHaveLength(9)
    // The applier goes on; the sequence is looked for by its new name.
    expect(await add(db)).toBe(11)
  })

  test('says what main says when it is away', async () => {
    const db = await block()
    await addMany(db, 10)
    await db.$block.flush()
    // What was asked for in the background has come.
    while (!((await nextOf()) > 50)) await new Promise((resolve) => setTimeout(resolve, 5))
    await withMainDown(main.client, async () => {
      const ids = await addMany(db, 40)
      expect(new Set(ids).size).toBe(40)
      await expect(add(db)).rejects.toThrow('asked the main database')
    })
    expect(await add(db)).toBeGreaterThan(51)
  })

  test('of many rows asks for all ids at once', async () => {
    const db = await block()
    const data = Array.from({ length: 3_000 }, (_, i) => ({ title: `row ${i}`, authorId: 'u1' }))
    expect(await db.post.createMany({ data })).toEqual({ count: 3_000 })
    await db.$block.flush()
    expect(await idsInMain()).toEqual(Array.from({ length: 3_000 }, (_, i) => i + 1))
    expect(
      await db.post.createMany({
        data: [
          { ...data[0], title: 'a', id: 9_000 },
          { ...data[0], title: 'b' },
        ],
      }),
    ).toEqual({ count: 2 })
    await db.$block.flush()
    expect((await idsInMain()).slice(3_000)).toEqual([3_001, 9_000])
  })

  test('that collides with a given id fails once, as in main', async () => {
    const db = await block()
    await add(db, { id: 2 })
    expect(await add(db)).toBe(1)
    await expect(add(db)).rejects.toMatchObject({ code: 'P2002' })
    expect(await add(db)).toBe(3)
    await db.$block.flush()
    expect(await idsInMain()).toEqual([1, 2, 3])
  })

  test('many at once', async () => {
    const db = await block()
    const ids = await Promise.all(Array.from({ length: 200 }, () => add(db)))
    expect(new Set(ids).size).toBe(200)
    const upserted = await db.post.upsert({
      where: { authorId_title: { authorId: 'u1', title: 'new' } },
      create: { authorId: 'u1', title: 'new' },
      update: {},
    })
    expect(ids).not.toContain(upserted.id)
    await db.$block.flush()
    expect(await idsInMain()).toHaveLength(201)
    expect(db.$block.rejected()).toEqual([])
  })
})

describe('a transaction with a callback', () => {
  test('gets ids while it has the write lock; a savepoint that is undone gives none twice', async () => {
    const db = await block()
    await db.user.findUnique({ where: { id: 'u1' } })
    /** @type {number[]} */
    const ids = []
    await db.$transaction(async (/** @type {any} */ tx) => {
      ids.push(...(await addMany(tx, 12)))
      const inner = tx.$transaction(async (/** @type {any} */ nested) => {
        await addMany(nested, 60)
        throw new Error('undone')
      })
      await expect(inner).rejects.toThrow('undone')
      ids.push(...(await addMany(tx, 100)))
    })
    ids.push(...(await addMany(db, 5)))
    await expect(
      db.$transaction(async (/** @type {any} */ tx) => {
        await addMany(tx, 3)
        throw new Error('undone')
      }),
    ).rejects.toThrow('undone')
    ids.push(...(await addMany(db, 5)))
    expect(new Set(ids).size).toBe(122)
    await db.$block.flush()
    expect(await idsInMain()).toEqual(ids.sort((a, b) => a - b))
    expect(db.$block.rejected()).toEqual([])
  })

  test('nested rows have ids of their own', async () => {
    const db = await block()
    const posts = { create: Array.from({ length: 15 }, (_, i) => ({ title: `nested ${i}` })) }
    const user = await db.user.create({ data: { id: 'n', email: 'n@x', posts }, include: { posts: true } })
    const more = { createMany: { data: Array.from({ length: 25 }, (_, i) => ({ title: `many ${i}` })) } }
    await db.user.update({ where: { id: 'n' }, data: { posts: more } })
    expect(new Set(user.posts.map((/** @type {any} */ post) => post.id)).size).toBe(15)
    await db.$block.flush()
    expect(await idsInMain()).toHaveLength(40)
    expect(db.$block.rejected()).toEqual([])
  })
})

describe('the sequence', () => {
  /** @param {string} sql */
  const alter = (sql) => main.client.$executeRawUnsafe(sql)

  test('has an increment and a start of its own', async () => {
    await alter('ALTER SEQUENCE "Post_id_seq" INCREMENT BY 7 RESTART WITH 100')
    const db = await block()
    expect(await addMany(db, 12)).toEqual(Array.from({ length: 12 }, (_, i) => 100 + 7 * i))
    await alter('ALTER SEQUENCE "Post_id_seq" INCREMENT BY -3 MINVALUE -1000 RESTART WITH 50')
    const other = await block({ blockId: 'other' })
    expect(await addMany(other, 3)).toEqual([50, 47, 44])
  })

  test('is not owned by the column, and lies in another schema', async () => {
    await alter('CREATE SCHEMA "odd one"')
    await alter('ALTER SEQUENCE "Post_id_seq" OWNED BY NONE')
    await alter('ALTER SEQUENCE "Post_id_seq" SET SCHEMA "odd one"')
    await alter('ALTER SEQUENCE "odd one"."Post_id_seq" RENAME TO "a ""b"')
    const db = await block()
    expect(await addMany(db, 3)).toEqual([1, 2, 3])
    expect(db.$block.status().client.forwarded).toBe(1)
  })

  test.each(['ALWAYS', 'BY DEFAULT'])('of an identity, generated %s', async (kind) => {
    await alter('ALTER TABLE "Post" ALTER id DROP DEFAULT')
    await alter(`ALTER TABLE "Post" ALTER id ADD GENERATED ${kind} AS IDENTITY (START WITH 40)`)
    const db = await block()
    expect(await addMany(db, 3)).toEqual([40, 41, 42])
    await db.$block.flush()
    expect(await idsInMain()).toEqual([40, 41, 42])
    expect(db.$block.rejected()).toEqual([])
  })

  test('is computed on, or there is none: rows are written through', async () => {
    await alter('ALTER TABLE "Post" ALTER id SET DEFAULT nextval(\'"Post_id_seq"\') * 2')
    const db = await block()
    expect(await addMany(db, 2)).toEqual([2, 4])
    expect(await idsInMain()).toEqual([2, 4])
    await alter('ALTER TABLE "Post" ALTER id SET DEFAULT 77')
    const other = await block({ blockId: 'other' })
    expect(await add(other)).toBe(77)
    await expect(
      other.$transaction([other.post.create({ data: { title: 'x', authorId: 'u1' } })]),
    ).rejects.toMatchObject({ code: 'P2002' })
  })

  test('comes to its end: rows are written through', async () => {
    await alter('ALTER SEQUENCE "Post_id_seq" MAXVALUE 12')
    const db = await block()
    expect(await addMany(db, 10)).toEqual(Array.from({ length: 10 }, (_, i) => i + 1))
    await expect(add(db)).rejects.toThrow(/reached maximum value/)
  })

  test('is not ours to use: rows are written through, by whatever right main has', async () => {
    const role = `sharded_lease_${randomBytes(4).toString('hex')}`
    const name = new URL(main.url).pathname.slice(1)
    await query(main.url, `CREATE ROLE ${role} LOGIN`)
    try {
      await query(main.url, `GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role}`)
      await query(main.url, `GRANT CREATE ON DATABASE "${name}" TO ${role}`)
      const url = new URL(withDatabase(main.url, name))
      url.username = role
      const client = connectMain(app, String(url))
      const db = await block({ client })
      await expect(add(db)).rejects.toThrow(/permission denied for sequence|denied/)
      expect(await add(db, { id: 5 })).toBe(5)
      await close(db)
      await client.$disconnect()
    } finally {
      await query(main.url, `DROP OWNED BY ${role} CASCADE`)
      await query(main.url, `DROP ROLE ${role}`)
    }
  })
})

describe('the file', () => {
  test('keeps its ids over a restart', async () => {
    const db = await block()
    expect(await addMany(db, 3)).toEqual([1, 2, 3])
    await close(db)
    expect(await addMany(await block(), 3)).toEqual([4, 5, 6])
    expect(await nextOf()).toBe(11)
  })

  test('that is a copy has none', async () => {
    const db = await block()
    await addMany(db, 3)
    await close(db)
    const file = db.$block.path
    const copy = path.join(dir, 'copy')
    fs.mkdirSync(copy)
    fs.copyFileSync(file, path.join(copy, path.basename(file)))
    const [one, other] = [await block(), await block({ dir: copy })]
    expect(await addMany(one, 2)).toEqual([4, 5])
    expect(await addMany(other, 2)).toEqual([11, 12])
    for (const each of [one, other]) await each.$block.flush()
    expect(await idsInMain()).toEqual([1, 2, 3, 4, 5, 11, 12])
  })

  test('of an earlier version is brought to this one', async () => {
    const db = await block()
    await close(db)
    const Database = require('better-sqlite3')
    const file = new Database(db.$block.path)
    file.exec('DROP TABLE _sharded_lease')
    file.pragma('user_version = 1')
    file.close()
    expect(await addMany(await block(), 2)).toEqual([1, 2])
  })

  test('serves two clients of one process', async () => {
    const [one, other] = [await block(), await block()]
    const ids = await Promise.all(Array.from({ length: 30 }, (_, i) => add(i % 2 ? one : other)))
    expect(new Set(ids).size).toBe(30)
  })
})
