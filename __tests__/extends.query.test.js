// Query extensions on a block client, made before Block.create and after it, also in transactions.
const { TransactionError } = require('..')
const { extendedThroughBothDoors } = require('./support/extended')

const byId = { orderBy: { id: /** @type {const} */ ('asc') } }

extendedThroughBothDoors((pair) => {
  describe('query', () => {
    test('of a method: changes arguments and answers', () =>
      pair.ask(
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
      pair.ask(
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
      pair.ask(
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
      pair.ask(
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
      pair.ask(
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
      pair.ask(
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
      pair.ask(
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
              const context = pair.Prisma.getExtensionContext(this)
              return context.update({ where: { id }, data: { n: { increment: 1 } } })
            },
          },
        },
        client: { $hello: () => 'hello' },
      })

    test('with a callback', () =>
      pair.ask(watched, (c, n) =>
        c.$transaction(async (tx) => {
          const made = await tx.counter.create({ data: { id: `t${n}`, n } })
          const bumped = await tx.counter.bump(`t${n}`)
          const read = await tx.counter.findMany({ where: { id: `t${n}` } })
          const other = await tx.user.findUnique({ where: { id: 'u1' }, select: { id: true } })
          return [made, bumped, read, other, tx.$hello(), await tx.auditLog.count()]
        }),
      ))

    test('with a callback that throws', () =>
      pair.ask(watched, async (c, n) => {
        const error = await c
          .$transaction(async (tx) => {
            await tx.counter.create({ data: { id: `u${n}` } })
            throw new RangeError('undone')
          })
          .catch((/** @type {any} */ error) => error)
        return [error.name, await c.counter.findUnique({ where: { id: `u${n}` } })]
      }))

    test('with an array', () =>
      pair.ask(watched, (c, n) =>
        c.$transaction([
          c.counter.create({ data: { id: `v${n}`, n } }),
          c.counter.findMany({ where: { id: `v${n}` } }),
          c.user.findUnique({ where: { id: 'u1' }, select: { id: true } }),
          c.counter.update({ where: { id: `v${n}` }, data: { n: 7 } }),
        ]),
      ))

    test('one that writes by the outer client is refused by name, as any such write', async () => {
      const extended = pair.db.$extends({
        query: {
          counter: {
            async update({ args, query }) {
              const row = await query(args)
              await pair.db.slug.create({ data: { slug: 'outer' } })
              return row
            },
          },
        },
      })
      const work = extended.$transaction((tx) => tx.counter.update({ where: { id: 'c1' }, data: { n: 50 } }))
      await expect(work).rejects.toThrow(TransactionError)
      expect(await pair.db.counter.findUnique({ where: { id: 'c1' } })).toMatchObject({ n: 1 })
    })
  })
})
