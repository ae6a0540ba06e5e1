// Orders, cursors and counts that reach rows which the block does not hold, or holds for look-ups only: main answers.
const { throughBothDoors } = require('./support/doors')
const { seed } = require('./support/seed')
const { sqlOf } = require('./support/sql')

const byId = { id: 'asc' }
const HELD = ['u0', 'u1']

/** Two users with their posts; posts 2, 5, … have reviewers, of which u4 is not held. @param {any} block @param {any} main */
async function load(block, main) {
  const authorId = { in: HELD }
  await block.user.createMany({ data: await main.user.findMany({ where: { id: authorId } }) })
  await block.post.createMany({ data: await main.post.findMany({ where: { authorId } }) })
}

const posts = { where: { authorId: { in: HELD } } }

throughBothDoors({ seed, load }, (pair) => {
  test('an order over rows that are held is answered here', async () => {
    const call = (db) => db.post.findMany({ ...posts, orderBy: [{ author: { email: 'desc' } }, byId] })
    await pair.ask(call)
    expect(await sqlOf(pair.block, call)).toHaveLength(1)
  })

  test.each([
    ['a relation whose row is not held', [{ reviewer: { email: 'desc' } }, byId]],
    ['the same, two deep', [{ reviewer: { manager: { email: 'desc' } } }, byId]],
    ['the other side of such a row', [{ reviewer: { profile: { bio: 'asc' } } }, byId]],
    ['the lists of such a row', [{ reviewer: { posts: { _count: 'desc' } } }, byId]],
  ])('order by %s', async (_, orderBy) => {
    await pair.ask((db) => db.post.findMany({ ...posts, orderBy }))
    await pair.ask((db) => db.post.findMany({ ...posts, orderBy, take: 2 }))
    await pair.ask((db) => db.post.findMany({ ...posts, orderBy, cursor: { id: 2 }, take: 2 }))
  })

  test('the lists of a row that is held for look-ups only', async () => {
    // Post 3 is u2's: both are adopted by this look-up.
    await pair.ask((db) => db.post.findUnique({ where: { id: 3 }, include: { author: true } }))
    const held = await sqlOf(pair.block, (db) => db.user.findUnique({ where: { id: 'u2' } }))
    expect(held).toHaveLength(1)
    const count = { _count: { select: { posts: true } } }
    await pair.ask((db) => db.user.findUnique({ where: { id: 'u2' }, include: count }))
    await pair.ask((db) =>
      db.user.findUnique({ where: { id: 'u2' }, include: { posts: { orderBy: byId, take: 1 } } }),
    )
    await pair.ask((db) => db.post.findUnique({ where: { id: 3 }, include: { author: { include: count } } }))
    await pair.ask((db) => db.user.findUnique({ where: { id: 'u1' }, include: count }))
  })

  test('a cursor that is not held, or for look-ups only', async () => {
    await pair.ask((db) => db.post.findUnique({ where: { id: 3 } }))
    for (const id of [3, 4]) {
      for (const orderBy of [byId, [{ rating: 'desc' }, byId]]) {
        await pair.ask((db) => db.post.findMany({ orderBy, cursor: { id }, take: 3 }))
        await pair.ask((db) => db.post.findMany({ ...posts, orderBy, cursor: { id }, skip: 1 }))
        const include = { posts: { orderBy, cursor: { id } } }
        await pair.ask((db) => db.user.findUnique({ where: { id: 'u1' }, include }))
        await pair.ask((db) => db.user.findMany({ where: { id: { in: HELD } }, orderBy: byId, include }))
      }
    }
    await pair.ask((db) => db.post.count({ cursor: { id: 4 } }))
  })

  test('a to-one with a filter: not held is not the same as not met', async () => {
    const include = { reviewer: { where: { age: { gt: 20 } } } }
    await pair.ask((db) => db.post.findMany({ ...posts, orderBy: byId, include }))
    await pair.ask((db) => db.post.findUnique({ where: { id: 5 }, include }))
    const none = { reviewer: { where: { age: { lt: 0 } } } }
    await pair.ask((db) => db.post.findMany({ ...posts, orderBy: byId, include: none }))
  })
})
