// Ids of autoincrement() that a main database of SQLite gives in advance: what differs from a sequence.
const Database = require('better-sqlite3')
const { newMain } = require('./support/app')
const { LeaseWorld } = require('./support/lease')

const world = new LeaseWorld('sqlite')

/** Straight to the file. @template T @param {(file: any) => T} work @returns {T} */
function inMain(work) {
  const file = new Database(world.main.url.slice('file:'.length))
  try {
    return work(file)
  } finally {
    file.close()
  }
}

/** The highest id that SQLite has counted. */
const counted = () =>
  inMain((file) => file.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'Post'").pluck().get())

/** @param {(sql: string) => string} change of the table's own text */
const remake = (change) =>
  inMain((file) => {
    const sql = file.prepare("SELECT sql FROM sqlite_master WHERE name = 'Post'").pluck().get()
    file.exec(`DROP TABLE "Post"; ${change(sql)}`)
  })

describe('a create', () => {
  test('gets its id here, and the row arrives with it', async () => {
    const db = await world.block()
    await db.user.findUnique({ where: { id: 'u1' } })
    const { forwarded } = db.$block.status().client
    // One more, and others are asked for in the background.
    expect(await world.addMany(db, 4)).toEqual([1, 2, 3, 4])
    expect(db.$block.status().client.forwarded).toBe(forwarded)
    expect(counted()).toBe(10)
    await db.$block.flush()
    expect(await world.idsInMain()).toEqual([1, 2, 3, 4])
    expect(await world.add(world.main.client)).toBe(11)
  })

  test('takes turns with other blocks and with others who write', async () => {
    const [one, other] = [await world.block(), await world.block({ blockId: 'other' })]
    const ids = []
    for (let round = 0; round < 30; round++)
      for (const client of [one, other, world.main.client]) ids.push(await world.add(client))
    expect(new Set(ids).size).toBe(90)
    for (const db of [one, other]) await db.$block.flush()
    expect(await world.idsInMain()).toEqual(ids.sort((a, b) => a - b))
    for (const db of [one, other]) expect(db.$block.rejected()).toEqual([])
  })

  test('of many rows asks for all ids at once', async () => {
    const db = await world.block()
    const data = Array.from({ length: 3_000 }, (_, i) => ({ title: `row ${i}`, authorId: 'u1' }))
    expect(await db.post.createMany({ data })).toEqual({ count: 3_000 })
    await db.$block.flush()
    expect(await world.idsInMain()).toEqual(Array.from({ length: 3_000 }, (_, i) => i + 1))
  })

  test('has an id above all that were given, and again the one of a create that failed, as in main', async () => {
    const straight = await newMain(world.app)
    await straight.client.user.create({ data: { id: 'u1', email: 'u1@x' } })
    const db = await world.block()
    const post = (title, more = {}) => ({ title, authorId: 'u1', ...more })
    /** @param {any} client */
    const ids = async (client) => {
      const made = [(await client.post.create({ data: post('a') })).id]
      await client.post.create({ data: post('b', { id: 4 }) })
      made.push((await client.post.create({ data: post('c') })).id)
      await expect(client.post.create({ data: post('c') })).rejects.toMatchObject({ code: 'P2002' })
      made.push((await client.post.create({ data: post('d') })).id)
      await client.post.create({ data: post('e', { id: 5_000 }) })
      made.push((await client.post.create({ data: post('f') })).id)
      await client.post.delete({ where: { id: made.at(-1) } })
      made.push((await client.post.create({ data: post('g') })).id)
      await client.$transaction(async (/** @type {any} */ tx) => {
        await tx.post.create({ data: post('h', { id: 70_000 }) })
        made.push((await tx.post.create({ data: post('i') })).id)
      })
      const rows = [post('j', { id: 80_000 }), post('k', { id: 80_001 })]
      made.push((await client.post.createMany({ data: rows })).count)
      made.push((await client.post.create({ data: post('l') })).id)
      return made
    }
    const [here, there] = [await ids(db), await ids(straight.client)]
    await straight.drop()
    expect(here).toEqual(there)
    await db.$block.flush()
    expect(db.$block.rejected()).toEqual([])
  })

  test('of rows of which some bring an id: none twice', async () => {
    const db = await world.block()
    await world.add(db)
    const rows = [{}, { id: 3 }, {}, { id: 40 }, {}].map((row, n) => ({
      title: `m${n}`,
      authorId: 'u1',
      ...row,
    }))
    expect(await db.post.createMany({ data: rows })).toEqual({ count: 5 })
    await world.add(db)
    await db.$block.flush()
    const ids = await world.idsInMain()
    expect(ids).toHaveLength(7)
    expect(ids.filter((id) => id === 3 || id === 40)).toEqual([3, 40])
    expect(db.$block.rejected()).toEqual([])
  })

  test('in a transaction that is undone leaves its id to the next; in one with many, none is given twice', async () => {
    const db = await world.block()
    await db.user.findUnique({ where: { id: 'u1' } })
    const undone = db.$transaction(async (/** @type {any} */ tx) => {
      await world.addMany(tx, 3)
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    /** @type {number[]} */
    let ids = []
    await db.$transaction(async (/** @type {any} */ tx) => {
      ids = await world.addMany(tx, 30)
    })
    expect(ids[0]).toBe(1)
    expect(new Set(ids).size).toBe(30)
    await db.$block.flush()
    expect(await world.idsInMain()).toEqual(ids)
  })
})

test('in a transaction of which main has a part, main makes what no id is there for', async () => {
  const db = await world.block()
  await db.user.findUnique({ where: { id: 'u1' } })
  /** @type {number[]} */
  let ids = []
  await db.$transaction(async (/** @type {any} */ tx) => {
    await tx.$executeRawUnsafe("UPDATE users SET name = 'renamed'")
    ids = await world.addMany(tx, 12)
  })
  expect(new Set(ids).size).toBe(12)
  expect(await world.add(db)).toBeGreaterThan(Math.max(...ids))
  await db.$block.flush()
  expect(await world.idsInMain()).toHaveLength(13)
  expect(db.$block.rejected()).toEqual([])
})

describe('the counter', () => {
  test('is not set back with a transaction of somebody else on the same connection', async () => {
    const db = await world.block()
    await db.user.findUnique({ where: { id: 'u1' } })
    /** @type {Promise<number> | undefined} */
    let asked
    const undone = world.main.client.$transaction(async (/** @type {any} */ tx) => {
      await tx.user.create({ data: { id: 'u2', email: 'u2@x' } })
      asked = world.add(db)
      await new Promise((resolve) => setTimeout(resolve, 50))
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    expect(await asked).toBe(1)
    expect(counted()).toBe(10)
    await db.$block.flush()
    expect(await world.add(world.main.client)).toBe(11)
  })

  test('goes on from the rows and from what was counted before', async () => {
    await world.add(world.main.client, { id: 41 })
    await world.main.client.post.deleteMany()
    expect(await world.add(await world.block())).toBe(42)
    inMain((file) => file.exec('DELETE FROM sqlite_sequence'))
    await world.add(world.main.client, { id: 90 })
    inMain((file) => file.exec('DELETE FROM sqlite_sequence'))
    expect(await world.add(await world.block({ blockId: 'other' }))).toBe(91)
  })

  test('comes to its end: rows are written through', async () => {
    await world.add(world.main.client, { id: 2_147_483_640 })
    const db = await world.block()
    expect(await world.add(db)).toBe(2_147_483_641)
    expect(await world.idsInMain()).toEqual([2_147_483_640, 2_147_483_641])
  })

  test.each([
    ['is not there', ''],
    ['is only spoken of', '/* AUTOINCREMENT */ -- AUTOINCREMENT\n'],
  ])('%s: rows are written through', async (_, instead) => {
    remake((sql) => sql.replace('AUTOINCREMENT', instead))
    const db = await world.block()
    const id = await world.add(db)
    expect(id).toBe(1)
    expect(await world.idsInMain()).toEqual([1])
    await world.main.client.post.delete({ where: { id } })
    expect(await world.add(db)).toBe(1)
  })

  test('of a table that is spelt in other letters', async () => {
    remake((sql) => sql.replace('"Post"', '"POST"').replace('"id"', '"ID"'))
    expect(await world.addMany(await world.block(), 2)).toEqual([1, 2])
    expect(
      inMain((file) => file.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'POST'").pluck().get()),
    ).toBe(10)
  })
})

test('the file keeps its ids over a restart', async () => {
  const db = await world.block()
  expect(await world.addMany(db, 3)).toEqual([1, 2, 3])
  await world.close(db)
  expect(await world.add(await world.block())).toBe(4)
  expect(counted()).toBe(10)
})
