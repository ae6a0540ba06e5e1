// Nested writes of rows that only the main database can make: the call goes to main whole, and the block holds what it wrote. On
// PostgreSQL that is `dbgenerated()` (Category), before MySQL `autoincrement()` (Post); before SQLite the block is told to.
const { writesThroughBothDoors, sameBlock } = require('./support/writes')

const at = new Date('2026-02-03T04:05:06.789Z')
const NAMED = { orderBy: { name: 'asc' }, select: { name: true } }

describe.each(/** @type {const} */ (['postgresql', 'mysql', 'sqlite']))('before %s', (provider) => {
  // Ids in advance are others than those of the database beside.
  const post = (/** @type {number} */ n, /** @type {object} */ rest = {}) => ({
    ...(provider === 'postgresql' ? { id: 1000 + n } : {}),
    ...{ title: `nested ${n}`, createdAt: at, ...rest },
  })
  const links = { select: { title: true, categories: NAMED, comments: { orderBy: { id: 'asc' } } } }

  writesThroughBothDoors(
    (pair) => {
      const forwarded = () => pair.block.$block.status().client.forwarded
      afterEach(() => sameBlock(pair))

      test('several levels of a create, with links', async () => {
        const before = forwarded()
        await pair.askEach(
          (db, n) =>
            db.user.create({
              data: {
                ...{ id: `n${n}`, email: `n${n}@x`, manager: { connect: { id: 'u1' } } },
                profile: { create: { id: `11111111-2222-4333-8444-00000000000${n}` } },
                posts: {
                  create: [
                    post(10 * n, {
                      categories: {
                        create: [{ name: `a${n}` }, { name: `b${n}` }],
                        connect: { name: 'news' },
                      },
                      comments: { create: { id: `k${n}`, text: 'k', author: { connect: { id: 'u2' } } } },
                    }),
                    post(10 * n + 1, {
                      categories: {
                        connectOrCreate: [
                          { where: { name: 'code' }, create: { name: 'code' } },
                          { where: { name: `c${n}` }, create: { name: `c${n}` } },
                        ],
                      },
                    }),
                  ],
                },
              },
              select: { posts: { orderBy: { id: 'asc' }, ...links } },
            }),
          [1, 2, 1],
        )
        expect(forwarded()).toBeGreaterThan(before)
        await pair.ask((db) =>
          db.category.findMany({
            orderBy: { name: 'asc' },
            select: { name: true, posts: { orderBy: { title: 'asc' }, ...links } },
          }),
        )
      })

      test('createMany below a create', () =>
        pair.askEach(
          (db, n) =>
            db.user.create({
              data: {
                ...{ id: `m${n}`, email: `m${n}@x` },
                posts: { createMany: { data: [post(50 + 10 * n), post(51 + 10 * n)] } },
                reviews: {
                  create: post(52 + 10 * n, {
                    author: { connect: { id: 'u3' } },
                    categories: { create: { name: `m${n}` } },
                  }),
                },
              },
              include: { posts: { orderBy: { id: 'asc' } }, _count: { select: { reviews: true } } },
            }),
          [1, 2, 2],
        ))

      test('around an update', async () => {
        const update = (/** @type {any} */ db, /** @type {any} */ posts) =>
          db.user.update({
            where: { id: 'u1' },
            data: { posts },
            select: { posts: { orderBy: { id: 'asc' }, ...links } },
          })
        const make = (/** @type {string} */ name) => ({ categories: { create: { name } } })
        await pair.askEach(update, [
          { create: post(100, make('u100')) },
          { create: [post(101), post(102, make('u102'))] },
          { create: post(103, make('u103')), connect: { id: 1 } },
          { update: { where: { id: 2 }, data: { title: 'two', ...make('u2') } } },
          {
            upsert: [
              {
                where: { id: 2 },
                create: post(104),
                update: { categories: { set: [], create: { name: 'up' } } },
              },
              { where: { id: -1 }, create: post(105, make('u105')), update: {} },
            ],
          },
          { delete: { id: 6 }, create: post(106, make('u106')) },
          { deleteMany: { title: 'post 9' }, create: post(107, make('u107')) },
          { updateMany: { where: { rating: null }, data: { rating: 9 } }, create: post(108, make('u108')) },
          // Fails, and nothing stays.
          { create: post(109, make('news')) },
          { delete: { id: 999 }, create: post(110, make('u110')) },
        ])
        // A row that another gets, and what is made below it.
        await pair.ask((db) =>
          update(db, {
            update: {
              where: { id: 2 },
              data: { author: { connect: { id: 'u3' } }, ...make('moved') },
            },
          }),
        )
        await pair.ask((db) =>
          db.user.update({
            where: { id: 'none' },
            data: { posts: { create: post(111, make('u111')) } },
          }),
        )
      })

      test('many to many, from both sides', async () => {
        const form = (/** @type {any} */ db, /** @type {any} */ categories) =>
          db.post.update({ where: { id: 5 }, data: { categories }, select: links.select })
        await pair.askEach(form, [
          { create: [{ name: 'x1' }, { name: 'x2' }] },
          { create: { name: 'x3' }, disconnect: { name: 'x1' } },
          { create: { name: 'x4' }, delete: { name: 'x2' } },
          { create: { name: 'x5' }, update: { where: { name: 'x3' }, data: { name: 'x3 again' } } },
          { set: [{ name: 'x4' }, { name: 'news' }], create: { name: 'x6' } },
          { deleteMany: { name: { startsWith: 'x' } }, create: { name: 'y' } },
        ])
        await pair.askEach(
          (db, n) =>
            db.category.update({
              where: { name: 'news' },
              data: {
                posts: {
                  ...{
                    create: post(200 + n, {
                      author: { connect: { id: 'u2' } },
                      categories: { create: { name: `z${n}` } },
                    }),
                  },
                  disconnect: [{ id: 2 }, { id: 5 }],
                },
              },
              select: { posts: { orderBy: { id: 'asc' }, ...links } },
            }),
          [1, 2],
        )
      })

      test('one record: made below a row that names it, replaced, upserted', () =>
        pair
          .askEach(
            (db, [id, data]) =>
              db.comment.update({
                where: { id },
                data,
                include: { post: { include: { categories: NAMED } } },
              }),
            [
              [
                'c3-0',
                {
                  post: {
                    create: post(300, {
                      author: { connect: { id: 'u1' } },
                      categories: { create: { name: 'p0' } },
                    }),
                  },
                },
              ],
              ['c3-1', { post: { update: { title: 'updated', categories: { create: { name: 'p1' } } } } }],
              [
                'c3-2',
                {
                  post: {
                    upsert: {
                      create: post(301, { author: { connect: { id: 'u1' } } }),
                      update: { body: 'upserted', categories: { create: { name: 'p2' } } },
                    },
                  },
                },
              ],
            ],
          )
          .then(() =>
            pair.ask((db) =>
              db.comment.findMany({ where: { id: { startsWith: 'c3' } }, orderBy: { id: 'asc' } }),
            ),
          ))

      test('an upsert that creates, then one that updates', () =>
        pair.askEach(
          (db, id) =>
            db.user.upsert({
              where: { id },
              create: {
                id,
                email: `${id}@x`,
                posts: { create: post(400, { categories: { create: { name: 'uc' } } }) },
              },
              update: { posts: { create: post(401, { categories: { create: { name: 'uu' } } }) } },
              select: { id: true, posts: { orderBy: { id: 'asc' }, ...links } },
            }),
          ['made here', 'made here'],
        ))

      test('in a batch', async () => {
        const calls = (/** @type {any} */ db, /** @type {number} */ n) =>
          db.$transaction([
            db.user.update({ where: { id: 'u2' }, data: { age: n } }),
            db.user.update({
              where: { id: 'u2' },
              data: { posts: { create: post(500 + n, { categories: { create: { name: `b${n}` } } }) } },
              select: { posts: { orderBy: { id: 'asc' }, ...links } },
            }),
            db.post.deleteMany({ where: { title: `nested ${500 + n - 1}` } }),
          ])
        await pair.askEach(calls, [601, 602, 602])
      })
    },
    { app: { provider }, options: provider === 'sqlite' ? { through: ['Post'] } : {} },
  )
})
