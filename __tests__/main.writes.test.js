// Writes to a block before MySQL or MariaDB and before SQLite, compared with the same writes of a direct client on a second
// database: the same answers, the same errors, the same tables.
const { NotSupportedError } = require('../js/index.js')
const { writesThroughBothDoors } = require('./support/writes')

const at = new Date('2026-02-03T04:05:06.789Z')
const mains = /** @type {const} */ (['mysql', 'sqlite'])

describe.each(mains)('before %s', (provider) => {
  writesThroughBothDoors(
    (pair) => {
      test('create: every scalar, given', () =>
        pair.askEach(
          (db, n) =>
            db.user.create({
              data: {
                ...{ id: `new${n}`, email: `new${n}@example.com`, name: n % 2 ? null : `ñame ${n} 💡` },
                ...{ role: n % 2 ? 'USER' : 'ADMIN', age: -n, balance: `${n}.25`, score: n / 3 },
                ...{
                  views: 9_007_199_254_740_993n,
                  active: n % 2 === 0,
                  avatar: new Uint8Array([n, 0, 255]),
                },
                ...{ createdAt: at, updatedAt: at },
              },
            }),
          [1, 2, 3],
        ))

      test('create: defaults', () =>
        pair.askEach((db, n) => db.user.create({ data: { id: `def${n}`, email: `def${n}@x` } }), [1, 2, 3]))

      test('create: Json values and their nulls', async () => {
        const { DbNull, JsonNull } = pair.Prisma
        const row = (/** @type {number} */ id) => ({
          ...{ id, int: 1, bigInt: 1n, float: 1.5, decimal: '1.25', string: '', boolean: true, dateTime: at },
          ...{ bytes: new Uint8Array(), mood: 'CALM' },
        })
        const jsons = [{ b: 1, a: [null, 'x'] }, 'text', 0, true, []]
        await pair.askEach(
          (db, n) => db.scalar.create({ data: { ...row(n), json: jsons[n], jsonN: jsons[n] } }),
          [0, 1, 2, 3, 4],
        )
        await pair.askEach((db, n) => db.scalar.create({ data: { ...row(n), json: JsonNull } }), [5, 6])
        await pair.askEach(
          (db, n) => db.scalar.create({ data: { ...row(n), json: {}, jsonN: DbNull } }),
          [7, 8],
        )
        await pair.askEach(
          (db, n) => db.scalar.create({ data: { ...row(n), json: {}, jsonN: JsonNull } }),
          [9, 10],
        )
      })

      test('create: numbers at the ends of their types', () =>
        pair.askEach(
          (db, [id, int, bigInt, float, decimal]) =>
            db.counter.create({ data: { id, n: int, big: bigInt, ratio: float, total: decimal } }),
          [
            ['min', -2_147_483_648, -(2n ** 63n), -1.7976931348623157e308, '-99999999999999999999.5'],
            ['max', 2_147_483_647, 2n ** 63n - 1n, 5e-324, '0.000000000000000000000000000001'],
            ['odd', 0, 9_007_199_254_740_993n, 0.1 + 0.2, '12345678901234567890.123456789'],
            ['big', 1, 1n, 1e21, '1e3'],
            ['neg', 1, 1n, -0, '-0.00'],
          ],
        ))

      test('create: times', () =>
        pair.askEach(
          (db, [id, when]) => db.counter.create({ data: { id, at: new Date(when) } }),
          [
            ['t1', '1970-01-01T00:00:00.000Z'],
            ['t2', '1969-12-31T23:59:59.999Z'],
            ['t3', '9999-12-31T23:59:59.999Z'],
            ['t4', '1000-01-01T00:00:00.001Z'],
            ['t5', '2024-02-29T12:00:00.120Z'],
          ],
        ))

      test('create: strings', () =>
        pair.askEach(
          (db, [slug, target]) => db.slug.create({ data: { slug, target } }),
          [
            ['s1', '\'"\\`\n\t%_?'],
            ['s2', '日本 💡 e\u0301'],
            ['s3', ''],
            ['s4', 'x'.repeat(191)],
            ['s5', ' spaces  '],
          ],
        ))

      test('create: a value that is too long, and one that is too large', async () => {
        await pair.ask((db) => db.slug.create({ data: { slug: 'long', target: 'é'.repeat(192) } }))
        await pair.ask((db) => db.user.create({ data: { id: 'r', email: 'r@x', balance: '12345678901.5' } }))
        await pair.ask((db) => db.user.create({ data: { id: 'r2', email: 'r2@x', balance: '1.005' } }))
      })

      test('create: a key that is taken, in other letters too', async () => {
        await pair.ask((db) => db.slug.create({ data: { slug: 'a' } }))
        await pair.ask((db) => db.slug.create({ data: { slug: 'A' } }))
        await pair.ask((db) => db.slug.create({ data: { slug: 'a ' } }))
        await pair.ask((db) => db.user.create({ data: { id: 'u0', email: 'n@x' } }))
        await pair.ask((db) => db.user.create({ data: { id: 'nn', email: 'u0@example.com' } }))
        await pair.ask((db) => db.team.create({ data: { id: 'tt', name: 'core', region: 'eu' } }))
      })

      test('create: a parent that is not there', async () => {
        await pair.ask((db) => db.comment.create({ data: { id: 'cc', text: '', postId: 999 } }))
        await pair.ask((db) => db.membership.create({ data: { userId: 'u7', teamId: 'none' } }))
      })

      test('create: an id of the main database', () =>
        pair.askEach(
          (db, n) =>
            db.post.create({ data: { title: `auto ${n}`, authorId: 'u1' }, include: { author: true } }),
          [1, 2, 3],
        ))

      test('createMany', async () => {
        await pair.askEach(
          (db, n) => db.slug.createMany({ data: [0, 1, 2].map((i) => ({ slug: `m${n}-${i}`, hits: i })) }),
          [1, 2, 3],
        )
        await pair.ask((db) => db.slug.createMany({ data: [{ slug: 'free' }, { slug: 'a' }] }))
        await pair.ask((db) =>
          db.slug.createMany({ data: [{ slug: 'm' }, { slug: 'n', target: 'é'.repeat(200) }] }),
        )
        await pair.ask((db) =>
          db.post.createMany({ data: [0, 1].map((i) => ({ title: `many ${i}`, authorId: 'u2' })) }),
        )
      })

      test('update: every scalar', () =>
        pair.askEach(
          (db, n) =>
            db.user.update({
              where: { id: `u${n}` },
              data: {
                ...{ name: `now ${n}`, role: 'GUEST', age: { set: n }, balance: n + 0.5, score: 1 / (n + 1) },
                ...{ views: BigInt(n) ** 30n % 2n ** 62n, active: false, avatar: null, createdAt: at },
              },
            }),
          [1, 2, 3],
        ))

      test('update: increments', async () => {
        await pair.askEach(
          (db, by) =>
            db.counter.update({
              where: { id: 'odd' },
              data: { n: { increment: by }, big: { increment: by }, ratio: { increment: by / 3 } },
            }),
          [1, 2, -7],
        )
        await pair.askEach(
          (db, by) =>
            db.counter.update({
              where: { id: 'big' },
              data: { n: { decrement: by }, big: { decrement: by } },
            }),
          [1, 2, 3],
        )
      })

      test('update: out of range', async () => {
        const past = (/** @type {any} */ db) =>
          db.counter.update({ where: { id: 'max' }, data: { big: { increment: 1 } } })
        // SQLite would make a double of it; MySQL's words name the database.
        if (provider === 'sqlite') await expect(past(pair.block)).rejects.toThrow(NotSupportedError)
        else
          for (const db of [pair.main, pair.block])
            await expect(past(db)).rejects.toThrow(/Code: `1690`. Message: `BIGINT value is out of range/)
        await pair.ask((db) =>
          db.counter.update({ where: { id: 'max' }, data: { n: { increment: 1 } }, select: { id: true } }),
        )
      })

      test('update: what only the main database computes', async () => {
        const one = { where: { id: 'odd' } }
        await pair.ask((db) => db.counter.update({ ...one, data: { total: { increment: '0.1' } } }))
        await pair.ask((db) => db.counter.update({ ...one, data: { n: { multiply: 3 } } }))
        await pair.ask((db) => db.counter.update({ ...one, data: { ratio: { divide: 3 } } }))
        await pair.ask((db) => db.counter.update({ ...one, data: { total: { multiply: '1.5' } } }))
      })

      test('update: keys, and rows that are not there', async () => {
        await pair.ask((db) => db.slug.update({ where: { slug: 's5' }, data: { slug: 's6', hits: 2 } }))
        await pair.ask((db) => db.slug.update({ where: { slug: 's6' }, data: { slug: 'a' } }))
        await pair.ask((db) => db.slug.update({ where: { slug: 'none' }, data: { hits: 1 } }))
        await pair.ask((db) => db.user.update({ where: { id: 'u2' }, data: { id: 'u2-moved' } }))
        await pair.ask((db) => db.user.update({ where: { id: 'u2-moved' }, data: { id: 'u2' } }))
        await pair.ask((db) =>
          db.user.update({ where: { id: 'u3' }, data: { managerId: 'nobody' }, select: { id: true } }),
        )
      })

      test('rows that are found by a filter on a related row which is neither true nor false', async () => {
        const old = { age: { gt: 1 } }
        await pair.ask((db) => db.user.create({ data: { id: 'ageless', email: 'ageless@x' } }))
        await pair.ask((db) => db.user.create({ data: { id: 'below', email: 'b@x', managerId: 'ageless' } }))
        const filters = [
          { id: 'below', manager: { isNot: old } },
          { id: 'below', NOT: { manager: { is: old } } },
          { id: 'below', manager: { is: old } },
          { id: 'below', manager: { isNot: { NOT: old } } },
        ]
        await pair.askEach((db, where) => db.user.update({ where, data: { name: 'found' } }), filters)
        await pair.askEach((db, where) => db.user.update({ where, data: {} }), filters)
        await pair.askEach(
          (db, where) =>
            db.user.update({
              where,
              data: { name: 'again', posts: { updateMany: { where: {}, data: { title: 'x' } } } },
            }),
          filters,
        )
        await pair.askEach(
          (db, where) =>
            db.user.upsert({ where, update: { name: 'n' }, create: { id: 'made', email: 'made@x' } }),
          filters.slice(0, 1),
        )
        await pair.ask((db) => db.user.delete({ where: { id: 'made' } }))
        await pair.ask((db) => db.user.delete({ where: filters[0], include: { manager: true } }))
        await pair.ask((db) => db.user.delete({ where: filters[0] }))
      })

      test('updateMany', async () => {
        await pair.askEach(
          (db, n) =>
            db.slug.updateMany({
              where: { slug: { startsWith: `m${n}` } },
              data: { hits: { increment: n } },
            }),
          [1, 2, 3],
        )
        await pair.ask((db) => db.slug.updateMany({ where: { hits: { gt: 1 } }, data: { target: 'many' } }))
        await pair.ask((db) => db.slug.updateMany({ where: { slug: 'none' }, data: { hits: 1 } }))
      })

      test('upsert', () =>
        pair.askEach(
          (db, slug) =>
            db.slug.upsert({ where: { slug }, create: { slug }, update: { hits: { increment: 5 } } }),
          ['up', 'up', 'B', 'other'],
        ))

      test('delete, with what the database does to other rows', async () => {
        await pair.ask((db) => db.slug.delete({ where: { slug: 's1' } }))
        await pair.ask((db) => db.slug.delete({ where: { slug: 's1' } }))
        await pair.ask((db) => db.team.delete({ where: { id: 't1' } }))
        await pair.ask((db) => db.user.delete({ where: { id: 'u0' } }))
        await pair.ask((db) => db.post.delete({ where: { id: 2 } }))
      })

      test('deleteMany', async () => {
        await pair.ask((db) => db.slug.deleteMany({ where: { slug: { startsWith: 'm' } } }))
        await pair.ask((db) => db.note.deleteMany())
        await pair.ask((db) => db.user.deleteMany({ where: { managerId: { not: null } } }))
        await pair.ask((db) => db.team.deleteMany())
      })

      test('a batch', async () => {
        await pair.ask((db) =>
          db.$transaction([
            db.slug.create({ data: { slug: 'b1' } }),
            db.slug.update({ where: { slug: 'b1' }, data: { hits: 3 } }),
            db.counter.create({ data: { id: 'b1' } }),
          ]),
        )
        await pair.ask((db) =>
          db.$transaction([
            db.slug.create({ data: { slug: 'b2' } }),
            db.slug.create({ data: { slug: 'b1' } }),
            db.slug.create({ data: { slug: 'b3' } }),
          ]),
        )
      })

      if (provider === 'mysql') {
        test('native types', async () => {
          const plain = {
            ...{ varChar: 'é', tinyText: 't', text: 'x'.repeat(300), longText: 'l', tiny: -128, uTiny: 255 },
            ...{ small: -5, uSmall: 65_535, medium: 1, uMedium: 2, price: '12345678.90', whole: '-7' },
            ...{ micro: at, flag: true, varBinary: new Uint8Array([1, 0]), blob: new Uint8Array(300) },
          }
          await pair.askEach((db, id) => db.native.create({ data: { id, ...plain } }), ['n1', 'n2', 'n3'])
          await pair.askEach(
            (db, [id, data]) => db.native.create({ data: { id, ...data } }),
            [
              ['o1', { tiny: 128 }],
              ['o2', { varChar: '123456789' }],
              ['o3', { varBinary: new Uint8Array(9) }],
              ['o4', { price: '0.005' }],
              ['o5', { whole: '1.5' }],
              ['o6', { second: new Date('2026-01-01T00:00:00.700Z') }],
              ['o7', { stamp: at, date: at, time: at, year: 2026, bit: true, single: 0.1 }],
              ['o8', { uBig: 2n ** 62n, char: 'c', binary: new Uint8Array([1, 2, 3, 4]) }],
            ],
          )
          await pair.askEach(
            (db, n) =>
              db.native.update({
                where: { id: `n${n}` },
                data: { tiny: { increment: n }, uTiny: n, micro: at },
              }),
            [1, 2, 3],
          )
          for (const db of [pair.main, pair.block]) {
            const below = db.native.update({ where: { id: 'n1' }, data: { uTiny: { decrement: 2 } } })
            await expect(below).rejects.toThrow(/BIGINT UNSIGNED value is out of range/)
          }
          await pair.ask((db) =>
            db.native.update({
              where: { id: 'n3' },
              data: { uTiny: { decrement: 2 } },
              select: { uTiny: true },
            }),
          )
          await pair.ask((db) => db.native.update({ where: { id: 'n2' }, data: { second: at, bit: false } }))
          await pair.ask((db) => db.native.delete({ where: { id: 'o7' } }))
        })
      }

      test('a transaction with a callback goes on after an error', async () => {
        /** What a call says, as a value. @param {Promise<any>} call */
        const told = (call) =>
          call.then(
            () => 'done',
            ({ code, message, meta }) => [
              code,
              message.split('\n').at(-1),
              meta.driverAdapterError?.cause?.constraint,
            ],
          )
        await pair.ask((db) =>
          db.$transaction(async (/** @type {any} */ tx) => [
            await tx.slug.create({ data: { slug: 'tx1' } }),
            await told(tx.slug.create({ data: { slug: 'tx1' } })),
            await told(tx.user.create({ data: { id: 'tx', email: 'u5@example.com' } })),
            await told(tx.user.create({ data: { id: 'new1', email: 'tx@x' } })),
            await told(tx.membership.create({ data: { userId: 'nobody', teamId: 't3' } })),
            await told(
              tx.comment.create({
                data: { id: 'txc', text: '', postId: 1, author: { create: { id: 'u5', email: '-' } } },
              }),
            ),
            await tx.slug.update({ where: { slug: 'tx1' }, data: { hits: { increment: 2 } } }),
          ]),
        )
      })

      test('nested writes', async () => {
        await pair.ask((db) =>
          db.team.create({
            data: {
              id: 'nest',
              name: 'nest',
              region: 'x',
              members: {
                create: [{ userId: 'new1', notes: { create: { number: 1, text: 'n' } } }, { userId: 'new2' }],
              },
            },
            include: { members: { include: { notes: true }, orderBy: { userId: 'asc' } } },
          }),
        )
        await pair.ask((db) =>
          db.team.update({
            where: { id: 'nest' },
            data: {
              name: 'nested',
              members: {
                update: {
                  where: { userId_teamId: { userId: 'new1', teamId: 'nest' } },
                  data: { notes: { create: { number: 2 } } },
                },
                delete: { userId_teamId: { userId: 'new2', teamId: 'nest' } },
              },
            },
            include: { members: { include: { notes: { orderBy: { number: 'asc' } } } } },
          }),
        )
        await pair.ask((db) =>
          db.user.update({ where: { id: 'new2' }, data: { manager: { connect: { id: 'new1' } } } }),
        )
        await pair.ask((db) =>
          db.user.update({ where: { id: 'new2' }, data: { manager: { connect: { id: 'nobody' } } } }),
        )
      })
    },
    { app: { provider } },
  )
})
