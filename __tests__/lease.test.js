// Ids of autoincrement() that the main database gives in advance.
const fs = require('node:fs')
const path = require('node:path')
const { randomBytes } = require('node:crypto')
const { connectMain } = require('./support/app')
const { LeaseWorld } = require('./support/lease')
const { withMainDown } = require('./support/local')
const { query, withDatabase } = require('./support/servers')

const world = new LeaseWorld('postgresql')

/** The next id that somebody else gets. */
const nextOf = async () =>
  Number((await world.main.client.$queryRaw`SELECT nextval('"Post_id_seq"') AS n`)[0].n)

describe('a create', () => {
  test('gets its id here, and the row arrives with it', async () => {
    const db = await world.block()
    await db.user.findUnique({ where: { id: 'u1' } })
    // One more, and others are asked for in the background.
    expect(await world.addMany(db, 4)).toEqual([1, 2, 3, 4])
    expect(db.$block.status().client.forwarded).toBe(1)
    expect(await nextOf()).toBe(11)
    await db.$block.flush()
    expect(await world.idsInMain()).toEqual([1, 2, 3, 4])
  })

  test('waits for nothing while ids are there, and needs main when there is none', async () => {
    const db = await world.block()
    await world.add(db)
    await db.$block.flush()
    await world.main.client.$executeRaw`ALTER SEQUENCE "Post_id_seq" RENAME TO away`
    expect(await world.addMany(db, 9)).toHaveLength(9)
    // The applier goes on; the sequence is looked for by its new name.
    expect(await world.add(db)).toBe(11)
  })

  test('says what main says when it is away', async () => {
    const db = await world.block()
    await world.addMany(db, 10)
    await db.$block.flush()
    // What was asked for in the background has come.
    while (!((await nextOf()) > 50)) await new Promise((resolve) => setTimeout(resolve, 5))
    await withMainDown(world.main.client, async () => {
      const ids = await world.addMany(db, 40)
      expect(new Set(ids).size).toBe(40)
      await expect(world.add(db)).rejects.toThrow('asked the main database')
    })
    expect(await world.add(db)).toBeGreaterThan(51)
  })

  test('of many rows asks for all ids at once', async () => {
    const db = await world.block()
    const data = Array.from({ length: 3_000 }, (_, i) => ({ title: `row ${i}`, authorId: 'u1' }))
    expect(await db.post.createMany({ data })).toEqual({ count: 3_000 })
    await db.$block.flush()
    expect(await world.idsInMain()).toEqual(Array.from({ length: 3_000 }, (_, i) => i + 1))
    expect(
      await db.post.createMany({
        data: [
          { ...data[0], title: 'a', id: 9_000 },
          { ...data[0], title: 'b' },
        ],
      }),
    ).toEqual({ count: 2 })
    await db.$block.flush()
    expect((await world.idsInMain()).slice(3_000)).toEqual([3_001, 9_000])
  })

  test('that collides with a given id fails once, as in main', async () => {
    const db = await world.block()
    await world.add(db, { id: 2 })
    expect(await world.add(db)).toBe(1)
    await expect(world.add(db)).rejects.toMatchObject({ code: 'P2002' })
    expect(await world.add(db)).toBe(3)
    await db.$block.flush()
    expect(await world.idsInMain()).toEqual([1, 2, 3])
  })

  test('many at once', async () => {
    const db = await world.block()
    const ids = await Promise.all(Array.from({ length: 200 }, () => world.add(db)))
    expect(new Set(ids).size).toBe(200)
    const upserted = await db.post.upsert({
      where: { authorId_title: { authorId: 'u1', title: 'new' } },
      create: { authorId: 'u1', title: 'new' },
      update: {},
    })
    expect(ids).not.toContain(upserted.id)
    await db.$block.flush()
    expect(await world.idsInMain()).toHaveLength(201)
    expect(db.$block.rejected()).toEqual([])
  })
})

