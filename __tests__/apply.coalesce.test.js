// Net changes before real main databases: the same tables as from the commits one by one, in fewer statements.
const { Rng } = require('./parity/rng')
const { ALL_MAINS } = require('./support/doors')
const { applierFor } = require('./support/native')
const { aroundMain } = require('./support/apply')
const { temporaryDir, newMain } = require('./support/app')
const { makeLedger } = require('./support/apply')
const { openNative } = require('./support/native')

const AT = '2026-02-03T04:05:06.789Z'
const when = { $type: 'DateTime', value: AT }

/** Windows that the block gives from now on. @param {any} block */
function windowsOf(block) {
  /** @type {any[]} */
  const works = []
  const nextWork = block.nextWork.bind(block)
  block.nextWork = async (/** @type {any[]} */ ...args) => {
    const text = await nextWork(...args)
    if (text !== null) works.push(JSON.parse(text))
    return text
  }
  return works
}

/** @param {any} client @param {any} native @param {object} [options] */
async function drain(client, native, options) {
  const { applier, of } = applierFor(client, native, options)
  await applier.flush({ timeoutMs: 30_000 })
  await applier.stop()
  return of
}

describe.each(ALL_MAINS)('before %s', (provider) => {
  const around = aroundMain(/** @type {any} */ (provider))
  const quote = provider === 'mysql' ? '`' : '"'

  test('updates of a row are one statement, and its sums are exact', async () => {
    const { write } = around.native
    write('Counter', 'createOne', { data: { id: 'a', n: 1, total: { $type: 'Decimal', value: '0.1' } } })
    await drain(around.main.client, around.native)
    await around.main.client.counter.update({ where: { id: 'a' }, data: { n: { increment: 100 } } })
    for (let at = 0; at < 60; at++) {
      write('Counter', 'updateOne', {
        where: { id: 'a' },
        data: { n: { increment: 2 }, big: { decrement: { $type: 'BigInt', value: '3' } } },
      })
    }
    write('Counter', 'updateOne', { where: { id: 'a' }, data: { label: 'last', n: { decrement: 1 } } })
    const works = windowsOf(around.native.block)
    await drain(around.main.client, around.native)
    expect(works.flatMap(({ statements }) => statements)).toHaveLength(1)
    expect(await around.main.client.counter.findMany()).toMatchObject([
      { id: 'a', n: 220, big: -180n, label: 'last' },
    ])
  })

  test('many rows, added to at once, give back many results', async () => {
    const { write, block } = around.native
    for (const id of ['a', 'b', 'c']) write('Counter', 'createOne', { data: { id } })
    await drain(around.main.client, around.native)
    await around.main.client.counter.update({ where: { id: 'b' }, data: { n: 40 } })
    for (const id of ['a', 'b', 'c'])
      write('Counter', 'updateOne', { where: { id }, data: { n: { increment: 1 } } })
    const replaceRow = jest.spyOn(block, 'replaceRow')
    await drain(around.main.client, around.native)
    expect(replaceRow.mock.calls.map(([model, names, values]) => [model, names, values])).toEqual([
      ['Counter', '["id","n"]', ['b', 41]],
    ])
  })

  test('two rows swap a unique value; a key is given up and taken; rows come and go', async () => {
    const { write } = around.native
    const user = (/** @type {string} */ id) => ({ id, email: `${id}@x`, createdAt: when, updatedAt: when })
    for (const id of ['a', 'b', 'c']) write('User', 'createOne', { data: user(id) })
    await drain(around.main.client, around.native)
    const email = (/** @type {string} */ id, /** @type {string} */ value) =>
      write('User', 'updateOne', { where: { id }, data: { email: value, updatedAt: when } })
    email('a', 'held')
    email('b', 'a@x')
    email('a', 'b@x')
    write('User', 'deleteOne', { where: { id: 'c' } })
    write('User', 'createOne', { data: { ...user('d'), email: 'c@x' } })
    write('User', 'createOne', { data: { ...user('c'), email: 'new' } })
    write('User', 'createOne', { data: user('gone') })
    write('User', 'deleteOne', { where: { id: 'gone' } })
    const works = windowsOf(around.native.block)
    const of = await drain(around.main.client, around.native)
    expect(of('rejected')).toEqual([])
    expect(works).toHaveLength(1)
    const users = await around.main.client.user.findMany({
      orderBy: { id: 'asc' },
      select: { id: true, email: true },
    })
    expect(users).toEqual([
      { id: 'a', email: 'b@x' },
      { id: 'b', email: 'a@x' },
      { id: 'c', email: 'new' },
      { id: 'd', email: 'c@x' },
    ])
  })

  test('a row that is deleted and made anew takes along what only the main database has of it', async () => {
    const { write } = around.native
    const data = { id: 'a', email: 'a@x', createdAt: when, updatedAt: when }
    write('User', 'createOne', { data })
    await drain(around.main.client, around.native)
    await around.main.client.profile.create({
      data: { id: '00000000-0000-4000-8000-000000000000', userId: 'a' },
    })
    write('User', 'deleteOne', { where: { id: 'a' } })
    write('User', 'createOne', { data })
    await drain(around.main.client, around.native)
    expect(await around.main.client.user.count()).toBe(1)
    expect(await around.main.client.profile.count()).toBe(0)
  })

  test('one refused commit among many is found in few windows, and stands alone', async () => {
    await around.main.client.slug.create({ data: { slug: 's77' } })
    for (let at = 0; at < 150; at++) around.create(`s${at}`)
    const works = windowsOf(around.native.block)
    const of = await drain(around.main.client, around.native)
    expect(of('rejected')).toMatchObject([{ seq: 78, reverted: true }])
    expect(await around.slugs()).toHaveLength(150)
    expect(works.length).toBeLessThan(25)
  })

  test('coalesce: none keeps every change', async () => {
    around.create('a')
    for (let at = 0; at < 5; at++) around.hit('a')
    around.create('b')
    around.native.write('Slug', 'deleteOne', { where: { slug: 'b' } })
    const works = windowsOf(around.native.block)
    await drain(around.main.client, around.native, { coalesce: { Slug: 'none' } })
    const kinds = works.flatMap(({ statements }) => statements).map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'update')).toHaveLength(5)
    expect(kinds.filter((kind) => kind === 'delete')).toHaveLength(1)
    expect(await around.slugs()).toEqual([{ slug: 'a', target: null, hits: 5 }])
  })

  if (provider !== 'mysql') {
    test('what is refused only as a net change goes as it happened', async () => {
      for (const statement of TRIGGERS[provider]) await around.main.client.$executeRawUnsafe(statement)
      around.create('a')
      for (let at = 0; at < 3; at++) around.hit('a')
      const works = windowsOf(around.native.block)
      const of = await drain(around.main.client, around.native)
      expect(works.map(({ coalesced }) => coalesced)).toEqual([true, false])
      expect(of('rejected')).toEqual([])
      expect(await around.slugs()).toEqual([{ slug: 'a', target: null, hits: 3 }])
    })
  }

  test.each([1, 2, 3, 4])('random histories leave the same tables either way, seed %i', async (seed) => {
    const other = { main: await newMain(around.app), native: openNative(around.app, temporaryDir()) }
    await makeLedger(other.main.client, provider)
    const pairs = [around, other]
    try {
      const rng = Rng.of(seed)
      let made = 0
      const steps = [60, 250].map((count) => Array.from({ length: count }, () => anyWrite(rng)))
      for (const writes of steps) {
        for (const call of writes) {
          const told = pairs.map(({ native }) => attempt(native, call))
          expect(told[0]).toBe(told[1])
          made += told[0] === 'done' ? 1 : 0
        }
        const net = windowsOf(around.native.block)
        await drain(around.main.client, around.native)
        // Each change of its own, for the model that all else hangs on.
        await drain(other.main.client, other.native, {
          coalesce: Object.fromEntries(MODELS.map((name) => [name, 'none'])),
        })
        const one = await tablesOf(around.main.client)
        expect(one).toEqual(await tablesOf(other.main.client))
        expect(net.filter(({ coalesced }) => !coalesced).map(({ commits }) => commits)).toEqual([])
      }
      expect(JSON.parse(around.native.block.rejected())).toEqual([])
      expect(made).toBeGreaterThan(60)
    } finally {
      await other.native.block.close()
      await other.main.drop()
    }
  })

  /** @param {any} client */
  async function tablesOf(client) {
    const tables = {
      User: 'users',
      Post: 'Post',
      Comment: 'comments',
      Team: 'Team',
      Membership: 'memberships',
      Slug: 'Slug',
    }
    /** @type {Record<string, string[]>} */
    const found = {}
    for (const [model, table] of Object.entries(tables)) {
      const rows = await client.$queryRawUnsafe(`SELECT * FROM ${quote}${table}${quote}`)
      found[model] = rows
        .map((/** @type {any} */ row) => JSON.stringify(row, (_, v) => (typeof v === 'bigint' ? `${v}n` : v)))
        .sort()
    }
    return found
  }
})

