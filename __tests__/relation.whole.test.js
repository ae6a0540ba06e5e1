// A filter on a parent is a list of the parents that are meant while every row's parents are held, and a look-up per row
// that notices those which are not held from the moment on at which one is missing.
const path = require('node:path')
const { Block } = require('..')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { startChild } = require('./support/child')
const { askLocally, askOfMain } = require('./support/local')
const { seed } = require('./support/seed')
const { sqlOf } = require('./support/sql')

const LIST = ' IN (SELECT t1."id" FROM'
const LOOK_UP = 'sharded_unheld()'
const orderBy = { id: 'asc' }
const select = { id: true }
const dir = temporaryDir()
/** @type {any} */ let app
/** @type {any} */ let main
let blocks = 0

const HELD = ['u0', 'u1', 'u2', 'u3']

/** Every post with its author; not every reviewer. @param {any} block @param {any} client */
async function load(block, client) {
  await block.post.createMany({ data: await client.post.findMany({ where: { authorId: { in: HELD } } }) })
  await block.user.createMany({ data: await client.user.findMany({ where: { id: { in: HELD } } }) })
}

/** @param {object} [options] @returns {Promise<any>} */
async function openBlock(options) {
  blocks += 1
  const { generated } = app
  const place = { blockId: `whole-${blocks}`, client: main.client, dir, generated }
  return Block.create({ ...place, durability: 'os', loader: load, ...options })
}

/** @param {any} db */
const pairOf = (db) => {
  const pair = { main: main.client, block: db }
  const ask = async (/** @type {(client: any) => any} */ call) => {
    expect(await call(db)).toEqual(await call(main.client))
    return call(db)
  }
  return /** @type {any} */ ({ ...pair, ask })
}

/** Of rows that every block here holds, whatever main has beside them. */
const byAuthor = (/** @type {any} */ db) =>
  db.post.findMany({
    where: { title: { startsWith: 'post' }, author: { age: { gte: 20 } } },
    orderBy: { id: 'desc' },
    take: 3,
    select,
  })

/** @param {any} db */
async function expectList(db) {
  expect((await sqlOf(db, byAuthor)).join()).toContain(LIST)
  await askLocally(pairOf(db), byAuthor)
}

/** @param {any} db */
async function expectLookUp(db) {
  await byAuthor(db)
  await askOfMain(pairOf(db), byAuthor)
}

/** A post whose author no block here holds, made in main. */
const foreignPost = () =>
  main.client.post.create({ data: { title: 'post zz', authorId: 'u5' }, select: { id: true } })

beforeAll(async () => {
  app = await makeApp()
  main = await newMain(app)
  await seed(main.client)
}, 120_000)

afterEach(() => main.client.post.deleteMany({ where: { title: 'post zz' } }))
afterAll(() => main.drop())

describe('while every parent is held', () => {
  /** @type {any} */ let db
  beforeAll(async () => {
    db = await openBlock()
  })
  afterAll(() => db.$disconnect())

  /** @type {[string, (db: any) => any][]} */
  const LISTED = [
    ['a filter', byAuthor],
    ['of anything', (db) => db.post.findMany({ where: { author: { is: {} } }, orderBy, select })],
    ['count', (db) => db.post.count({ where: { author: { name: 'ann' } } })],
    [
      'aggregate over a page',
      (db) => db.post.aggregate({ where: { author: { age: 20 } }, orderBy, take: 2, _sum: { rating: true } }),
    ],
    [
      'groupBy',
      (db) =>
        db.post.groupBy({
          by: ['authorId'],
          where: { author: { age: { lt: 23 } } },
          orderBy: { authorId: 'asc' },
          _count: true,
        }),
    ],
    [
      'twice',
      (db) =>
        db.post.findMany({
          where: { author: { name: 'ann' }, AND: [{ author: { age: { not: null } } }] },
          orderBy,
          select,
        }),
    ],
    [
      'an optional parent',
      (db) =>
        db.user.findMany({
          where: { manager: { name: 'Ann' }, email: { startsWith: 'u3' } },
          orderBy,
          select,
        }),
    ],
    [
      'with an include',
      (db) => db.post.findMany({ where: { author: { name: 'ann' } }, orderBy, include: { author: true } }),
    ],
  ]
  test.each(LISTED)('%s: a list', async (_, call) => {
    expect((await sqlOf(db, call))[0]).toContain(LIST)
    await askLocally(pairOf(db), call)
  })

  /** @type {[string, (db: any) => any][]} */
  const LOOKED_UP = [
    ['not', (db) => db.post.findMany({ where: { NOT: { author: { age: 20 } } }, orderBy, select })],
    ['isNot', (db) => db.post.findMany({ where: { author: { isNot: { age: 20 } } }, orderBy, select })],
    [
      'below OR',
      (db) => db.post.findMany({ where: { OR: [{ author: { age: 20 } }, { rating: 1 }] }, orderBy, select }),
    ],
    [
      'rows found by a key of theirs',
      (db) => db.post.findMany({ where: { authorId: 'u0', author: { name: 'Ann' } }, orderBy, select }),
    ],
    [
      'a relation whose parents are not all held',
      (db) => db.post.findMany({ where: { id: { lt: 4 }, reviewer: { name: 'ann' } }, orderBy, select }),
    ],
  ]
  test.each(LOOKED_UP)('%s: a look-up per row', async (_, call) => {
    const [text] = await sqlOf(db, call)
    expect(text).not.toContain(LIST)
    expect(text).toContain(LOOK_UP)
    await askLocally(pairOf(db), call)
  })

  test('in a transaction too, with what it has written', async () => {
    const [, answer] = await db.$transaction([
      db.user.update({ where: { id: 'u3' }, data: { name: 'renamed' } }),
      db.post.count({ where: { author: { name: 'renamed' } } }),
    ])
    expect(answer).toBe(await main.client.post.count({ where: { authorId: 'u3' } }))
    await db.user.update({ where: { id: 'u3' }, data: { name: 'Émile' } })
    await db.$block.flush()
  })
})

