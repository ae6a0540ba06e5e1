/**
 * A million commits that main cannot take: how much memory the process that has them needs, and the one that applies them when
 * main is back; how long that takes; and whether all of them arrived. Once with the local queue, once through Redis.
 */
const fs = require('node:fs/promises')
const path = require('node:path')
const { setTimeout: sleep } = require('node:timers/promises')
const { measureApart, serve } = require('./apart')
const { startWorker } = require('./queue/processes')
const { connect, memory, openBlock, user } = require('./queue/shared')
const { digits } = require('./stats')

const COMMITS = Number(process.env.PENDING_COMMITS ?? 1_000_000)
/** Made and sent before memory counts: what every process needs. */
const WARM_UP = 20_000
/** Every so many creates an update of a row that is on its way, so that not all of them are rows of one statement. */
const UPDATE_EVERY = 10
const FIRST_ID = 10_000_000
const LOOK_MS = 50
const LONGEST_MS = 3_600_000

/** @param {import('./cells').Environment} environment */
async function run({ dir, folders }) {
  const found = []
  for (const queue of ['local', 'redis']) {
    const own = path.join(dir, `pending-${queue}`)
    await fs.mkdir(own)
    found.push(await measureApart(__filename, { dir: own, queue, ...folders }))
  }
  const lines = found.map(
    ({ queue, makeS, pendingMiB, drainS, drainMiB, workerMiB, bytes }) =>
      `| ${queue} | ${digits(makeS)} | ${digits(bytes / 2 ** 20)} | ${digits(pendingMiB)} | ${digits(drainS)} | ${digits(drainMiB)} | ${workerMiB === null ? '–' : digits(workerMiB)} |`,
  )
  const text = [
    `${COMMITS.toLocaleString('en-US')} commits of one change while PostgreSQL is stopped; memory is what RSS grew by at most:`,
    '',
    '| queue | made in, s | outbox, MiB | memory meanwhile, MiB | sent in, s | memory of the writer meanwhile, MiB | of the worker, MiB |',
    '|---|---:|---:|---:|---:|---:|---:|',
    ...lines,
  ].join('\n')
  const most = found.flatMap(({ pendingMiB, drainMiB, workerMiB }) => [pendingMiB, drainMiB, workerMiB ?? 0])
  return { text, figures: { mostMiB: Math.max(...most) } }
}

/** The most that RSS has grown by, in MiB. @param {number} base */
function watchMemory(base) {
  let most = base
  const look = () => {
    most = Math.max(most, memory().nowMiB)
  }
  const timer = setInterval(look, LOOK_MS)
  return {
    look,
    end() {
      look()
      clearInterval(timer)
      return most - base
    },
  }
}

/** @param {any} db @param {number} from @param {number} count @param {() => void} look */
async function makeCommits(db, from, count, look) {
  for (let at = from; at < from + count; at++) {
    if (at % UPDATE_EVERY === UPDATE_EVERY - 1) {
      const where = { id: FIRST_ID + at - 1 }
      await db.user.update({ where, data: { age: { increment: 1 } } })
    } else await db.user.create({ data: user(FIRST_ID + at) })
    if (at % 200 !== 0) continue
    await new Promise(setImmediate)
    look()
  }
}

/** What main has of it, and what it should. @param {string} url @param {number} commits */
async function compare(url, commits) {
  const { Client } = require('pg')
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query(
    `SELECT count(*)::int AS rows, coalesce(sum(age - id % 100), 0)::int AS added FROM "User" WHERE id >= $1`,
    [FIRST_ID],
  )
  await client.end()
  const updates = Math.floor(commits / UPDATE_EVERY)
  const expected = { rows: commits - updates, added: updates }
  if (rows[0].rows !== expected.rows || rows[0].added !== expected.added)
    throw new Error(`main has ${JSON.stringify(rows[0])} instead of ${JSON.stringify(expected)}`)
}

/** @param {any} context @param {any} postgres @param {any} redis */
async function measureQueue(context, postgres, redis) {
  const client = connect(context, [
    { emit: 'event', level: 'error' },
    { emit: 'event', level: 'warn' },
  ])
  const worker = redis ? await startWorker(context, redis.url) : null
  const db = await openBlock(context, client, { blockId: 'pending', connection: redis?.url ?? false })
  db.$block.on('error', () => {})
  await makeCommits(db, 0, WARM_UP, () => {})
  await db.$block.flush({ timeout: LONGEST_MS })
  const workerBefore = await worker?.memory()

  await postgres.stop()
  const base = memory().nowMiB
  const making = watchMemory(base)
  let began = performance.now()
  await makeCommits(db, WARM_UP, COMMITS, making.look)
  await sleep(1_000)
  const makeS = (performance.now() - began) / 1_000
  const pendingMiB = making.end()
  const { commits, bytes } = db.$block.pending()
  if (commits !== COMMITS) throw new Error(`${commits} commits are pending instead of ${COMMITS}`)

  await postgres.start()
  const draining = watchMemory(base)
  began = performance.now()
  await db.$block.flush({ timeout: LONGEST_MS })
  const drainS = (performance.now() - began) / 1_000
  const drainMiB = draining.end()
  const workerAfter = await worker?.memory()
  await compare(context.postgresUrl, WARM_UP + COMMITS)
  if (db.$block.rejected().length > 0) throw new Error('main has refused commits')
  const workerMiB = workerAfter && workerBefore ? workerAfter.mostMiB - workerBefore.nowMiB : null
  await db.$disconnect()
  await client.$disconnect()
  await worker?.stop()
  return { queue: context.queue, makeS, bytes, pendingMiB, drainS, drainMiB, workerMiB }
}

/** @param {any} context */
async function measureAll(context) {
  const { Client } = require('pg')
  const { startPrivatePostgres } = require('../__tests__/support/private-postgres')
  const { startPrivateRedis } = require('../__tests__/support/private-redis')
  const postgres = await startPrivatePostgres()
  const redis = context.queue === 'redis' ? await startPrivateRedis() : null
  try {
    const admin = new Client({ connectionString: postgres.url })
    await admin.connect()
    await admin.query(await fs.readFile(path.join(__dirname, 'schema', 'postgres.sql'), 'utf8'))
    await admin.end()
    return await measureQueue({ ...context, postgresUrl: postgres.url }, postgres, redis)
  } finally {
    await redis?.remove()
    await postgres.remove()
  }
}

if (require.main === module) serve(measureAll)

module.exports = { name: 'pending', title: 'A million commits that wait', run }
