// What of a client is no model call: global omit, events, connections; and models outside the block, with the calls that reach them.
// Each compared with a second main database's own client.
const { Block, BlockClosedError } = require('..')
const { connectMain, makeApp, newMain, temporaryDir } = require('./support/app')
const { both, bothThrow, deepSame } = require('./support/parity')
const { loadAll, seed } = require('./support/seed')

const OPTIONS = {
  omit: { user: { email: true, updatedAt: true }, post: { body: true, createdAt: true } },
  log: ['query', 'info', 'warn', 'error'].map((level) => ({ emit: 'event', level })),
}
const byId = { orderBy: { id: /** @type {const} */ ('asc') } }

describe.each(['fast', 'shell'])('through the %s door', (door) => {
  const dir = temporaryDir()
  /** @type {any} */
  let app
  /** @type {any[]} */
  let databases
  /** @type {any} */
  let main
  /** @type {any} */
  let behind
  /** @type {any} */
  let db
  const open = (/** @type {any} */ client, /** @type {object} */ options = {}) =>
    Block.create({
      ...{ blockId: 'surface', client, dir, generated: app.generated, durability: 'os' },
      async loader(block, source) {
        await loadAll(block, connectedLike(source))
      },
      ...options,
    })
  /** A loader needs whole rows. @param {any} source */
  const connectedLike = (source) =>
    new Proxy(source, {
      get: (_, name) =>
        name === 'user' || name === 'post'
          ? {
              findMany: (/** @type {any} */ args = {}) =>
                source[name].findMany({ ...args, omit: WHOLE[name] }),
            }
          : source[name],
    })
  /** @type {Record<string, any>} */
  const WHOLE = {
    user: { email: false, updatedAt: false },
    post: { body: false, createdAt: false },
  }

  beforeAll(async () => {
    if (door === 'shell') process.env.SHARDED_FAST_DOOR = 'off'
    app = await makeApp()
    databases = [await newMain(app), await newMain(app)]
    for (const { client } of databases) await seed(client)
    ;[behind, main] = databases.map(({ url }) => connectMain(app, url, OPTIONS))
    db = await open(behind)
  })
  afterAll(async () => {
    delete process.env.SHARDED_FAST_DOOR
    await db?.$disconnect()
    await behind?.$disconnect()
    await main?.$disconnect()
    for (const { drop } of databases) await drop()
  })

  /** @param {(client: any, n: number) => any} call */
  async function ask(call) {
    for (const n of [1, 2]) {
      const named = Object.assign((/** @type {any} */ c) => call(c, n), {
        toString: () => `${call} with ${n}`,
      })
      await both(main, db, named)
    }
  }

  describe('global omit', () => {
    test('of every operation that answers rows, at each level', () =>
      ask(async (c, n) => {
        const id = `o${n}`
        return [
          await c.user.create({ data: { id, email: `${id}@x` }, omit: { createdAt: true } }),
          await c.user.findUnique({ where: { id }, omit: { createdAt: true } }),
          await c.user.findMany({ ...byId, take: 2, omit: { createdAt: true }, include: { posts: byId } }),
          await c.user.update({ where: { id }, data: { name: 'x' }, omit: { createdAt: true } }),
          await c.user.updateManyAndReturn({ where: { id }, data: { name: 'y' }, omit: { createdAt: true } }),
          await c.post.findFirst({ ...byId, include: { author: { omit: { createdAt: true } } } }),
          await c.user.delete({ where: { id }, omit: { createdAt: true } }),
        ]
      }))

    test('what a call says goes before it', () =>
      ask(async (c) => [
        await c.user.findFirst({ where: { id: 'u1' }, omit: { email: false, createdAt: true } }),
        await c.user.findFirst({ where: { id: 'u1' }, select: { email: true, name: true } }),
        await c.post.findFirst({ ...byId, select: { body: true, author: true && { select: { id: true } } } }),
        await c.user.aggregate({ _count: { email: true } }),
      ]))

    test('in transactions', () =>
      ask((c, n) =>
        c.$transaction(async (/** @type {any} */ tx) => [
          await tx.user.create({ data: { id: `p${n}`, email: `p${n}@x` }, omit: { createdAt: true } }),
          await tx.user.delete({ where: { id: `p${n}` }, omit: { createdAt: true } }),
        ]),
      ))
  })

  describe('events', () => {
    test('error: of calls that fail, as often and in the same words', async () => {
      /** @type {Record<string, any[]>} */
      const told = { main: [], block: [] }
      main.$on('error', (/** @type {any} */ event) => told.main.push(event))
      db.$on('error', (/** @type {any} */ event) => told.block.push(event))
      await ask((c) => c.counter.update({ where: { id: 'none' }, data: { n: 1 } }))
      await ask((c) => c.counter.findUniqueOrThrow({ where: { id: 'none' } }))
      await ask((c) => c.counter.findMany({ where: { nope: 1 } }))
      await ask((c) => c.user.create({ data: { id: 'u1', email: 'new@x' } }))
      await ask((c) => c.auditLog.update({ where: { id: 'none' }, data: { action: 'x' } }))
      await ask((c) =>
        c.$transaction((/** @type {any} */ tx) => tx.counter.delete({ where: { id: 'none' } })),
      )
      const words = (/** @type {any[]} */ events) =>
        events.map(({ message, target }) => [message.split('\n').at(-1), target])
      expect(told.main.length).toBeGreaterThan(0)
      deepSame(words(told.block), words(told.main))
    })

    test('$on answers the client; other kinds of events are taken', () => {
      const nothing = () => {}
      for (const kind of ['query', 'info', 'warn', 'error']) expect(db.$on(kind, nothing)).toBe(db)
    })
  })

  describe('models outside the block, and calls that reach them', () => {
    test('every operation, with nested writes', () =>
      ask(async (c, n) => {
        const id = `a${n}`
        return [
          await c.auditLog.create({ data: { id, action: 'made', user: { connect: { id: 'u1' } } } }),
          await c.auditLog.findMany({ ...byId, include: { user: { select: { id: true, name: true } } } }),
          await c.auditLog.update({ where: { id }, data: { action: 'changed' } }),
          await c.auditLog.upsert({ where: { id }, create: { action: 'x' }, update: { userId: null } }),
          await c.auditLog.count(),
          await c.auditLog.createMany({ data: [{ id: `${id}b`, action: 'b', userId: 'u2' }] }),
          await c.user.findMany({ where: { auditLogs: { some: { action: 'b' } } }, select: { id: true } }),
          await c.user.findFirst({
            where: { id: 'u2' },
            select: { auditLogs: { select: { action: true } } },
          }),
          await c.user.findFirst({
            where: { id: 'u2' },
            select: { _count: { select: { auditLogs: true } } },
          }),
          await c.user.findMany({
            orderBy: [{ auditLogs: { _count: 'desc' } }, { id: 'asc' }],
            select: { id: true },
          }),
          await c.user.findUnique({ where: { id: 'u2' } }).auditLogs({ select: { action: true } }),
          await c.auditLog.findUnique({ where: { id: `${id}b` } }).user({ select: { id: true } }),
          await c.auditLog.deleteMany(),
        ]
      }))

    test('in a transaction, before its first write and after it', () =>
      ask((c, n) =>
        c.$transaction(async (/** @type {any} */ tx) => {
          const first = await tx.user.findMany({
            where: { auditLogs: { none: {} } },
            select: { id: true },
            ...byId,
          })
          const user = await tx.user.create({ data: { id: `t${n}`, email: `t${n}@x` }, select: { id: true } })
          const log = await tx.auditLog.create({ data: { id: `t${n}`, action: 'x', userId: user.id } })
          const reached = await tx.user.findMany({ where: { auditLogs: { some: {} } }, select: { id: true } })
          await tx.auditLog.delete({ where: { id: log.id } })
          return [first, log, reached, await tx.user.delete({ where: { id: user.id }, select: { id: true } })]
        }),
      ))

    test('writes that write there too, or show it, go through', () =>
      ask(async (c, n) => {
        const id = `n${n}`
        const select = {
          id: true,
          name: true,
          auditLogs: { select: { action: true }, orderBy: { action: 'asc' } },
        }
        const log = { id, action: 'nested' }
        const where = { id }
        return [
          await c.user.create({ data: { id, email: `${id}@x`, auditLogs: { create: log } }, select }),
          await c.user.update({
            where,
            data: { name: 'x', auditLogs: { update: { where: { id }, data: { action: { set: 'y' } } } } },
            select,
          }),
          await c.user.upsert({
            where,
            create: { email: 'never' },
            update: { auditLogs: { createMany: { data: [{ action: 'z' }] } } },
            select,
          }),
          await c.user.update({ where, data: { name: 'shown' }, select }),
          await c.user.update({
            where: { id, auditLogs: { some: {} } },
            data: { name: 'found' },
            select: { id: true },
          }),
          await c.user.findUnique({ where, select: { name: true } }),
          await c.user.findMany({ where: { name: 'found' }, select: { id: true } }),
          await c.$transaction(async (/** @type {any} */ tx) => [
            await tx.user.update({ where, data: { auditLogs: { deleteMany: {} } }, select }),
            await tx.user.update({ where, data: { name: null, auditLogs: { create: log } }, select }),
          ]),
          await c.user
            .update({ where: { id: 'none' }, data: { auditLogs: { deleteMany: {} } } })
            .catch(({ code }) => [code]),
          await c.auditLog.deleteMany(),
          await c.user.delete({ where, select }),
          await c.user.findMany({ where: { name: 'found' }, select: { id: true } }),
        ]
      }))

    test('what would lead back from there is refused as Prisma does', async () => {
      const back = { create: { action: 'x', user: { connect: { id: 'u2' } } } }
      await bothThrow(main, db, (c) => c.user.update({ where: { id: 'u1' }, data: { auditLogs: back } }))
      expect(await behind.auditLog.count()).toBe(0)
    })
  })

  describe('$connect and $disconnect', () => {
    test('they answer nothing; what is pending is sent; the main client goes on', async () => {
      const other = await open(behind, { blockId: 'surface-other' })
      expect(await other.$connect()).toBeUndefined()
      await other.counter.create({ data: { id: `bye ${door}` } })
      expect(await other.$disconnect()).toBeUndefined()
      expect(await behind.counter.findUnique({ where: { id: `bye ${door}` } })).not.toBeNull()
      expect(await other.$disconnect()).toBeUndefined()
      await expect(other.counter.findMany()).rejects.toThrow(BlockClosedError)
      await expect(other.$queryRaw`SELECT 1`).rejects.toThrow(BlockClosedError)
      await expect(other.$transaction(async () => 1)).rejects.toThrow(BlockClosedError)
      await expect(other.$connect()).rejects.toThrow(BlockClosedError)
      // Others of the same main client are not concerned.
      expect(await db.user.count({ where: { id: 'u1' } })).toBe(1)
    })

    test('two clients of one block: the last one closes it', async () => {
      const [one, two] = [await open(behind), await open(behind)]
      await one.$disconnect()
      expect(await two.user.count({ where: { id: 'u1' } })).toBe(1)
      await two.$disconnect()
      expect(await db.user.count({ where: { id: 'u1' } })).toBe(1)
    })
  })
})
