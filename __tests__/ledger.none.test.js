// `ledger: false`: nothing is made in the main database, and a window that comes twice leaves what it left the first time.
const { Block, InvalidOptionError } = require('../js')
const { runStatement } = require('../js/apply/transaction')
const registry = require('../js/block/registry')
const { around, heard } = require('./support/refusals')
const { query } = require('./support/servers')

/** What somebody finds in main who looks for a ledger. @type {Record<string, string>} */
const TRACES = {
  postgresql: "SELECT nspname AS name FROM pg_namespace WHERE nspname = 'sharded'",
  mysql: "SELECT block AS name FROM sharded.ledger WHERE block = 'unledgered'",
  sqlite: "SELECT name FROM sqlite_master WHERE name LIKE '\\_sharded%' ESCAPE '\\'",
}

/** As an applier that died before the block heard of it. @param {any} client */
async function sendOnce(client, coalesce = true) {
  const [{ native }] = registry.named('unledgered')
  const work = JSON.parse(await native.nextWork(100, 0, JSON.stringify({ coalesce, ledger: false })))
  expect(work.claim).toBeNull()
  await client.$transaction(async (/** @type {any} */ tx) => {
    for (const statement of work.statements) await runStatement(tx, statement, [])
  })
  return work
}

const everything = async (/** @type {any} */ client) => ({
  users: await client.user.findMany({ orderBy: { id: 'asc' } }),
  profiles: await client.profile.findMany({ orderBy: { id: 'asc' } }),
  counters: await client.counter.findMany({ orderBy: { id: 'asc' } }),
})

