// What this version does not do yet: a write fails with an error that names it, on either door, and does nothing.
const { throughBothDoors } = require('./support/doors')
const { loadAll, seed } = require('./support/seed')

const WRITES = [
  [
    'a nested upsert whose filter the record does not meet',
    (db) =>
      db.post.update({
        where: { id: 1 },
        data: { author: { upsert: { where: { name: 'no' }, create: { email: 'x' }, update: {} } } },
      }),
    /Post\.author\.upsert/,
  ],
  [
    'a delete by what only main compares',
    (db) => db.native.deleteMany({ where: { char: 'x' } }),
    /where\.char/,
  ],
  ['a native type in updateMany', (db) => db.native.updateMany({ data: { char: 'x' } }), /data\.char/],
]

throughBothDoors({ seed, load: loadAll }, (pair) => {
  test.each(WRITES)('%s', async (_, call, named) => {
    for (let round = 0; round < 2; round += 1) {
      await expect(call(pair.block)).rejects.toMatchObject({
        name: 'NotSupportedError',
        code: 'SHARDED_NOT_SUPPORTED',
        message: expect.stringMatching(named),
      })
    }
  })

  test('what is no argument at all is Prisma’s own validation error', async () => {
    await pair.ask((db) => db.user.findMany({ where: { nope: 1 } }))
    await pair.ask((db) => db.user.findMany({ nope: 1 }))
    await pair.ask((db) => db.user.findMany({ where: { name: { nope: 1 } } }))
    await pair.ask((db) => db.user.findMany({ orderBy: { nope: 'asc' } }))
    await pair.ask((db) => db.user.findMany({ orderBy: { name: 'up' } }))
    await pair.ask((db) => db.user.findMany({ select: { nope: true } }))
    await pair.ask((db) => db.user.findMany({ include: { name: true } }))
    await pair.ask((db) => db.user.findMany({ select: {} }))
    await pair.ask((db) => db.user.findMany({ select: { id: true }, include: { posts: true } }))
    await pair.ask((db) => db.user.findMany({ include: { posts: { nope: 1 } } }))
    await pair.ask((db) => db.user.findMany({ take: '1' }))
    await pair.ask((db) => db.user.findMany({ skip: -1 }))
    await pair.ask((db) => db.user.findMany({ where: { age: null, email: null } }))
    await pair.ask((db) => db.user.findMany({ where: { id: { in: ['a', null] } } }))
    await pair.ask((db) => db.user.findFirst({ take: 2 }))
    await pair.ask((db) => db.user.findUnique({ where: {} }))
    await pair.ask((db) => db.user.findUnique({ where: { id: 'u1' }, take: 1 }))
    await pair.ask((db) => db.user.findUnique())
    await pair.ask((db) => db.user.count({ select: { nope: true } }))
    await pair.ask((db) => db.user.count({ select: {} }))
    await pair.ask((db) => db.user.aggregate({}))
    await pair.ask((db) => db.user.findMany({ where: () => 1 }))
  })

  test('a create that shows a relation outside the block is made in main, and held', async () => {
    const id = `outside-${Math.random()}`
    const shown = await pair.block.user.create({ data: { id, email: id }, include: { auditLogs: true } })
    expect(shown.auditLogs).toEqual([])
    expect(await pair.main.user.count({ where: { id } })).toBe(1)
    expect(await pair.block.user.count({ where: { id } })).toBe(1)
    await pair.ask((db) => db.user.findUnique({ where: { id } }))
    await pair.block.user.delete({ where: { id } })
    await pair.block.$block.flush()
  })

  test('nothing was written', async () => {
    expect(pair.block.$block.pending().commits).toBe(0)
    await pair.ask((db) => db.user.findMany({ orderBy: { id: 'asc' } }))
  })
})
