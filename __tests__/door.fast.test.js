// The fast door is a memo of the shell door: it must open, and must never answer on its own authority.
const { Block } = require('..')
const { fluentPromise } = require('../js/fast/promise.js')
const { connectMain, makeApp, newMain, temporaryDir } = require('./support/app')
const { both } = require('./support/parity')

const dir = temporaryDir()
let app
let main
let db
let ids = 0

/** Without `orderBy` the order is anybody's. @param {any[]} rows */
const byId = (rows) => (rows.every((row) => row.id) ? rows.toSorted((a, b) => (a.id < b.id ? -1 : 1)) : rows)

const doors = (client = db) => client.$block.status().client

/** How the doors were used by what `work` did. */
async function used(work, client = db) {
  const before = doors(client)
  await work()
  const after = doors(client)
  return { fast: after.fast - before.fast, shell: after.shell - before.shell }
}

async function openBlock(client = main.client) {
  ids += 1
  return Block.create({
    blockId: `fast-${ids}`,
    client,
    dir,
    generated: app.generated,
    durability: 'os',
    loader: async (block, source) => {
      await block.counter.createMany({ data: await source.counter.findMany({ omit: { label: false } }) })
    },
  })
}

beforeAll(async () => {
  delete process.env.SHARDED_FAST_DOOR
  app = await makeApp()
  main = await newMain(app)
  const rows = ['a', 'b', 'c', 'd'].map((id, n) => ({ id, n, label: n === 3 ? null : `label ${id}` }))
  await main.client.counter.createMany({ data: rows })
  db = await openBlock()
})

afterAll(async () => {
  await db.$disconnect()
  await main.drop()
})

describe('the door opens', () => {
  test.each([
    ['findUnique', (c, i) => c.counter.findUnique({ where: { id: 'abcd'[i] } })],
    ['findUniqueOrThrow', (c, i) => c.counter.findUniqueOrThrow({ where: { id: 'abcd'[i] } })],
    ['findFirst', (c, i) => c.counter.findFirst({ where: { id: 'abcd'[i] }, select: { n: true } })],
    [
      'findMany',
      (c, i) => c.counter.findMany({ where: { n: { gte: i } }, orderBy: { id: 'asc' }, take: i + 1 }),
    ],
    [
      'in',
      (c, i) =>
        c.counter.findMany({ where: { id: { in: ['a', 'b', 'c', 'd'].slice(i) } }, orderBy: { id: 'asc' } }),
    ],
    ['count', (c, i) => c.counter.count({ where: { n: { gt: i } } })],
    [
      'count with select',
      (c, i) => c.counter.count({ where: { n: { gt: i } }, select: { _all: true, label: true } }),
    ],
    ['update', (c, i) => c.counter.update({ where: { id: 'd' }, data: { ratio: i + 0.5 } })],
    ['create', (c, i) => c.counter.create({ data: { id: `create ${i}`, n: i } })],
    ['createMany', (c, i) => c.counter.createMany({ data: [{ id: `many ${i}`, n: i }] })],
    [
      'upsert',
      (c, i) => c.counter.upsert({ where: { id: 'd' }, create: { id: 'd', n: i }, update: { n: i } }),
    ],
    ['deleteMany', (c, i) => c.counter.deleteMany({ where: { id: `none ${i}` } })],
  ])('%s: the first call of a form is the shell’s, the later ones are not', async (_, call) => {
    expect(await used(() => call(db, 0))).toEqual({ fast: 0, shell: 1 })
    const later = await used(async () => {
      for (let i = 1; i < 4; i++) await call(db, i)
    })
    expect(later).toEqual({ fast: 3, shell: 0 })
  })

  test('SHARDED_FAST_DOOR=off keeps it closed', async () => {
    process.env.SHARDED_FAST_DOOR = 'off'
    const closed = await openBlock()
    delete process.env.SHARDED_FAST_DOOR
    for (let i = 0; i < 3; i++) await closed.counter.findUnique({ where: { id: 'a' } })
    expect(doors(closed)).toMatchObject({ fast: 0, shell: 3, learned: 0 })
    await closed.$disconnect()
  })
})

