/**
 * The queue on Redis: what a write costs its caller while Redis is up, down and stalled, how long after the call a row can be
 * seen in main, and how many rows a second arrive. A worker in a process of its own applies; the process that is measured writes.
 */
const fs = require('node:fs/promises')
const path = require('node:path')
const { setTimeout: sleep } = require('node:timers/promises')
const { measureApart, serve } = require('./apart')
const { measureLag } = require('./queue/lag')
const { startNeighbour, startWorker } = require('./queue/processes')
const { connect, openBlock, openUsers, user } = require('./queue/shared')
const { digits, percentile, spread } = require('./stats')

const ROUNDS = 7
const WRITES = 150
/**
 * Between two writes the loop is free for so long on average, as in an app that is not at its limit; then the app works for a while. What
 * a call costs on a machine that wakes for it alone says more of the machine than of the queue.
 */
const PACE_MS = 6
const WORK_MS = 1
/** A state of Redis has so long to be noticed. */
const SETTLE_MS = 400
const BATCH = 1_000
const ROWS = 100_000
const RATE_ROUNDS = 3
const USERS = 100
/** Of the users of each block. @type {Record<string, number>} */
const FIRST_IDS = { os: 1_000_000, full: 2_000_000 }
const STATES = /** @type {const} */ (['up', 'down', 'stalled'])

/** @param {import('./cells').Environment} environment */
async function run({ dir, postgres, folders }) {
  const database = await postgres.copy('blog')
  const own = path.join(dir, 'redis')
  await fs.mkdir(own)
  try {
    const measured = await measureApart(__filename, { dir: own, postgresUrl: database.url, ...folders })
    return { text: textOf(measured), figures: figuresOf(measured) }
  } finally {
    await database.drop()
  }
}

/** @param {any} measured */
function textOf({ writes, lag, rate }) {
  const cell = (/** @type {any} */ { median, min, max }) =>
    `${digits(median)} (${digits(min)}–${digits(max)})`
  const rows = Object.entries(writes).map(
    ([durability, states]) =>
      `| an update, durability '${durability}', p50, µs | ${STATES.map((state) => cell(states[state])).join(' | ')} |`,
  )
  return [
    `A write every ${PACE_MS + WORK_MS} ms on average in a process that does not apply, while another one of the app writes as often, by way of a Redis that is up:`,
    '',
    `| | Redis ${STATES.join(' | Redis ')} |`,
    '|---|---:|---:|---:|',
    ...rows,
    '',
    '| | |',
    '|---|---:|',
    `| from the call until another connection sees the row, p50 | ${digits(lag.lagP50Ms)} ms |`,
    `| the same, p99 | ${digits(lag.lagP99Ms)} ms |`,
    `| the same of Prisma's own \`create\`, p50 | ${digits(lag.ownP50Ms)} ms |`,
    `| rows per second into PostgreSQL, \`createMany\` of ${digits(BATCH)} | ${digits(rate.median)} |`,
  ].join('\n')
}

/** @param {any} measured @returns {Record<string, number>} */
function figuresOf({ writes, lag, rate }) {
  const apart = Object.entries(writes).map(([durability, states]) => {
    const medians = STATES.map((state) => states[state].median)
    return [`${durability}Apart`, Math.max(...medians) / Math.min(...medians)]
  })
  return { ...Object.fromEntries(apart), ...lag, perSecond: rate.median }
}

/** @param {any} redis @param {string} state @param {any[]} blocks */
async function bring(redis, state, blocks) {
  redis.resume()
  if (state === 'down') await redis.kill()
  else if (!redis.server) await redis.start()
  if (state === 'up') for (const db of blocks) await db.$block.flush({ timeout: 60_000 })
  if (state === 'stalled') redis.stall()
  await sleep(SETTLE_MS)
}

/** What an app does before it writes: reads a request, makes an answer. */
function work() {
  const body = { rows: Array.from({ length: 20 }, (_, at) => user(at)) }
  for (const until = performance.now() + WORK_MS; performance.now() < until; )
    JSON.parse(JSON.stringify(body))
}

