// createManyAndReturn and updateManyAndReturn, which MySQL does not have: client.createMany.test.js.
const { writesBefore } = require('./support/writes')

const sorted = (rows) => rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))

writesBefore(['postgresql', 'sqlite'], (pair) => {
  test('created rows come in the order in which they were given', async () => {
    await pair.askEach(
      (db, n) =>
        db.counter.createManyAndReturn({
          data: [{ id: `z${n}`, n }, { id: `a${n}`, label: 'x' }, { id: `m${n}` }],
        }),
      [1, 2, 3],
    )
    await pair.askEach((db, data) => db.counter.createManyAndReturn({ data }), [[], { id: 'one' }, []])
  })

  test('what is shown of created rows', async () => {
    await pair.askEach(
      (db, n) =>
        db.user.createManyAndReturn({
          data: [{ id: `s${n}`, email: `s${n}@x`, managerId: 'u1' }],
          select: { email: true, role: true, manager: { select: { name: true } } },
        }),
      [1, 2],
    )
    await pair.askEach(
      (db, n) =>
        db.user.createManyAndReturn({
          data: [
            { id: `i${n}`, email: `i${n}@x` },
            { id: `j${n}`, email: `j${n}@x`, managerId: `i${n}` },
          ],
          include: { manager: true },
          omit: { settings: true },
        }),
      [1, 2],
    )
  })

  test('rows whose key main makes', async () => {
    await pair.askEach(
      (db, title) =>
        db.post.createManyAndReturn({
          data: [
            { title, authorId: 'u1' },
            { title: `${title}2`, authorId: 'u2' },
          ],
        }),
      ['first', 'second'],
    )
  })

  test('of rows with one that is refused, none is there', async () => {
    await pair.askEach(
      (db, id) => db.counter.createManyAndReturn({ data: [{ id }, { id: 'twice' }, { id: 'twice' }] }),
      ['r1', 'r2'],
    )
    await pair.ask((db) => db.counter.findMany({ where: { id: { startsWith: 'r' } } }))
  })

  test('changed rows', async () => {
    await pair.askEach(
      (db, gte) =>
        db.user
          .updateManyAndReturn({ where: { age: { gte } }, data: { views: { increment: 2 } } })
          .then(sorted),
      [22, 23, 99],
    )
    await pair.askEach(
      (db, role) =>
        db.user
          .updateManyAndReturn({
            where: { role },
            data: { name: 'changed' },
            select: { id: true, name: true, manager: { select: { id: true } } },
          })
          .then(sorted),
      ['ADMIN', 'USER'],
    )
    await pair.ask((db) => db.user.updateManyAndReturn({ where: { id: 'u1' }, data: {} }))
    await pair.ask((db) => db.user.updateManyAndReturn({ data: { email: 'same@x' } }))
  })

  test('limit', async () => {
    await pair.askEach(
      (db, limit) => db.user.updateManyAndReturn({ where: { id: 'u2' }, data: { age: 1 }, limit }),
      [1, 5, 0, -1],
    )
  })
})