describe('what is a parameter', () => {
  test.each([
    ['take zero, positive, negative', [{ take: 1 }, { take: 2 }, { take: 0 }, { take: -1 }, { take: -0 }]],
    ['direction', [{ orderBy: { n: 'asc' } }, { orderBy: { n: 'desc' } }]],
    [
      'null and value',
      [{ where: { label: 'label a' } }, { where: { label: null } }, { where: { label: 'label b' } }],
    ],
    [
      'lists',
      [
        { where: { id: { in: ['a'] } } },
        { where: { id: { in: [] } } },
        { where: { id: { in: ['b', 'c'] } } },
      ],
    ],
    [
      'undefined is absent',
      [{ where: { id: 'a' } }, { where: { id: undefined, n: 1 } }, { where: undefined }],
    ],
    [
      'select',
      [
        { select: { id: true, n: true } },
        { select: { n: true, id: true } },
        { select: { id: true, n: false } },
      ],
    ],
    [
      'filter or value',
      [{ where: { n: 1 } }, { where: { n: { gt: 1 } } }, { where: { n: { gt: 1, lt: 3 } } }],
    ],
    ['nothing at all', [undefined, {}]],
  ])('%s', async (_, forms) => {
    const letters = { id: { in: ['a', 'b', 'c', 'd'] } }
    await db.$block.flush()
    for (let round = 0; round < 3; round++) {
      for (const form of forms) {
        const args = form && { orderBy: { id: 'asc' }, ...form, where: { AND: [letters, form.where ?? {}] } }
        await both(main.client, db, (c) =>
          c.counter
            .findMany(args && { ...args, select: form.select ?? { id: true, label: true } })
            .then(byId),
        )
      }
    }
  })

  test.each([
    ['a NUL', 'a\0b'],
    ['a lone surrogate', 'a\ud800'],
    ['a boxed string', Object('a')],
    ['a number', 1],
    ['a function', () => 'a'],
    ['an instance', new (class Thing {})()],
    ['an object without prototype', Object.create(null)],
  ])('a string that is %s is not vouched for', async (_, id) => {
    await db.counter.findUnique({ where: { id: 'a' } })
    const { fast } = await used(() => db.counter.findUnique({ where: { id } }).catch(() => null))
    expect(fast).toBe(0)
  })

  test.each([1.5, 2 ** 40, -0, Number.NaN, '1'])('an Int that is %p is not vouched for', async (n) => {
    await db.counter.findMany({ where: { n: 1 } })
    const { fast } = await used(() => db.counter.findMany({ where: { n } }).catch(() => null))
    expect(fast).toBe(0)
  })

  test('undefined in `omit` undoes an `omit` of the client, and is another form than its absence', async () => {
    const client = connectMain(app, main.url, { omit: { counter: { label: true } } })
    const omitting = await openBlock(client)
    const of = (omit) => (c) => c.counter.findUnique({ where: { id: 'a' }, omit })
    for (const omit of [{ label: undefined }, {}, { n: true, label: undefined }, { n: true }, {}]) {
      for (let i = 0; i < 2; i++) await both(client, omitting, of(omit))
    }
    await omitting.$disconnect()
    await client.$disconnect()
  })

  test('a field that is undefined in `include` is left out, and in no other call', async () => {
    const of = (include) => (c) => c.membership.findFirst({ where: { userId: 'm' }, include })
    const user = { id: 'm', email: 'm' }
    await db.membership.create({
      data: { user: { create: user }, team: { create: { id: 'm', name: 'm', region: 'm' } } },
    })
    await db.$block.flush()
    for (const include of [
      { role: undefined, user: true },
      { user: true },
      { teamId: undefined, user: true },
      { user: undefined },
    ]) {
      for (let i = 0; i < 2; i++) await both(main.client, db, of(include))
    }
  })

  test('an aggregate that is undefined is not one that is absent', async () => {
    const sums = (more) => (c) => c.counter.aggregate({ _sum: { n: true }, ...more })
    const groups = (more) => (c) =>
      c.counter.groupBy({ by: ['label'], orderBy: { label: 'asc' }, _sum: { n: true }, ...more })
    for (const of of [sums, groups]) {
      for (const more of [{}, { _count: undefined }, { _max: undefined }, {}])
        await both(main.client, db, of(more))
    }
  })

  test('arguments that change after the call was started teach nothing', async () => {
    const args = { where: { id: 'a' }, select: { label: true } }
    const running = db.counter.findUnique(args).then((row) => row)
    args.select.n = true
    expect(await running).toEqual({ label: 'label a' })
    expect(await db.counter.findUnique({ where: { id: 'a' }, select: { label: true } })).toEqual({
      label: 'label a',
    })
    const both = await db.counter.findUnique({ where: { id: 'a' }, select: { label: true, n: true } })
    expect(both).toEqual({ label: 'label a', n: 0 })
  })
})

