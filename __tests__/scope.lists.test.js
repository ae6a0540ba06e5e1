// A scope that asks rows below: the users of a team by their memberships, who come and go with them.
const { deepSame } = require('./support/parity')
const { scopedBlocks, statsOf } = require('./support/scope')

const place = scopedBlocks()
const order = { orderBy: { id: 'asc' } }
const OF_TEAM = { where: { memberships: { some: { teamId: 't1' } } }, ...order }
const TEAM = { team: { where: { id: 't1' } }, user: { where: OF_TEAM.where } }

const ofTeam = (c) => c.user.findMany(OF_TEAM)
const fresh = (name) => ({ id: name, email: `${name}@example.com`, name })

/** Main's client has made a user of whom the block knows nothing. */
let made = 0
async function unheld() {
  made += 1
  const { id } = await place.main.client.user.create({ data: fresh(`new${made}`) })
  return id
}

/** @param {any} db @param {(c: any) => Promise<any>} call without a look at main */
async function here(db, call) {
  const before = statsOf(db).forwarded
  const answer = await call(db)
  expect(statsOf(db).forwarded).toBe(before)
  return answer
}

/** The block has the users of the team by itself, and they are main's. @param {any} db */
async function same(db) {
  const users = await here(db, ofTeam)
  await db.$block.flush()
  deepSame(users, await ofTeam(place.main.client))
  return users.map(({ id }) => id)
}

describe('reads', () => {
  let db
  beforeAll(async () => {
    db = await place.openBlock(TEAM)
  })
  afterAll(() => db.$disconnect())

  test.each([
    ['the scope itself', ofTeam],
    [
      'through the row above of the row below',
      (c) => c.user.findMany({ where: { memberships: { some: { team: { id: 't1' } } } }, ...order }),
    ],
    [
      'more of the row below',
      (c) => c.user.findMany({ where: { memberships: { some: { teamId: 't1', role: 'GUEST' } } }, ...order }),
    ],
    [
      'more conditions',
      (c) => c.user.findMany({ where: { ...OF_TEAM.where, name: { contains: 'a' } }, ...order }),
    ],
    ['count', (c) => c.user.count({ where: OF_TEAM.where })],
    [
      'the rows below, which are loaded with it',
      (c) =>
        c.membership.findMany({
          where: { teamId: 't1' },
          include: { user: true },
          orderBy: { userId: 'asc' },
        }),
    ],
    [
      'from the team',
      (c) =>
        c.team.findUnique({
          where: { id: 't1' },
          include: { members: { include: { user: true }, orderBy: { userId: 'asc' } } },
        }),
    ],
  ])('covered: %s', async (_, call) => {
    expect(await place.ask(db, call)).toBe('fast')
  })

  test.each([
    [
      'another team',
      (c) => c.user.findMany({ where: { memberships: { some: { teamId: 't2' } } }, ...order }),
    ],
    ['every', (c) => c.user.findMany({ where: { memberships: { every: { teamId: 't1' } } }, ...order })],
    ['none', (c) => c.user.findMany({ where: { memberships: { none: { teamId: 't1' } } }, ...order })],
    ['their other memberships', (c) => c.user.findMany({ ...OF_TEAM, include: { memberships: true } })],
  ])('not covered: %s', async (_, call) => {
    expect(await place.ask(db, call)).toBe('main')
  })
})

