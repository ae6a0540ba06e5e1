// What the block does not hold is asked of the main database, and what it deleted itself is not.
const { Block } = require('..')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { deepSame } = require('./support/parity')

const dir = temporaryDir()
let app
let main
let ids = 0

async function openBlock(options = {}) {
  ids += 1
  return Block.create({
    blockId: `miss-${ids}`,
    client: main.client,
    dir,
    generated: app.generated,
    durability: 'os',
    loader: async () => undefined,
    ...options,
  })
}

/** A row of main that no block holds. */
async function unheld(data = {}) {
  ids += 1
  return main.client.counter.create({ data: { id: `row ${ids}`, n: 7, label: 'main', ...data } })
}

/** The main database, with every request refused while `work` runs. */
async function withMainDown(work) {
  const engine = main.client._originalClient._engine
  const { request } = engine
  engine.request = async () => {
    throw new app.Prisma.PrismaClientKnownRequestError('Can not reach database server', {
      code: 'P1001',
      clientVersion: main.client._clientVersion,
    })
  }
  try {
    return await work()
  } finally {
    engine.request = request
  }
}

const READS = [
  ['findUnique', (c, id) => c.counter.findUnique({ where: { id } })],
  ['findUniqueOrThrow', (c, id) => c.counter.findUniqueOrThrow({ where: { id } })],
  ['findFirst', (c, id) => c.counter.findFirst({ where: { id }, select: { label: true, id: true } })],
  ['findFirstOrThrow', (c, id) => c.counter.findFirstOrThrow({ where: { id } })],
  ['findMany', (c, id) => c.counter.findMany({ where: { id } })],
]
const WRITES = [
  ['update', (c, id) => c.counter.update({ where: { id }, data: { n: { increment: 1 } } })],
  ['upsert', (c, id) => c.counter.upsert({ where: { id }, create: { id, n: 0 }, update: { n: 8 } })],
  ['delete', (c, id) => c.counter.delete({ where: { id } })],
]

beforeAll(async () => {
  app = await makeApp()
  main = await newMain(app)
})

afterAll(() => main.drop())

describe('an unheld row', () => {
  test.each(READS)('%s answers as main does', async (_, call) => {
    const db = await openBlock()
    const { id } = await unheld()
    const expected = await call(main.client, id)
    for (let i = 0; i < 3; i++) deepSame(await call(db, id), expected)
    await db.$disconnect()
  })

  test('is adopted: the next look-up by key needs no main database', async () => {
    const db = await openBlock()
    const { id } = await unheld()
    await db.counter.findUnique({ where: { id }, select: { n: true } })
    const row = await withMainDown(() => db.counter.findUnique({ where: { id } }))
    expect(row).toMatchObject({ id, n: 7, label: 'main' })
    await db.$disconnect()
  })

  test.each(WRITES)('%s fetches it, then writes here and there', async (verb, call) => {
    const db = await openBlock()
    const { id } = await unheld()
    const row = await call(db, id)
    expect(row).toMatchObject({ id, n: verb === 'delete' ? 7 : 8, label: 'main' })
    await db.$block.flush()
    const stored = await main.client.counter.findUnique({ where: { id } })
    expect(stored?.n).toBe(verb === 'delete' ? undefined : 8)
    await db.$disconnect()
  })

  test.each([...READS, ...WRITES])('%s with main down: main’s own error', async (_, call) => {
    const db = await openBlock()
    const { id } = await unheld()
    await expect(withMainDown(() => call(db, id))).rejects.toMatchObject({ code: 'P1001' })
    await db.$disconnect()
  })

  test.each(['infinity', '-infinity', '12026-01-01', '0044-03-15 BC'])(
    'with a time that JS does not know, %s, is main’s to show, and not kept',
    async (at) => {
      const db = await openBlock()
      const { id } = await unheld()
      await main.client.$executeRaw`UPDATE "Counter" SET at = ${at}::timestamp WHERE id = ${id}`
      for (const [, call] of READS) {
        const [expected, told] = [await call(main.client, id), await call(db, id)].map(
          (rows) => [rows].flat()[0],
        )
        expect({ ...told, at: String(told.at) }).toEqual({ ...expected, at: String(expected.at) })
      }
      expect(await db.counter.findUnique({ where: { id }, select: { n: true } })).toEqual({ n: 7 })
      const write = db.counter.update({ where: { id }, data: { n: 8 } })
      await expect(write).rejects.toThrow(/^Counter.at: a block holds no such value/)
      await db.$disconnect()
    },
  )

  test('fallback never: there is no such row', async () => {
    const db = await openBlock({ fallback: 'never' })
    const { id } = await unheld()
    expect(await db.counter.findUnique({ where: { id } })).toBeNull()
    expect(await db.counter.findMany({ where: { id } })).toEqual([])
    await expect(db.counter.findUniqueOrThrow({ where: { id } })).rejects.toMatchObject({ code: 'P2025' })
    await expect(db.counter.update({ where: { id }, data: { n: 1 } })).rejects.toMatchObject({
      code: 'P2025',
    })
    await db.$disconnect()
  })

  test('an included to-one that is not held comes with its parent', async () => {
    const db = await openBlock()
    const manager = await main.client.user.create({ data: { email: `m${ids}@x` } })
    const user = await main.client.user.create({ data: { email: `u${ids}@x`, managerId: manager.id } })
    const call = (c) =>
      c.user.findUnique({
        where: { id: user.id },
        select: { manager: { select: { email: true } }, id: true },
      })
    deepSame(await call(db), await call(main.client))
    expect(await withMainDown(() => call(db))).toEqual({ manager: { email: manager.email }, id: user.id })
    await db.$disconnect()
  })

  test('a foreign key to an unheld parent is looked up, and refused when there is none', async () => {
    const db = await openBlock()
    const user = await main.client.user.create({ data: { email: `p${ids}@x` } })
    const data = (userId) => ({ data: { userId, teamId: 'none' } })
    await expect(db.membership.create(data(user.id))).rejects.toMatchObject({ code: 'P2003' })
    const team = await main.client.team.create({ data: { name: `t${ids}`, region: 'r' } })
    const made = await db.membership.create({ data: { userId: user.id, teamId: team.id } })
    expect(made).toMatchObject({ userId: user.id, teamId: team.id, role: 'GUEST' })
    await db.$disconnect()
  })

  test('in a batch: fetched, then the whole batch is one commit', async () => {
    const db = await openBlock()
    const [one, two] = [await unheld(), await unheld()]
    const touch = (id) => db.counter.update({ where: { id }, data: { label: 'batch' } })
    const rows = await db.$transaction([touch(one.id), touch(two.id)])
    expect(rows.map((row) => row.label)).toEqual(['batch', 'batch'])
    await db.$disconnect()
  })
})

