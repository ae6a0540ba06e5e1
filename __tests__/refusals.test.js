// What becomes of a commit that the main database refuses, and of those that depend on it: before every main database, by way of
// every queue.
const { setTimeout: sleep } = require('node:timers/promises')
const { WAYS, around, heard } = require('./support/refusals')
const { eventually } = require('./support/queue')

describe.each(WAYS)('%s, %s queue', (provider, queue) => {
  const world = around(provider, queue)
  const emails = async () =>
    (await world.main.client.user.findMany({ orderBy: { email: 'asc' } })).map(
      (/** @type {any} */ row) => row.email,
    )
  const seqs = (/** @type {any} */ db) => db.$block.rejected().map((/** @type {any} */ one) => one.seq)
  const causes = (/** @type {any} */ db) =>
    db.$block.rejected().map((/** @type {any} */ one) => one.cause?.seq ?? null)

  test('what depends on a refused commit is refused with it, and the rest flows on', async () => {
    await world.main.client.user.create({ data: { id: 'theirs', email: 'taken' } })
    const db = await world.open('b')
    const rejected = heard(db, 'rejected')
    await db.user.create({ data: { id: 'first', email: 'first' } })
    const goOn = await world.holdBack('b')
    await db.$transaction([
      db.user.create({ data: { id: 'a', email: 'taken' } }), // 2: refused
      db.slug.create({ data: { slug: 'whole' } }),
    ])
    await db.profile.create({ data: { userId: 'a', bio: 'names it' } }) // 3
    await db.user.update({ where: { id: 'a' }, data: { name: 'changes it' } }) // 4
    await db.user.create({ data: { id: 'b', email: 'b' } }) // 5: free
    await db.user.update({ where: { id: 'b' }, data: { managerId: 'a' } }) // 6: names it
    await db.user.update({ where: { id: 'b' }, data: { name: 'after 6' } }) // 7: what it assigns is the same without 6
    await db.slug.update({ where: { slug: 'whole' }, data: { hits: 1 } }) // 8: of the same transaction
    await db.user.update({ where: { id: 'first' }, data: { name: 'free' } }) // 9
    await goOn()
    await db.$block.flush()
    expect(await emails()).toEqual(['b', 'first', 'taken'])
    expect(await world.main.client.user.findUnique({ where: { id: 'b' } })).toMatchObject({
      managerId: null,
      name: 'after 6',
    })
    expect(await world.main.client.user.findUnique({ where: { id: 'first' } })).toMatchObject({
      name: 'free',
    })
    expect(seqs(db)).toEqual([2, 3, 4, 6, 8])
    expect(causes(db)).toEqual([null, 2, 2, 2, 2])
    expect(db.$block.rejected()[1]).toMatchObject({ error: { code: 'SHARDED_DEPENDENT' } })
    expect((await world.recorded()).map(({ seq, code }) => [seq, code === 'SHARDED_DEPENDENT'])).toEqual(
      [2, 3, 4, 6, 8].map((seq) => [seq, seq !== 2]),
    )
    await eventually(() => rejected.length === 5)
    expect(rejected.map(({ seq, cause }) => [seq, cause?.seq ?? null])).toEqual([
      [2, null],
      [3, 2],
      [4, 2],
      [6, 2],
      [8, 2],
    ])
    // The block is what main is.
    expect(await db.user.findMany({ where: { id: 'a' } })).toEqual([])
    expect(await db.user.findUnique({ where: { id: 'b' } })).toMatchObject({
      managerId: null,
      name: 'after 6',
    })
    // What comes later is built on that, and refused for nothing.
    await db.user.update({ where: { id: 'b' }, data: { name: 'later' } })
    await db.$block.flush()
    expect(await world.main.client.user.findUnique({ where: { id: 'b' } })).toMatchObject({ name: 'later' })
    expect(db.$block.pending().commits).toBe(0)
  })

  test("a message waits for its author's block", async () => {
    const authors = await world.open('user-1')
    const goOn = await world.holdBack('user-1')
    const author = await authors.user.create({ data: { id: 'u', email: 'u' } })
    const loader = async (/** @type {any} */ block) => void (await block.user.create({ data: author }))
    const chat = await world.open('chat-1', { loader })
    await chat.profile.create({ data: { userId: 'u', bio: 'hello' } })
    await chat.profile.update({ where: { userId: 'u' }, data: { bio: 'hello again' } })
    const told = chat.$block.flush()
    await eventually(() => chat.$block.status().applier?.state === 'dependency')
    await sleep(200)
    expect(await world.main.client.profile.count()).toBe(0)
    await goOn()
    await authors.$block.flush()
    await told
    expect(await world.main.client.profile.findMany()).toMatchObject([{ userId: 'u', bio: 'hello again' }])
    expect([seqs(chat), seqs(authors), await world.recorded()]).toEqual([[], [], []])
  })

  test('and no longer than dependencyTimeout', async () => {
    const authors = await world.open('user-1')
    const goOn = await world.holdBack('user-1')
    const author = await authors.user.create({ data: { id: 'u', email: 'u' } })
    const loader = async (/** @type {any} */ block) => void (await block.user.create({ data: author }))
    const chat = await world.open('chat-1', { loader, dependencyTimeout: 400 })
    await chat.profile.create({ data: { userId: 'u' } })
    await chat.slug.create({ data: { slug: 'after' } })
    await chat.$block.flush()
    expect(seqs(chat)).toEqual([1])
    expect(await world.main.client.slug.count()).toBe(1)
    await goOn()
  })

  test('a unique value that another block is about to give up', async () => {
    await world.main.client.user.create({ data: { id: 'u', email: 'wanted' } })
    const one = await world.open('one')
    expect(await one.user.findUnique({ where: { id: 'u' } })).toMatchObject({ email: 'wanted' })
    const goOn = await world.holdBack('one')
    await one.user.update({ where: { id: 'u' }, data: { email: 'other' } })
    const two = await world.open('two')
    await two.user.create({ data: { id: 'v', email: 'wanted' } })
    const told = two.$block.flush()
    await sleep(300)
    await goOn()
    await Promise.all([told, one.$block.flush()])
    expect(await emails()).toEqual(['other', 'wanted'])
    expect([seqs(one), seqs(two)]).toEqual([[], []])
  })

  test('a refusal that no pending commit elsewhere can help is told at once', async () => {
    await world.main.client.slug.create({ data: { slug: 'taken' } })
    const other = await world.open('other')
    const goOn = await world.holdBack('other')
    await other.slug.create({ data: { slug: 'of no help' } })
    const db = await world.open('b')
    const before = Date.now()
    await db.slug.create({ data: { slug: 'taken' } })
    await db.$block.flush()
    expect(seqs(db)).toEqual([1])
    expect(Date.now() - before).toBeLessThan(5_000)
    await goOn()
  })
})
