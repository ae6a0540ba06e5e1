// What Prisma Migrate says of a main database in which the ledger was made: nothing.
const { execFileSync } = require('node:child_process')
const path = require('node:path')
const { Block } = require('..')
const { connectMain, makeApp, temporaryDir } = require('./support/app')
const { createDatabase, query } = require('./support/servers')

const MIGRATE = path.join(__dirname, 'support/migrate.mjs')
const CLEAN = { action: { tag: 'createMigration' }, push: '-- This is an empty migration.\n' }

/** @type {Awaited<ReturnType<typeof createDatabase>>} */
let database
beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database?.drop())

test('PostgreSQL: tables made by a migration show no drift, and `db push` has nothing to do', async () => {
  const app = await makeApp()
  const { url } = database
  const migrate = () =>
    JSON.parse(
      execFileSync(process.execPath, [MIGRATE, url, `${app.schemaDir}/schema.prisma`], { encoding: 'utf8' }),
    )
  expect(migrate()).toEqual(CLEAN)

  const client = connectMain(app, url)
  const db = await Block.create({ blockId: 'drift', client, dir: temporaryDir(), generated: app.generated })
  await db.user.create({ data: { id: 'a', email: 'a' } })
  await client.user.create({ data: { id: 'b', email: 'taken' } })
  await db.user.create({ data: { id: 'c', email: 'taken' } })
  await db.$block.flush()
  expect(db.$block.rejected()).toHaveLength(1)
  await db.$disconnect()
  await client.$disconnect()
  const tables = await query(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'sharded' ORDER BY 1")
  expect(tables.map((row) => row.tablename)).toEqual(['identity', 'ledger', 'rejected'])

  expect(migrate()).toEqual(CLEAN)
  // It would notice.
  await query(url, 'CREATE TABLE extra (id TEXT PRIMARY KEY)')
  expect(migrate()).toMatchObject({
    action: { tag: 'reset', reason: expect.stringContaining('extra') },
    push: expect.stringContaining('DROP TABLE "extra"'),
  })
})