/** @param {any} db @param {number} from @returns {Promise<number>} µs */
async function writeOften(db, from) {
  const samples = []
  for (let at = 0; at < WRITES; at++) {
    // At random: in step with what it starts, each write would meet the disk as main stores the one before.
    await sleep(PACE_MS * 2 * Math.random())
    work()
    const where = { id: from + (at % USERS) }
    const began = performance.now()
    await db.user.update({ where, data: { age: at } })
    samples.push((performance.now() - began) * 1_000)
  }
  return percentile(samples, 50)
}

/**
 * In turn, so that what happens to the machine happens to all; the neighbour writes all the time, so that it is as busy in every state.
 * @param {any} context @param {any} client @param {any} redis @param {Awaited<ReturnType<typeof startNeighbour>>} neighbour
 */
async function measureWrites(context, client, redis, neighbour) {
  /** @type {Record<string, any>} */
  const blocks = {}
  for (const [durability, from] of Object.entries(FIRST_IDS)) {
    const options = { blockId: durability, connection: redis.url, durability }
    blocks[durability] = await openUsers(context, client, options, { from, count: USERS })
  }
  const all = Object.values(blocks)
  /** @type {Record<string, Record<string, number[]>>} */
  const found = { os: { up: [], down: [], stalled: [] }, full: { up: [], down: [], stalled: [] } }
  for (const [durability, db] of Object.entries(blocks)) await writeOften(db, FIRST_IDS[durability])
  await neighbour.write(PACE_MS)
  for (let round = 0; round < ROUNDS; round++) {
    for (const state of STATES) {
      await bring(redis, state, all)
      for (const [durability, db] of Object.entries(blocks))
        found[durability][state].push(await writeOften(db, FIRST_IDS[durability]))
    }
  }
  await neighbour.rest()
  await bring(redis, 'up', all)
  for (const db of all) await db.$disconnect()
  return Object.fromEntries(
    Object.entries(found).map(([durability, states]) => [
      durability,
      Object.fromEntries(Object.entries(states).map(([state, medians]) => [state, spread(medians)])),
    ]),
  )
}

/** @param {any} db @param {any} client */
async function measureRate(db, client) {
  const rates = []
  for (let round = 0; round < RATE_ROUNDS; round++) {
    const began = performance.now()
    for (let done = 0; done < ROWS; done += BATCH) {
      const from = 10_000_000 + round * ROWS + done
      await db.user.createMany({ data: Array.from({ length: BATCH }, (_, at) => user(from + at)) })
      await new Promise(setImmediate)
    }
    await db.$block.flush({ timeout: 300_000 })
    rates.push(ROWS / ((performance.now() - began) / 1_000))
  }
  const found = await client.user.count({ where: { id: { gte: 10_000_000 } } })
  if (found !== RATE_ROUNDS * ROWS) throw new Error(`main has ${found} of ${RATE_ROUNDS * ROWS} rows`)
  return spread(rates)
}

/** @param {any} context */
async function measureAll(context) {
  const { startPrivateRedis } = require('../__tests__/support/private-redis')
  const [redis, own] = [await startPrivateRedis(), await startPrivateRedis()]
  const processes = [await startWorker(context, redis.url)]
  const client = connect(context)
  try {
    const db = await openBlock(context, client, { blockId: 'way', connection: redis.url })
    await db.user.count()
    const lag = await measureLag(context, db, client)
    const rate = await measureRate(db, client)
    await db.$disconnect()
    processes.push(await startWorker(context, own.url))
    const neighbour = await startNeighbour(context, own.url)
    const writes = await measureWrites(context, client, redis, neighbour)
    await neighbour.stop()
    await client.$disconnect()
    return { lag, rate, writes }
  } finally {
    for (const { stop } of processes) await stop()
    for (const server of [redis, own]) await server.remove()
  }
}

if (require.main === module) serve(measureAll)

module.exports = { name: 'redis', title: 'The way through Redis', run }
