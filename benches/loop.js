/**
 * How long the event loop is held while reads take long: the longest delay that `monitorEventLoopDelay` sees during a scan
 * of 200,000 rows with point reads running beside it, and during a result of 10,000 rows, beside plain JS that builds the
 * same array in one go.
 */
const fs = require('node:fs/promises')
const path = require('node:path')
const { measureApart, serve } = require('./apart')

const ROWS = 200_000
const SOME = 10_000
const POINT_READS = 1_000
const ROUNDS = 5

/** @param {number} value */
const ms = (value) => (value < 10 ? value.toFixed(1) : value.toFixed(0))

/** @param {import('./cells').Environment} environment */
async function run({ dir, postgres, folders }) {
  const database = await postgres.copy('blog')
  const own = path.join(dir, 'loop')
  await fs.mkdir(own)
  try {
    const rows = await measureApart(__filename, { dir: own, postgresUrl: database.url, ...folders }, [
      '--expose-gc',
    ])
    const lines = rows.map(
      ({ title, maxMs, leastMs, mostMs, tookMs, reads, p50Us, p99Us }) =>
        `| ${title} | ${ms(maxMs)}${leastMs === undefined ? '' : ` (${ms(leastMs)}–${ms(mostMs)})`} | ${ms(tookMs)} | ${reads ?? '–'} | ${p50Us === undefined ? '–' : p50Us.toFixed(0)} | ${p99Us === undefined ? '–' : p99Us.toFixed(0)} |`,
    )
    const head = [
      '| | longest delay, ms | took, ms | point reads beside | p50, µs | p99, µs |',
      '|---|---:|---:|---:|---:|---:|',
    ]
    const figures = Object.fromEntries(rows.map(({ name, maxMs }) => [name, maxMs]))
    return { text: [...head, ...lines].join('\n'), figures }
  } finally {
    await database.drop()
  }
}

/** @param {number} id */
const post = (id) => ({
  id,
  userId: 1 + (id % 1_000),
  title: `Post ${id} of the loop, with a title of usual length`,
  score: (id * 31) % 100,
  createdAt: new Date(Date.UTC(2026, 0, 1) + id * 60_000),
})

/** @param {any} context */
async function openBlock({ dir, generated, postgresClient, postgresUrl }) {
  const { PrismaPg } = require('@prisma/adapter-pg')
  const { PrismaClient } = require(postgresClient)
  const { Block } = require('sharded')
  const client = new PrismaClient({ adapter: new PrismaPg({ connectionString: postgresUrl }) })
  const loader = async (/** @type {any} */ block) => {
    for (let from = 0; from < ROWS; from += 10_000)
      await block.post.createMany({ data: Array.from({ length: 10_000 }, (_, i) => post(from + i)) })
  }
  return Block.create({ blockId: 'loop', client, loader, dir, generated, durability: 'os' })
}

/** @param {() => unknown} work */
async function watched(work) {
  const { monitorEventLoopDelay } = require('node:perf_hooks')
  const { setTimeout: sleep } = require('node:timers/promises')
  // What earlier work has left is not this one's.
  globalThis.gc?.()
  await sleep(100)
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await sleep(20)
  const began = performance.now()
  const value = await work()
  const tookMs = performance.now() - began
  await sleep(20)
  delay.disable()
  return { value, tookMs, maxMs: delay.max / 1e6 }
}

/** Point reads, some at each turn of the loop, until `done` and as many as asked. @param {any} db @param {() => boolean} done */
async function pointReads(db, done) {
  const { percentile } = require('./stats')
  const { setTimeout: sleep } = require('node:timers/promises')
  const samples = []
  while (!done() || samples.length < POINT_READS) {
    for (let n = 0; n < 10; n++) {
      const before = performance.now()
      await db.post.findUnique({ where: { id: (samples.length * 7_919) % ROWS } })
      samples.push((performance.now() - before) * 1_000)
    }
    await sleep(1)
  }
  return { reads: samples.length, p50Us: percentile(samples, 50), p99Us: percentile(samples, 99) }
}

/** @param {any} db @param {(db: any) => Promise<unknown>} scan */
const beside = (db, scan) =>
  watched(async () => {
    const began = performance.now()
    let scanMs = 0
    const running = scan(db).then(() => {
      scanMs = performance.now() - began
    })
    const reads = await pointReads(db, () => scanMs > 0)
    await running
    return { ...reads, tookMs: scanMs }
  }).then(({ value, maxMs }) => ({ ...value, maxMs }))

/** @type {[string, string, (db: any) => Promise<unknown>][]} */
const SCANS = [
  [
    'filter',
    'filter of 200,000 rows that finds 20',
    (db) => db.post.findMany({ where: { title: { contains: '9999 of' } } }),
  ],
  [
    'count',
    'count over 200,000 rows',
    (db) => db.post.count({ where: { title: { contains: '99' }, score: { gt: 10 } } }),
  ],
  ['full', 'all 200,000 rows', (db) => db.post.findMany()],
  ['some', '10,000 rows', (db) => db.post.findMany({ take: SOME })],
]

/** What a fetch of nothing costs is left out: only the objects are made. @param {number} count */
const plain = (count) => Array.from({ length: count }, (_, id) => post(id))

/** Several times, since a busy machine delays the loop by itself. @param {() => Promise<any>} measureOnce */
async function repeated(measureOnce) {
  const runs = []
  for (let round = 0; round < ROUNDS; round++) runs.push(await measureOnce())
  const median = runs.sort((a, b) => a.maxMs - b.maxMs)[ROUNDS >> 1]
  return { ...median, leastMs: runs[0].maxMs, mostMs: runs[ROUNDS - 1].maxMs }
}

/** @param {any} context */
async function measureAll(context) {
  const db = await openBlock(context)
  const rows = []
  for (const id of [0, 1]) await db.post.findUnique({ where: { id } })
  const alone = async () => {
    const { value, tookMs, maxMs } = await watched(() => pointReads(db, () => true))
    return { ...value, tookMs, maxMs }
  }
  rows.push({ name: 'idle', title: 'point reads alone', ...(await repeated(alone)) })
  for (const [name, title, scan] of SCANS) {
    rows.push({
      name: `${name}First`,
      title: `${title}, first call of its form`,
      ...(await beside(db, scan)),
    })
    rows.push({ name, title, ...(await repeated(() => beside(db, scan))) })
  }
  for (const count of [SOME, ROWS]) {
    const title = `plain JS makes ${count.toLocaleString('en-US')} rows`
    rows.push({ name: `plain${count}`, title, ...(await repeated(() => watched(() => void plain(count)))) })
  }
  await db.$disconnect()
  return rows
}

if (require.main === module) serve(measureAll)

module.exports = { name: 'loop', title: 'How long the event loop is held', run }
