// Isolation levels before each main database: accepted and refused as by Prisma's own client there.
const { writesThroughBothDoors } = require('./support/writes')

const LEVELS = [
  ...['ReadUncommitted', 'ReadCommitted', 'RepeatableRead', 'Serializable'],
  ...['Snapshot', 'Nope', '', null, undefined],
]
const mains = /** @type {const} */ (['postgresql', 'mysql', 'sqlite'])

describe.each(mains)('before %s', (provider) => {
  writesThroughBothDoors(
    (pair) => {
      test.each(LEVELS)('%p, with a callback', async (isolationLevel) => {
        const work = (/** @type {any} */ tx) => tx.counter.count({ where: { n: { gt: 100 } } })
        await pair.ask((db) => db.$transaction(work, { isolationLevel }))
        // Also where main has a part of it.
        await pair.ask((db) =>
          db.$transaction(
            async (/** @type {any} */ tx) => {
              const slug = `level ${String(isolationLevel)}`
              return [await tx.slug.create({ data: { slug } }), await tx.counter.count()]
            },
            { isolationLevel },
          ),
        )
      })

      test.each(LEVELS)('%p, with an array', (isolationLevel) =>
        pair.ask((db) =>
          db.$transaction(
            [
              db.counter.count({ where: { n: { gt: 100 } } }),
              db.counter.create({ data: { id: `level ${String(isolationLevel)}` } }),
            ],
            { isolationLevel },
          ),
        ),
      )
    },
    { app: { provider }, options: { through: ['Slug'] } },
  )
})
