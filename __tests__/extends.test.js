// Prisma Client extensions on a block client: made before Block.create, on the main client, and after it, on the block client; each
// compared with the same extension on a second main database's own client: answers, errors, what the extension saw.
const { Block, TransactionError } = require('..')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { both, deepSame } = require('./support/parity')
const { loadAll, seed } = require('./support/seed')

/** @type {['6' | '7', 'fast' | 'shell'][]} */
const KINDS = [
  ['7', 'fast'],
  ['7', 'shell'],
  ['6', 'fast'],
]
const RECENT_MS = 10 * 60_000

/** Without what a computed row shows to `inspect`; what two clocks cannot agree on becomes a word. @param {any} value @returns {any} */
function plain(value) {
  if (value instanceof Date) return Math.abs(Date.now() - value.getTime()) < RECENT_MS ? 'just now' : value
  if (Array.isArray(value)) return value.map(plain)
  const isRow =
    value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype
  if (!isRow) return typeof value === 'function' ? 'a function' : value
  return Object.fromEntries(Object.keys(value).map((key) => [key, plain(value[key])]))
}

const byId = { orderBy: { id: /** @type {const} */ ('asc') } }

describe.each(KINDS)('Prisma %s, through the %s door', (version, door) => {
  const dir = temporaryDir()
  /** @type {any} */
  let app
  /** @type {any[]} */
  let databases
  /** @type {any} */
  let db
  const open = (/** @type {any} */ client) =>
    Block.create({
      blockId: 'extends',
      client,
      dir,
      generated: app.generated,
      durability: 'os',
      async loader(block, main) {
        await loadAll(block, main)
        await block.counter.createMany({ data: await main.counter.findMany() })
      },
    })

  beforeAll(async () => {
    if (door === 'shell') process.env.SHARDED_FAST_DOOR = 'off'
    app = await makeApp({ version })
    databases = [await newMain(app), await newMain(app)]
    for (const { client } of databases) {
      await seed(client)
      await client.counter.createMany({
        data: [
          { id: 'c1', n: 1 },
          { id: 'c2', n: 2, label: 'two' },
        ],
      })
    }
    db = await open(databases[0].client)
  })
  afterAll(async () => {
    delete process.env.SHARDED_FAST_DOOR
    await db?.$disconnect()
    for (const { drop } of databases) await drop()
  })

  /**
   * @param {(client: any, told: any[]) => any} extend what makes an extended client; `told`: what it has seen
   * @param {(client: any, n: number) => any} call n: 1 and 3 after, 2 and 4 before
   */
  async function ask(extend, call) {
    const [behind, main] = databases.map(({ client }) => client)
    /** @type {any[][]} */
    const [told, after, before] = [[], [], []]
    const straight = extend(main, told)
    const blocks = [
      [extend(db, after), after],
      [await open(extend(behind, before)), before],
    ]
    // Twice: the second may be the fast door's.
    for (const n of [1, 2, 3, 4]) {
      const [block, seen] = blocks[(n - 1) % 2]
      told.length = 0
      seen.length = 0
      const named = Object.assign(async (/** @type {any} */ c) => plain(await call(c, n)), {
        toString: () => `${call} with ${n}`,
      })
      await both(straight, block, named)
      deepSame(plain(seen), plain(told), `it has seen something else: ${call} with ${n}`)
    }
    await blocks[1][0].$disconnect()
  }

  describe('query', () => {
    test('of a method: changes arguments and answers', () =>
      ask(
        (client, told) =>
          client.$extends({
            query: {
              user: {
                async findMany({ model, operation, args, query }) {
                  told.push([model, operation, args])
                  const rows = await query({ ...args, where: { ...args.where, active: true }, ...byId })
                  return rows.map((row) => ({ ...row, seen: true }))
                },
              },
            },
          }),
        async (c) => [
          await c.user.findMany(),
          await c.user.findMany({ where: { role: 'USER' }, select: { id: true } }),
          await c.user.findUnique({ where: { id: 'u1' } }),
        ],
      ))

    test('$allOperations and $allModels, raw SQL too', () =>
      ask(
        (client, told) =>
          client.$extends({
            query: {
              $allOperations({ model, operation, args, query }) {
                told.push(['all', model ?? null, operation])
                return query(args)
              },
              $allModels: {
                $allOperations({ model, operation, args, query }) {
                  told.push(['every model', model, operation])
                  return query(args)
                },
                count({ model, args, query }) {
                  told.push(['count', model])
                  return query(args)
                },
              },
              $queryRaw({ args, query }) {
                told.push(['raw', args.sql ?? args.strings])
                return query(args)
              },
            },
          }),
        async (c) => [
          await c.counter.count(),
          await c.auditLog.count(),
          await c.user.findFirst(byId),
          await c.$queryRaw`SELECT 1 AS one`,
          await c.user.aggregate({ _count: true }),
          await c.user.findUniqueOrThrow({ where: { id: 'u2' }, select: { posts: byId } }),
          await c.user.findUnique({ where: { id: 'u2' } }).posts(byId),
        ],
      ))

    test('stacked: in order, each with what the one before made of it', () =>
      ask(
        (client, told) => {
          const add = (/** @type {any} */ on, /** @type {string} */ name) =>
            on.$extends({
              name,
              query: {
                counter: {
                  async $allOperations({ operation, args, query }) {
                    told.push([`${name} begins`, operation, args])
                    const answer = await query(
                      operation === 'findMany' ? { ...args, take: name.length } : args,
                    )
                    told.push([`${name} ends`, answer])
                    return answer
                  },
                },
              },
            })
          return add(add(add(client, 'a'), 'bb'), 'ccc')
        },
        async (c) => [await c.counter.findMany(byId), await c.counter.count({ where: { id: 'c1' } })],
      ))

    test('one that answers itself, one that throws, one that asks twice', () =>
      ask(
        (client, told) =>
          client.$extends({
            query: {
              counter: {
                findFirst: () => Promise.resolve({ mine: true }),
                async findMany() {
                  throw new RangeError('by the extension')
                },
                async count({ args, query }) {
                  const [one, two] = [await query(args), await query({ ...args, take: 1 })]
                  told.push(one, two)
                  return one + two
                },
              },
            },
          }),
        async (c) => {
          const error = await c.counter.findMany().catch((/** @type {any} */ error) => error)
          return [await c.counter.findFirst(), error.name, error.message, await c.counter.count()]
        },
      ))

    test('one that calls another model, and writes', () =>
      ask(
        (client, told) =>
          client.$extends({
            query: {
              counter: {
                async create({ args, query }) {
                  const row = await query({ ...args, data: { ...args.data, label: 'made' } })
                  const slug = await client.slug.create({ data: { slug: `of ${row.id}`, target: row.label } })
                  told.push(row, slug)
                  return row
                },
              },
            },
          }),
        async (c, n) => [
          await c.counter.create({ data: { id: `q${n}` } }),
          await c.slug.findUnique({ where: { slug: `of q${n}` } }),
        ],
      ))

    test('errors go through it; wrong arguments are told of as Prisma does', () =>
      ask(
        (client, told) =>
          client.$extends({
            query: {
              $allModels: {
                async $allOperations({ args, query }) {
                  try {
                    return await query(args)
                  } catch (/** @type {any} */ error) {
                    told.push([error.name, error.code ?? null])
                    throw error
                  }
                },
              },
            },
          }),
        async (c) => {
          const caught = (/** @type {any} */ error) => [error.name, error.code, error.message, error.meta]
          return [
            await c.counter.create({ data: { id: 'c1' } }).catch((error) => caught(error).slice(0, 2)),
            await c.counter.update({ where: { id: 'none' }, data: { n: 1 } }).catch(caught),
            (await c.counter.findMany({ where: { nope: 1 } }).catch(caught)).slice(0, 2),
          ]
        },
      ))

    test('one that makes each call a part of an array: row level security', () =>
      ask(
        (client) =>
          client.$extends({
            query: {
              $allModels: {
                async $allOperations({ args, query }) {
                  const [, answer] = await client.$transaction([
                    client.$executeRaw`SELECT set_config('app.user', 'u1', TRUE)`,
                    query(args),
                  ])
                  return answer
                },
              },
            },
          }),
        async (c, n) => [
          await c.counter.findMany({ where: { id: { in: ['c1', 'c2'] } }, ...byId }),
          await c.counter.create({ data: { id: `rls${n}` } }),
          await c.user.findUnique({ where: { id: 'u1' } }),
        ],
      ))
  })

  describe('in transactions', () => {
    /** @param {any} client @param {any[]} told */
    const watched = (client, told) =>
      client.$extends({
        query: {
          counter: {
            async $allOperations({ operation, args, query }) {
              told.push([operation, args])
              return query(operation === 'create' ? { ...args, data: { ...args.data, label: 'seen' } } : args)
            },
          },
        },
        result: { counter: { twice: { needs: { n: true }, compute: ({ n }) => 2 * n } } },
        model: {
          counter: {
            async bump(/** @type {string} */ id) {
              const context = app.Prisma.getExtensionContext(this)
              return context.update({ where: { id }, data: { n: { increment: 1 } } })
            },
          },
        },
        client: { $hello: () => 'hello' },
      })

    test('with a callback', () =>
      ask(watched, (c, n) =>
        c.$transaction(async (tx) => {
          const made = await tx.counter.create({ data: { id: `t${n}`, n } })
          const bumped = await tx.counter.bump(`t${n}`)
          const read = await tx.counter.findMany({ where: { id: `t${n}` } })
          const other = await tx.user.findUnique({ where: { id: 'u1' }, select: { id: true } })
          return [made, bumped, read, other, tx.$hello(), await tx.auditLog.count()]
        }),
      ))

    test('with a callback that throws', () =>
      ask(watched, async (c, n) => {
        const error = await c
          .$transaction(async (tx) => {
            await tx.counter.create({ data: { id: `u${n}` } })
            throw new RangeError('undone')
          })
          .catch((/** @type {any} */ error) => error)
        return [error.name, await c.counter.findUnique({ where: { id: `u${n}` } })]
      }))

    test('with an array', () =>
      ask(watched, (c, n) =>
        c.$transaction([
          c.counter.create({ data: { id: `v${n}`, n } }),
          c.counter.findMany({ where: { id: `v${n}` } }),
          c.user.findUnique({ where: { id: 'u1' }, select: { id: true } }),
          c.counter.update({ where: { id: `v${n}` }, data: { n: 7 } }),
        ]),
      ))

    test('one that writes by the outer client is refused by name, as any such write', async () => {
      const extended = db.$extends({
        query: {
          counter: {
            async update({ args, query }) {
              const row = await query(args)
              await db.slug.create({ data: { slug: 'outer' } })
              return row
            },
          },
        },
      })
      const work = extended.$transaction((tx) => tx.counter.update({ where: { id: 'c1' }, data: { n: 50 } }))
      await expect(work).rejects.toThrow(TransactionError)
      expect(await db.counter.findUnique({ where: { id: 'c1' } })).toMatchObject({ n: 1 })
    })
  })

  describe('result', () => {
    /** @param {any} client */
    const computed = (client) =>
      client
        .$extends({
          result: {
            counter: {
              twice: { needs: { n: true }, compute: ({ n }) => 2 * n },
              label: { needs: { label: true }, compute: ({ label }) => label?.toUpperCase() ?? '-' },
            },
            user: {
              address: {
                needs: { email: true, name: true },
                compute: ({ email, name }) => `${name} <${email}>`,
              },
              save: {
                needs: { id: true },
                compute:
                  ({ id }) =>
                  () =>
                    `saves ${id}`,
              },
            },
            post: { short: { needs: { title: true }, compute: ({ title }) => title.slice(0, 3) } },
            $allModels: { kind: { compute: () => 'a row' } },
          },
        })
        .$extends({
          result: { counter: { fourfold: { needs: { twice: true }, compute: ({ twice }) => 2 * twice } } },
        })

    test('with every operation that answers rows', () =>
      ask(computed, async (c, n) => {
        const id = `r${n}`
        const many = { where: { id }, data: { n: { increment: 1 } } }
        return [
          await c.counter.create({ data: { id, n } }),
          await c.counter.findUnique({ where: { id } }),
          await c.counter.findMany({ where: { id } }),
          await c.counter.update({ where: { id }, data: { n: 5 } }),
          await c.counter.upsert({ where: { id }, create: { id }, update: { label: 'x' } }),
          await c.counter.updateMany(many),
          await c.counter.updateManyAndReturn(many),
          await c.counter.createManyAndReturn({ data: [{ id: `${id}x` }], select: { fourfold: true } }),
          await c.counter.delete({ where: { id } }),
          await c.counter.aggregate({ where: { id: 'c1' }, _sum: { n: true } }),
          await c.counter.count({ where: { id: 'c1' } }),
          await c.counter.count({ where: { id: 'c1' }, select: { _all: true, n: true } }),
          await c.counter.groupBy({ by: 'n', where: { id: 'c1' }, _count: true }),
        ]
      }))

    test('with select, omit and include, at each level', () =>
      ask(computed, async (c) => [
        await c.counter.findFirst({ where: { id: 'c1' }, select: { twice: true } }),
        await c.counter.findFirst({ where: { id: 'c2' }, select: { fourfold: true, label: true } }),
        await c.counter.findFirst({ where: { id: 'c2' }, omit: { n: true, label: true } }),
        await c.counter.findFirst({ where: { id: 'c2' }, omit: { twice: true } }),
        await c.user.findMany({
          ...byId,
          select: { address: true, posts: { ...byId, select: { short: true } } },
        }),
        await c.user.findFirst({
          where: { id: 'u1' },
          include: {
            posts: {
              ...byId,
              include: { author: { omit: { address: true, save: true } } },
              omit: { body: true },
            },
          },
          omit: { save: true },
        }),
        await c.user
          .findUnique({ where: { id: 'u1' } })
          .posts({ ...byId, select: { short: true, id: true } }),
        await c.post.findMany({ ...byId, select: { kind: true, author: { select: { kind: true } } } }),
      ]))

    test('methods of rows; keys in their order; a copy keeps what was computed', () =>
      ask(computed, async (c) => {
        const user = await c.user.findUnique({ where: { id: 'u1' } })
        return [
          user.save(),
          Object.keys(user),
          JSON.parse(JSON.stringify(user)),
          { ...user }.address,
          'kind' in user,
        ]
      }))

    test('wrong arguments', () =>
      ask(computed, async (c) => {
        const caught = (/** @type {any} */ error) => [error.name]
        return [
          await c.counter.findMany({ where: { twice: 2 } }).catch(caught),
          await c.counter.findMany({ select: { nope: true } }).catch(caught),
        ]
      }))
  })

  describe('model and client', () => {
    /** @param {any} client */
    const more = (client) =>
      client.$extends({
        model: {
          user: {
            async byEmail(/** @type {string} */ email) {
              const context = app.Prisma.getExtensionContext(this)
              return context.findUnique({ where: { email }, select: { id: true, name: true } })
            },
            async findFirst() {
              return 'replaced'
            },
          },
          $allModels: {
            async exists(/** @type {any} */ where) {
              const context = app.Prisma.getExtensionContext(this)
              return [context.$name, (await context.count({ where })) > 0]
            },
          },
        },
        client: {
          async $both() {
            const context = app.Prisma.getExtensionContext(this)
            return [
              await context.counter.count({ where: { id: { in: ['c1', 'c2'] } } }),
              await context.auditLog.count(),
            ]
          },
          answer: 42,
        },
      })

    test('methods of their own', () =>
      ask(more, async (c) => [
        await c.user.byEmail('u1@example.com'),
        await c.user.byEmail('nobody'),
        await c.user.findFirst(),
        await c.counter.exists({ id: 'c1' }),
        await c.counter.exists({ id: 'none' }),
        await c.auditLog.exists({}),
        await c.$both(),
        c.answer,
        c.user.name ?? null,
        c.user.fields.id.name,
      ]))

    test('over those of another extension, which $parent leads to', () =>
      ask(
        (client) =>
          more(client).$extends({
            model: {
              user: {
                async byEmail(/** @type {string} */ email) {
                  const context = app.Prisma.getExtensionContext(this)
                  return ['over', await context.$parent.user.byEmail(email)]
                },
              },
            },
          }),
        async (c) => [await c.user.byEmail('u1@example.com'), await c.$both()],
      ))

    test('defineExtension, and extensions that are functions', () =>
      ask(
        (client) =>
          client
            .$extends(app.Prisma.defineExtension({ name: 'one', client: { $one: () => 1 } }))
            .$extends(
              app.Prisma.defineExtension((/** @type {any} */ inner) =>
                inner.$extends({ client: { $two: () => inner.$one() + 1 } }),
              ),
            ),
        async (c) => [c.$one(), c.$two(), await c.counter.count({ where: { id: 'c1' } })],
      ))

    test('what an extended client looks like', () =>
      ask(
        (client) => more(client),
        (c) => [
          Object.keys(c.counter).sort(),
          'byEmail' in c.user,
          typeof c.$on,
          typeof c.$extends,
          typeof c.$transaction,
          String(c.counter.findMany()[Symbol.toStringTag]),
        ],
      ))
  })

  test('an extended client of a block is one too; the block itself is not changed', async () => {
    const extended = db
      .$extends({ client: { $hello: () => 'hello' } })
      .$extends({ model: { user: { own: () => 1 } } })
    expect(extended.$block).toBe(db.$block)
    expect(extended.$hello()).toBe('hello')
    expect(db.$hello).toBeUndefined()
    expect(db.user.own).toBeUndefined()
    await extended.counter.update({ where: { id: 'c2' }, data: { n: 20 } })
    expect(await db.counter.findUnique({ where: { id: 'c2' } })).toMatchObject({ n: 20 })
  })
})
