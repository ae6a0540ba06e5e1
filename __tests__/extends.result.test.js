// Result, model and client extensions on a block client, made before Block.create and after it.
const { extendedThroughBothDoors } = require('./support/extended')

const byId = { orderBy: { id: /** @type {const} */ ('asc') } }

extendedThroughBothDoors((pair) => {
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
      pair.ask(computed, async (c, n) => {
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
      pair.ask(computed, async (c) => [
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
      pair.ask(computed, async (c) => {
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
      pair.ask(computed, async (c) => {
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
              const context = pair.Prisma.getExtensionContext(this)
              return context.findUnique({ where: { email }, select: { id: true, name: true } })
            },
            async findFirst() {
              return 'replaced'
            },
          },
          $allModels: {
            async exists(/** @type {any} */ where) {
              const context = pair.Prisma.getExtensionContext(this)
              return [context.$name, (await context.count({ where })) > 0]
            },
          },
        },
        client: {
          async $both() {
            const context = pair.Prisma.getExtensionContext(this)
            return [
              await context.counter.count({ where: { id: { in: ['c1', 'c2'] } } }),
              await context.auditLog.count(),
            ]
          },
          answer: 42,
        },
      })

    test('methods of their own', () =>
      pair.ask(more, async (c) => [
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
      pair.ask(
        (client) =>
          more(client).$extends({
            model: {
              user: {
                async byEmail(/** @type {string} */ email) {
                  const context = pair.Prisma.getExtensionContext(this)
                  return ['over', await context.$parent.user.byEmail(email)]
                },
              },
            },
          }),
        async (c) => [await c.user.byEmail('u1@example.com'), await c.$both()],
      ))

    test('defineExtension, and extensions that are functions', () =>
      pair.ask(
        (client) =>
          client
            .$extends(pair.Prisma.defineExtension({ name: 'one', client: { $one: () => 1 } }))
            .$extends(
              pair.Prisma.defineExtension((/** @type {any} */ inner) =>
                inner.$extends({ client: { $two: () => inner.$one() + 1 } }),
              ),
            ),
        async (c) => [c.$one(), c.$two(), await c.counter.count({ where: { id: 'c1' } })],
      ))

    test('what an extended client looks like', () =>
      pair.ask(
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
    const extended = pair.db
      .$extends({ client: { $hello: () => 'hello' } })
      .$extends({ model: { user: { own: () => 1 } } })
    expect(extended.$block).toBe(pair.db.$block)
    expect(extended.$hello()).toBe('hello')
    expect(pair.db.$hello).toBeUndefined()
    expect(pair.db.user.own).toBeUndefined()
    await extended.counter.update({ where: { id: 'c2' }, data: { n: 20 } })
    expect(await pair.db.counter.findUnique({ where: { id: 'c2' } })).toMatchObject({ n: 20 })
  })
})
