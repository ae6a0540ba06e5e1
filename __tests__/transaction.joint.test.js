// Interactive transactions in which main does a part: writes through, models outside the block, raw SQL, reads after a write. The
// same on the block and on a second main database; then the same rows in both, and in the block.
const { TransactionError } = require('..')
const { sameBlock, writesThroughBothDoors } = require('./support/writes')

const THROWN = new Error('thrown by the callback')
/** Savepoints need Prisma 7.9. @param {any} tx */
const nests = (tx) => tx.$transaction !== undefined

writesThroughBothDoors(
  (pair) => {
    const pending = () => pair.block.$block.pending().commits
    afterEach(() => sameBlock(pair))

    test('a write that only main can make, with local ones before and after', async () => {
      await pair.askEach(
        (db, n) =>
          db.$transaction(async (tx) => {
            await tx.user.create({ data: { id: `a${n}`, email: `a${n}@x` } })
            const made = await tx.category.create({ data: { name: `a${n}` }, select: { name: true } })
            const slug = await tx.slug.create({ data: { slug: `a${n}` } })
            const after = await tx.counter.create({ data: { id: `a${n}` } })
            return [made, slug, after, await tx.category.count(), await tx.slug.findUnique({ where: slug })]
          }),
        [1, 2],
      )
      // All of it is in main when the promise resolves.
      expect(pending()).toBe(0)
      expect(await pair.behind.counter.findUnique({ where: { id: 'a2' } })).not.toBeNull()
      expect(await pair.behind.user.findUnique({ where: { id: 'a2' } })).not.toBeNull()
    })

    test('foreign keys to rows made just now, nested rows, in both directions', () =>
      pair.askEach(
        (db, n) =>
          db.$transaction(async (tx) => {
            const post = await tx.post.create({ data: { id: 1000 + n, title: `b${n}`, authorId: 'u1' } })
            await tx.category.create({
              data: {
                name: `b${n}`,
                posts: {
                  create: { id: 2000 + n, title: `inner ${n}`, authorId: 'u2' },
                  connect: { authorId_title: { authorId: 'u1', title: `b${n}` } },
                },
              },
            })
            await tx.user.update({
              where: { id: 'u1' },
              data: { posts: { update: { where: { id: post.id }, data: { rating: n } } } },
            })
            return tx.post.findMany({
              where: { categories: { some: { name: `b${n}` } } },
              orderBy: { title: 'asc' },
              select: {
                title: true,
                authorId: true,
                rating: true,
                categories: { select: { name: true }, orderBy: { name: 'asc' } },
              },
            })
          }),
        [1, 2],
      ))

    test('update, upsert, delete and set writes of a model written through', () =>
      pair.askEach(
        (db, n) =>
          db.$transaction(async (tx) => {
            await tx.slug.createMany({ data: [{ slug: `c${n}` }, { slug: `d${n}`, hits: 3 }] })
            const updated = await tx.slug.update({
              where: { slug: `c${n}` },
              data: { hits: { increment: n } },
            })
            const counter = await tx.counter.create({ data: { id: `c${n}`, n: updated.hits } })
            const upserted = await tx.slug.upsert({
              where: { slug: `e${n}` },
              create: { slug: `e${n}`, hits: counter.n },
              update: { hits: 0 },
            })
            const moved = await tx.slug.update({ where: { slug: `d${n}` }, data: { slug: `f${n}` } })
            const many = await tx.slug.updateMany({
              where: { slug: { in: [`c${n}`, `f${n}`] } },
              data: { target: 'x' },
            })
            const gone = await tx.slug.delete({ where: { slug: `c${n}` } })
            const left = await tx.slug.findMany({
              where: { slug: { endsWith: String(n) } },
              orderBy: { slug: 'asc' },
            })
            return [updated, upserted, moved, many, gone, left]
          }),
        [1, 2],
      ))

    test('a row that was changed here is deleted in main, with what hangs on it', () =>
      pair.ask((db) =>
        db.$transaction(async (tx) => {
          await tx.user.create({
            data: { id: 'g', email: 'g@x', posts: { create: { id: 3000, title: 'g' } } },
          })
          await tx.category.create({ data: { name: 'g' } })
          await tx.user.update({ where: { id: 'g' }, data: { name: 'G' } })
          await tx.user.delete({ where: { id: 'g' } })
          return [
            await tx.post.count({ where: { title: 'g' } }),
            await tx.category.count({ where: { name: 'g' } }),
          ]
        }),
      ))

    test('models outside the block', async () => {
      await pair.askEach(
        (db, n) =>
          db.$transaction(async (tx) => {
            await tx.user.create({ data: { id: `h${n}`, email: `h${n}@x` } })
            const log = await tx.auditLog.create({ data: { id: `h${n}`, action: 'made', userId: `h${n}` } })
            const read = await tx.user.findMany({
              where: { auditLogs: { some: {} } },
              include: { auditLogs: true },
              orderBy: { id: 'asc' },
            })
            await tx.auditLog.deleteMany()
            return [log, read, await tx.auditLog.count()]
          }),
        [1, 2],
      )
    })

    test('raw SQL sees what was written, and is part of it', async () => {
      await pair.ask((db) =>
        db.$transaction(async (tx) => {
          await tx.counter.create({ data: { id: 'raw', n: 1 } })
          const [seen] = await tx.$queryRaw`SELECT n FROM "Counter" WHERE id = ${'raw'}`
          const changed = await tx.$executeRaw`UPDATE "Counter" SET n = 5 WHERE id = ${'other'}`
          const returned = await tx.$queryRawUnsafe(
            'UPDATE "Counter" SET n = n WHERE id = $1 RETURNING id',
            'raw',
          )
          return [seen, changed, returned]
        }),
      )
      expect(await pair.block.$block.status()).toMatchObject({ stale: true })
    })

    test('reads that only main can answer, after a write', () =>
      pair.ask((db) =>
        db.$transaction(async (tx) => {
          await tx.user.create({ data: { id: 'i', email: 'i@x', name: 'Ingrid' } })
          return [
            await tx.user.findMany({ where: { auditLogs: { none: {} }, name: 'Ingrid' } }),
            await tx.counter.findMany({ where: { label: 'nobody' }, cursor: { id: 'nobody' } }),
            await tx.user.findFirst({ where: { name: 'Nobody' }, skip: 1 }),
          ]
        }),
      ))

    test('a rollback takes back both', async () => {
      await pair.ask((db) =>
        db
          .$transaction(async (tx) => {
            await tx.counter.create({ data: { id: 'j' } })
            await tx.category.create({ data: { name: 'j' } })
            await tx.auditLog.create({ data: { action: 'j' } })
            await tx.counter.update({ where: { id: 'j' }, data: { n: 2 } })
            throw THROWN
          })
          .catch((error) => [error === THROWN]),
      )
      for (const db of [pair.block, pair.behind]) {
        expect(await db.counter.findUnique({ where: { id: 'j' } })).toBeNull()
        expect(await db.category.findUnique({ where: { name: 'j' } })).toBeNull()
        expect(await db.auditLog.count({ where: { action: 'j' } })).toBe(0)
      }
    })

    test('an error of main’s, caught or not, ends it as there', async () => {
      const failing = (work) => (db) => db.$transaction(work)
      await pair.ask(
        failing(async (tx) => {
          await tx.counter.create({ data: { id: 'k' } })
          await tx.category.create({ data: { name: 'news' } })
        }),
      )
      await pair.ask(
        failing(async (tx) => {
          await tx.slug.create({ data: { slug: 'k' } })
          const { code } = await tx.slug.create({ data: { slug: 'k' } }).catch((error) => error)
          return [code, await tx.slug.count()]
        }),
      )
      await pair.ask(
        failing(async (tx) => {
          await tx.slug.create({ data: { slug: 'k' } })
          await tx.slug.create({ data: { slug: 'k' } }).catch(() => {})
        }),
      )
      await pair.ask((db) => db.slug.findUnique({ where: { slug: 'k' } }))
      // One of Prisma's own leaves it open.
      await pair.ask(
        failing(async (tx) => {
          await tx.slug.create({ data: { slug: 'k2' } })
          const { code } = await tx.slug.delete({ where: { slug: 'none' } }).catch((error) => error)
          const wrong = await tx.slug.create({ data: { slug: 5 } }).catch((error) => error)
          return [code, wrong.name, await tx.slug.update({ where: { slug: 'k2' }, data: { hits: 2 } })]
        }),
      )
    })

    test('what main refuses of the local writes rolls back both, by name', async () => {
      await pair.behind.counter.create({ data: { id: 'taken', n: 7 } })
      const writes = pair.block.$transaction(async (tx) => {
        await tx.slug.create({ data: { slug: 'taken' } })
        // The block has a loader's word for its rows; that another has made this one it is not told.
        await tx.counter.createMany({ data: [{ id: 'taken' }, { id: 'free' }] })
      })
      await expect(writes).rejects.toThrow(TransactionError)
      expect(await pair.behind.slug.findUnique({ where: { slug: 'taken' } })).toBeNull()
      expect(await pair.behind.counter.findUnique({ where: { id: 'free' } })).toBeNull()
      expect(await pair.block.slug.findUnique({ where: { slug: 'taken' } })).toBeNull()
      expect(await pair.block.counter.findUnique({ where: { id: 'taken' } })).toMatchObject({ n: 7 })
      await pair.block.counter.delete({ where: { id: 'taken' } })
    })

    test('a sum that main knows better', async () => {
      await pair.block.counter.create({ data: { id: 'sum', n: 1 } })
      await pair.block.$block.flush()
      await pair.behind.counter.update({ where: { id: 'sum' }, data: { n: 10 } })
      await pair.block.$transaction(async (tx) => {
        await tx.counter.update({ where: { id: 'sum' }, data: { n: { increment: 1 } } })
        await tx.category.create({ data: { name: 'sum' } })
        expect(await tx.counter.findUnique({ where: { id: 'sum' } })).toMatchObject({ n: 11 })
      })
      await pair.main.counter.create({ data: { id: 'sum', n: 11 } })
      await pair.main.category.create({ data: { name: 'sum' } })
    })

    test('savepoints', () =>
      pair.ask((db) =>
        db.$transaction(async (tx) => {
          if (!nests(tx)) return []
          await tx.counter.create({ data: { id: 'l0' } })
          await tx
            .$transaction(async (inner) => {
              await inner.counter.create({ data: { id: 'l1' } })
              await inner.slug.create({ data: { slug: 'l1' } })
              throw THROWN
            })
            .catch(() => {})
          await tx.$transaction(async (inner) => {
            await inner.counter.create({ data: { id: 'l2' } })
            await inner.slug.create({ data: { slug: 'l2' } })
            await inner
              .$transaction(async (third) => {
                await third.slug.create({ data: { slug: 'l3' } })
                await third.slug.create({ data: { slug: 'l3' } })
              })
              .catch(() => {})
            await inner.counter.create({ data: { id: 'l4' } })
          })
          return [
            await tx.counter.findMany({ where: { id: { startsWith: 'l' } }, orderBy: { id: 'asc' } }),
            await tx.slug.findMany({ where: { slug: { startsWith: 'l' } }, orderBy: { slug: 'asc' } }),
          ]
        }),
      ))

    test.each(['ReadCommitted', 'RepeatableRead', 'Serializable'])('%s', (isolationLevel) =>
      pair.ask((db) =>
        db.$transaction(
          async (tx) => {
            await tx.counter.findMany({ where: { id: 'a1' } })
            await tx.slug.create({ data: { slug: `level ${isolationLevel}` } })
            await tx.counter.create({ data: { id: `level ${isolationLevel}` } })
            const [level] = await tx.$queryRaw`SHOW transaction_isolation`
            return [level]
          },
          { isolationLevel },
        ),
      ),
    )

    test('$transaction([…]) of local calls and such that main makes', async () => {
      await pair.askEach(
        (db, n) =>
          db.$transaction([
            db.counter.create({ data: { id: `m${n}` } }),
            db.auditLog.create({ data: { id: `m${n}`, action: 'batch' } }),
            db.slug.create({ data: { slug: `m${n}` } }),
            db.$queryRaw`SELECT n FROM "Counter" WHERE id = ${`m${n}`}`,
            db.counter.findMany({ where: { label: 'nobody' } }),
            db.auditLog.deleteMany({}),
          ]),
        [1, 2],
      )
      await pair.ask((db) =>
        db.$transaction([
          db.counter.create({ data: { id: 'm3' } }),
          db.auditLog.create({ data: { id: 'm3', action: 'undone' } }),
          db.slug.create({ data: { slug: 'm1' } }),
        ]),
      )
    })
  },
  { options: { through: ['Slug', 'Category'] } },
)
