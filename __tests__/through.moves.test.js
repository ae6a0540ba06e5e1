// Rows whose foreign key is part of their own key, given to another parent by a write through: they get another key, and the block
// holds them under it, with what names them.
const { sameBlock, writesThroughBothDoors } = require('./support/writes')

const at = new Date('2026-02-03T04:05:06.789Z')

describe.each(/** @type {const} */ (['postgresql', 'mysql', 'sqlite']))('before %s', (provider) => {
  writesThroughBothDoors(
    (pair) => {
      const through = (/** @type {any} */ db, /** @type {() => any} */ call) =>
        db.$block === undefined ? call() : db.$block.through(call)
      const place = (/** @type {string} */ userId, /** @type {string} */ teamId) => ({
        userId_teamId: { userId, teamId },
      })
      const include = {
        members: { orderBy: { userId: 'asc' }, include: { notes: { orderBy: { number: 'asc' } } } },
      }
      const teams = (/** @type {any} */ members) =>
        pair.askEach(
          (db, data) =>
            through(db, () => db.team.update({ where: { id: 'moves' }, data: { members: data }, include })),
          members,
        )
      const held = () =>
        pair.ask((db) =>
          db.membership.findMany({
            orderBy: [{ userId: 'asc' }, { teamId: 'asc' }],
            include: { notes: { orderBy: { number: 'asc' } } },
          }),
        )

      beforeAll(async () => {
        const data = ['moves', 'beside'].map((id) => ({ id, name: id, region: 'm' }))
        await pair.ask((db) => db.team.createMany({ data }))
        await pair.ask((db) =>
          db.user.createMany({
            data: ['k1', 'k2', 'k3', 'k4', 'k5', 'k6'].map((id) => ({ id, email: `${id}@k` })),
          }),
        )
        const members = ['k1', 'k2', 'k3', 'k4', 'k5', 'k6'].map((userId) => ({ userId, teamId: 'beside' }))
        await pair.ask((db) =>
          db.membership.createMany({ data: members.map((one) => ({ ...one, joinedAt: at })) }),
        )
        const notes = members.flatMap((one) => [1, 2].map((number) => ({ ...one, number })))
        await pair.ask((db) => db.note.createMany({ data: notes }))
      })
      afterEach(async () => {
        await held()
        await sameBlock(pair)
      })

      test('given to another parent, with what names them', () =>
        teams([
          { connect: place('k1', 'beside') },
          // Its own by now.
          { connect: place('k1', 'moves') },
          { connect: [{ ...place('k2', 'beside'), AND: [{ userId: { not: 'k1' } }] }] },
          {
            connectOrCreate: [
              {
                where: place('k3', 'beside'),
                create: { joinedAt: at, user: { connect: { id: 'k3' } } },
              },
              {
                where: place('k4', 'none'),
                create: { joinedAt: at, user: { connect: { id: 'k4' } } },
              },
            ],
          },
          { set: ['k1', 'k2', 'k3', 'k4'].map((id) => place(id, 'moves')).concat(place('k5', 'beside')) },
          { connect: place('k1', 'none') },
        ]))

      test('that take the keys of rows that go: not where others name them', () =>
        expect(
          pair.block.$block.through(() =>
            pair.block.team.update({
              where: { id: 'moves' },
              data: { members: { delete: place('k4', 'moves'), connect: place('k4', 'beside') } },
            }),
          ),
        ).rejects.toThrow(
          'Team.updateOne, written through, with a nested write (members) that deletes rows and connects others, which may take their keys',
        ))

      test('of a new parent, below others, in an upsert of which one half runs', async () => {
        await pair.askEach(
          (db, id) =>
            through(db, () =>
              db.team.upsert({
                where: { id },
                create: {
                  ...{ id, name: id, region: 'm' },
                  members: { connect: [place('k1', 'moves'), place('k2', 'moves')] },
                },
                update: {
                  members: {
                    connect: place('k3', 'moves'),
                    create: { joinedAt: at, user: { connect: { id: 'u1' } } },
                  },
                },
                include,
              }),
            ),
          ['made', 'made'],
        )
        await pair.ask((db) =>
          through(db, () =>
            db.user.create({
              data: {
                ...{ id: 'k7', email: 'k7@k' },
                memberships: {
                  create: {
                    joinedAt: at,
                    team: {
                      create: {
                        ...{ id: 'deep', name: 'deep', region: 'm' },
                        members: { connect: [place('k1', 'made'), place('k6', 'beside')] },
                      },
                    },
                  },
                },
              },
              include: { memberships: { include: { team: { include } } } },
            }),
          ),
        )
      })

      test('in a batch', () =>
        pair.ask((db) =>
          through(db, () =>
            db.$transaction([
              db.team.update({
                where: { id: 'beside' },
                data: { members: { connect: place('k5', 'moves') } },
              }),
              db.team.update({
                where: { id: 'moves' },
                data: { members: { connect: place('k5', 'beside') } },
                include,
              }),
            ]),
          ),
        ))

      test('by themselves', async () => {
        const single = (/** @type {(membership: any) => any} */ call) =>
          pair.ask((db) => through(db, () => call(db.membership)))
        const team = (/** @type {string} */ id) => ({ id, name: id, region: 's' })
        const keys = { orderBy: { userId: 'asc' }, select: { userId: true, teamId: true } }
        await single((membership) =>
          membership.update({
            where: place('k5', 'moves'),
            data: { team: { connect: { id: 'beside' } } },
            include: { team: { include: { members: keys } } },
          }),
        )
        for (const [from, id] of [
          ['beside', 'moves'],
          ['moves', 'single'],
        ])
          await single((membership) =>
            membership.update({
              where: place('k5', from),
              data: { team: { connectOrCreate: { where: { id }, create: team(id) } } },
              include: { team: true, notes: { orderBy: { number: 'asc' } } },
            }),
          )
        await single((membership) =>
          membership.upsert({
            where: place('k5', 'single'),
            create: { userId: 'k5', teamId: 'single' },
            update: { teamId: 'beside' },
          }),
        )
        await single((membership) =>
          membership.update({
            where: place('k5', 'beside'),
            data: { user: { create: { id: 'k8', email: '8' } } },
          }),
        )
      })

      test('by what is nested in their own update, which shows nothing then', async () => {
        const take = (/** @type {string} */ from, /** @type {string} */ to) => ({
          user: {
            update: {
              reports: {
                create: { id: to, email: to, memberships: { connect: place(from, 'beside') } },
              },
            },
          },
        })
        const where = place('k8', 'beside')
        await pair.ask((db) => through(db, () => db.membership.update({ where, data: take('k8', 'k9') })))
        await held()
        await pair.ask((db) =>
          through(db, () =>
            db.membership.upsert({
              where: place('k9', 'beside'),
              create: { userId: 'k1', teamId: 'beside' },
              update: take('k9', 'k10'),
            }),
          ),
        )
      })
    },
    { app: { provider } },
  )
})
