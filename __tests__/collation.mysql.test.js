// Before MySQL and MariaDB strings are equal, ordered and alike by the column's collation, blanks at the end included.
const { Block } = require('../js/index.js')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { run } = require('./support/mysql')
const { both } = require('./support/parity')
const { randomStrings } = require('./support/strings')

const SEED = Number(process.env.SHARDED_SEED ?? 20_261_126)
const COUNT = 400

const COLLATIONS = [
  { collation: 'utf8mb4_unicode_ci', local: true },
  { collation: 'utf8mb4_general_ci', local: true },
  { collation: 'utf8mb4_bin', local: true },
  { collation: 'utf8mb4_unicode_520_ci', local: true },
  { collation: 'utf8mb4_unicode_nopad_ci', local: true },
  { collation: 'utf8mb4_uca1400_ai_ci', local: true },
  // Letters that contract, wherever they meet.
  { collation: 'utf8mb4_czech_ci' },
  // Several levels.
  { collation: 'utf8mb4_uca1400_as_cs', local: false },
]

/** @param {any} block @param {any} main */
const load = async (block, main) => {
  await block.counter.createMany({ data: await main.counter.findMany() })
  await block.slug.createMany({ data: await main.slug.findMany() })
}

/** @type {any} */
let app
const dir = temporaryDir()
beforeAll(async () => {
  app = await makeApp({ provider: 'mysql' })
})

/** @param {string} collation @param {string[]} labels @param {string[]} [ddl] */
async function setUp(collation, labels, ddl = []) {
  const made = await newMain(app, { collation, clientOptions: { log: [{ emit: 'event', level: 'query' }] } })
  const { client: main } = made
  if (ddl.length > 0) await run(made.url, ddl)
  await main.counter.createMany({ data: labels.map((label, n) => ({ id: `c${n}`, label })) })
  await main.slug.createMany({ data: ['Straße', 'École', 'kiwi'].map((slug, hits) => ({ slug, hits })) })
  const block = await Block.create({
    blockId: `${collation}${ddl.length}`,
    client: main,
    dir,
    generated: app.generated,
    loader: load,
    durability: 'os',
  })
  let asked = 0
  // The block's own statements are told of too.
  main.$on('query', ({ query: text }) => {
    if (text.startsWith('SELECT `')) asked += 1
  })
  /** @param {(db: any) => Promise<any>} fn */
  const costs = async (fn) => {
    const before = asked
    await fn(block)
    return asked - before
  }
  const drop = async () => {
    await block.$disconnect()
    await made.drop()
  }
  return { main, block, costs, drop, url: made.url }
}

const byId = { id: /** @type {const} */ ('asc') }
const byLabel = (/** @type {any} */ db) => db.counter.findMany({ orderBy: [{ label: 'asc' }, byId] })

describe.each(COLLATIONS)('$collation', ({ collation, local }) => {
  const labels = randomStrings(SEED, COUNT, { odd: true }).filter((text) => text.length < 190)
  /** @type {any} */
  let pair
  beforeAll(async () => {
    pair = await setUp(collation, labels)
  }, 60_000)
  afterAll(() => pair?.drop())

  test(`orders ${COUNT} random strings as main does (seed ${SEED})`, async () => {
    await both(pair.main, pair.block, byLabel)
    await both(pair.main, pair.block, (db) =>
      db.counter.findMany({ orderBy: [{ label: 'desc' }, byId], take: 50, skip: 7 }),
    )
  })

  test(`tells equal from different as main does (seed ${SEED})`, async () => {
    const { main, block } = pair
    for (const label of labels.filter((_, n) => n % 41 === 0)) {
      for (const text of [label, label.toUpperCase(), `${label} `, label.normalize('NFD')]) {
        await both(main, block, (db) => db.counter.findMany({ where: { label: text }, orderBy: byId }))
      }
      await both(main, block, (db) =>
        db.counter.findMany({ where: { label: { in: [label, 'A'] } }, orderBy: byId }),
      )
      await both(main, block, (db) => db.counter.count({ where: { label: { not: label } } }))
    }
  })

  test(`compares as main does (seed ${SEED})`, async () => {
    const { main, block } = pair
    for (const label of labels.filter((_, n) => n % 37 === 0)) {
      await both(main, block, (db) => db.counter.count({ where: { label: { lt: label } } }))
      await both(main, block, (db) => db.counter.count({ where: { label: { gte: label, not: 'a' } } }))
    }
    await both(main, block, (db) =>
      db.counter.aggregate({ _max: { label: true }, where: { label: { gt: 'a', lt: 'b' } } }),
    )
  })

  test(`finds parts as main does (seed ${SEED})`, async () => {
    const { main, block } = pair
    for (const label of labels.filter((_, n) => n % 41 === 0)) {
      const part = [...label].slice(0, 2).join('')
      for (const operator of ['contains', 'startsWith', 'endsWith']) {
        await both(main, block, (db) =>
          db.counter.findMany({ where: { label: { [operator]: part } }, orderBy: byId }),
        )
      }
    }
    for (const part of ['', '%', '_', '\\', '\\%', 'a_', 'SS', 'ß', 'É', 'e\u0301', ' ']) {
      for (const operator of ['contains', 'startsWith', 'endsWith']) {
        await both(main, block, (db) =>
          db.counter.findMany({ where: { label: { [operator]: part } }, orderBy: byId }),
        )
      }
    }
  })

  test('looks rows up by a key of another spelling', async () => {
    for (const slug of ['STRASSE', 'strasse', 'Straße', 'ecole', 'KIWI  ', 'kiwi', 'none']) {
      await both(pair.main, pair.block, (db) => db.slug.findUnique({ where: { slug } }))
    }
  })

  if (local === undefined) return

  test(local ? 'without asking main' : 'by asking main', async () => {
    const plain = (/** @type {any} */ db) =>
      db.slug.findMany({ where: { slug: { in: ['kiwi', 'Z'] } }, orderBy: { slug: 'asc' } })
    const parts = (/** @type {any} */ db) => db.counter.findMany({ where: { label: { contains: 'a' } } })
    const costs = [await pair.costs(plain), await pair.costs(parts)]
    if (local) expect(costs).toEqual([0, 0])
    else expect(Math.min(...costs)).toBeGreaterThan(0)
  })
})

test('a column of another collation than most is compared by main', async () => {
  const ddl = ['ALTER TABLE Counter MODIFY label VARCHAR(191) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin']
  const { main, block, costs, drop, url } = await setUp('utf8mb4_unicode_ci', ['a', 'A', 'á', 'b'], ddl)
  try {
    const exact = (/** @type {any} */ db) => db.counter.findMany({ where: { label: 'a' } })
    expect(await both(main, block, exact)).toHaveLength(1)
    await both(main, block, byLabel)
    expect(await costs(exact)).toBeGreaterThan(0)
    // The order of the file's indexes is that of its making.
    await run(url, [
      'ALTER TABLE Counter MODIFY label VARCHAR(191) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci',
    ])
    await expect(Block.invalidate('utf8mb4_unicode_ci1', { dir, generated: app.generated })).rejects.toThrow(
      /compares strings otherwise/,
    )
  } finally {
    await drop()
  }
}, 30_000)