describe('a row that nobody has', () => {
  test.each(READS)('%s', async (_, call) => {
    const db = await openBlock()
    const expected = await call(main.client, 'nobody').catch((error) => error.code)
    expect(await call(db, 'nobody').catch((error) => error.code)).toEqual(expected)
    await db.$disconnect()
  })

  test('update and delete: P2025; upsert: created', async () => {
    const db = await openBlock()
    await expect(db.counter.update({ where: { id: 'nobody' }, data: { n: 1 } })).rejects.toMatchObject({
      code: 'P2025',
    })
    await expect(db.counter.delete({ where: { id: 'nobody' } })).rejects.toMatchObject({ code: 'P2025' })
    const id = `made ${ids}`
    const row = await db.counter.upsert({ where: { id }, create: { id, n: 3 }, update: { n: 8 } })
    expect(row).toMatchObject({ id, n: 3 })
    await db.$disconnect()
  })
})

describe('a row deleted here', () => {
  test.each(READS)('%s does not ask main, which still has it', async (_, call) => {
    const db = await openBlock()
    const { id } = await unheld()
    await db.counter.findUnique({ where: { id } })
    const answer = await withMainDown(async () => {
      await db.counter.delete({ where: { id } })
      return call(db, id).catch((error) => error.code)
    })
    expect([null, 'P2025']).toContainEqual(Array.isArray(answer) ? (answer[0] ?? null) : answer)
    await db.$disconnect()
  })

  test.each(['update', 'delete'])('%s: P2025', async (verb) => {
    const db = await openBlock()
    const { id } = await unheld()
    await db.counter.delete({ where: { id } })
    const call = () =>
      db.counter[verb](verb === 'update' ? { where: { id }, data: { n: 1 } } : { where: { id } })
    await expect(withMainDown(call)).rejects.toMatchObject({ code: 'P2025' })
    await db.$disconnect()
  })

  test('upsert: created anew', async () => {
    const db = await openBlock()
    const { id } = await unheld()
    await db.counter.delete({ where: { id } })
    const row = await db.counter.upsert({ where: { id }, create: { id, n: 1 }, update: { n: 2 } })
    expect(row).toMatchObject({ n: 1, label: null })
    await db.$block.flush()
    expect(await main.client.counter.findUnique({ where: { id } })).toMatchObject({ n: 1, label: null })
    await db.$disconnect()
  })
})