describe('a transaction with a callback', () => {
  test('gets ids while it has the write lock; a savepoint that is undone gives none twice', async () => {
    const db = await world.block()
    await db.user.findUnique({ where: { id: 'u1' } })
    /** @type {number[]} */
    const ids = []
    await db.$transaction(async (/** @type {any} */ tx) => {
      ids.push(...(await world.addMany(tx, 12)))
      const inner = tx.$transaction(async (/** @type {any} */ nested) => {
        await world.addMany(nested, 60)
        throw new Error('undone')
      })
      await expect(inner).rejects.toThrow('undone')
      ids.push(...(await world.addMany(tx, 100)))
    })
    ids.push(...(await world.addMany(db, 5)))
    await expect(
      db.$transaction(async (/** @type {any} */ tx) => {
        await world.addMany(tx, 3)
        throw new Error('undone')
      }),
    ).rejects.toThrow('undone')
    ids.push(...(await world.addMany(db, 5)))
    expect(new Set(ids).size).toBe(122)
    await db.$block.flush()
    expect(await world.idsInMain()).toEqual(ids.sort((a, b) => a - b))
    expect(db.$block.rejected()).toEqual([])
  })

  test('nested rows have ids of their own', async () => {
    const db = await world.block()
    const posts = { create: Array.from({ length: 15 }, (_, i) => ({ title: `nested ${i}` })) }
    const user = await db.user.create({ data: { id: 'n', email: 'n@x', posts }, include: { posts: true } })
    const more = { createMany: { data: Array.from({ length: 25 }, (_, i) => ({ title: `many ${i}` })) } }
    await db.user.update({ where: { id: 'n' }, data: { posts: more } })
    expect(new Set(user.posts.map((/** @type {any} */ post) => post.id)).size).toBe(15)
    await db.$block.flush()
    expect(await world.idsInMain()).toHaveLength(40)
    expect(db.$block.rejected()).toEqual([])
  })
})

