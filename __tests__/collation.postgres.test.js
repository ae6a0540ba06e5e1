// Strings compare as the main database compares them: by bytes, by ICU's order of a locale, or (libc's locales, which no
// table describes) by asking it.
const { Block } = require('../js/index.js')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { both } = require('./support/parity')
const { query } = require('./support/servers')
const { randomStrings } = require('./support/strings')

const SEED = Number(process.env.SHARDED_SEED ?? 20_261_126)
const COUNT = 600

const DATABASES = [
  { name: 'C.UTF-8', database: { collation: 'C.UTF-8' }, local: true },
  { name: 'ICU en-US', database: { icu: 'en-US' }, local: true },
  { name: 'ICU sv-SE', database: { icu: 'sv-SE' }, local: true },
  { name: 'ICU de-u-co-phonebk', database: { icu: 'de-u-co-phonebk' }, local: true },
  { name: "libc's en_US.utf8", database: { collation: 'en_US.utf8' }, local: false },
  { name: 'ICU with settings we do not know', database: { icu: 'en-u-ka-shifted' }, local: false },
]

/** @param {any} block @param {any} main */
async function load(block, main) {
  for (const model of ['counter', 'category', 'team'])
    await block[model].createMany({ data: await main[model].findMany() })
}

/** @param {string[]} labels */
const counters = (labels) => labels.map((label, n) => ({ id: `c${String(n).padStart(4, '0')}`, label }))

let app
beforeAll(async () => {
  app = await makeApp()
})

/**
 * A main database, a block of it, and a count of what main is asked.
 * @param {object} database @param {string[]} labels @param {{options?: object, ddl?: string[]}} [more]
 */
async function setUp(database, labels, { options, ddl = [] } = {}) {
  const made = await newMain(app, {
    ...database,
    clientOptions: { log: [{ emit: 'event', level: 'query' }] },
  })
  const { client: main } = made
  for (const statement of ddl) await query(made.url, statement)
  await main.counter.createMany({ data: counters(labels) })
  const block = await Block.create({
    blockId: 'strings',
    client: main,
    dir: temporaryDir(),
    generated: app.generated,
    loader: load,
    durability: 'os',
    ...options,
  })
  const asked = { count: 0 }
  main.$on('query', ({ query: text }) => {
    if (text.startsWith('SELECT "public"')) asked.count += 1
  })
  const drop = async () => {
    await block.$disconnect()
    await made.drop()
  }
  /** How many statements the block's answer took on main. @param {(db: any) => Promise<any>} fn */
  const costs = async (fn) => {
    const before = asked.count
    await fn(block)
    return asked.count - before
  }
  return { main, block, costs, drop, url: made.url }
}

const byLabel = (/** @type {any} */ db) => db.counter.findMany({ orderBy: [{ label: 'asc' }, { id: 'asc' }] })

describe.each(DATABASES)('$name', ({ database, local }) => {
  const labels = randomStrings(SEED, COUNT)
  let pair
  beforeAll(async () => {
    pair = await setUp(database, labels)
  }, 30_000)
  afterAll(() => pair?.drop())

  test(`orders ${COUNT} random strings as main does (seed ${SEED})`, async () => {
    const { main, block } = pair
    await both(main, block, byLabel)
    await both(main, block, (db) => db.counter.findMany({ orderBy: { label: 'desc' }, take: 50, skip: 7 }))
  })

  test(`compares them as main does (seed ${SEED})`, async () => {
    const { main, block } = pair
    for (const label of labels.filter((_, n) => n % 29 === 0)) {
      await both(main, block, (db) => db.counter.count({ where: { label: { lt: label } } }))
      await both(main, block, (db) => db.counter.count({ where: { label: { gte: label, not: 'a' } } }))
      await both(main, block, (db) => db.counter.findMany({ where: { label }, orderBy: { id: 'asc' } }))
      await both(main, block, (db) =>
        db.counter.findMany({ where: { label: { in: [label, 'A'] } }, orderBy: { id: 'asc' } }),
      )
    }
  })

  test(local ? 'without asking main' : 'by asking main', async () => {
    expect(await pair.costs(byLabel)).toBe(local ? 0 : 1)
    expect(await pair.costs((db) => db.counter.findMany({ where: { label: { gt: 'a' } } }))).toBe(
      local ? 0 : 1,
    )
    expect(await pair.costs((db) => db.counter.findMany({ where: { label: 'a' } }))).toBe(0)
  })
})

describe('what ICU versions disagree about', () => {
  const labels = randomStrings(SEED + 1, COUNT, { odd: true })
  let pair
  beforeAll(async () => {
    pair = await setUp({ icu: 'en-US' }, labels)
  }, 30_000)
  afterAll(() => pair?.drop())

  test(`is ordered by main (seed ${SEED + 1})`, async () => {
    await both(pair.main, pair.block, byLabel)
    for (const label of labels.filter((_, n) => n % 31 === 0)) {
      await both(pair.main, pair.block, (db) =>
        db.counter.findMany({ where: { label: { gt: label } }, orderBy: { label: 'desc' }, take: 10 }),
      )
    }
    expect(await pair.costs(byLabel)).toBe(1)
  })

  test('a write that depends on it is an error with a name', async () => {
    const change = pair.block.counter.updateMany({ where: { label: { gt: '日' } }, data: { n: 1 } })
    await expect(change).rejects.toThrow(/only the main database can compare/)
    expect(pair.block.$block.pending().commits).toBe(0)
  })
})

test('a column with a collation of its own', async () => {
  const ddl = [
    'ALTER TABLE "Category" ALTER COLUMN "name" TYPE text COLLATE "sv-x-icu"',
    'ALTER TABLE "Counter" ALTER COLUMN "label" TYPE text COLLATE "C"',
    `CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`,
    'ALTER TABLE "Team" ALTER COLUMN "name" TYPE text COLLATE caseless',
  ]
  const { main, block, costs, drop } = await setUp({ icu: 'en-US' }, ['b', 'B', 'a', 'Ä', 'z'], { ddl })
  try {
    await main.category.createMany({ data: ['ä', 'z', 'å', 'a'].map((name) => ({ name })) })
    await main.team.createMany({
      data: ['One', 'oNE', 'two'].map((name, n) => ({ id: `t${n}`, name, region: `r${n}` })),
    })
    await block.$block.flush()
    await Block.invalidate('strings', { dir: undefined, generated: app.generated })
    const categories = (/** @type {any} */ db) => db.category.findMany({ orderBy: { name: 'asc' } })
    expect((await both(main, block, categories)).map(({ name }) => name)).toEqual(['a', 'z', 'å', 'ä'])
    expect((await both(main, block, byLabel)).map(({ label }) => label)).toEqual(['B', 'a', 'b', 'z', 'Ä'])
    const teams = (/** @type {any} */ db) =>
      db.team.findMany({ where: { name: 'ONE' }, orderBy: { id: 'asc' } })
    expect(await both(main, block, teams)).toHaveLength(2)
    expect([await costs(categories), await costs(byLabel), await costs(teams)]).toEqual([0, 0, 1])
  } finally {
    await drop()
  }
}, 30_000)

test("collation: 'approximate' orders by ICU where main orders by libc", async () => {
  const { block, costs, drop } = await setUp({ collation: 'en_US.utf8' }, ['b', 'B', 'ä', 'a'], {
    options: { collation: 'approximate' },
  })
  try {
    expect((await byLabel(block)).map(({ label }) => label)).toEqual(['a', 'ä', 'b', 'B'])
    expect(await costs(byLabel)).toBe(0)
  } finally {
    await drop()
  }
}, 30_000)
