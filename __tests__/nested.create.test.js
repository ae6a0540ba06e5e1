// Rows nested in a create: made, connected, or both.
const { nestedThroughEachDoor } = require('./support/nested')

nestedThroughEachDoor((pair) => {
  const person = (n, data) => ({ id: `new${n}`, email: `new${n}@x`, ...data })

  test('children of a list', async () => {
    await pair.askEach(
      (db, [n, create]) =>
        db.person.create({
          data: person(n, { tasks: { create } }),
          include: { tasks: { orderBy: { id: 'asc' } } },
        }),
      [
        [1, { id: 100, title: 'a' }],
        [2, { id: 101, title: 'a' }],
        [
          3,
          [
            { id: 102, title: 'a' },
            { id: 103, title: 'b' },
          ],
        ],
        [
          4,
          [
            { id: 104, title: 'a' },
            { id: 105, title: 'b' },
            { id: 106, title: 'c' },
          ],
        ],
        [5, []],
        [
          6,
          [
            { id: 107, title: 'a' },
            { id: 108, title: 'b', done: true },
          ],
        ],
        [7, [{ id: 109, title: 'a', reviewerId: 'ann' }]],
      ],
    )
  })

  test('createMany', async () => {
    await pair.askEach(
      (db, [n, data]) => db.person.create({ data: person(n, { tasks: { createMany: { data } } }) }),
      [
        [11, [{ id: 110, title: 'a' }]],
        [12, { id: 111, title: 'a' }],
        [
          13,
          [
            { id: 112, title: 'a' },
            { id: 113, title: 'b', points: 3 },
          ],
        ],
        [14, []],
        [15, [{ id: 114, title: 'a' }]],
      ],
    )
  })

  test('a parent', async () => {
    await pair.askEach(
      (db, n) =>
        db.task.create({
          data: {
            id: 200 + n,
            title: 'x',
            owner: { create: person(20 + n) },
            reviewer: { connect: { id: 'ann' } },
          },
          include: { owner: true },
        }),
      [1, 2, 3],
    )
  })

  test('to any depth', async () => {
    await pair.askEach(
      (db, n) =>
        db.person.create({
          data: person(30 + n, {
            boss: { create: person(40 + n, { boss: { connect: { email: 'ann@x' } } }) },
            tasks: {
              create: [
                {
                  id: 300 + n,
                  title: 'a',
                  steps: {
                    create: [
                      { id: `a${n}`, text: '1' },
                      { id: `b${n}`, text: '2' },
                    ],
                  },
                },
                {
                  ...{ id: 310 + n, title: 'b', reviewer: { create: person(50 + n) } },
                  tags: { create: { label: `l${n}` }, connect: { label: 'red' } },
                },
              ],
            },
          }),
          include: {
            boss: true,
            tasks: {
              orderBy: { id: 'asc' },
              include: { steps: { orderBy: { id: 'asc' } }, tags: { orderBy: { label: 'asc' } } },
            },
          },
        }),
      [1, 2],
    )
  })

  test('connect', async () => {
    await pair.askEach(
      (db, [n, a, b]) =>
        db.person.create({
          data: person(60 + n, {
            ...{ staff: { connect: [{ id: a }, { email: b }] }, boss: { connect: { id: 'dee' } } },
            ...{ reviews: { connect: { id: n } }, tasks: { connect: { id: n + 1 } } },
          }),
          include: { staff: { orderBy: { id: 'asc' } }, reviews: true, tasks: true },
        }),
      [
        [1, 'bob', 'cid@x'],
        [2, 'bob', 'eve@x'],
        [3, 'ann', 'bob@x'],
      ],
    )
  })

  test('connectOrCreate', async () => {
    await pair.askEach(
      (db, [n, id]) =>
        db.person.create({
          data: person(70 + n, {
            boss: { connectOrCreate: { where: { id }, create: { id, name: 'made' } } },
            staff: {
              connectOrCreate: [
                { where: { id: 'cid' }, create: { name: 'never' } },
                { where: { email: `c${n}@x` }, create: { id: `c${n}`, email: `c${n}@x` } },
              ],
            },
          }),
          include: { boss: true },
        }),
      [
        [1, 'ann'],
        [2, 'q1'],
        [3, 'q1'],
      ],
    )
  })

  test('one to one, from the side without the key', async () => {
    await pair.askEach(
      (db, [n, passport]) =>
        db.person.create({ data: person(80 + n, { passport }), include: { passport: true } }),
      [
        [1, { create: { number: 'z1' } }],
        [2, { create: { number: 'z2' } }],
        [3, { connect: { number: 'n-ann' } }],
        [4, { connect: { holderId: 'bob' } }],
        [5, { connectOrCreate: { where: { number: 'z1' }, create: { number: 'z1' } } }],
        [6, { connectOrCreate: { where: { number: 'z3' }, create: { number: 'z3' } } }],
      ],
    )
    await pair.askEach(
      (db, [n, locker]) => db.person.create({ data: person(90 + n, { locker }), include: { locker: true } }),
      [
        [1, { create: { id: 10 } }],
        [2, { connect: { id: 1 } }],
        [3, { connect: { id: 3 } }],
        [4, { connectOrCreate: { where: { id: 1 }, create: { id: 11 } } }],
      ],
    )
  })

  test('one to one, from the side with the key', async () => {
    await pair.askEach(
      (db, [n, home]) => db.person.create({ data: person(100 + n, { home }), include: { home: true } }),
      [
        [1, { create: { id: 'h10' } }],
        [2, { connect: { id: 'h2' } }],
        [3, { connect: { id: 'h1' } }],
        [4, { connectOrCreate: { where: { id: 'h2' }, create: { id: 'never' } } }],
        [5, { connectOrCreate: { where: { id: 'h11' }, create: { id: 'h11' } } }],
      ],
    )
    await pair.askEach(
      (db, [n, holder]) => db.passport.create({ data: { number: `w${n}`, holder } }),
      [
        [1, { create: { id: 'w1' } }],
        [2, { connect: { id: 'cid' } }],
        [3, { connect: { id: 'cid' } }],
        [4, { connectOrCreate: { where: { id: 'cid' }, create: {} } }],
        [5, { connectOrCreate: { where: { id: 'w5' }, create: { id: 'w5' } } }],
      ],
    )
    await pair.askEach(
      (db, [n, spouse]) => db.person.create({ data: person(110 + n, { spouse }) }),
      [
        [1, { connect: { id: 'bob' } }],
        [2, { connect: { id: 'new111' } }],
        [3, { create: person(120) }],
      ],
    )
  })

  test('keys of several fields', async () => {
    await pair.askEach(
      (db, [name, personId]) =>
        db.team.create({
          data: {
            ...{ region: 'asia', name, badges: { create: [{ id: 20 + name.length }], connect: [{ id: 2 }] } },
            seats: { create: [{ personId, role: 'lead' }] },
          },
          include: { badges: { orderBy: { id: 'asc' } }, seats: true },
        }),
      [
        ['a', 'ann'],
        ['bb', 'bob'],
      ],
    )
    await pair.askEach(
      (db, [personId, name]) =>
        db.seat.create({
          data: {
            person: { connect: { id: personId } },
            team: { connect: { region_name: { region: 'asia', name } } },
          },
          include: { team: true },
        }),
      [
        ['cid', 'a'],
        ['dee', 'bb'],
      ],
    )
    await pair.askEach(
      (db, id) => db.badge.create({ data: { id, team: { create: { region: 'mars', name: `t${id}` } } } }),
      [40, 41],
    )
  })

  test('foreign keys as scalars beside nested lists', async () => {
    await pair.askEach(
      (db, [id, reviewerId]) =>
        db.task.create({
          data: { id, title: `u${id}`, ownerId: 'eve', reviewerId, steps: { create: [{ text: 'x' }] } },
        }),
      [
        [400, 'ann'],
        [401, null],
        [402, 'bob'],
      ],
    )
  })

  test('in an upsert', async () => {
    await pair.askEach(
      (db, [id, n]) =>
        db.person.upsert({
          where: { id },
          create: { id, tasks: { create: { id: n, title: 'first' } }, boss: { connect: { id: 'ann' } } },
          update: { name: 'again', tasks: { create: { id: n, title: `t${n}` } }, boss: { disconnect: true } },
          include: { tasks: { orderBy: { id: 'asc' } } },
        }),
      [
        ['up1', 500],
        ['up1', 501],
        ['up2', 502],
        ['ann', 503],
      ],
    )
  })

  test('in a batch', () =>
    pair.ask((db) =>
      db.$transaction([
        db.person.create({ data: person(130, { tasks: { create: { id: 600, title: 'a' } } }) }),
        db.task.update({
          where: { id: 600 },
          data: { steps: { create: { text: 's' } } },
          include: { steps: true },
        }),
      ]),
    ))
})
