// What nested writes may not do: Prisma's errors, with all of their meta, and nothing written.
const { nestedThroughEachDoor } = require('./support/nested')

nestedThroughEachDoor((pair) => {
  const update = (id) => (db, data) => db.person.update({ where: { id }, data })
  const task = (id) => (db, data) => db.task.update({ where: { id }, data })
  const title = 'x'

  test('a call that succeeds, for each form below to be seen by the fast door', () =>
    pair.askEach(update('ann'), [
      { name: 'ann', age: 1 },
      { name: 'ann', age: 2 },
    ]))

  test('connect to nobody', async () => {
    const nobody = { connect: { id: 'nobody' } }
    await pair.askEach(
      (db, data) => db.task.create({ data: { id: 90, title, ...data } }),
      [
        { owner: nobody },
        { owner: nobody, reviewer: { connect: { id: 'nobody else' } } },
        { owner: { connect: { id: 'ann' } }, reviewer: nobody },
        { owner: { connect: { id: 'ann', name: 'other' } } },
      ],
    )
    await pair.askEach(
      (db, data) => db.passport.create({ data: { number: 'x', ...data } }),
      [{ holder: nobody }],
    )
    await pair.askEach(
      (db, data) => db.person.create({ data: { id: 'new', ...data } }),
      [
        { passport: { connect: { number: 'no' } } },
        { home: { connect: { id: 'no' } } },
        { staff: { connect: [{ id: 'bob' }, { id: 'nobody' }] } },
        { tasks: { connect: { id: 99 } } },
        { tags: { connect: [{ label: 'red' }, { label: 'no' }] } },
      ],
    )
    await pair.askEach(update('ann'), [
      { boss: nobody },
      { passport: { connect: { number: 'no' } } },
      { home: { connect: { id: 'no' } } },
      { spouseOf: nobody },
      { staff: { connect: [{ id: 'bob' }, { id: 'nobody' }, { id: 'bob' }] } },
      { staff: { connect: [{ id: 'bob' }, { email: 'bob@x' }] } },
      { tags: { connect: [{ label: 'no' }] } },
      { tags: { set: [{ label: 'red' }, { label: 'no' }] } },
    ])
  })

  test('change what is not related', async () => {
    await pair.askEach(update('ann'), [
      { tasks: { update: { where: { id: 99 }, data: { title } } } },
      { tasks: { update: { where: { id: 1 }, data: { title } } } },
      { tasks: { update: { where: { id: 3, title: 'no' }, data: { title } } } },
      { tasks: { update: { where: { id: 1 }, data: { steps: { create: { text: 'x' } } } } } },
      { tasks: { delete: { id: 1 } } },
      { tasks: { delete: [{ id: 3 }, { id: 99 }] } },
      { tasks: { delete: [{ id: 3 }, { id: 3 }] } },
      { boss: { update: { name: 'x' } } },
      { boss: { delete: true } },
      { tags: { update: { where: { label: 'blue' }, data: { weight: 1 } } } },
      { tags: { delete: [{ label: 'red' }, { label: 'blue' }] } },
      { tags: { delete: { label: 'no' } } },
      { passport: { update: { where: { number: 'no' }, data: { number: 'x' } } } },
      { passport: { delete: { number: 'no' } } },
      { spouseOf: { update: { name: 'x' } } },
      { spouseOf: { delete: true } },
    ])
    await pair.askEach(task(1), [
      { owner: { update: { where: { name: 'no' }, data: { name: 'x' } } } },
      { reviewer: { update: { name: 'x' } } },
      { reviewer: { delete: true } },
    ])
  })

  test('leave a record without what it requires', async () => {
    await pair.askEach(update('ann'), [
      { tasks: { disconnect: { id: 3 } } },
      { tasks: { disconnect: [] } },
      { tasks: { set: [] } },
      { tasks: { set: [{ id: 1 }] } },
      { passport: { disconnect: true } },
      { passport: { disconnect: { number: 'no' } } },
      { passport: { create: { number: 'second' } } },
      { passport: { connect: { number: 'n-bob' } } },
      { passport: { connectOrCreate: { where: { number: 'n-bob' }, create: { number: 'n-bob' } } } },
    ])
    await pair.askEach(
      (db, holder) => db.passport.update({ where: { number: 'n-ann' }, data: { holder } }),
      [
        { connect: { id: 'bob' } },
        { connectOrCreate: { where: { id: 'bob' }, create: {} } },
        { connectOrCreate: { where: { id: 'ann' }, create: {} } },
      ],
    )
    await pair.askEach(
      (db, holder) => db.passport.create({ data: { number: 'x', holder } }),
      [{ connect: { id: 'ann' } }, { connectOrCreate: { where: { id: 'ann' }, create: {} } }],
    )
  })

  test('break a unique key, or a foreign key', async () => {
    await pair.askEach(
      (db, data) => db.person.create({ data: { id: 'new', ...data } }),
      [
        {
          tasks: {
            create: [
              { id: 91, title },
              { id: 92, title },
            ],
          },
        },
        {
          tasks: {
            createMany: {
              data: [
                { id: 91, title },
                { id: 91, title: 'y' },
              ],
            },
          },
        },
        { tasks: { create: { id: 1, title } } },
        { tags: { create: { label: 'red' } } },
        { boss: { create: { id: 'ann' } } },
        { passport: { create: { number: 'n-ann' } } },
        { tasks: { create: { id: 91, title, reviewerId: 'nobody' } } },
        { seats: { create: { region: 'eu', teamName: 'none' } } },
        { tasks: { create: { id: 91, title, steps: { create: [{ id: 's1', text: 'x' }] } } } },
      ],
    )
    await pair.askEach(update('ann'), [
      { tasks: { update: { where: { id: 3 }, data: { title: 't6' } } } },
      { tasks: { upsert: { where: { id: 1 }, create: { id: 1, title }, update: {} } } },
      { passport: { upsert: { where: { number: 'no' }, create: { number: 'x' }, update: {} } } },
      { tags: { upsert: { where: { label: 'blue' }, create: { label: 'blue' }, update: {} } } },
      { tasks: { updateMany: { where: {}, data: { title: 'same' } } } },
      { tasks: { updateMany: { where: {}, data: { reviewerId: 'nobody' } } } },
      { staff: { update: { where: { id: 'bob' }, data: { email: 'ann@x' } } } },
    ])
  })

  test('an update of nobody, with more to write around it', async () => {
    await pair.askEach(update('nobody'), [
      { name: 'x', tasks: { create: { id: 93, title } } },
      {
        tasks: {
          create: [
            { id: 93, title },
            { id: 94, title: 'y' },
          ],
        },
      },
      { tasks: { createMany: { data: [{ id: 93, title }] } } },
      { tasks: { createMany: { data: [] } } },
      { tasks: { create: { id: 93, title, steps: { create: { text: 'x' } } } } },
      { tasks: { connect: { id: 1 } } },
      { tasks: { connectOrCreate: { where: { id: 1 }, create: { id: 1, title } } } },
      { tasks: { connectOrCreate: { where: { id: 93 }, create: { id: 93, title } } } },
      { tasks: { update: { where: { id: 1 }, data: { title } } } },
      { tasks: { upsert: { where: { id: 1 }, create: { id: 1, title }, update: {} } } },
      { tasks: { updateMany: { where: {}, data: { title } }, deleteMany: {} } },
      { tasks: { delete: { id: 1 } } },
      { staff: { set: [{ id: 'ann' }] } },
      { staff: { set: [] } },
      { staff: { disconnect: { id: 'bob' } } },
      { tags: { create: { label: 'q' } } },
      { tags: { connect: { label: 'red' } } },
      { tags: { connectOrCreate: { where: { label: 'red' }, create: { label: 'red' } } } },
      { tags: { set: [] } },
      { tags: { disconnect: { label: 'red' } } },
      { tags: { update: { where: { label: 'red' }, data: { weight: 1 } } } },
      { tags: { upsert: { where: { label: 'red' }, create: { label: 'z' }, update: {} } } },
      { boss: { connect: { id: 'ann' } } },
      { boss: { connect: { id: 'nobody else' } } },
      { boss: { create: { id: 'q' } } },
      { boss: { update: { name: 'x' } } },
      { boss: { upsert: { create: { id: 'q' }, update: {} } } },
      { boss: { disconnect: true } },
      { boss: { delete: true } },
      { passport: { create: { number: 'x' } } },
      { passport: { connect: { number: 'n-ann' } } },
      { passport: { connectOrCreate: { where: { number: 'n-ann' }, create: { number: 'x' } } } },
      { passport: { connectOrCreate: { where: { number: 'x' }, create: { number: 'x' } } } },
      { passport: { update: { number: 'x' } } },
      { passport: { upsert: { create: { number: 'x' }, update: {} } } },
      { passport: { delete: true } },
      { home: { create: { id: 'q' } } },
      { home: { connect: { id: 'h1' } } },
      { home: { connectOrCreate: { where: { id: 'h1' }, create: { id: 'q' } } } },
      { home: { connectOrCreate: { where: { id: 'q' }, create: { id: 'q' } } } },
      { tasks: { updateMany: { where: {}, data: { title } }, connect: { id: 1 } } },
    ])
  })

  test('arguments that are none', async () => {
    await pair.askEach(
      (db, data) => db.task.create({ data: { id: 95, title, ...data } }),
      [
        { ownerId: 'ann', reviewer: { connect: { id: 'bob' } } },
        { owner: { connect: { id: 'ann' } }, reviewerId: 'bob' },
        { reviewer: { connect: { id: 'bob' } } },
        {},
        { owner: null },
        { owner: { create: null } },
        { owner: { connect: {} } },
        { owner: { connect: [{ id: 'ann' }] } },
        { owner: { update: {} } },
        { owner: { disconnect: true } },
        { owner: { nope: true } },
        { owner: { connect: { id: 'ann' } }, steps: { set: [] } },
        { owner: { connect: { id: 'ann' } }, steps: { create: { text: 'x', taskId: 1 } } },
        { owner: { connect: { id: 'ann' } }, steps: { create: { text: 'x', task: { connect: { id: 1 } } } } },
        { owner: { connect: { id: 'ann' } }, steps: { create: { text: 1 } } },
        { owner: { connect: { id: 'ann' } }, steps: { create: [{ text: 'x' }, {}] } },
        { owner: { connect: { id: 'ann' } }, tags: { createMany: { data: [] } } },
      ],
    )
    await pair.askEach(update('ann'), [
      { tasks: { updateMany: { data: { title } } } },
      { tasks: { updateMany: { where: {}, data: { steps: { deleteMany: {} } } } } },
      { tasks: { updateMany: { where: { steps: { some: {} } }, data: { title } } } },
      { tasks: { updateMany: { where: {}, data: { ownerId: 'bob' } } } },
      { tasks: { deleteMany: { NOT: { steps: { none: {} } } } } },
      { tasks: { update: { where: { title }, data: { title } } } },
      { tasks: { update: { data: { title } } } },
      { tasks: { upsert: { where: { id: 1 }, create: { id: 1, title } } } },
      { tasks: { createMany: { data: [{ id: 96, title, steps: { create: { text: 'x' } } }] } } },
      { tags: { create: { label: 'q', people: { connect: { id: 'ann' } } } } },
      { tags: { updateMany: { where: {}, data: { people: { set: [] } } } } },
      { boss: { set: [] } },
      { boss: { createMany: { data: [] } } },
      { bossId: 'bob', boss: { connect: { id: 'bob' } } },
      { bossId: 'bob', home: { disconnect: true } },
      { passport: { createMany: { data: [] } } },
      { passport: { connect: { bio: 'x' } } },
    ])
    await pair.askEach(task(1), [{ owner: { disconnect: true } }, { owner: { delete: true } }])
  })

  test('of several failures, the one that main meets first', async () => {
    await pair.askEach(
      (db, data) => db.tag.create({ data }),
      [
        { id: 'tag-red', label: 'green' },
        { id: 'tag-red', label: 'new', people: { connect: { id: 'nobody' } } },
      ],
    )
    await pair.askEach(update('bob'), [
      { id: 'ann', email: 'ann@x' },
      { tags: { upsert: { where: { label: 'red' }, create: { label: 'red' }, update: {} } } },
      { tasks: { update: { where: { id: 99 }, data: { reviewer: { create: { id: 'ann' } } } } } },
      { tasks: { update: { where: { id: 99 }, data: { steps: { create: { id: 's1', text: 'x' } } } } } },
      { passport: { connect: { number: 'no' } }, staff: { connect: { id: 'nobody' } } },
      { staff: { connect: { id: 'nobody' } }, passport: { connect: { number: 'no' } } },
    ])
    await pair.askEach(update('nobody'), [
      { tags: { create: { label: 'red' } } },
      { tags: { upsert: { where: { label: 'red' }, create: { label: 'red' }, update: {} } } },
      { boss: { upsert: { create: { id: 'ann' }, update: {} } } },
      { tasks: { update: { where: { id: 1 }, data: { reviewer: { create: { id: 'ann' } } } } } },
      { passport: { connect: { number: 'no' } } },
      { home: { connect: { id: 'no' } } },
      { tasks: { create: [] } },
      { boss: { disconnect: true }, home: { create: { id: 'q' } }, tasks: { create: { id: 93, title } } },
      {
        tasks: {
          connectOrCreate: {
            where: { id: 93 },
            create: { id: 93, title, reviewer: { create: { id: 'ann' } } },
          },
        },
      },
    ])
    await pair.askEach(
      (db, data) => db.person.create({ data: { id: 'new', ...data } }),
      [
        {
          seats: {
            createMany: {
              data: [
                { region: 'eu', teamName: 'none' },
                { region: 'eu', teamName: 'core' },
              ],
            },
          },
        },
        {
          seats: {
            createMany: {
              data: [
                { region: 'eu', teamName: 'none' },
                { region: 'eu', teamName: 'core' },
                { region: 'eu', teamName: 'core' },
              ],
            },
          },
        },
      ],
    )
  })

  test('a wrong argument is told before what would break', () =>
    pair.askEach(update('ann'), [
      { passport: { disconnect: true }, name: 1 },
      { passport: { disconnect: true }, tasks: { nope: 1 } },
    ]))
})
