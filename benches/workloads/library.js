const { ARTICLES_PER_AUTHOR, COMMENTS_PER_ARTICLE, DISCUSSED_AUTHORS, country } = require('../data')

/** @typedef {import('./index').Workload} Workload */

const FEW = Array.from({ length: 5 }, (_, n) => n)
const AVERAGE_DIGITS = 9
const groups = /** @type {const} */ (['read'])

/** @param {(n: number) => any} call */
const few = (call) => Promise.all(FEW.map(async (n) => call(n)))

/** @param {any[]} rows */
const byId = (rows) => rows.sort((a, b) => a.id - b.id)

/** @param {any} owner */
const sorted = (owner) => ({
  ...owner,
  articles: byId(owner.articles).map((/** @type {any} */ article) => ({
    ...article,
    comments: byId(article.comments),
  })),
})

/** PostgreSQL divides as numeric, SQLite as double: the last digit may differ. @param {any} row */
const rounded = (row) => ({ ...row, _avg: { score: Number(row._avg.score.toFixed(AVERAGE_DIGITS)) } })

const someAuthor = (/** @type {number} */ n) => 1 + ((n * 37) % DISCUSSED_AUTHORS)
const someScore = (/** @type {number} */ n) => 10 + (n % 40)
const relatedPage = (/** @type {number} */ n) => ({
  country: country(n),
  minScore: someScore(n),
  skip: 20,
  take: 20,
})
const somePage = (/** @type {number} */ n) => ({
  minScore: 90 + (n % 9),
  minViews: 900,
  skip: 20,
  take: 20,
})

/** Reads whose cost is in the database: over 100,000 rows, or three levels deep. @type {Workload[]} */
const LIBRARY_WORKLOADS = [
  {
    name: 'tree',
    title: `findUnique + ${ARTICLES_PER_AUTHOR} related, ${COMMENTS_PER_ARTICLE} below each`,
    maxCalls: 5_000,
    prepare: someAuthor,
    run: (ops, id) => ops.tree(id),
    check: async (ops) => (await few((n) => ops.tree(someAuthor(n)))).map(sorted),
  },
  {
    name: 'related',
    title: 'to-one filter + order + page, 100,000 rows',
    maxCalls: 1_000,
    prepare: relatedPage,
    run: (ops, page) => ops.related(page),
    check: async (ops) => (await few((n) => ops.related(relatedPage(n)))).flat(),
  },
  {
    name: 'some',
    title: 'to-many filter + order + page, 100,000 related rows',
    maxCalls: 1_000,
    prepare: somePage,
    run: (ops, page) => ops.some(page),
    check: async (ops) => (await few((n) => ops.some(somePage(n)))).flat(),
  },
  {
    name: 'aggregate',
    title: 'aggregate, 100,000 rows',
    maxCalls: 1_000,
    prepare: someScore,
    run: (ops, minScore) => ops.aggregate(minScore),
    check: async (ops) => (await few((n) => ops.aggregate(someScore(n)))).map(rounded),
  },
  {
    name: 'groupBy',
    title: 'groupBy, 100,000 rows',
    maxCalls: 1_000,
    prepare: someScore,
    run: (ops, minScore) => ops.groupBy(minScore),
    check: async (ops) => (await few((n) => ops.groupBy(someScore(n)))).flat().map(rounded),
  },
].map((workload) => ({
  ...workload,
  kind: /** @type {const} */ ('read'),
  data: /** @type {const} */ ('library'),
  groups: [...groups],
  adapters: [
    'sharded-full',
    'prisma-postgres',
    'prisma-sqlite',
    'better-sqlite3',
    ...(workload.name === 'tree' ? [] : ['better-sqlite3-same']),
  ],
}))

module.exports = { LIBRARY_WORKLOADS }