describe('from the moment at which one is missing', () => {
  test('since the load', async () => {
    await foreignPost()
    const loader = async (/** @type {any} */ block, /** @type {any} */ client) => {
      await block.post.createMany({ data: await client.post.findMany() })
      await block.user.createMany({ data: await client.user.findMany({ where: { id: { in: HELD } } }) })
    }
    const db = await openBlock({ loader })
    await expectLookUp(db)
    await db.$disconnect()
  })

  test('a row that main made for the block', async () => {
    const db = await openBlock()
    await expectList(db)
    await db.$block.through(() => db.post.create({ data: { title: 'post zz', authorId: 'u5' } }))
    await expectLookUp(db)
    await db.$disconnect()
  })

  test('a member whose parent did not come along', async () => {
    const db = await openBlock()
    await expectList(db)
    const { id } = await foreignPost()
    const row = await main.client.post.findUnique({ where: { id } })
    insert(db, row, 'adopt')
    // Held for look-ups only: no set read meets it.
    await expectListOf(db, 'post')
    insert(db, row, 'member')
    await expectLookUp(db)
    await db.$disconnect()
  })

  test('a row that is overwritten', async () => {
    const db = await openBlock()
    await expectList(db)
    const { id, authorId } = await main.client.post.findFirst({ where: { title: 'post 11' } })
    await main.client.post.update({ where: { id }, data: { authorId: 'u5' } })
    try {
      const { block } = db._engine
      expect(block.replaceRow('Post', '["id","authorId"]', [id, 'u5'], block.lastSeq())).toBe(1)
      await expectLookUp(db)
    } finally {
      await main.client.post.update({ where: { id }, data: { authorId } })
      await db.$disconnect()
    }
  })

  test('a refresh takes the mark away, and the next sets it again', async () => {
    const loader = async (/** @type {any} */ block, /** @type {any} */ client) => {
      await block.post.createMany({ data: await client.post.findMany() })
      await block.user.createMany({ data: await client.user.findMany({ where: { id: { in: HELD } } }) })
    }
    const db = await openBlock({ loader })
    await expectList(db)
    await foreignPost()
    await Block.invalidate(db.$block.id, { dir })
    await expectLookUp(db)
    await main.client.post.deleteMany({ where: { title: 'post zz' } })
    await Block.invalidate(db.$block.id, { dir })
    await expectList(db)
    await db.$disconnect()
  })

  test('a parent that main does not have', async () => {
    const db = await openBlock()
    await expectList(db)
    const { block } = db._engine
    expect(block.deleteRow('User', ['u2'], block.lastSeq())).toBe(1)
    await expectLookUp(db)
    await db.$disconnect()
  })

  test('by another process', async () => {
    const db = await openBlock()
    await expectList(db)
    const child = startChild(path.join(__dirname, 'support/remover.js'), {
      env: { REMOVER: JSON.stringify({ url: main.url, dir, blockId: db.$block.id }) },
    })
    await child.line('removed')
    await expectLookUp(db)
    child.send('end')
    await child.exit()
    await db.$disconnect()
  })
})

/** @param {any} db @param {any} row a post as main has it @param {'adopt' | 'member'} mode */
function insert(db, row, mode) {
  const { block } = db._engine
  const names = Object.keys(row)
  const values = names.map((name) => (row[name] instanceof Date ? row[name].getTime() : row[name]))
  block.insertRows('Post', JSON.stringify(names), values, mode, block.lastSeq())
}

/** Without main's opinion, which has a row more. @param {any} db @param {string} title */
async function expectListOf(db, title) {
  const call = (/** @type {any} */ client) =>
    client.post.findMany({ where: { title: { startsWith: title }, author: { age: { gte: 20 } } }, select })
  expect((await sqlOf(db, call)).join()).toContain(LIST)
}