describe.each([
  ['in the block', {}],
  ['by main first', { through: ['Membership'] }],
])('writes %s', (_, options) => {
  let db
  beforeAll(async () => {
    db = await place.openBlock(TEAM, options)
  })
  afterAll(() => db.$disconnect())

  test('a membership brings in a user who was not held', async () => {
    const userId = await unheld()
    await db.membership.create({ data: { userId, teamId: 't1' } })
    expect(await same(db)).toContain(userId)
  })

  test('many of them', async () => {
    const ids = [await unheld(), await unheld()]
    await db.membership.createMany({ data: ids.map((userId) => ({ userId, teamId: 't1' })) })
    expect(await same(db)).toEqual(expect.arrayContaining(ids))
  })

  test('one that is connected, made with the team, made with the user', async () => {
    const [one, two] = [await unheld(), await unheld()]
    await db.membership.create({ data: { user: { connect: { id: one } }, team: { connect: { id: 't1' } } } })
    await db.team.update({ where: { id: 't1' }, data: { members: { create: { userId: two } } } })
    made += 1
    const three = fresh(`new${made}`)
    await db.user.create({ data: { ...three, memberships: { create: { teamId: 't1' } } } })
    expect(await same(db)).toEqual(expect.arrayContaining([one, two, three.id]))
  })

  test('within a transaction', async () => {
    const userId = await unheld()
    await db.$transaction(async (tx) => {
      await tx.membership.create({ data: { userId, teamId: 't1' } })
      if (options.through === undefined) expect((await ofTeam(tx)).map(({ id }) => id)).toContain(userId)
    })
    expect(await same(db)).toContain(userId)
  })

  test('a membership that gets another user', async () => {
    const [one, two] = [await unheld(), await unheld()]
    await db.membership.create({ data: { userId: one, teamId: 't1' } })
    await db.membership.update({
      where: { userId_teamId: { userId: one, teamId: 't1' } },
      data: { userId: two },
    })
    const ids = await same(db)
    expect(ids).toContain(two)
    expect(ids).not.toContain(one)
  })

  test('a user goes with the membership', async () => {
    const userId = await unheld()
    await db.membership.create({ data: { userId, teamId: 't1' } })
    await db.membership.delete({ where: { userId_teamId: { userId, teamId: 't1' } } })
    expect(await same(db)).not.toContain(userId)
  })

  test('what the scope asks of a membership is not changed here', async () => {
    const userId = await unheld()
    await place.main.client.membership.create({ data: { userId, teamId: 't2' } })
    const where = { userId_teamId: { userId, teamId: 't2' } }
    await expect(db.membership.update({ where, data: { teamId: 't1' } })).rejects.toMatchObject({
      code: 'SHARDED_NOT_SUPPORTED',
      message: expect.stringContaining('Membership.teamId'),
    })
    await same(db)
  })
})

test('a refresh brings in who has joined', async () => {
  const db = await place.openBlock(TEAM)
  const userId = await unheld()
  await place.main.client.membership.create({ data: { userId, teamId: 't1' } })
  await db.$block.refresh()
  expect(await same(db)).toContain(userId)
  await db.$disconnect()
})

test('a set that main changes brings in those whom its rows name', async () => {
  const reviewers = { where: { reviews: { some: { authorId: 'u1' } } }, ...order }
  const call = (c) => c.user.findMany(reviewers)
  const db = await place.openBlock({ user: { where: reviewers.where } })
  const id = await unheld()
  const { title } = await place.main.client.post.findFirst({ where: { authorId: 'u1' } })
  await db.post.updateMany({ where: { title }, data: { reviewerId: id } })
  const users = await here(db, call)
  deepSame(users, await call(place.main.client))
  expect(users.map((user) => user.id)).toContain(id)
  await db.$disconnect()
})

test('either: those who have joined, and one by a value of his own', async () => {
  const where = { OR: [OF_TEAM.where, { email: 'u7@example.com' }] }
  const db = await place.openBlock({ team: TEAM.team, user: { where } })
  expect(await place.ask(db, ofTeam)).toBe('fast')
  expect(await place.ask(db, (c) => c.user.findMany({ where, ...order }))).toBe('fast')
  expect(await place.ask(db, (c) => c.user.count({ where: { email: 'u7@example.com' } }))).toBe('fast')
  expect(await place.ask(db, (c) => c.user.findMany(order))).toBe('main')
  const userId = await unheld()
  await db.membership.create({ data: { userId, teamId: 't1' } })
  expect(await same(db)).toContain(userId)
  const found = await here(db, (c) => c.user.findMany({ where, ...order }))
  deepSame(found, await place.main.client.user.findMany({ where, ...order }))
  await db.$disconnect()
})

test('a scope of the rows below that says less does not do', async () => {
  const db = await place.openBlock({ ...TEAM, membership: { where: { teamId: 't1', role: 'ADMIN' } } })
  expect(await place.ask(db, ofTeam)).toBe('main')
  await db.$disconnect()
})