describe.each(/** @type {const} */ (['postgresql', 'mysql', 'sqlite']))('%s', (provider) => {
  const world = around(provider, 'local')
  const open = (options = {}) => world.open('unledgered', { ledger: false, ...options })

  test('commits arrive, refused ones are told, and main has no trace of it', async () => {
    const db = await open()
    await world.main.client.user.create({ data: { id: 'theirs', email: 'taken' } })
    const rejected = heard(db, 'rejected')
    await db.user.create({ data: { id: 'a', email: 'a', age: 1 } })
    await db.user.update({ where: { id: 'a' }, data: { age: { increment: 2 } } })
    await db.$block.flush()
    expect(await world.main.client.user.findUnique({ where: { id: 'a' } })).toMatchObject({ age: 3 })
    await db.user.create({ data: { id: 'b', email: 'taken' } })
    await db.$block.flush()
    expect(rejected.map(({ seq }) => seq)).toEqual([3])
    expect(db.$block.rejected().map((/** @type {any} */ one) => one.seq)).toEqual([3])
    expect(await world.main.client.user.findMany({ orderBy: { id: 'asc' } })).toMatchObject([
      { id: 'a', email: 'a' },
      { id: 'theirs', email: 'taken' },
    ])
    await world.main.client.user.delete({ where: { id: 'theirs' } })
    await db.$block.retry()
    await db.$block.flush()
    expect(await world.main.client.user.count()).toBe(2)
    expect(await traces(world)).toEqual([])
  })

  test.each([true, false])('a window that comes twice, as net changes: %s', async (coalesce) => {
    const db = await open()
    await world.main.client.counter.create({ data: { id: 'theirs', n: 5 } })
    await db.counter.update({ where: { id: 'theirs' }, data: { label: 'held' } })
    await db.user.create({ data: { id: 'old', email: 'old', age: 1 } })
    await db.user.create({ data: { id: 'gone', email: 'gone' } })
    await db.$block.flush()
    const goOn = await world.holdBack('unledgered')
    await db.user.create({ data: { id: 'a', email: 'a', age: 1, profile: { create: { bio: 'his' } } } })
    await db.user.createMany({ data: [1, 2, 3].map((n) => ({ id: `m${n}`, email: `m${n}`, age: n })) })
    await db.user.update({ where: { id: 'a' }, data: { age: { increment: 4 }, name: 'A' } })
    await db.user.update({ where: { id: 'old' }, data: { id: 'moved', age: { increment: 1 } } })
    await db.user.delete({ where: { id: 'gone' } })
    await db.counter.update({
      where: { id: 'theirs' },
      data: { n: { increment: 1 }, ratio: { increment: 0.5 } },
    })
    const work = await sendOnce(world.main.client, coalesce)
    expect(work.coalesced).toBe(coalesce)
    const once = await everything(world.main.client)
    expect(once.counters).toMatchObject([{ id: 'theirs', n: 6, ratio: 0.5 }])
    expect(once.users.map((/** @type {any} */ { id, age }) => [id, age])).toEqual([
      ['a', 5],
      ['m1', 1],
      ['m2', 2],
      ['m3', 3],
      ['moved', 2],
    ])
    await goOn()
    await db.$block.flush()
    expect(db.$block.rejected()).toEqual([])
    expect(await everything(world.main.client)).toEqual(once)
    expect(await everything(db)).toEqual(once)
  })

  test("a row of somebody else's that has another unique value in common is not overwritten", async () => {
    const db = await open()
    const goOn = await world.holdBack('unledgered')
    await db.user.create({ data: { id: 'mine', email: 'taken', age: 1 } })
    await world.main.client.user.create({ data: { id: 'theirs', email: 'taken', age: 2 } })
    await goOn()
    await db.$block.flush()
    expect(db.$block.rejected()).toMatchObject([{ seq: 1 }])
    expect(await world.main.client.user.findMany()).toMatchObject([{ id: 'theirs', age: 2 }])
  })

  test('the last writer wins: a row that has the key is overwritten', async () => {
    const db = await open()
    const goOn = await world.holdBack('unledgered')
    await db.user.create({ data: { id: 'both', email: 'mine', age: 1 } })
    await world.main.client.user.create({ data: { id: 'both', email: 'theirs', age: 2 } })
    await goOn()
    await db.$block.flush()
    expect(await world.main.client.user.findMany()).toMatchObject([{ id: 'both', email: 'mine', age: 1 }])
  })

  test('a block keeps to how it was made', async () => {
    const db = await open()
    await db.user.create({ data: { id: 'a', email: 'a' } })
    await db.$block.flush()
    await expect(world.open('unledgered')).rejects.toThrow(InvalidOptionError)
    await db.$disconnect()
    await expect(world.open('unledgered')).rejects.toThrow(
      /ledger: expected false, with which block 'unledgered' was made, given true/,
    )
    const again = await open()
    expect(await again.user.count()).toBe(1)
    await again.user.create({ data: { id: 'b', email: 'b' } })
    await again.$disconnect()
    const { dir, app, main } = world
    const removed = await Block.delete_block('unledgered', {
      dir,
      generated: app.generated,
      client: main.client,
    })
    expect(removed).toEqual({ deleted: true, dropped: 0 })
    expect(await main.client.user.count()).toBe(2)
    await world.open('unledgered')
    await expect(open()).rejects.toThrow(
      /ledger: expected true, with which block 'unledgered' is already open/,
    )
  })
})

/** @param {import('./support/refusals').World} world */
async function traces({ app, main }) {
  const rows = await main.client.$queryRawUnsafe(TRACES[app.provider]).catch((/** @type {any} */ error) => {
    // MariaDB: no test before this one has made the database `sharded`.
    if (app.provider === 'mysql' && /doesn't exist/.test(error.message)) return []
    throw error
  })
  return rows
}

test('not by way of Redis', async () => {
  await expect(
    Block.create({ blockId: 'x', client: {}, ledger: false, connection: 'redis://127.0.0.1:1' }),
  ).rejects.toThrow(/ledger: expected true where commits travel through Redis, given false/)
})

describe('a user of PostgreSQL who may make nothing', () => {
  const world = around('postgresql', 'local')

  test('has a block all the same', async () => {
    const { url } = world.main
    const role = `plain_${process.pid}`
    await query(
      url,
      `CREATE ROLE ${role} LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`,
    )
    const as = new URL(url)
    as.username = role
    const { connectMain } = require('./support/app')
    const client = connectMain(world.app, as.href)
    try {
      const db = await world.open('plain', { client, ledger: false })
      await db.user.create({ data: { id: 'a', email: 'a' } })
      await db.$block.flush()
      expect(await world.main.client.user.count()).toBe(1)
      await db.$disconnect()
    } finally {
      await client.$disconnect()
      await query(url, `DROP OWNED BY ${role}; DROP ROLE ${role}`)
    }
  })
})
