// `mode: 'insensitive'`: letters are the same that are the same to the main database, whose locale decides.
const { Block } = require('..')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { throughBothDoors } = require('./support/doors')
const { askLocally, askOfMain } = require('./support/local')
const { deepSame } = require('./support/parity')
const { loadAll, seed } = require('./support/seed')

const orderBy = { id: 'asc' }
const select = { id: true }

/** @type {Record<string, any>} */
const FILTERS = {
  equals: { equals: 'ann' },
  'equals letters beyond ASCII': { equals: 'éMILE' },
  'equals with wildcards': { equals: 'a_%' },
  'equals with an escape': { equals: 'Z\\%\\_%' },
  not: { not: 'ANN' },
  contains: { contains: 'N' },
  startsWith: { startsWith: 'é' },
  endsWith: { endsWith: 'LE' },
  'not contains': { not: { contains: 'n' } },
  in: { in: ['ann', 'EMILE'] },
  'in nothing': { in: [] },
  notIn: { notIn: ['ann', ''] },
  'not in': { not: { in: ['aNN'] } },
  lt: { lt: 'B' },
  gte: { gte: 'E' },
  'equals null': { equals: null },
  'not null': { not: null },
  'two of them': { contains: 'A', endsWith: 'N' },
  'nothing at all': {},
}

throughBothDoors({ seed, load: loadAll }, (pair) => {
  test.each(Object.entries(FILTERS))('%s', async (_, filter) => {
    const name = { ...filter, mode: 'insensitive' }
    await askLocally(pair, (db) => db.user.findMany({ where: { name }, orderBy, select }))
    await askLocally(pair, (db) => db.user.count({ where: { NOT: { name } } }))
  })

  test('the same shape with other values, in a relation and in a unique where', async () => {
    for (const contains of ['N', 'É', '本', 'z%']) {
      const name = { contains, mode: 'insensitive' }
      await askLocally(pair, (db) => db.post.findMany({ where: { author: { name } }, orderBy, select }))
      await askLocally(pair, (db) => db.user.findUnique({ where: { id: 'u2', name }, select }))
    }
  })

  test('another field', async () => {
    await askLocally(pair, (db) =>
      db.user.findMany({
        where: { email: { startsWith: db.user.fields.id, mode: 'insensitive' } },
        orderBy,
        select,
      }),
    )
    await askOfMain(pair, (db) =>
      db.user.count({ where: { name: { in: db.user.fields.tags, mode: 'insensitive' } } }),
    )
  })

  test('a pattern that ends in its escape is main’s own error', async () => {
    await pair.ask((db) =>
      db.user.findMany({ where: { name: { endsWith: 'x\\', mode: 'insensitive' } }, orderBy, select }),
    )
  })

  test('what Prisma refuses', async () => {
    await pair.ask((db) => db.user.findMany({ where: { name: { equals: 'a', mode: 'INSENSITIVE' } } }))
    await pair.ask((db) => db.user.findMany({ where: { age: { equals: 1, mode: 'insensitive' } } }))
    await pair.ask((db) => db.user.findMany({ where: { name: { not: { equals: 'a', mode: 'default' } } } }))
    await pair.ask((db) =>
      db.profile.findMany({ where: { bio: 'x', id: { equals: 'x', mode: 'insensitive' } } }),
    )
  })
})

describe.each([{ collation: 'C' }, { collation: 'en_US.utf8' }, { icu: 'en-US' }, { icu: 'tr' }])(
  'a database of %j',
  (locale) => {
    /** @type {any} */ let main
    /** @type {any} */ let db
    beforeAll(async () => {
      const app = await makeApp()
      main = await newMain(app, locale)
      const letters = [
        'I',
        'i',
        'İ',
        'ı',
        'ΟΔΟΣ',
        'οδος',
        'οδοσ',
        'Straße',
        'STRASSE',
        'Ǆ',
        'ǆ',
        'Ⓐ',
        'ⓐ',
        'Ꭰ',
        '\u{10400}',
      ]
      const data = letters.map((name, n) => ({ id: `l${n}`, email: `${n}@x`, name }))
      await main.client.user.createMany({ data })
      db = await Block.create({
        blockId: 'letters',
        client: main.client,
        dir: temporaryDir(),
        generated: app.generated,
        durability: 'os',
        loader: async (/** @type {any} */ block, /** @type {any} */ client) => {
          await block.user.createMany({ data: await client.user.findMany() })
        },
      })
    })
    afterAll(async () => {
      await db?.$disconnect()
      await main?.drop()
    })

    test('the same letters are the same', async () => {
      for (const { name } of await main.client.user.findMany()) {
        for (const filter of [{ equals: name }, { in: [name, 'x'] }, { contains: name }]) {
          const call = (/** @type {any} */ client) =>
            client.user.findMany({ where: { name: { ...filter, mode: 'insensitive' } }, orderBy, select })
          deepSame(await call(db), await call(main.client), `${name} ${JSON.stringify(filter)}`)
        }
      }
    })
  },
)