describe('the sequence', () => {
  /** @param {string} sql */
  const alter = (sql) => world.main.client.$executeRawUnsafe(sql)

  test('has an increment and a start of its own', async () => {
    await alter('ALTER SEQUENCE "Post_id_seq" INCREMENT BY 7 RESTART WITH 100')
    const db = await world.block()
    expect(await world.addMany(db, 12)).toEqual(Array.from({ length: 12 }, (_, i) => 100 + 7 * i))
    await alter('ALTER SEQUENCE "Post_id_seq" INCREMENT BY -3 MINVALUE -1000 RESTART WITH 50')
    const other = await world.block({ blockId: 'other' })
    expect(await world.addMany(other, 3)).toEqual([50, 47, 44])
  })

  test('is not owned by the column, and lies in another schema', async () => {
    await alter('CREATE SCHEMA "odd one"')
    await alter('ALTER SEQUENCE "Post_id_seq" OWNED BY NONE')
    await alter('ALTER SEQUENCE "Post_id_seq" SET SCHEMA "odd one"')
    await alter('ALTER SEQUENCE "odd one"."Post_id_seq" RENAME TO "a ""b"')
    const db = await world.block()
    expect(await world.addMany(db, 3)).toEqual([1, 2, 3])
    expect(db.$block.status().client.forwarded).toBe(1)
  })

  test.each(['ALWAYS', 'BY DEFAULT'])('of an identity, generated %s', async (kind) => {
    await alter('ALTER TABLE "Post" ALTER id DROP DEFAULT')
    await alter(`ALTER TABLE "Post" ALTER id ADD GENERATED ${kind} AS IDENTITY (START WITH 40)`)
    const db = await world.block()
    expect(await world.addMany(db, 3)).toEqual([40, 41, 42])
    await db.$block.flush()
    expect(await world.idsInMain()).toEqual([40, 41, 42])
    expect(db.$block.rejected()).toEqual([])
  })

  test('is computed on, or there is none: rows are written through', async () => {
    await alter('ALTER TABLE "Post" ALTER id SET DEFAULT nextval(\'"Post_id_seq"\') * 2')
    const db = await world.block()
    expect(await world.addMany(db, 2)).toEqual([2, 4])
    expect(await world.idsInMain()).toEqual([2, 4])
    await alter('ALTER TABLE "Post" ALTER id SET DEFAULT 77')
    const other = await world.block({ blockId: 'other' })
    expect(await world.add(other)).toBe(77)
    await expect(
      other.$transaction([other.post.create({ data: { title: 'x', authorId: 'u1' } })]),
    ).rejects.toMatchObject({ code: 'P2002' })
  })

  test('comes to its end: rows are written through', async () => {
    await alter('ALTER SEQUENCE "Post_id_seq" MAXVALUE 12')
    const db = await world.block()
    expect(await world.addMany(db, 10)).toEqual(Array.from({ length: 10 }, (_, i) => i + 1))
    await expect(world.add(db)).rejects.toThrow(/reached maximum value/)
  })

  test('is not ours to use: rows are written through, by whatever right main has', async () => {
    const role = `sharded_lease_${randomBytes(4).toString('hex')}`
    const name = new URL(world.main.url).pathname.slice(1)
    await query(world.main.url, `CREATE ROLE ${role} LOGIN`)
    try {
      await query(world.main.url, `GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role}`)
      await query(world.main.url, `GRANT CREATE ON DATABASE "${name}" TO ${role}`)
      const url = new URL(withDatabase(world.main.url, name))
      url.username = role
      const client = connectMain(world.app, String(url))
      const db = await world.block({ client })
      await expect(world.add(db)).rejects.toThrow(/permission denied for sequence|denied/)
      expect(await world.add(db, { id: 5 })).toBe(5)
      await world.close(db)
      await client.$disconnect()
    } finally {
      await query(world.main.url, `DROP OWNED BY ${role} CASCADE`)
      await query(world.main.url, `DROP ROLE ${role}`)
    }
  })
})

describe('the file', () => {
  test('keeps its ids over a restart', async () => {
    const db = await world.block()
    expect(await world.addMany(db, 3)).toEqual([1, 2, 3])
    await world.close(db)
    expect(await world.add(await world.block())).toBe(4)
    expect(await nextOf()).toBe(11)
  })

  test('that is a copy has none', async () => {
    const db = await world.block()
    await world.addMany(db, 3)
    await world.close(db)
    const file = db.$block.path
    const copy = path.join(world.dir, 'copy')
    fs.mkdirSync(copy)
    fs.copyFileSync(file, path.join(copy, path.basename(file)))
    const [one, other] = [await world.block(), await world.block({ dir: copy })]
    expect(await world.addMany(one, 2)).toEqual([4, 5])
    expect(await world.addMany(other, 2)).toEqual([11, 12])
    for (const each of [one, other]) await each.$block.flush()
    expect(await world.idsInMain()).toEqual([1, 2, 3, 4, 5, 11, 12])
  })

  test('of an earlier version is brought to this one', async () => {
    const db = await world.block()
    await world.close(db)
    const Database = require('better-sqlite3')
    const file = new Database(db.$block.path)
    for (const column of ['total', 'cause']) file.exec(`ALTER TABLE _sharded_outbox DROP COLUMN ${column}`)
    file.exec('DROP TABLE _sharded_lease')
    file.pragma('user_version = 1')
    file.close()
    expect(await world.addMany(await world.block(), 2)).toEqual([1, 2])
  })

  test('serves two clients of one process', async () => {
    const [one, other] = [await world.block(), await world.block()]
    const ids = await Promise.all(Array.from({ length: 30 }, (_, i) => world.add(i % 2 ? one : other)))
    expect(new Set(ids).size).toBe(30)
  })
})
