// From the outbox into a real MySQL or MariaDB.
const { classify, databaseCode } = require('../js/apply/classify')
const { ledgerSql, prepareLedger } = require('../js/apply/ledger')
const { connectMain } = require('./support/app')
const { aroundMain, appliesAsAnywhere } = require('./support/apply')

const around = aroundMain('mysql')

appliesAsAnywhere(around, 'mysql')

/** @param {string} sql */
const failing = (sql) =>
  around.main.client.$executeRawUnsafe(sql).then(
    () => {
      throw new Error(`${sql} did not fail`)
    },
    (/** @type {unknown} */ thrown) => thrown,
  )

/** Raised by the server, as its own failures are. @param {number} errno @param {string} state */
const signal = (errno, state) =>
  failing(`SIGNAL SQLSTATE '${state}' SET MESSAGE_TEXT = 'no way', MYSQL_ERRNO = ${errno}`)

test.each([
  [1213, '40001', 'transient'],
  [1205, 'HY000', 'transient'],
  [1020, 'HY000', 'transient'],
  [1040, '08004', 'transient'],
  [1053, '08S01', 'transient'],
  [3024, 'HY000', 'transient'],
  [1062, '23000', 'refusal'],
  [1406, '22001', 'refusal'],
  [1264, '22003', 'refusal'],
  [1366, 'HY000', 'refusal'],
  [3819, 'HY000', 'refusal'],
  [30001, '45000', 'refusal'],
  [1644, '45000', 'refusal'],
  [1146, '42S02', 'blocked'],
  [1054, '42S22', 'blocked'],
  [1142, '42000', 'blocked'],
  [1290, 'HY000', 'blocked'],
  [1021, 'HY000', 'blocked'],
  [1114, 'HY000', 'blocked'],
  [9999, 'HY000', 'blocked'],
])('error %i with SQLSTATE %s is %s', async (errno, state, verdict) => {
  expect(classify(await signal(errno, state))).toBe(verdict)
})

test('what a real server says of real failures', async () => {
  const { client } = around.main
  await client.slug.create({ data: { slug: 'a' } })
  const cases = [
    ["INSERT INTO `Slug` (slug, hits) VALUES ('A', 0)", '1062', 'refusal'],
    ["INSERT INTO `Slug` (slug, hits) VALUES ('b', NULL)", '1048', 'refusal'],
    ["INSERT INTO `Slug` (slug, hits) VALUES ('b', 2147483648)", '1264', 'refusal'],
    [`INSERT INTO \`Slug\` (slug, hits) VALUES ('${'x'.repeat(192)}', 0)`, '1406', 'refusal'],
    ["INSERT INTO `profiles` (id, user_id, bio) VALUES ('p', 'nobody', '')", '1452', 'refusal'],
    ["UPDATE `Slug` SET hits = 'many'", '1366', 'refusal'],
    ['UPDATE `Slog` SET hits = 1', '1146', 'blocked'],
    ['UPDATE `Slug` SET hots = 1', '1054', 'blocked'],
  ]
  for (const [sql, code, verdict] of cases) {
    const error = await failing(sql)
    expect([sql, databaseCode(error), classify(error)]).toEqual([sql, code, verdict])
  }
})

test('a transaction that outlives its time', async () => {
  const slow = around.main.client.$transaction(
    async (/** @type {any} */ tx) => {
      await tx.$queryRawUnsafe('SELECT SLEEP(0.3)')
      await tx.$queryRawUnsafe('SELECT 1')
    },
    { timeout: 100 },
  )
  expect(classify(await slow.catch((/** @type {unknown} */ thrown) => thrown))).toBe('transient')
})

test('a user who may not make the ledger is told what to run', async () => {
  const { client, url } = around.main
  const name = `sharded_test_${process.pid}`
  const mine = new URL(url)
  await client.$executeRawUnsafe(`CREATE USER ${name}@'%' IDENTIFIED BY 'pw'`)
  await client.$executeRawUnsafe(`GRANT ALL ON \`${mine.pathname.slice(1)}\`.* TO ${name}@'%'`)
  Object.assign(mine, { username: name, password: 'pw' })
  const other = connectMain(around.app, mine.href)
  try {
    const refused = prepareLedger(other, ledgerSql('mysql'))
    await expect(refused).rejects.toMatchObject({
      code: 'SHARDED_LEDGER_MISSING',
      message: expect.stringMatching(
        /CREATE DATABASE IF NOT EXISTS sharded(.|\n)*GRANT SELECT, INSERT, UPDATE/,
      ),
    })
  } finally {
    await other.$disconnect()
    await client.$executeRawUnsafe(`DROP USER ${name}@'%'`)
  }
})
