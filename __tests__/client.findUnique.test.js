// findUnique and findUniqueOrThrow by every kind of key.
const { throughBothDoors } = require('./support/doors')
const { loadAll, seed } = require('./support/seed')

throughBothDoors({ seed, load: loadAll }, (pair) => {
  test('by id', async () => {
    for (const id of ['u0', 'u3', 'u9']) await pair.ask((db) => db.user.findUnique({ where: { id } }))
    await pair.ask((db) => db.post.findUnique({ where: { id: 1 } }))
  })

  test('by another unique', async () => {
    await pair.ask((db) => db.user.findUnique({ where: { email: 'u4@example.com' } }))
    await pair.ask((db) => db.slug.findUnique({ where: { slug: 'B' } }))
    await pair.ask((db) => db.profile.findUnique({ where: { userId: 'u0' } }))
  })

  test('by a compound unique and a compound id, named or not', async () => {
    await pair.ask((db) =>
      db.post.findUnique({ where: { authorId_title: { authorId: 'u1', title: 'post 1' } } }),
    )
    await pair.ask((db) =>
      db.membership.findUnique({ where: { userId_teamId: { userId: 'u1', teamId: 't2' } } }),
    )
    await pair.ask((db) => db.team.findUnique({ where: { place: { region: 'eu', name: 'core' } } }))
    await pair.ask((db) =>
      db.note.findUnique({ where: { place: { userId: 'u0', teamId: 't1', number: 2 } } }),
    )
  })

  test('by a key and a filter', async () => {
    await pair.ask((db) => db.user.findUnique({ where: { id: 'u1', active: false } }))
    await pair.ask((db) => db.user.findUnique({ where: { id: 'u1', active: true } }))
    await pair.ask((db) => db.user.findUnique({ where: { id: 'u1', email: 'u2@example.com' } }))
  })

  test('with a selection', async () => {
    await pair.ask((db) => db.user.findUnique({ where: { id: 'u1' }, select: { name: true, role: true } }))
    await pair.ask((db) => db.user.findUnique({ where: { id: 'u1' }, omit: { settings: true } }))
  })

  test('nothing there', async () => {
    await pair.ask((db) => db.user.findUnique({ where: { id: 'nobody' } }))
    await pair.ask((db) => db.user.findUnique({ where: { id: 'U1' } }))
    await pair.ask((db) => db.user.findUniqueOrThrow({ where: { id: 'nobody' } }))
  })

  test('many at once, which Prisma sends as a batch', async () => {
    const ids = ['u2', 'nobody', 'u0', 'u2', 'u5']
    await pair.ask((db) => Promise.all(ids.map((id) => db.user.findUnique({ where: { id } }))))
    await pair.ask((db) =>
      Promise.all(ids.map((id) => db.user.findUnique({ where: { id }, include: { profile: true } }))),
    )
  })

  test('the fluent way to a relation', async () => {
    await pair.ask((db) => db.user.findUnique({ where: { id: 'u0' } }).profile())
    await pair.ask((db) => db.user.findUnique({ where: { id: 'u1' } }).posts({ orderBy: { id: 'asc' } }))
    await pair.ask((db) => db.user.findUnique({ where: { id: 'nobody' } }).profile())
  })

  test('an error says where the call was made, whatever was asked before', async () => {
    const { main, block } = pair
    // Named: Prisma takes an anonymous function in a file of this name for one of its own.
    const calls = {
      missing: (db) => db.user.findUniqueOrThrow({ where: { id: 'nobody' } }),
      missingParent: (db) => db.user.findUniqueOrThrow({ where: { id: 'nobody' } }).posts(),
      included: (db) => db.user.findUnique({ where: { id: 'u1' }, include: { profile: true } }).posts(),
      unknown: (db) => db.user.findUnique({ where: { id: 'u1' } }).posts({ where: { nothing: 1 } }),
    }
    const said = async (call, db) => {
      const error = await call(db).catch((thrown) => thrown)
      return error.message
    }
    await block.user.findUniqueOrThrow({ where: { id: 'u1' } })
    for (const call of Object.values(calls)) {
      const expected = await said(call, main)
      expect(expected).toContain('invocation in')
      expect(await said(call, block)).toBe(expected)
      expect(await said(call, block)).toBe(expected)
    }
  })

  test('without a key, with half a key or a wrong type: the same validation error', async () => {
    await pair.ask((db) => db.user.findUnique({ where: {} }))
    await pair.ask((db) => db.user.findUnique({ where: { name: 'ann' } }))
    await pair.ask((db) => db.user.findUnique({ where: { id: undefined } }))
    await pair.ask((db) => db.user.findUnique({ where: { id: 7 } }))
    await pair.ask((db) => db.membership.findUnique({ where: { userId_teamId: { userId: 'u1' } } }))
    await pair.ask((db) => db.user.findUnique())
  })
})
