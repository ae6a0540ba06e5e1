// `$transaction(async (tx) => …)`: the same answers and errors as Prisma's on PostgreSQL, and one commit of the outbox.
const { setTimeout: sleep } = require('node:timers/promises')
const { writesThroughBothDoors } = require('./support/writes')

const counter = (id) => ({ data: { id } })
const add = (id) => ({ where: { id }, data: { n: { increment: 1 } } })

/** An error as an answer; how long a transaction took is none. */
const caught = async (/** @type {Promise<unknown>} */ promise) => {
  try {
    return { value: await promise }
  } catch (error) {
    const { name, code, message, meta } = /** @type {any} */ (error)
    const says = message
      .split('\n')
      .at(-1)
      .replace(/however \d+ ms/, 'however … ms')
    return {
      name,
      code,
      says,
      operation: meta?.operation,
      timeout: meta?.timeout,
      adapter: meta?.driverAdapterError?.cause?.originalCode,
    }
  }
}

/** @type {Parameters<typeof writesThroughBothDoors>[0]} */
const define = (pair, door) => {
  let n = 0
  const isOld = () => pair.block._clientVersion.startsWith('6.')
  const ids = (count) => Array.from({ length: count }, () => `x${door}${++n}`)
  const commits = () => pair.block.$block.pending().commits
  /** Twice, so that the second time is the fast door's. @param {(db: any, id: string, again: string) => any} fn */
  const ask = async (fn) => {
    for (const [id, again] of [ids(2), ids(2)]) await pair.ask((db) => fn(db, id, again))
  }

  test('reads its own writes, and answers with what the callback does', () =>
    ask((db, id, again) =>
      db.$transaction(async (tx) => [
        await tx.counter.create(counter(id)),
        await tx.counter.findUnique({ where: { id } }),
        await tx.counter.update(add(id)),
        await tx.counter.create(counter(again)),
        await tx.counter.findMany({ where: { id: { in: [id, again] } }, orderBy: { id: 'asc' } }),
        await tx.counter.updateMany({ where: { id: { in: [id, again] } }, data: { label: 'x' } }),
        await tx.counter.count({ where: { label: 'x', id: { in: [id, again] } } }),
        await tx.counter.delete({ where: { id: again } }),
        await tx.counter.findUnique({ where: { id: again } }),
      ]),
    ))

  test('a callback that is no promise, and one that reads only', async () => {
    await pair.ask((db) => db.$transaction(() => 7))
    await ask((db) => db.$transaction((tx) => tx.user.findMany({ orderBy: { id: 'asc' } })))
  })

  test('all of it is one commit; of what is thrown away there is none', async () => {
    await pair.block.$block.flush()
    const [a, b] = ids(2)
    await pair.ask((db) =>
      db.$transaction(async (tx) => {
        await tx.counter.create(counter(a))
        await tx.counter.update(add(a))
        await tx.counter.create(counter(b))
      }),
    )
    expect(commits()).toBe(1)
    await pair.block.$block.flush()
    const mine = new Error('mine')
    const failing = (db) =>
      db.$transaction(async (tx) => {
        await tx.counter.update(add(a))
        await tx.counter.delete({ where: { id: b } })
        throw mine
      })
    await expect(failing(pair.block)).rejects.toBe(mine)
    await expect(failing(pair.main)).rejects.toBe(mine)
    expect(commits()).toBe(0)
    await pair.ask((db) => db.counter.findMany({ where: { id: { in: [a, b] } }, orderBy: { id: 'asc' } }))
  })

  test('others do not see what is not committed', async () => {
    const [id] = ids(1)
    const seen = async (db) => {
      const before = []
      await db.$transaction(async (tx) => {
        await tx.counter.create(counter(id))
        before.push(await db.counter.count({ where: { id } }), await tx.counter.count({ where: { id } }))
      })
      return [...before, await db.counter.count({ where: { id } })]
    }
    await pair.ask(seen)
  })

  test('calls that are started together', () =>
    ask((db, id, again) =>
      db.$transaction((tx) =>
        Promise.all([
          tx.counter.create(counter(id)),
          tx.counter.findUnique({ where: { id } }),
          tx.counter.update(add(id)),
          tx.user.findUnique({ where: { id: 'u1' } }),
          tx.user.findUnique({ where: { id: 'u2' } }),
          tx.counter.create(counter(again)),
        ]),
      ),
    ))

  test('after it was closed', async () => {
    const late = async (db, work) => {
      let kept
      await caught(
        db.$transaction(async (tx) => {
          kept = tx
          await work(tx)
        }),
      )
      return [
        await caught(kept.counter.findUnique({ where: { id: 'a' } })),
        await caught(kept.counter.findMany()),
        await caught(kept.counter.create(counter('late'))),
        await caught(kept.$queryRaw`SELECT 1`),
      ]
    }
    await pair.ask((db) => late(db, (tx) => tx.counter.count()))
    await pair.ask((db) =>
      late(db, () => {
        throw new Error('mine')
      }),
    )
  })

  test('time that runs out', async () => {
    const [id] = ids(1)
    const late = (db, last) =>
      caught(
        db.$transaction(
          async (tx) => {
            await tx.counter.create(counter(id))
            await sleep(120)
            return last(tx)
          },
          { timeout: 40 },
        ),
      )
    await pair.ask((db) => late(db, (tx) => tx.counter.findMany()))
    await pair.ask((db) => late(db, (tx) => tx.counter.create(counter(id))))
    await pair.ask((db) => late(db, () => 'at its commit'))
    await pair.ask((db) => db.counter.findUnique({ where: { id } }))
  })

  test('options that Prisma refuses', async () => {
    const start = (db, options) => caught(db.$transaction((tx) => tx.counter.count(), options))
    for (const isolationLevel of ['Nope', 'Snapshot', 5])
      await pair.ask((db) => start(db, { isolationLevel }))
    for (const options of [{ timeout: 0 }, { maxWait: 0 }, { timeout: Number.NaN }])
      await pair.ask((db) => start(db, options))
    for (const isolationLevel of ['ReadUncommitted', 'ReadCommitted', 'RepeatableRead', 'Serializable', null])
      await pair.ask((db) => start(db, { isolationLevel }))
  })

  test('an error of the database ends what PostgreSQL ends, others do not', async () => {
    const [id, again] = ids(2)
    await pair.ask((db) => db.counter.create(counter(id)))
    const failing = (db, call) =>
      db.$transaction(async (tx) => [
        await caught(tx.counter.create(counter(again))),
        await caught(call(tx)),
        await caught(tx.counter.findMany({ where: { id: again } })),
        await caught(tx.counter.findUnique({ where: { id: again } })),
        await caught(tx.counter.update(add(again))),
      ])
    await pair.ask((db) => failing(db, (tx) => tx.counter.create(counter(id))))
    await pair.ask((db) => failing(db, (tx) => tx.counter.createMany({ data: [{ id: 'one' }, { id }] })))
    await pair.ask((db) => db.counter.findMany({ where: { id: { in: [again, 'one'] } } }))
    await pair.ask((db) => failing(db, (tx) => tx.counter.update(add('nobody'))))
    await pair.ask((db) => db.counter.delete({ where: { id: again } }))
    await pair.ask((db) => failing(db, (tx) => tx.counter.create({ data: { id: 5 } })))
  })

  test('savepoints: a transaction in a transaction', async () => {
    if (isOld()) return pair.ask((db) => db.$transaction(async (tx) => typeof tx.$transaction))
    const nested = (db, id, again) =>
      db.$transaction(async (tx) => {
        await tx.counter.create(counter(id))
        const undone = await caught(
          tx.$transaction(async (inner) => {
            await inner.counter.create(counter(again))
            await inner.counter.update(add(id))
            throw new Error('undo')
          }),
        )
        const kept = await tx.$transaction(async (inner) => {
          await inner.counter.update(add(id))
          return inner.counter.findMany({ where: { id: { in: [id, again] } } })
        })
        const healed = await caught(tx.$transaction((inner) => inner.counter.create(counter(id))))
        return [undone, kept, healed, await tx.counter.findMany({ where: { id: { in: [id, again] } } })]
      })
    await ask(nested)
    await ask((db, id) =>
      db.$transaction(async (tx) => [
        await tx.$transaction((inner) => inner.counter.create(counter(id))),
        await caught(
          tx.$transaction(async (inner) => {
            await inner.counter.update(add(id))
            throw new Error('undo')
          }),
        ),
        await tx.counter.findUnique({ where: { id } }),
      ]),
    )
    await pair.ask((db) =>
      caught(
        db.$transaction((tx) =>
          Promise.all([tx.$transaction(() => sleep(20)), tx.$transaction(() => sleep(20))]),
        ),
      ),
    )
  })

  test('snapshots, and a write on one that is old', async () => {
    const [id] = ids(1)
    await pair.ask((db) => db.counter.create(counter(id)))
    for (const isolationLevel of ['RepeatableRead', 'Serializable', 'ReadCommitted']) {
      await pair.ask((db) =>
        db.$transaction(
          async (tx) => {
            const before = await tx.counter.findUnique({ where: { id } })
            await db.counter.update(add(id))
            return [
              before,
              await tx.counter.findUnique({ where: { id } }),
              await caught(tx.counter.update(add(id))),
              await caught(tx.counter.findUnique({ where: { id } })),
            ]
          },
          { isolationLevel },
        ),
      )
    }
  })

  test('extensions see the calls of a transaction', async () => {
    const told = []
    const extended = (db) =>
      db.$extends({
        query: {
          counter: {
            create({ args, query }) {
              told.push(args.data.id)
              return query({ ...args, data: { ...args.data, label: 'seen' } })
            },
          },
        },
        result: { counter: { twice: { needs: { n: true }, compute: ({ n }) => 2 * n } } },
        model: { counter: { own: () => 'own' } },
      })
    await ask((db, id) =>
      extended(db).$transaction(async (tx) => {
        const made = await tx.counter.create(counter(id))
        const found = await tx.counter.findUnique({ where: { id } })
        await tx.counter.update(add(id))
        return [
          made.label,
          made.twice,
          found.twice,
          (await tx.counter.findFirst({ where: { id } })).twice,
          tx.counter.own(),
        ]
      }),
    )
    expect(told.length).toBeGreaterThan(3)
  })

  test('a relation of what was found, names of models, and what else a client has', () =>
    pair.ask((db) =>
      db.$transaction(async (tx) => [
        await tx.user
          .findUnique({ where: { id: 'u1' } })
          .posts({ orderBy: { id: 'asc' }, select: { title: true } }),
        tx.user.name,
        Object.keys(tx.user.fields),
        tx.User === tx.user || typeof tx.User.findMany,
        await tx.nobody,
      ]),
    ))

  test('a snapshot that nobody has passed may be written on', () =>
    ask((db, id) =>
      db.$transaction(
        async (tx) => [
          await tx.counter.count({ where: { id } }),
          await tx.counter.create(counter(id)),
          await tx.counter.update(add(id)),
        ],
        { isolationLevel: 'Serializable' },
      ),
    ))
}

// Prisma 6 has no savepoints.
describe.each(/** @type {const} */ (['7', '6']))('Prisma %s', (version) => {
  writesThroughBothDoors(define, { app: { version } })
})
