/**
 * The way to the main database: rows per second from the first call until the last row is in PostgreSQL, how many writes of the
 * app one statement of main stands for, and how long after its call a row can be seen there.
 */
const fs = require('node:fs/promises')
const path = require('node:path')
const { measureApart, serve } = require('./apart')
const { measureLag } = require('./queue/lag')
const { digits } = require('./stats')

const BATCH = 1_000
const ROWS = 100_000
const ROUNDS = 3
const HOT_ROWS = 1_000
const HOT_WRITES = 40_000
const ZIPF = 0.99

/** @param {import('./cells').Environment} environment */
async function run({ dir, postgres, folders }) {
  const database = await postgres.copy('blog')
  const own = path.join(dir, 'sync')
  await fs.mkdir(own)
  try {
    const figures = await measureApart(__filename, { dir: own, postgresUrl: database.url, ...folders })
    const { perSecond, singlePerSecond, prismaPerSecond, times, writesPerStatement } = figures
    const { lagP50Ms, lagP99Ms, ownP50Ms } = figures
    const lines = [
      ['rows per second into PostgreSQL, `createMany` of 1,000, through the block', digits(perSecond)],
      ['the same, `create` one by one', digits(singlePerSecond)],
      ["the same `createMany` by Prisma's own client", digits(prismaPerSecond)],
      ['through the block ÷ Prisma', `${digits(times)} ×`],
      [
        `updates of ${digits(HOT_ROWS)} hot rows (zipfian), writes per statement of main`,
        digits(writesPerStatement),
      ],
      ['from the call until another connection sees the row, p50', `${digits(lagP50Ms)} ms`],
      ['the same, p99', `${digits(lagP99Ms)} ms`],
      ["the same of Prisma's own `create`, p50", `${digits(ownP50Ms)} ms`],
    ]
    return {
      text: ['| | |', '|---|---:|', ...lines.map(([what, value]) => `| ${what} | ${value} |`)].join('\n'),
      figures,
    }
  } finally {
    await database.drop()
  }
}

const AT = Date.UTC(2026, 0, 1)

/** @param {number} id */
const user = (id) => ({
  id,
  email: `user${id}@example.com`,
  name: `A name of usual length, ${id}`,
  age: id % 100,
  createdAt: new Date(AT + id * 1_000),
})

/** @param {any} context @param {object[]} log */
async function open({ dir, generated, postgresClient, postgresUrl }, log) {
  const { PrismaPg } = require('@prisma/adapter-pg')
  const { PrismaClient } = require(postgresClient)
  const { Block } = require('sharded')
  const client = new PrismaClient({ adapter: new PrismaPg({ connectionString: postgresUrl }), log })
  const blockId = `sync-${log.length}`
  const db = await Block.create({ blockId, client, loader: async () => {}, dir, generated, durability: 'os' })
  return { client, db }
}

/** @param {number[]} values */
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1]

/** Rows per second of `write`, called with ids never used before, until `end` says that all are there. */
function creates() {
  let next = 10_000_000
  return async (
    /** @type {(ids: number[]) => Promise<unknown>} */ write,
    /** @type {() => Promise<unknown>} */ end,
  ) => {
    const began = performance.now()
    for (let done = 0; done < ROWS; done += BATCH) {
      await write(Array.from({ length: BATCH }, () => next++))
      // A server's loop turns between requests.
      await new Promise(setImmediate)
    }
    await end()
    return ROWS / ((performance.now() - began) / 1_000)
  }
}

/** Which of so many rows is asked for: few are asked for most often (YCSB). @param {number} count */
function zipfian(count) {
  const weights = Array.from({ length: count }, (_, at) => 1 / (at + 1) ** ZIPF)
  const sums = []
  let sum = 0
  for (const weight of weights) {
    sum += weight
    sums.push(sum)
  }
  let state = 42
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const at = (state / 2 ** 32) * sum
    let [low, high] = [0, count - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (sums[middle] < at) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** @param {any} context */
async function measureCreates(context) {
  const { client, db } = await open(context, [])
  const flush = () => db.$block.flush({ timeout: 300_000 })
  const rate = creates()
  /** @type {Record<string, number[]>} */
  const rates = { block: [], single: [], prisma: [] }
  for (let round = 0; round < ROUNDS; round++) {
    rates.prisma.push(
      await rate(
        (ids) => client.user.createMany({ data: ids.map(user) }),
        async () => {},
      ),
    )
    rates.block.push(await rate((ids) => db.user.createMany({ data: ids.map(user) }), flush))
    rates.single.push(
      await rate(async (ids) => {
        for (const id of ids) await db.user.create({ data: user(id) })
      }, flush),
    )
  }
  const expected = 3 * ROUNDS * ROWS
  const found = await client.user.count({ where: { id: { gte: 10_000_000 } } })
  if (found !== expected) throw new Error(`main has ${found} of ${expected} rows`)
  await db.$disconnect()
  await client.$disconnect()
  const [perSecond, singlePerSecond, prismaPerSecond] = [rates.block, rates.single, rates.prisma].map(median)
  return { perSecond, singlePerSecond, prismaPerSecond, times: perSecond / prismaPerSecond }
}

/** What goes to main from now on, whoever sends it. */
function countStatements() {
  const { Client } = require('pg')
  const { query } = Client.prototype
  let count = 0
  Client.prototype.query = function counted(/** @type {any[]} */ ...args) {
    count++
    return query.apply(this, args)
  }
  return () => count
}

/** Writers that keep on writing: half of the calls read, half update. @param {any} context */
async function measureHotRows(context) {
  const { client, db } = await open(context, [{ emit: 'event', level: 'warn' }])
  await db.user.createMany({ data: Array.from({ length: HOT_ROWS }, (_, id) => user(5_000_000 + id)) })
  await db.$block.flush()
  const statements = countStatements()
  const pick = zipfian(HOT_ROWS)
  for (let at = 0; at < HOT_WRITES; at++) {
    const where = { id: 5_000_000 + pick() }
    await db.user.findUnique({ where })
    await db.user.update({ where, data: { age: { increment: 1 } } })
    if (at % 50 === 0) await new Promise(setImmediate)
  }
  await db.$block.flush({ timeout: 300_000 })
  const rows = await client.user.findMany({ where: { id: { gte: 5_000_000, lt: 6_000_000 } } })
  const sum = (/** @type {number} */ total, /** @type {any} */ { id, age }) => total + age - (id % 100)
  if (rows.reduce(sum, 0) !== HOT_WRITES) throw new Error('main has not what was added')
  await db.$disconnect()
  await client.$disconnect()
  return { writesPerStatement: HOT_WRITES / statements() }
}

/** @param {any} context */
async function measureIdle(context) {
  const { client, db } = await open(context, [
    { emit: 'event', level: 'error' },
    { emit: 'event', level: 'warn' },
  ])
  try {
    return await measureLag(context, db, client)
  } finally {
    await db.$disconnect()
    await client.$disconnect()
  }
}

/** @param {any} context */
async function measureAll(context) {
  return {
    ...(await measureIdle(context)),
    ...(await measureHotRows(context)),
    ...(await measureCreates({ ...context })),
  }
}

if (require.main === module) serve(measureAll)

module.exports = { name: 'sync', title: 'The way to the main database', run }
