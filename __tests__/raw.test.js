// Raw SQL on a block client: what the main client answers for what was written here, in its types and with its errors; and what
// becomes of the block.
const { Block } = require('..')
const { writesThroughBothDoors } = require('./support/writes')

const when = new Date('2026-02-03T04:05:06.789Z')

writesThroughBothDoors((pair) => {
  const isStale = () => pair.block.$block.status().stale
  afterEach(async () => {
    if (isStale()) await Block.invalidate(pair.block.$block.id)
    expect(isStale()).toBe(false)
  })

  test('it sees what was written here, without a flush', async () => {
    await pair.askEach((db, n) => db.counter.create({ data: { id: `r${n}`, n } }), [1, 2, 3])
    await pair.ask((db) => db.$queryRaw`SELECT id, n FROM "Counter" WHERE id LIKE 'r%' ORDER BY id`)
    expect(isStale()).toBe(false)
  })

  test('Prisma.sql, join, raw and empty', async () => {
    const { sql, join, raw, empty } = pair.Prisma
    const ids = ['u1', 'u2', 'u3']
    await pair.ask((db) => db.$queryRaw(sql`SELECT id FROM users WHERE id IN (${join(ids)}) ORDER BY id`))
    await pair.ask((db) => db.$queryRaw`SELECT id FROM ${raw('users')} ${empty} WHERE id = ${'u1'}`)
    const inner = sql`id = ${'u2'} OR ${sql`email = ${'u1@example.com'}`}`
    await pair.ask((db) => db.$queryRaw`SELECT id, email FROM users WHERE ${inner} ORDER BY id`)
    await pair.ask((db) => db.$queryRawUnsafe('SELECT $1::text AS a, $2::int AS b', 'x', 5))
    await pair.ask((db) => db.$queryRawUnsafe('SELECT id FROM users WHERE id = ANY($1) ORDER BY id', ids))
  })

  test('values of every type, in both directions', async () => {
    const { Decimal } = pair.Prisma
    const values = [
      ...[1, 1.5, 2n ** 60n, 'text', '', true, when, null, new Decimal('1.10'), new Uint8Array([0, 255])],
      ...[{ a: [1, null] }, [1, 2], ['a', 'b'], []],
    ]
    const types = [
      'int',
      'float8',
      'bigint',
      'text',
      'text',
      'bool',
      'timestamptz',
      'text',
      'numeric',
      'bytea',
    ]
    const casts = [...types, 'jsonb', 'int[]', 'text[]', 'text[]']
    for (const [at, value] of values.entries()) {
      const text = `SELECT $1::${casts[at]} AS value`
      await pair.ask((db) => db.$queryRawUnsafe(text, value))
    }
    await pair.ask(
      (db) => db.$queryRaw`SELECT ${when}::timestamptz AS at, ${5n} AS big, ${null}::text AS nothing`,
    )
    await pair.ask((db) => db.$queryRaw`SELECT * FROM users ORDER BY id LIMIT 2`)
    await pair.ask((db) => db.$queryRaw`SELECT 1 AS one WHERE false`)
  })

  test('$executeRaw: how many rows; the block is stale until it is loaded again', async () => {
    await pair.ask((db) => db.counter.createMany({ data: [{ id: 'e1' }, { id: 'e2', n: 1 }] }))
    expect(isStale()).toBe(false)
    await pair.askEach((db, n) => db.$executeRaw`UPDATE "Counter" SET n = ${n} WHERE id LIKE 'e%'`, [5, 6])
    expect(isStale()).toBe(true)
    // Of what was changed behind its back it knows when it has loaded again.
    await Block.invalidate(pair.block.$block.id)
    expect(isStale()).toBe(false)
    await pair.ask((db) =>
      db.counter.findMany({ where: { id: { startsWith: 'e' } }, orderBy: { id: 'asc' } }),
    )
    await pair.ask((db) => db.$executeRawUnsafe('DELETE FROM "Counter" WHERE id = $1', 'e1'))
    expect(isStale()).toBe(true)
  })

  test('statements that return rows may change some too', async () => {
    await pair.ask((db) => db.$queryRaw`INSERT INTO "Counter" (id) VALUES ('f1') RETURNING id, n`)
    expect(isStale()).toBe(true)
    await Block.invalidate(pair.block.$block.id)
    await pair.ask(
      (db) =>
        db.$queryRaw`WITH gone AS (DELETE FROM "Counter" WHERE id = 'f1' RETURNING id) SELECT * FROM gone`,
    )
    expect(isStale()).toBe(true)
    await Block.invalidate(pair.block.$block.id)
    for (const text of [
      'SELECT 1',
      ' -- note\n  select 1',
      '/* x */ SHOW server_version',
      'SET application_name = 1',
    ])
      await pair.ask((db) => db.$executeRawUnsafe(text).then(() => [text]))
    expect(isStale()).toBe(false)
  })

  test('errors', async () => {
    await pair.ask((db) => db.$queryRaw`SELECT * FROM nowhere`)
    await pair.ask((db) => db.$executeRaw`INSERT INTO "Counter" (id) VALUES (${'r1'})`)
    await pair.ask((db) => db.$executeRawUnsafe('nonsense'))
    await pair.ask((db) => db.$queryRaw('SELECT 1'))
    await pair.ask((db) => db.$queryRawUnsafe('SELECT $1::int', 'x'))
  })

  test('$transaction([…])', async () => {
    await pair.askEach(
      (db, n) =>
        db.$transaction([
          db.$executeRaw`UPDATE "Counter" SET label = ${String(n)} WHERE id = 'r1'`,
          db.$queryRaw`SELECT label FROM "Counter" WHERE id = 'r1'`,
        ]),
      [1, 2],
    )
    expect(isStale()).toBe(true)
    await Block.invalidate(pair.block.$block.id)
    await pair.askEach(
      (db, n) =>
        db.$transaction([
          db.$executeRaw`SELECT set_config('app.user', ${String(n)}, TRUE)`,
          db.counter.update({ where: { id: 'r1' }, data: { n } }),
          db.$queryRaw`SELECT current_setting('app.user') AS "user", n FROM "Counter" WHERE id = 'r1'`,
        ]),
      [1, 2],
    )
    expect(isStale()).toBe(false)
    await pair.ask((db) =>
      db.$transaction([
        db.counter.update({ where: { id: 'r1' }, data: { n: 9 } }),
        db.$executeRaw`INSERT INTO "Counter" (id) VALUES ('r2')`,
      ]),
    )
    await pair.ask((db) => db.counter.findUnique({ where: { id: 'r1' } }))
  })
})
