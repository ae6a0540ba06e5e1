// Interactive transactions in which main does a part, before MySQL or MariaDB and before SQLite: the same on the block and on a
// second main database; then the same rows in both, and in the block.
const { sameBlock, writesThroughBothDoors } = require('./support/writes')

const THROWN = new Error('thrown by the callback')
const mains = /** @type {const} */ (['mysql', 'sqlite'])

describe.each(mains)('before %s', (provider) => {
  const q = (/** @type {string} */ name) => (provider === 'mysql' ? `\`${name}\`` : `"${name}"`)

  writesThroughBothDoors(
    (pair) => {
      afterEach(() => sameBlock(pair))

      test('ids of autoincrement(), models written through and outside, raw SQL', () =>
        pair.askEach(
          (db, n) =>
            db.$transaction(async (tx) => {
              await tx.user.create({ data: { id: `a${n}`, email: `a${n}@x` } })
              const post = await tx.post.create({ data: { title: `a${n}`, authorId: `a${n}` } })
              const comment = await tx.comment.create({ data: { id: `a${n}`, postId: post.id, text: 'x' } })
              const slug = await tx.slug.create({ data: { slug: `a${n}` } })
              await tx.auditLog.create({ data: { id: `a${n}`, action: 'made', userId: `a${n}` } })
              const sql = `UPDATE ${q('Slug')} SET hits = 4 WHERE slug = 'nobody'`
              const changed = await tx.$executeRawUnsafe(sql)
              return [post.title, comment.postId === post.id, slug, changed, await tx.auditLog.count()]
            }),
          [1, 2],
        ))

      test('an error of main’s leaves it open', async () => {
        await pair.ask((db) =>
          db.$transaction(async (tx) => {
            await tx.slug.create({ data: { slug: 'b' } })
            const { code } = await tx.slug.create({ data: { slug: 'b' } }).catch((error) => error)
            const none = await tx.slug.delete({ where: { slug: 'none' } }).catch((error) => error)
            const wrong = await tx.slug.create({ data: { slug: 5 } }).catch((error) => error)
            await tx.counter.create({ data: { id: 'b' } })
            await tx.slug.update({ where: { slug: 'b' }, data: { hits: 2 } })
            return [code, none.code, wrong.name, await tx.slug.findUnique({ where: { slug: 'b' } })]
          }),
        )
        await pair.ask((db) => db.slug.findUnique({ where: { slug: 'b' } }))
      })

      test('a rollback takes back both', () =>
        pair.ask((db) =>
          db
            .$transaction(async (tx) => {
              await tx.counter.create({ data: { id: 'c' } })
              await tx.slug.create({ data: { slug: 'c' } })
              await tx.post.create({ data: { title: 'c', authorId: 'u1' } })
              throw THROWN
            })
            .catch((error) => [error === THROWN]),
        ))

      test('savepoints', () =>
        pair.ask((db) =>
          db.$transaction(async (tx) => {
            if (tx.$transaction === undefined) return []
            await tx.counter.create({ data: { id: 'd0' } })
            await tx
              .$transaction(async (inner) => {
                await inner.counter.create({ data: { id: 'd1' } })
                await inner.slug.create({ data: { slug: 'd1' } })
                throw THROWN
              })
              .catch(() => {})
            await tx.$transaction((inner) => inner.slug.create({ data: { slug: 'd2' } }))
            return [
              await tx.counter.findMany({ where: { id: { startsWith: 'd' } }, orderBy: { id: 'asc' } }),
              await tx.slug.findMany({ where: { slug: { startsWith: 'd' } }, orderBy: { slug: 'asc' } }),
            ]
          }),
        ))

      test('a value that its column would cut, round or refuse', () =>
        pair.askEach(
          (db, [id, name]) =>
            db.$transaction(async (tx) => {
              await tx.counter.create({ data: { id: `e${id}`, ratio: -0 } })
              return tx.user.update({ where: { id: 'u1' }, data: { name }, select: { name: true } })
            }),
          [
            ['1', 'short'],
            ['2', 'x'.repeat(300)],
          ],
        ))

      test('$transaction([…])', () =>
        pair.askEach(
          (db, n) =>
            db.$transaction([
              db.counter.create({ data: { id: `f${n}` } }),
              db.auditLog.create({ data: { id: `f${n}`, action: 'batch' } }),
              db.slug.create({ data: { slug: `f${n}` } }),
              db.counter.findMany({ where: { label: 'nobody' } }),
            ]),
          [1, 2, 1],
        ))
    },
    { app: { provider }, options: { through: ['Slug'] } },
  )
})
