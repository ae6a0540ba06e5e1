// From the outbox into a main database in SQLite, through the driver adapter for better-sqlite3.
const { classify, databaseCode } = require('../js/apply/classify')
const { aroundMain, appliesAsAnywhere } = require('./support/apply')

const around = aroundMain('sqlite')

appliesAsAnywhere(around, 'sqlite')

/** @param {string} sql */
const failing = (sql) =>
  around.main.client.$executeRawUnsafe(sql).then(
    () => {
      throw new Error(`${sql} did not fail`)
    },
    (/** @type {unknown} */ thrown) => thrown,
  )

test('what SQLite says of real failures', async () => {
  const { client } = around.main
  await client.slug.create({ data: { slug: 'a' } })
  await client.$executeRawUnsafe(
    `CREATE TRIGGER no BEFORE DELETE ON "Slug" BEGIN SELECT RAISE(ABORT, 'no way'); END`,
  )
  await client.$executeRawUnsafe('CREATE TABLE strict_one (id INTEGER PRIMARY KEY, n INT CHECK (n < 9))')
  const cases = [
    [`INSERT INTO "Slug" (slug, hits) VALUES ('a', 0)`, 'SQLITE_CONSTRAINT_UNIQUE', 'refusal'],
    [`INSERT INTO "Slug" (slug, hits) VALUES ('b', NULL)`, 'SQLITE_CONSTRAINT_NOTNULL', 'refusal'],
    [
      `INSERT INTO "profiles" (id, user_id, bio) VALUES ('p', 'x', '')`,
      'SQLITE_CONSTRAINT_FOREIGNKEY',
      'refusal',
    ],
    ['INSERT INTO strict_one VALUES (1, 10)', 'SQLITE_CONSTRAINT_CHECK', 'refusal'],
    [`INSERT INTO strict_one VALUES ('no number', 1)`, 'SQLITE_MISMATCH', 'refusal'],
    ['DELETE FROM "Slug"', 'SQLITE_CONSTRAINT_TRIGGER', 'refusal'],
    ['UPDATE "Slog" SET hits = 1', 'SQLITE_ERROR', 'blocked'],
    ['UPDATE "Slug" SET hots = 1', 'SQLITE_ERROR', 'blocked'],
  ]
  for (const [sql, code, verdict] of cases) {
    const error = await failing(sql)
    expect([sql, databaseCode(error), classify(error)]).toEqual([sql, code, verdict])
  }
  await client.$executeRawUnsafe('PRAGMA query_only = 1')
  const readOnly = await failing('UPDATE "Slug" SET hits = 1')
  await client.$executeRawUnsafe('PRAGMA query_only = 0')
  expect([databaseCode(readOnly), classify(readOnly)]).toEqual(['SQLITE_READONLY', 'blocked'])
})

test('another process that writes is waited for', async () => {
  const Sqlite = require('better-sqlite3')
  const other = new Sqlite(around.main.url.slice('file:'.length))
  other.exec('BEGIN IMMEDIATE')
  await around.main.client.$executeRawUnsafe('PRAGMA busy_timeout = 1')
  const busy = await failing('UPDATE "Slug" SET hits = 1')
  other.exec('ROLLBACK')
  other.close()
  expect(classify(busy)).toBe('transient')
})
