// A block before MySQL or MariaDB and before SQLite: it is loaded, kept fresh and removed as before PostgreSQL, and belongs
// to its one main database. Its writes: main.writes.test.js.
const fs = require('node:fs')
const { Block } = require('../js/index.js')
const { connectMain, makeApp, newMain, temporaryDir } = require('./support/app')
const { FIRST_APP_MS } = require('./support/doors')
const { loadAll, seed } = require('./support/seed')

describe.each(/** @type {const} */ (['mysql', 'sqlite']))('main on %s', (provider) => {
  /** @type {any} */
  let app
  /** @type {any} */
  let database
  /** @type {any[]} */
  let opened = []
  const dir = temporaryDir()

  /** @param {object} [options] */
  async function open(options) {
    const { client } = database
    const { generated } = app
    const made = await Block.create({ blockId: 'b', client, dir, generated, loader: loadAll, ...options })
    opened.push(made)
    return made
  }

  beforeAll(async () => {
    app = await makeApp({ provider })
    database = await newMain(app)
    await seed(database.client)
  }, FIRST_APP_MS)
  afterEach(async () => {
    for (const block of opened) await block.$disconnect()
    opened = []
  })
  afterAll(() => database?.drop())

  test('rows come from the block, and what it does not hold from main', async () => {
    const block = await open()
    const main = database.client
    await main.user.update({ where: { id: 'u3' }, data: { age: 77 } })
    expect(await block.user.findUnique({ where: { id: 'u3' }, select: { age: true } })).not.toEqual({
      age: 77,
    })
    await main.user.create({ data: { id: 'late', email: 'late@example.com' } })
    expect(await block.user.findUnique({ where: { id: 'late' } })).toMatchObject({
      email: 'late@example.com',
    })
    await main.user.delete({ where: { id: 'late' } })
    // Adopted: the look-up is answered here now.
    expect(await block.user.findUnique({ where: { id: 'late' } })).not.toBeNull()
  })

  test('a refresh brings what changed in main', async () => {
    const block = await open()
    await database.client.user.update({ where: { id: 'u4' }, data: { age: 78 } })
    await Block.invalidate('b', { generated: app.generated, dir })
    expect(await block.user.findUnique({ where: { id: 'u4' } })).toMatchObject({ age: 78 })
    expect(await block.user.findUnique({ where: { id: 'late' } })).toBeNull()
  })

  test('a write that Prisma refuses is refused in its words', async () => {
    const block = await open()
    await expect(block.user.create({ data: { id: 1, email: 'e' } })).rejects.toThrow(
      /Argument `id`: Invalid value provided/,
    )
  })

  test('a model outside the block is read and written in main', async () => {
    const block = await open()
    await block.auditLog.create({ data: { id: 'l', action: 'in' } })
    expect(await database.client.auditLog.findMany()).toEqual(await block.auditLog.findMany())
  })

  test('another main database never serves the block', async () => {
    await (await open()).$disconnect()
    const other = await newMain(app)
    try {
      await expect(open({ client: other.client })).rejects.toMatchObject({
        code: 'SHARDED_MAIN_DATABASE_MISMATCH',
      })
    } finally {
      await other.drop()
    }
    // Another client of the same database does.
    const again = connectMain(app, database.url)
    const block = await open({ client: again })
    expect(await block.user.count()).toBe(await again.user.count())
    expect(block.$block.status().main).toBe('same')
    await again.$disconnect()
  })

  test('it is deleted', async () => {
    await (await open()).$disconnect()
    const { client } = database
    const removed = await Block.delete_block('b', { client, generated: app.generated, dir })
    expect(removed).toEqual({ deleted: true, dropped: 0 })
    expect(fs.readdirSync(dir).filter((name) => name.endsWith('.sqlite'))).toEqual([])
  })

  test(
    'a client of another provider is refused',
    async () => {
      const postgres = await makeApp()
      await expect(open({ generated: postgres.generated })).rejects.toThrow(
        `expected a PrismaClient of provider 'postgresql', for which the block was generated, given one of '${provider}'`,
      )
    },
    FIRST_APP_MS,
  )
})