const MODELS = ['User', 'Post', 'Comment', 'Team', 'Membership', 'Slug']

/** The net change makes a row as it has never been. @type {Record<string, string[]>} */
const TRIGGERS = {
  postgresql: [
    `CREATE FUNCTION young() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'too old'; END $$`,
    `CREATE TRIGGER young BEFORE INSERT ON "Slug" FOR EACH ROW WHEN (NEW.hits > 0) EXECUTE FUNCTION young()`,
  ],
  sqlite: [
    `CREATE TRIGGER young BEFORE INSERT ON "Slug" WHEN NEW.hits > 0 BEGIN SELECT RAISE(ABORT, 'too old'); END`,
  ],
}

/** What the block makes of a call. @param {any} native @param {any[]} call */
function attempt(native, [model, action, args]) {
  try {
    native.write(model, action, args)
    return 'done'
  } catch (error) {
    return String(/** @type {Error} */ (error).message)
  }
}

/** A write of few rows and few unique values, so that they meet. @param {Rng} rng @returns {any[]} model, action, arguments */
function anyWrite(rng) {
  const n = () => rng.int(1, 5)
  const id = (/** @type {string} */ prefix) => `${prefix}${n()}`
  const updatedAt = when
  const user = () => ({
    id: id('u'),
    email: `${n()}@x`,
    createdAt: when,
    updatedAt,
    managerId: rng.chance(30) ? id('u') : null,
  })
  const post = () => ({
    id: n(),
    title: `t${n()}`,
    authorId: id('u'),
    reviewerId: rng.chance(50) ? id('u') : null,
    createdAt: when,
  })
  const member = () => ({ userId: id('u'), teamId: id('t') })
  return rng.pick([
    () => ['User', 'createOne', { data: user() }],
    () => ['User', 'createOne', { data: user() }],
    () => ['User', 'updateOne', { where: { id: id('u') }, data: { email: `${n()}@x`, updatedAt } }],
    () => ['User', 'updateOne', { where: { id: id('u') }, data: { id: id('u'), updatedAt } }],
    () => [
      'User',
      'updateOne',
      { where: { id: id('u') }, data: { age: n(), managerId: id('u'), updatedAt } },
    ],
    () => [
      'User',
      'updateOne',
      {
        where: { id: id('u') },
        data: { views: { increment: { $type: 'BigInt', value: '2' } }, score: 0.5, updatedAt },
      },
    ],
    () => [
      'User',
      'updateOne',
      {
        where: { id: id('u') },
        data: {
          score: { increment: 0.1 },
          balance: { increment: { $type: 'Decimal', value: '0.25' } },
          updatedAt,
        },
      },
    ],
    () => ['User', 'deleteOne', { where: { id: id('u') } }],
    () => ['Post', 'createOne', { data: post() }],
    () => ['Post', 'createOne', { data: post() }],
    () => ['Post', 'updateOne', { where: { id: n() }, data: { title: `t${n()}` } }],
    () => [
      'Post',
      'updateOne',
      { where: { id: n() }, data: { authorId: id('u'), published: rng.chance(50) } },
    ],
    () => ['Post', 'deleteOne', { where: { id: n() } }],
    () => ['Comment', 'createOne', { data: { id: id('c'), text: id('x'), postId: n(), at: when } }],
    () => ['Comment', 'updateOne', { where: { id: id('c') }, data: { text: id('x'), postId: n() } }],
    () => ['Comment', 'deleteOne', { where: { id: id('c') } }],
    () => ['Team', 'createOne', { data: { id: id('t'), name: id('n'), region: id('r') } }],
    () => ['Team', 'updateOne', { where: { id: id('t') }, data: { name: id('n') } }],
    () => ['Team', 'deleteOne', { where: { id: id('t') } }],
    () => ['Membership', 'createOne', { data: { ...member(), joinedAt: when } }],
    () => ['Membership', 'updateOne', { where: { userId_teamId: member() }, data: { role: 'ADMIN' } }],
    () => ['Membership', 'deleteOne', { where: { userId_teamId: member() } }],
    () => ['Slug', 'createOne', { data: { slug: id('s'), hits: n() } }],
    () => [
      'Slug',
      'updateOne',
      { where: { slug: id('s') }, data: { slug: id('s'), hits: { increment: 1 } } },
    ],
    () => ['Slug', 'deleteOne', { where: { slug: id('s') } }],
  ])()
}
