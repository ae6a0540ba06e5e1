// Implicit many-to-many relations, also of a model with itself.
const { nestedThroughEachDoor } = require('./support/nested')

nestedThroughEachDoor((pair) => {
  const tags = { orderBy: { label: 'asc' } }
  const of = (db, given) =>
    db.person.update({ where: { id: 'ann' }, data: { tags: given }, include: { tags } })

  test('in a create', async () => {
    await pair.askEach(
      (db, [id, given]) => db.person.create({ data: { id, tags: given }, include: { tags } }),
      [
        ['n1', { create: { label: 'a1' } }],
        ['n2', { create: { label: 'a2' } }],
        ['n3', { create: [{ label: 'a3' }, { label: 'a4', weight: 2 }] }],
        ['n4', { connect: { label: 'red' } }],
        ['n5', { connect: [{ label: 'red' }, { id: 'tag-blue' }, { label: 'red' }] }],
        [
          'n6',
          {
            connectOrCreate: [
              { where: { label: 'red' }, create: { label: 'never' } },
              { where: { label: 'a5' }, create: { label: 'a5' } },
            ],
          },
        ],
        [
          'n7',
          {
            create: {
              label: 'a6',
              tasks: {
                connect: { id: 1 },
                create: { id: 70, title: 'deep', owner: { connect: { id: 'bob' } } },
              },
            },
          },
        ],
      ],
    )
  })

  test('connect, disconnect, set', async () => {
    await pair.askEach(of, [
      { connect: { label: 'blue' } },
      { connect: [{ label: 'blue' }, { label: 'red' }] },
      { disconnect: { label: 'blue' } },
      { disconnect: [{ label: 'blue' }, { label: 'nope' }, { label: 'green' }] },
      { set: [{ label: 'green' }, { label: 'blue' }, { label: 'green' }] },
      { set: { label: 'red' } },
      { set: [] },
      { set: [{ label: 'red' }], create: { label: 'b1' }, connect: { label: 'green' } },
    ])
  })

  test('update, upsert, delete', async () => {
    await pair.askEach(of, [
      { update: { where: { label: 'red' }, data: { weight: 5 } } },
      { update: { where: { label: 'b1' }, data: { weight: { increment: 2 }, people: undefined } } },
      { updateMany: { where: { weight: { gt: 0 } }, data: { weight: { multiply: 3 } } } },
      { upsert: { where: { label: 'b1' }, create: { label: 'never' }, update: { label: 'b2' } } },
      { upsert: { where: { label: 'b3' }, create: { label: 'b3' }, update: { label: 'never' } } },
      { delete: { label: 'b2' } },
      { deleteMany: { label: 'b3' } },
      { deleteMany: {} },
    ])
  })

  test('a model with itself, from both sides', async () => {
    const friends = { orderBy: { id: 'asc' }, select: { id: true } }
    const form = (db, data) =>
      db.person.update({ where: { id: 'bob' }, data, select: { friends, friendOf: friends } })
    await pair.askEach(form, [
      { friends: { connect: { id: 'ann' } } },
      { friends: { connect: { id: 'bob' } } },
      { friendOf: { connect: [{ id: 'cid' }, { id: 'dee' }] } },
      { friends: { set: [{ id: 'eve' }], create: { id: 'new1', friendOf: { connect: { id: 'ann' } } } } },
      { friendOf: { disconnect: { id: 'cid' } }, friends: { disconnect: [{ id: 'eve' }] } },
      { friendOf: { set: [] } },
      { id: 'rob', friends: { connect: { id: 'cid' } } },
    ])
  })

  test('links go with their rows', async () => {
    await pair.ask((db) => db.tag.delete({ where: { label: 'a1' } }))
    await pair.ask((db) => db.task.update({ where: { id: 1 }, data: { tags: { delete: { label: 'a6' } } } }))
    await pair.ask((db) => db.person.delete({ where: { id: 'n4' } }))
  })
})
