// The shell door: a client derived from the user's own, in each supported version and generator.
const { Block, InvalidOptionError, UnsupportedClientError } = require('..')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { both, bothThrow } = require('./support/parity')

const dir = temporaryDir()
const KINDS = [
  ['7', 'prisma-client-js'],
  ['7', 'prisma-client'],
  ['6', 'prisma-client-js'],
]

async function loader(block, source) {
  await block.user.createMany({ data: await source.user.findMany() })
  await block.counter.createMany({ data: await source.counter.findMany() })
}

describe.each(KINDS)('Prisma %s, %s', (version, generator) => {
  let app
  let main
  let db

  beforeAll(async () => {
    app = await makeApp({ version, generator })
    main = await newMain(app, { clientOptions: { log: [{ emit: 'event', level: 'query' }] } })
    await main.client.user.create({
      data: { id: 'u', email: 'u@x', balance: '1.50', settings: { a: [1, null] } },
    })
    await main.client.counter.create({ data: { id: 'c', n: 1 } })
    const blockId = `shell-${version}-${generator}`
    db = await Block.create({
      blockId,
      client: main.client,
      dir,
      generated: app.generated,
      durability: 'os',
      loader,
    })
  })

  afterAll(async () => {
    await db.$disconnect()
    await main.drop()
  })

  test('values, errors and classes are those of the user’s client', async () => {
    await both(main.client, db, (c) => c.user.findUnique({ where: { id: 'u' } }))
    const user = await db.user.findUnique({ where: { id: 'u' } })
    expect(user.balance).toBeInstanceOf(app.Prisma.Decimal)
    const known = await db.counter.create({ data: { id: 'c' } }).catch((error) => error)
    expect(known).toBeInstanceOf(app.Prisma.PrismaClientKnownRequestError)
    expect(known).toMatchObject({ code: 'P2002', clientVersion: main.client._clientVersion })
    const invalid = await db.counter.findMany({ where: { nope: 1 } }).catch((error) => error)
    expect(invalid).toBeInstanceOf(app.Prisma.PrismaClientValidationError)
    expect(invalid.message).toContain('Unknown argument `nope`')
  })

  test('what Prisma refuses to read is refused in its words, and costs the main database nothing', async () => {
    const statements = []
    main.client.$on('query', ({ query }) => statements.push(query))
    await bothThrow(main.client, db, (c) => c.user.create({ data: { id: 'v', email: 'v@x', nick: 'v' } }))
    await bothThrow(main.client, db, (c) => c.user.create({ data: { id: 'v', email: 7 } }))
    await bothThrow(main.client, db, (c) => c.user.create({ data: { id: 'v' } }))
    await bothThrow(main.client, db, (c) =>
      c.counter.update({ where: { id: 'c' }, data: { n: { plus: 1 } } }),
    )
    await bothThrow(main.client, db, (c) => c.counter.deleteMany({ where: { n: 'x' } }))
    await bothThrow(main.client, db, (c) => c.counter.findMany({ where: { nope: 1 } }))
    await db.$transaction(async (tx) => {
      await expect(tx.counter.create({ data: { id: 1 } })).rejects.toThrow('Argument `id`')
    })
    expect(statements).toEqual([])
  })

  test('the main client is untouched', async () => {
    const engine = main.client._engine
    expect(await main.client.counter.count()).toBe(1)
    expect(engine.name).not.toBe('sharded')
    expect(main.client.$block).toBeUndefined()
    expect(db.counter).not.toBe(main.client.counter)
  })

  test('it looks like the client it came from', () => {
    const shown = (client) =>
      Object.keys(client)
        .filter((key) => !key.startsWith('_'))
        .sort()
    expect(shown(db)).toEqual(shown(main.client))
    expect('counter' in db && '$transaction' in db && !('nope' in db)).toBe(true)
    expect(Object.keys(db.counter)).toEqual(Object.keys(main.client.counter))
    expect(typeof db.$on).toBe('function')
  })

  test('raw queries see what was written here', async () => {
    await db.counter.update({ where: { id: 'c' }, data: { n: 5 } })
    expect(await db.$queryRaw`SELECT n FROM "Counter" WHERE id = 'c'`).toEqual([{ n: 5 }])
  })

  test('a model outside the block is the main database’s', async () => {
    expect(await db.auditLog.findMany()).toEqual([])
  })

  test('a callback transaction', async () => {
    const work = async (tx) => [
      await tx.counter.count(),
      await tx.auditLog.findMany(),
      typeof tx.$on,
      tx.$connect,
    ]
    expect(await db.$transaction(work)).toEqual(await main.client.$transaction(work))
    const keys = (tx) => [
      Object.keys(tx).sort(),
      Object.keys(tx.counter),
      'counter' in tx,
      '$transaction' in tx,
    ]
    expect(await db.$transaction(async (tx) => keys(tx))).toEqual(
      await main.client.$transaction(async (tx) => keys(tx)),
    )
  })

  test('extended clients keep $block', () => {
    expect(db.$extends({ client: { hello: () => 'hi' } }).$block).toBe(db.$block)
    expect(db.$extends((client) => client.$extends({})).$block).toBe(db.$block)
  })

  test('clients of transactions have $block', async () => {
    const seen = await db.$extends({}).$transaction(async (tx) => ['$block' in tx, tx.$block])
    expect(seen).toEqual([true, db.$block])
  })

  test('an unknown inside is refused, naming the version', async () => {
    const strange = Object.create(main.client)
    Object.defineProperty(strange, '_originalClient', { value: { _engine: {} } })
    const opened = Block.create({ blockId: 'x', client: strange, dir, generated: app.generated, loader })
    await expect(opened).rejects.toThrow(UnsupportedClientError)
    await expect(opened).rejects.toThrow(main.client._clientVersion)
  })
})

test.each([undefined, null, {}, 'client'])('%p is no PrismaClient', async (client) => {
  const app = await makeApp()
  const opened = Block.create({ blockId: 'x', client, dir, generated: app.generated, loader })
  await expect(opened).rejects.toThrow(InvalidOptionError)
})
