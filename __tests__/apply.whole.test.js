// A window of one statement goes to PostgreSQL together with its claim; whatever is in the way, it ends as in a transaction.
const { around, heard } = require('./support/refusals')

const world = around('postgresql', 'local')

/** What main runs that writes users, as its own triggers see it: `whole` or `apart`. */
async function watched() {
  const { client } = world.main
  await client.$executeRawUnsafe('CREATE TABLE told (at serial PRIMARY KEY, text text)')
  await client.$executeRawUnsafe(
    `CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO told (text) VALUES (current_query()); RETURN NULL; END $$`,
  )
  await client.$executeRawUnsafe(
    'CREATE TRIGGER tell AFTER INSERT OR UPDATE OR DELETE ON users FOR EACH ROW EXECUTE FUNCTION tell()',
  )
  return async () => {
    const rows = await client.$queryRawUnsafe('DELETE FROM told RETURNING at, text')
    rows.sort((/** @type {any} */ a, /** @type {any} */ b) => a.at - b.at)
    return rows.map((/** @type {any} */ { text }) => (text.startsWith('WITH claim AS') ? 'whole' : 'apart'))
  }
}

const seqs = async () => {
  const rows = await world.main.client.$queryRawUnsafe('SELECT seq::int AS seq FROM sharded.ledger')
  return rows.map((/** @type {any} */ { seq }) => seq)
}

test('a create, an update, an increment and a delete are a statement each; a nested create is a transaction', async () => {
  const db = await world.open('whole')
  const ways = await watched()
  const step = async (/** @type {Promise<any>} */ call) => {
    await call
    await db.$block.flush()
    return ways()
  }
  expect(await step(db.user.create({ data: { id: 'a', email: 'a', age: 1 } }))).toEqual(['whole'])
  expect(await step(db.user.update({ where: { id: 'a' }, data: { name: 'A $1::text' } }))).toEqual(['whole'])
  // What main has and the block does not know of yet comes back.
  await world.main.client.user.update({ where: { id: 'a' }, data: { age: { increment: 10 } } })
  await ways()
  expect(await step(db.user.update({ where: { id: 'a' }, data: { age: { increment: 2 } } }))).toEqual([
    'whole',
  ])
  expect(await db.user.findUnique({ where: { id: 'a' } })).toMatchObject({ age: 13, name: 'A $1::text' })
  const many = [1, 2, 3].map((n) => ({ id: `m${n}`, email: `m${n}` }))
  expect(await step(db.user.createMany({ data: many }))).toEqual(['whole', 'whole', 'whole'])
  const nested = { id: 'b', email: 'b', profile: { create: { bio: 'theirs' } } }
  expect(await step(db.user.create({ data: nested }))).toEqual(['apart'])
  expect(await step(db.user.delete({ where: { id: 'm1' } }))).toEqual(['whole'])
  expect(await seqs()).toEqual([6])
  const ids = await world.main.client.user.findMany({ select: { id: true }, orderBy: { id: 'asc' } })
  expect(ids.map((/** @type {any} */ { id }) => id)).toEqual(['a', 'b', 'm2', 'm3'])
})

test('a refusal is told with the code of the main database, and what is missing there is a refusal too', async () => {
  const db = await world.open('whole')
  await world.main.client.user.create({ data: { id: 'theirs', email: 'taken' } })
  const rejected = heard(db, 'rejected')
  await db.user.create({ data: { id: 'a', email: 'a' } })
  await db.$block.flush()
  await db.user.create({ data: { id: 'b', email: 'taken' } })
  await db.$block.flush()
  await world.main.client.user.delete({ where: { id: 'a' } })
  await db.user.update({ where: { id: 'a' }, data: { name: 'A' } })
  await db.$block.flush()
  expect(rejected.map(({ seq, databaseCode, code }) => [seq, databaseCode ?? code])).toEqual([
    [2, '23505'],
    [3, 'SHARDED_ROW_MISSING'],
  ])
  expect(await seqs()).toEqual([3])
  expect(await world.main.client.user.count()).toBe(1)
})

test('a commit that the main database has already is not applied again', async () => {
  const db = await world.open('whole')
  await db.user.create({ data: { id: 'a', email: 'a', age: 1 } })
  await db.$block.flush()
  const goOn = await world.holdBack('whole')
  await db.user.update({ where: { id: 'a' }, data: { age: { increment: 5 } } })
  // As an applier that died between main's answer and the block's file.
  await world.main.client.$executeRawUnsafe('UPDATE sharded.ledger SET seq = seq + 1')
  await goOn()
  await db.$block.flush()
  expect(await world.main.client.user.findUnique({ where: { id: 'a' } })).toMatchObject({ age: 1 })
  expect(await seqs()).toEqual([2])
  expect(db.$block.pending().commits).toBe(0)
})

test('where main cannot write a table so, its transactions do, and soon nothing else is tried', async () => {
  const db = await world.open('whole')
  await db.user.create({ data: { id: 'a', email: 'a' } })
  await db.$block.flush()
  const ways = await watched()
  // PostgreSQL has no data-modifying WITH on a relation with a conditional rule.
  await world.main.client.$executeRawUnsafe(
    `CREATE RULE stay AS ON UPDATE TO users WHERE NEW.name = 'never' DO INSTEAD NOTHING`,
  )
  for (const name of ['1', '2', '3', '4']) {
    await db.user.update({ where: { id: 'a' }, data: { name } })
    await db.$block.flush()
  }
  expect(await ways()).toEqual(['apart', 'apart', 'apart', 'apart'])
  // A create could be a statement again; this client's windows are transactions by now.
  await db.user.create({ data: { id: 'b', email: 'b' } })
  await db.$block.flush()
  expect(await ways()).toEqual(['apart'])
  expect(await world.main.client.user.findUnique({ where: { id: 'a' } })).toMatchObject({ name: '4' })
})
