// Nested writes that need rows which the block does not hold: they are fetched first, or the call fails by name.
const { nestedThroughEachDoor, sameMains } = require('./support/nested')

/** Ann and bob, what ann owns, and one tag. @param {any} block @param {any} main */
async function loadSome(block, main) {
  for (const id of ['ann', 'bob'])
    await block.person.create({
      data: await main.person.findUnique({ where: { id }, include: { tags: true } }),
    })
  for (const task of await main.task.findMany({ where: { ownerId: 'ann' }, include: { tags: true } }))
    await block.task.create({ data: task })
}

nestedThroughEachDoor(
  (pair) => {
    const update = (id) => (db, data) => db.person.update({ where: { id }, data })

    test('a parent that is not held', async () => {
      await pair.askEach(
        (db, [id, owner]) => db.task.create({ data: { id, title: 'x', owner }, include: { owner: true } }),
        [
          [10, { connect: { id: 'cid' } }],
          [11, { connect: { email: 'dee@x' } }],
          [12, { connect: { id: 'nobody' } }],
          [13, { connectOrCreate: { where: { id: 'eve' }, create: { id: 'never' } } }],
          [14, { connectOrCreate: { where: { id: 'new' }, create: { id: 'new' } } }],
        ],
      )
    })

    test('children that are not held', () =>
      pair.askEach(update('ann'), [
        { tasks: { connect: [{ id: 1 }, { id: 2 }] } },
        { tasks: { connect: { id: 99 } } },
        { tasks: { connectOrCreate: { where: { id: 4 }, create: { id: 4, title: 'never' } } } },
        { tasks: { connectOrCreate: { where: { id: 20 }, create: { id: 20, title: 'made' } } } },
        { staff: { connect: [{ id: 'dee' }, { email: 'eve@x' }] } },
        { staff: { disconnect: [{ id: 'dee' }, { id: 'nobody' }] } },
        {
          staff: {
            update: { where: { id: 'eve' }, data: { name: 'eva', boss: { connect: { id: 'dee' } } } },
          },
        },
        { tasks: { delete: { id: 5 } } },
        { tasks: { upsert: { where: { id: 21 }, create: { id: 21, title: 'up' }, update: {} } } },
        { tags: { connect: [{ label: 'blue' }, { label: 'green' }] } },
        { tags: { connect: { label: 'no' } } },
        { boss: { connect: { id: 'dee' } }, tags: { disconnect: { label: 'blue' } } },
      ]))

    test('what a fetched row has on its side', () =>
      pair.askEach(update('cid'), [
        { tasks: { create: { id: 30, title: 'y' }, connect: { id: 3 } } },
        { tasks: { update: { where: { id: 3 }, data: { title: 'z' } }, disconnect: undefined } },
        { boss: { update: { name: 'boss' } } },
        { boss: { disconnect: true } },
        { passport: { create: { number: 'c1' } } },
        { passport: { upsert: { create: { number: 'never' }, update: { number: 'c2' } } } },
        { locker: { connect: { id: 3 } } },
        { tags: { connect: { label: 'red' }, create: { label: 'own' } } },
        { staff: { connect: { id: 'ann' } } },
      ]))

    test('the one record of a fetched row is fetched, too', () =>
      pair.askEach(update('dee'), [
        { locker: { connect: { id: 2 } } },
        { locker: { upsert: { create: { id: 99 }, update: { id: 22 } } } },
        { home: { connect: { id: 'h1' } } },
        { home: { update: { street: 'fetched' } } },
      ]))

    test('who names a fetched row, where only one may', async () => {
      await pair.ask((db) =>
        db.passport.create({ data: { number: 'first', holder: { connect: { id: 'eve' } } } }),
      )
      // Somebody in main alone has it.
      for (const db of [pair.main, pair.behind])
        await db.person.create({
          data: {
            ...{ id: 'fay', updatedAt: new Date(0) },
            passport: { create: { id: 'fay', number: 'fay', updatedAt: new Date(0) } },
            locker: { create: { id: 70, updatedAt: new Date(0) } },
          },
        })
      await pair.ask((db) =>
        db.passport.create({ data: { number: 'hers', holder: { connect: { id: 'fay' } } } }),
      )
      await pair.ask((db) => db.locker.create({ data: { id: 71, owner: { connect: { id: 'fay' } } } }))
      await pair.askEach((db, id) => db.locker.findUnique({ where: { id } }), [70, 71])
    })

    test('the one record of a fetched row that gets another key', async () => {
      for (const db of [pair.main, pair.behind])
        for (const [id, locker] of [
          ['gus', 80],
          ['hal', 81],
        ])
          await db.person.create({
            data: {
              ...{ id, updatedAt: new Date(0) },
              locker: { create: { id: locker, updatedAt: new Date(0) } },
            },
          })
      await pair.askEach(
        (db, [id, owner]) => db.person.update({ where: { id: owner }, data: { id: `${owner}2`, ...id } }),
        [
          [{ locker: { connectOrCreate: { where: { id: 3 }, create: { id: 82 } } } }, 'gus'],
          [{ locker: { update: { updatedAt: new Date(1) } } }, 'hal'],
        ],
      )
      await pair.askEach((db, id) => db.locker.findUnique({ where: { id } }), [3, 80, 81])
    })

    test('the lists of a fetched row are not known', async () => {
      await pair.ask((db) => db.person.findUnique({ where: { id: 'eve' } }))
      for (const data of [
        { tasks: { set: [] } },
        { tasks: { updateMany: { where: {}, data: { done: true } } } },
        { tasks: { deleteMany: {} } },
        { tags: { set: [{ label: 'red' }] } },
        { tags: { disconnect: { label: 'red' } } },
        { tags: { update: { where: { label: 'red' }, data: { weight: 1 } } } },
        { tags: { delete: { label: 'red' } } },
      ]) {
        const written = pair.block.person.update({ where: { id: 'eve' }, data: { name: 'x', ...data } })
        const failed = /** @type {any} */ (
          await written.then(
            () => null,
            (/** @type {any} */ error) => error,
          )
        )
        if (failed?.name !== 'NotSupportedError')
          await expect(Promise.resolve(failed)).resolves.toMatchObject({ code: 'P2014' })
        else expect(failed.message).toMatch(/Person\.updateOne/)
      }
    })

    test('forms that come again', () =>
      pair.askEach(
        (db, [id, owner]) =>
          db.task.create({ data: { id, title: 'again', owner: { connect: { id: owner } } } }),
        [
          [40, 'ann'],
          [41, 'bob'],
          [42, 'cid'],
          [43, 'nobody'],
        ],
      ))

    test('a row under a value that it has no more', async () => {
      const email = (/** @type {string} */ id, /** @type {string} */ value) => (/** @type {any} */ db) =>
        db.person.update({ where: { id }, data: { email: value } })
      const staff = (/** @type {any} */ data) => (/** @type {any} */ db) =>
        db.person.update({ where: { id: 'ann' }, data })
      const old = { connect: [{ email: 'cid@x' }, { email: 'dee@x' }] }
      const made = {
        connectOrCreate: ['cid', 'dee'].map((id) => ({
          where: { email: `${id}@x` },
          create: { id: `${id}2`, email: `${id}@x` },
        })),
      }
      // The call itself has taken it away.
      await pair.ask(staff({ email: 'ann@y', staff: { connect: { email: 'ann@x' } } }))
      await pair.ask(
        staff({
          email: 'ann@y',
          staff: { connectOrCreate: { where: { email: 'ann@x' }, create: { id: 'ann2', email: 'ann@x' } } },
        }),
      )
      // A call before it in the same transaction.
      const renames = [email('cid', 'cid@y'), email('dee', 'dee@y')]
      for (const data of [{ staff: old }, { staff: made }])
        await pair.ask((db) =>
          db.$transaction(async (/** @type {any} */ tx) => {
            for (const call of [...renames, staff(data)]) await call(tx)
          }),
        )
      await pair.ask((db) =>
        db.$transaction(
          [email('cid2', 'c@y'), email('dee2', 'd@y'), staff({ staff: old })].map((call) => call(db)),
        ),
      )
    })

    test('more rows than there are rounds', async () => {
      const ids = Array.from({ length: 40 }, (_, n) => `many${n}`)
      for (const db of [pair.main, pair.behind])
        await db.person.createMany({ data: ids.map((id) => ({ id, updatedAt: new Date(0) })) })
      await pair.ask((db) =>
        db.person.update({
          where: { id: 'ann' },
          data: {
            tasks: {
              create: ids.map((id, n) => ({ id: 500 + n, title: id, reviewer: { connect: { id } } })),
            },
          },
        }),
      )
      for (const db of [pair.main, pair.behind])
        await db.person.createMany({ data: ids.map((id) => ({ id: `${id}b`, updatedAt: new Date(0) })) })
      await pair.ask((db) =>
        db.person.update({
          where: { id: 'bob' },
          data: { tasks: { create: ids.map((id, n) => ({ id: 600 + n, title: id, reviewerId: `${id}b` })) } },
        }),
      )
    })
  },
  { load: loadSome, check: sameMains },
)