describe('promises', () => {
  test('nothing happens before then, and once after several', async () => {
    const data = { id: 'lazy', n: 1 }
    await db.counter.create({ data: { id: 'taught', n: 1 } })
    const promise = db.counter.create({ data })
    await new Promise(setImmediate)
    expect(await db.counter.count({ where: { id: 'lazy' } })).toBe(0)
    const [first, second] = await Promise.all([promise, promise])
    expect(first).toBe(second)
    expect(await db.counter.count({ where: { id: 'lazy' } })).toBe(1)
  })

  test('a relation may have any name', () => {
    const names = ['method', 'args', 'site', 'running', 'catch', 'finally', 'constructor']
    const shell = (args) => Object.fromEntries(names.map((name) => [name, (inner) => [name, args, inner]]))
    const promise = new (fluentPromise(names))({ shell }, 1, null)
    for (const name of names) expect(promise[name](2)).toEqual([name, 1, 2])
  })

  test('they are what the shell’s are', async () => {
    const promise = db.counter.findMany()
    expect(Object.prototype.toString.call(promise)).toBe('[object PrismaPromise]')
    expect(promise).not.toBeInstanceOf(Promise)
    expect(promise.spec).toEqual(main.client.counter.findMany().spec)
    expect(await promise.finally(() => undefined)).toBeInstanceOf(Array)
    await expect(db.counter.create({ data: { id: 'a' } }).catch((error) => error.code)).resolves.toBe('P2002')
  })

  test('$transaction takes them, and rolls all back', async () => {
    const write = (n) => db.counter.update({ where: { id: 'a' }, data: { n } })
    await write(1)
    const results = await db.$transaction([
      write(2),
      db.counter.findUnique({ where: { id: 'a' }, select: { n: true } }),
    ])
    expect(results[1]).toEqual({ n: 2 })
    await expect(db.$transaction([write(3), db.counter.create({ data: { id: 'b' } })])).rejects.toMatchObject(
      { code: 'P2002' },
    )
    expect((await db.counter.findUnique({ where: { id: 'a' } })).n).toBe(2)
  })
})

describe('errors', () => {
  test('a learned create that fails is Prisma’s error, and did nothing', async () => {
    await db.counter.create({ data: { id: 'once', label: 'x' } })
    const before = await db.counter.count()
    const error = await db.counter.create({ data: { id: 'once', label: 'y' } }).catch((e) => e)
    expect(error).toBeInstanceOf(app.Prisma.PrismaClientKnownRequestError)
    expect(error).toMatchObject({ code: 'P2002', meta: { modelName: 'Counter' } })
    expect(await db.counter.count()).toBe(before)
    expect((await db.counter.findUnique({ where: { id: 'once' } })).label).toBe('x')
  })
})

describe('a model', () => {
  test('has the client that its own extends as $parent, or its own', () => {
    for (const client of [main.client, db]) {
      const extended = client.$extends({ name: 'other' })
      expect(client.counter.$parent).toBe(client)
      expect(extended.counter.$parent).toBe(client)
      expect(extended.$extends({ name: 'third' }).counter.$parent).toBe(extended)
    }
    expect(Object.keys(db.counter)).toEqual(Object.keys(main.client.counter))
  })
})

describe('order', () => {
  test('calls act in the order in which they were started, the first time and later', async () => {
    const fresh = await openBlock()
    for (let round = 0; round < 3; round++) {
      const seen = await Promise.all([
        fresh.counter.update({ where: { id: 'c' }, data: { n: round * 10 } }),
        fresh.counter.findUnique({ where: { id: 'c' } }),
        fresh.counter.update({ where: { id: 'c' }, data: { n: { increment: 1 } } }),
        fresh.counter.findFirst({ where: { id: 'c' } }),
        fresh.counter.count({ where: { id: { in: ['a', 'b', 'c'] }, n: round * 10 + 1 } }),
      ])
      expect(seen.slice(0, 4).map((row) => row.n)).toEqual([0, 0, 1, 1].map((n) => round * 10 + n))
      expect(seen[4]).toBe(1 + (round === 0 ? 1 : 0))
    }
    await fresh.$disconnect()
  })

  test('a hook that calls the block itself does not wait for itself', async () => {
    const watched = db.$extends({
      query: {
        counter: { findMany: async ({ args, query }) => (await db.counter.count()) >= 0 && query(args) },
      },
    })
    const [rows] = await Promise.all([watched.counter.findMany({ where: { n: 77 } }), db.counter.findFirst()])
    expect(rows).toEqual([])
  })
})

describe('extensions', () => {
  test('a query extension sees every call; other methods stay fast', async () => {
    let calls = 0
    const watched = db.$extends({
      query: {
        counter: {
          findMany({ args, query }) {
            calls += 1
            return query(args)
          },
        },
      },
    })
    for (let i = 0; i < 3; i++) await watched.counter.findMany({ where: { id: 'a' } })
    expect(calls).toBe(3)
    expect(watched.$block).toBe(db.$block)
    await db.counter.findUnique({ where: { id: 'a' } })
    expect((await used(() => watched.counter.findUnique({ where: { id: 'a' } }))).fast).toBe(1)
  })

  test('a computed field is there at every call', async () => {
    const computed = db.$extends({
      result: { counter: { twice: { needs: { n: true }, compute: (row) => row.n * 2 } } },
    })
    for (let i = 0; i < 3; i++) {
      const row = await computed.counter.findUnique({ where: { id: 'b' } })
      expect(row.twice).toBe(row.n * 2)
    }
  })
})
