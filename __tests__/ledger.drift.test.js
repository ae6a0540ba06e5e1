// What Prisma Migrate says of a main database in which the ledger was made: nothing, in SQLite if its models are in the schema.
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { Block } = require('..')
const { ledgerSql } = require('../js/apply/ledger')
const { connectMain, makeApp, temporaryDir } = require('./support/app')
const { createDatabase, query } = require('./support/servers')

const MIGRATE = path.join(__dirname, 'support/migrate.mjs')
/** Three to five processes with an engine of 5 MB each. */
const MIGRATE_MS = 120_000
const NOTHING = '-- This is an empty migration.\n'
const CLEAN = { action: { tag: 'createMigration' }, push: NOTHING }

/** @param {string} url @param {string} schema */
const migrate = (url, schema) =>
  JSON.parse(execFileSync(process.execPath, [MIGRATE, url, schema], { encoding: 'utf8' }))

/** A commit that arrives and one that is refused. @param {any} app @param {any} client */
async function useLedger(app, client) {
  const db = await Block.create({ blockId: 'drift', client, dir: temporaryDir(), generated: app.generated })
  await db.user.create({ data: { id: 'a', email: 'a' } })
  await client.user.create({ data: { id: 'b', email: 'taken' } })
  await db.user.create({ data: { id: 'c', email: 'taken' } })
  await db.$block.flush()
  expect(db.$block.rejected()).toHaveLength(1)
  await db.$disconnect()
}

test(
  'PostgreSQL: no drift, and `db push` has nothing to do',
  async () => {
    const app = await makeApp()
    const { url, drop } = await createDatabase()
    const client = connectMain(app, url)
    const schema = `${app.schemaDir}/schema.prisma`
    try {
      expect(migrate(url, schema)).toEqual(CLEAN)
      await useLedger(app, client)
      const tables = await query(
        url,
        "SELECT tablename FROM pg_tables WHERE schemaname = 'sharded' ORDER BY 1",
      )
      expect(tables.map((row) => row.tablename)).toEqual(['identity', 'ledger', 'rejected'])
      expect(migrate(url, schema)).toEqual(CLEAN)
      // It would notice.
      await query(url, 'CREATE TABLE extra (id TEXT PRIMARY KEY)')
      expect(migrate(url, schema)).toMatchObject({
        action: { tag: 'reset', reason: expect.stringContaining('extra') },
        push: expect.stringContaining('DROP TABLE "extra"'),
      })
    } finally {
      await client.$disconnect()
      await drop()
    }
  },
  MIGRATE_MS,
)

test(
  "SQLite: no drift where the ledger's models are in the schema",
  async () => {
    const app = await makeApp({ provider: 'sqlite' })
    const dir = temporaryDir()
    const url = `file:${dir}/main.db`
    const { models } = ledgerSql('sqlite')
    const text = fs.readFileSync(`${app.schemaDir}/schema.prisma`, 'utf8')
    const [without, with_] = [`${dir}/without.prisma`, `${dir}/with.prisma`]
    fs.writeFileSync(without, text)
    fs.writeFileSync(with_, `${text}\n${models}\n`)
    expect(migrate(url, without).push).toBe(NOTHING)
    const client = connectMain(app, url)
    await useLedger(app, client)
    await client.$disconnect()
    expect(migrate(url, without).push).toContain('DROP TABLE "_sharded_ledger"')
    expect(migrate(url, with_).push).toBe(NOTHING)

    // A migration of the whole schema makes tables that the ledger takes as its own.
    const fresh = `file:${dir}/fresh.db`
    expect(migrate(fresh, with_).push).toBe(NOTHING)
    const other = connectMain(app, fresh)
    await useLedger(app, other)
    await other.$disconnect()
    expect(migrate(fresh, with_).push).toBe(NOTHING)
  },
  MIGRATE_MS,
)
