// What an update may write around its row, relation by relation.
const { nestedThroughEachDoor } = require('./support/nested')

nestedThroughEachDoor((pair) => {
  const of = (id) => (db, data) =>
    db.person.update({
      where: { id },
      data,
      include: {
        staff: { orderBy: { id: 'asc' } },
        tasks: { orderBy: { id: 'asc' } },
        passport: true,
        locker: true,
      },
    })
  const each = (id, values) => pair.askEach(of(id), values)

  test('a list: create, connect, connectOrCreate', async () => {
    await each('ann', [
      { tasks: { create: { id: 20, title: 'a' } } },
      { tasks: { create: { id: 21, title: 'b' } } },
      {
        tasks: {
          create: [
            { id: 22, title: 'c' },
            { id: 23, title: 'd' },
          ],
          connect: [{ id: 1 }],
        },
      },
      { tasks: { connect: { id: 2 } } },
      { tasks: { connect: { ownerId_title: { ownerId: 'ann', title: 'a' } } } },
      { tasks: { createMany: { data: [{ id: 24, title: 'e' }] } } },
      { tasks: { connectOrCreate: { where: { id: 4 }, create: { id: 4, title: 'never' } } } },
      { tasks: { connectOrCreate: { where: { id: 25 }, create: { id: 25, title: 'f' } } } },
      { name: 'renamed', staff: { connect: [{ id: 'dee' }, { id: 'dee' }] } },
      { staff: { connect: { id: 'eve' } } },
      { staff: { connect: [] }, tasks: { create: [], delete: [], updateMany: [] } },
    ])
  })

  test('a list: disconnect and set', async () => {
    await each('ann', [
      { staff: { disconnect: { id: 'dee' } } },
      { staff: { disconnect: [{ id: 'dee' }, { id: 'bob' }] } },
      { staff: { set: [{ id: 'cid' }, { email: 'eve@x' }] } },
      { staff: { set: [{ id: 'cid' }, { id: 'nobody' }] } },
      { staff: { set: { id: 'bob' } } },
      { staff: { set: [] } },
      { staff: { set: [], connect: [{ id: 'bob' }, { id: 'cid' }], create: { id: 'fay' } } },
      { reviews: { set: [{ id: 1 }, { id: 5 }] } },
      { reviews: { disconnect: [{ id: 5 }, { id: 5 }] } },
      {
        tasks: {
          set: [
            { id: 1 },
            { id: 2 },
            { id: 4 },
            { id: 20 },
            { id: 21 },
            { id: 22 },
            { id: 23 },
            { id: 24 },
            { id: 25 },
            { id: 3 },
          ],
        },
      },
    ])
  })

  test('a list: update, updateMany, upsert', async () => {
    await each('ann', [
      { tasks: { update: { where: { id: 1 }, data: { title: 'one' } } } },
      {
        tasks: {
          update: [
            { where: { id: 1 }, data: { points: { increment: 5 } } },
            { where: { id: 2, done: true }, data: { done: false } },
          ],
        },
      },
      {
        tasks: {
          update: [
            { where: { id: 999 }, data: {} },
            { where: { id: 998 }, data: { done: true } },
          ],
        },
      },
      { tasks: { updateMany: { where: { points: { gt: 2 } }, data: { points: { multiply: 2 } } } } },
      {
        tasks: {
          updateMany: [
            { where: {}, data: { done: true } },
            { where: { id: 1 }, data: { reviewerId: 'eve' } },
          ],
        },
      },
      {
        tasks: { updateMany: { where: { OR: [{ title: 'one' }, { points: 9 }] }, data: { title: 'found' } } },
      },
      { tasks: { updateMany: { where: { id: 1 }, data: {} } } },
      { tasks: { upsert: { where: { id: 1 }, create: { id: 1, title: 'never' }, update: { title: 'up' } } } },
      {
        tasks: {
          upsert: { where: { id: 30 }, create: { id: 30, title: 'made' }, update: { title: 'never' } },
        },
      },
      { tasks: { upsert: { where: { id: 30 }, create: { id: 30, title: 'made' }, update: {} } } },
      { staff: { update: { where: { id: 'bob' }, data: { id: 'bobby' } } } },
      {
        staff: { update: { where: { id: 'bobby' }, data: { id: 'bob', boss: { connect: { id: 'eve' } } } } },
      },
    ])
  })

  test('a list: delete and deleteMany', async () => {
    await each('ann', [
      { tasks: { delete: { id: 20 } } },
      { tasks: { delete: [{ id: 21 }, { id: 22, title: 'c' }] } },
      { tasks: { deleteMany: { title: 'd' } } },
      { tasks: { deleteMany: [{ id: 24 }, { id: 25 }] } },
      { reviews: { deleteMany: {} } },
      { staff: { delete: { id: 'fay' } } },
    ])
  })

  test('several operations, in the order in which they are written', async () => {
    await each('cid', [
      {
        tasks: {
          create: { id: 40, title: 'x' },
          update: { where: { id: 40 }, data: { title: 'y' } },
          delete: { id: 40 },
        },
      },
      {
        tasks: {
          create: { id: 41, title: 'x' },
          updateMany: { where: {}, data: { points: 9 } },
          deleteMany: { title: 'x' },
        },
      },
      {
        tasks: {
          deleteMany: {},
          create: [
            { id: 41, title: 'x' },
            { id: 42, title: 'z' },
          ],
        },
      },
      { id: 'cyd', tasks: { updateMany: { where: {}, data: { points: 1 } } } },
    ])
  })

  test('a parent that may be missing', async () => {
    const data = (boss) => ({ boss })
    await each('eve', [
      data({ connect: { id: 'ann' } }),
      data({ connect: { email: 'bob@x' } }),
      data({ update: { name: 'the boss' } }),
      data({ update: { where: { name: 'the boss' }, data: { age: 50 } } }),
      data({ update: {} }),
      data({ disconnect: false }),
      data({ connectOrCreate: { where: { id: 'gus' }, create: { id: 'gus' } } }),
      data({ disconnect: { name: 'whatever' } }),
      data({ disconnect: true }),
      data({ create: { id: 'hal' } }),
      data({ upsert: { create: { id: 'never' }, update: { name: 'hal' } } }),
      data({ delete: false }),
      data({ delete: { name: '-' } }),
      data({ upsert: { create: { id: 'jon' }, update: {} } }),
      data({ delete: true }),
      { name: 'both', ...data({ connect: { id: 'ann' } }) },
      { ...data({ connect: { id: 'ann' } }) },
      { bossId: 'bob', tasks: { create: { id: 50, title: 'q' } } },
    ])
  })

  test('a parent that is required', async () => {
    const form = (db, owner) =>
      db.task.update({ where: { id: 3 }, data: { owner }, include: { owner: true } })
    await pair.askEach(form, [
      { connect: { id: 'dee' } },
      { connect: { id: 'bob' } },
      { create: { id: 'kim' } },
      { connectOrCreate: { where: { id: 'ann' }, create: {} } },
      { update: { name: 'owner', tasks: { updateMany: { where: {}, data: { done: true } } } } },
      { upsert: { create: { id: 'never' }, update: { age: { increment: 1 } } } },
      { connect: { id: 'ann' }, update: { name: 'connected first' } },
    ])
  })

  test('one to one, required, from the side without the key', async () => {
    await each('dee', [
      { passport: { create: { number: 'd1' } } },
      { passport: { update: { number: 'd2' } } },
      { passport: { update: { where: { number: 'd2' }, data: { number: 'd3' } } } },
      { passport: { upsert: { create: { number: 'never' }, update: { number: 'd4' } } } },
      { passport: { delete: { number: 'other' } } },
      { passport: { delete: false } },
      { passport: { disconnect: false } },
      { passport: { delete: true } },
      { passport: { upsert: { create: { number: 'd5' }, update: { number: 'never' } } } },
      { passport: { connect: { number: 'd5' } } },
      { passport: { connectOrCreate: { where: { number: 'd5' }, create: { number: 'never' } } } },
    ])
    await each('cyd', [
      { passport: { connect: { number: 'd5' } } },
      { passport: { connectOrCreate: { where: { number: 'n-bob' }, create: { number: 'never' } } } },
      { passport: { connectOrCreate: { where: { number: 'd6' }, create: { number: 'd6' } } } },
      { passport: { create: { number: 'd7' } } },
    ])
  })

  test('one to one, optional, from the side without the key', async () => {
    await each('dee', [
      { locker: { create: { id: 20 } } },
      { locker: { create: { id: 21 } } },
      { locker: { connect: { id: 20 } } },
      { locker: { connect: { id: 20 } } },
      { locker: { connect: { id: 1 } } },
      { locker: { connectOrCreate: { where: { id: 1 }, create: { id: 99 } } } },
      { locker: { connectOrCreate: { where: { id: 2 }, create: { id: 99 } } } },
      { locker: { disconnect: { id: 99 } } },
      { locker: { disconnect: true } },
      { locker: { disconnect: true } },
      { locker: { connectOrCreate: { where: { id: 22 }, create: { id: 22 } } } },
      { locker: { upsert: { create: { id: 23 }, update: { id: 24 } } } },
      { locker: { upsert: { where: { id: 99 }, create: { id: 25 }, update: {} } } },
      { locker: { delete: true } },
    ])
  })

  test('one to one, from the side with the key', async () => {
    const form = (db, data) =>
      db.person.update({ where: { id: 'dee' }, data, include: { home: true, spouse: true } })
    await pair.askEach(form, [
      { home: { create: { id: 'h20' } } },
      { home: { create: { id: 'h21' } } },
      { home: { connect: { id: 'h21' } } },
      { home: { connect: { id: 'h1' } } },
      { home: { connectOrCreate: { where: { id: 'h1' }, create: { id: 'never' } } } },
      { home: { connectOrCreate: { where: { id: 'h2' }, create: { id: 'never' } } } },
      { home: { connectOrCreate: { where: { id: 'h22' }, create: { id: 'h22' } } } },
      { home: { update: { street: 'new street' } } },
      { home: { upsert: { create: { id: 'never' }, update: { street: 'newer street' } } } },
      { home: { disconnect: { street: 'other' } } },
      { home: { disconnect: { street: 'newer street' } } },
      { home: { disconnect: true } },
      { home: { upsert: { create: { id: 'h23' }, update: {} } } },
      { home: { delete: { street: 'no' } } },
      { home: { delete: true } },
      { spouse: { connect: { id: 'bob' } } },
      { spouse: { create: { id: 'liz' } } },
      { spouseOf: { connect: { id: 'ann' } } },
      { spouseOf: { create: { id: 'max' } } },
      { spouseOf: { disconnect: true }, spouse: { connect: { id: 'dee' } } },
      { name: 'alone', spouse: { disconnect: true } },
    ])
    await pair.askEach(
      (db, holder) => db.passport.update({ where: { number: 'd6' }, data: { holder } }),
      [
        { connect: { id: 'eve' } },
        { connect: { id: 'eve' } },
        { connect: { id: 'bob' } },
        { create: { id: 'ned' } },
        { connectOrCreate: { where: { id: 'ned' }, create: {} } },
        { connectOrCreate: { where: { id: 'eve' }, create: {} } },
        { connectOrCreate: { where: { id: 'oli' }, create: { id: 'oli' } } },
        { update: { name: 'holder' } },
      ],
    )
  })

  test('keys of several fields', async () => {
    const where = { region_name: { region: 'eu', name: 'core' } }
    const badges = { orderBy: { id: 'asc' } }
    const form = (db, data) =>
      db.team.update({ where, data, include: { badges, seats: { orderBy: { personId: 'asc' } } } })
    await pair.askEach(form, [
      { badges: { connect: [{ id: 2 }, { id: 3 }] } },
      { badges: { disconnect: { id: 2 } } },
      { badges: { set: [{ id: 2 }] } },
      { badges: { create: [{ id: 10 }, { id: 11 }] } },
      { seats: { create: { personId: 'dee' } } },
      {
        seats: {
          connectOrCreate: {
            where: { personId_region_teamName: { personId: 'dee', region: 'eu', teamName: 'core' } },
            create: { personId: 'dee' },
          },
        },
      },
      {
        seats: {
          update: {
            where: { personId_region_teamName: { personId: 'dee', region: 'eu', teamName: 'core' } },
            data: { role: 'lead' },
          },
        },
      },
      {
        seats: {
          upsert: {
            where: { personId_region_teamName: { personId: 'bob', region: 'eu', teamName: 'core' } },
            create: { person: { connect: { id: 'bob' } } },
            update: {},
          },
        },
      },
      { seats: { deleteMany: { role: 'lead' } } },
      { motto: 'new', badges: { updateMany: { where: {}, data: { id: { increment: 100 } } } } },
    ])
    await pair.askEach(
      (db, team) => db.badge.update({ where: { id: 102 }, data: { team }, include: { team: true } }),
      [
        { connect: { region_name: { region: 'us', name: 'core' } } },
        { update: { motto: 'us', badges: { create: { id: 12 } } } },
        { disconnect: true },
        { upsert: { create: { region: 'x', name: 'y' }, update: {} } },
        { delete: true },
      ],
    )
  })

  test('to any depth', async () => {
    await each('bob', [
      {
        tasks: {
          update: {
            where: { id: 1 },
            data: {
              steps: { create: { text: 'deep' }, deleteMany: { id: 's1' } },
              reviewer: { create: { id: 'pam', boss: { connect: { id: 'ann' } } } },
            },
          },
        },
      },
      {
        boss: {
          update: {
            boss: {
              upsert: { create: { id: 'top', staff: { connect: { id: 'dee' } } }, update: { name: 'again' } },
            },
          },
        },
      },
    ])
  })

  test('in an upsert that updates', async () => {
    await pair.askEach(
      (db, id) =>
        db.person.upsert({
          where: { id },
          create: { id, locker: { create: { id: 90 } } },
          update: { locker: { upsert: { create: { id: 91 }, update: {} } }, reviews: { set: [{ id: 2 }] } },
          include: { locker: true, reviews: true },
        }),
      ['ann', 'quo', 'quo', 'ann'],
    )
  })
})
