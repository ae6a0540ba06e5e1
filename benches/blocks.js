/**
 * Many blocks in one process, which are opened, read and written as an app would: a few often, most seldom. Few of them are awake at a
 * time. What an opening costs, a read of one that is awake, a read of one that sleeps, and all of them in memory and descriptors.
 */
const fs = require('node:fs')
const path = require('node:path')
const { measureApart, serve } = require('./apart')
const { connect, memory, openBlock, user } = require('./queue/shared')
const { digits, timed } = require('./stats')

const BLOCKS = Number(process.env.BLOCKS ?? 10_000)
const CALLS = Number(process.env.BLOCK_CALLS ?? 40_000)
const WRITE_EVERY = 10
const LIFE_SAMPLES = 200
const LOAD_ROWS = 100_000
const DESCRIPTORS = '/proc/self/fd'

/** @param {number[]} all @param {number} part */
function quantile(all, part) {
  const sorted = [...all].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]
}

/** Which of so many is asked for next: the nth 1/n as often as the first. @param {number} count */
function zipf(count) {
  const sums = new Float64Array(count)
  let sum = 0
  for (let i = 0; i < count; i++) sums[i] = sum += 1 / (i + 1)
  let seed = 42
  return () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    const at = (seed / 2 ** 32) * sum
    let [low, high] = [0, count - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (sums[middle] < at) low = middle + 1
      else high = middle
    }
    return low
  }
}

/**
 * The least that an opening is: SQLite opens a file, with its log, reads its schema and a row, and writes one.
 * @param {string} file
 */
function openByHand(file) {
  const Database = require('better-sqlite3')
  const began = performance.now()
  const db = new Database(file)
  db.pragma('synchronous = OFF')
  db.prepare('SELECT value FROM _sharded_meta WHERE key = ?').get('life')
  db.prepare("INSERT OR REPLACE INTO _sharded_meta (key, value) VALUES ('life', ?)").run('by hand')
  const ms = performance.now() - began
  db.close()
  return ms
}

/** Opening, creating, waking, one at a time. @param {any} context @param {any} client */
async function measureLife(context, client) {
  const { Block } = require('sharded')
  const open = (/** @type {string} */ blockId, loader = async () => {}) =>
    openBlock(context, client, { blockId, connection: false, loader })
  const [creates, opens, byHand, files] = [[], [], [], []]
  for (let i = 0; i < LIFE_SAMPLES; i++) {
    const [createMs, db] = await timed(() => open(`life ${i}`))
    creates.push(createMs)
    files.push(db.$block.path)
    await db.$disconnect()
  }
  for (let i = 0; i < LIFE_SAMPLES; i++) {
    const [openMs, db] = await timed(() => open(`life ${i}`))
    opens.push(openMs)
    await db.$disconnect()
  }
  // After all of the others, to which they leave a disk without work. Of copies: no other SQLite of this process opens a block's own file.
  const copies = files.map((file, i) => {
    const copy = path.join(context.dir, `copy ${i}.db`)
    fs.copyFileSync(file, copy)
    return copy
  })
  for (const copy of copies) byHand.push(openByHand(copy))
  const rows = Array.from({ length: LOAD_ROWS }, (_, id) => user(id))
  const loads = []
  for (let i = 0; i < 3; i++) {
    const [loadMs, db] = await timed(() =>
      open(
        `load ${i}`,
        async (/** @type {any} */ block) => void (await block.user.createMany({ data: rows })),
      ),
    )
    loads.push(LOAD_ROWS / (loadMs / 1_000))
    await db.$disconnect()
    await Block.delete_block(`load ${i}`, { dir: context.dir, generated: context.generated })
  }
  return {
    createMs: quantile(creates, 0.5),
    openMs: quantile(opens, 0.5),
    openByHandMs: quantile(byHand, 0.5),
    loadRows: quantile(loads, 0.5),
  }
}

/** @param {any} context @param {any} client */
async function measureMany(context, client) {
  const { Block } = require('sharded')
  const dbs = []
  for (let i = 0; i < BLOCKS; i++) {
    const loader = async (/** @type {any} */ block) => void (await block.user.create({ data: user(i) }))
    dbs.push(await openBlock(context, client, { blockId: `many ${i}`, connection: false, loader }))
  }
  const openMiB = memory().nowMiB
  const next = zipf(BLOCKS)
  const [hits, misses, all, writes] = [[], [], [], []]
  let descriptors = 0
  const woken = () => Block.configure().woken
  for (let call = 0; call < CALLS; call++) {
    const i = next()
    if (call % WRITE_EVERY === 0) {
      const [ms] = await timed(() => dbs[i].user.update({ where: { id: i }, data: { age: call } }))
      writes.push(ms)
      continue
    }
    const before = woken()
    const [ms, row] = await timed(() => dbs[i].user.findUnique({ where: { id: i } }))
    if (row.id !== i) throw new Error(`block ${i} answered ${JSON.stringify(row)}`)
    all.push(ms)
    ;(woken() === before ? hits : misses).push(ms)
    if (call % 1_000 === 1) descriptors = Math.max(descriptors, fs.readdirSync(DESCRIPTORS).length)
  }
  const usedMiB = memory().mostMiB
  const { awake } = Block.configure()
  await Promise.all(dbs.map((db) => db.$block.flush({ timeout: 600_000 })))
  return {
    ...{ openMiB, usedMiB, descriptors, awake, share: misses.length / all.length },
    ...{ allUs: quantile(all, 0.5) * 1_000, hitUs: quantile(hits, 0.5) * 1_000 },
    ...{ missUs: quantile(misses, 0.5) * 1_000, writeUs: quantile(writes, 0.5) * 1_000 },
  }
}

/** @param {any} context */
async function measureAll(context) {
  const { startPrivatePostgres } = require('../__tests__/support/private-postgres')
  const { Client } = require('pg')
  const postgres = await startPrivatePostgres()
  try {
    const admin = new Client({ connectionString: postgres.url })
    await admin.connect()
    await admin.query(fs.readFileSync(path.join(__dirname, 'schema', 'postgres.sql'), 'utf8'))
    // What is updated in the blocks is there.
    const text =
      'INSERT INTO "User" (id, email, name, age, "createdAt") SELECT * FROM json_populate_recordset(NULL::"User", $1)'
    const people = Array.from({ length: BLOCKS }, (_, id) => user(id))
    await admin.query(text.replace('SELECT *', 'SELECT id, email, name, age, "createdAt"'), [
      JSON.stringify(people),
    ])
    await admin.end()
    const client = connect({ ...context, postgresUrl: postgres.url })
    const life = await measureLife(context, client)
    const many = await measureMany(context, client)
    return { ...life, ...many }
  } finally {
    await postgres.remove()
  }
}

/** @param {import('./cells').Environment} environment */
async function run({ dir, folders }) {
  const own = path.join(dir, 'blocks')
  fs.mkdirSync(own)
  const found = await measureApart(__filename, { dir: own, ...folders })
  const row = (/** @type {string} */ what, /** @type {number} */ value, /** @type {string} */ unit) =>
    `| ${what} | ${digits(value)} ${unit} |`
  const text = [
    `${BLOCKS.toLocaleString('en-US')} blocks in one process, ${CALLS.toLocaleString('en-US')} calls by Zipf's law, one in ${WRITE_EVERY} a write; times are medians:`,
    '',
    '| what | measured |',
    '|---|---:|',
    row('a block from the template, without rows', found.createMs, 'ms'),
    row('a block that exists is opened', found.openMs, 'ms'),
    row('better-sqlite3 opens as large a file, reads a row and writes one', found.openByHandMs, 'ms'),
    row('rows in memory are loaded', found.loadRows, 'rows/s'),
    row('findUnique, all', found.allUs, 'µs'),
    row('findUnique of a block that is awake', found.hitUs, 'µs'),
    row('findUnique of one that sleeps', found.missUs, 'µs'),
    row('of these there were', found.share * 100, '%'),
    row('update', found.writeUs, 'µs'),
    row('awake at most', found.awake, 'blocks'),
    row('memory (RSS) when all are open', found.openMiB, 'MiB'),
    row('memory at most', found.usedMiB, 'MiB'),
    row('descriptors at most', found.descriptors, ''),
  ].join('\n')
  return { text, figures: found }
}

if (require.main === module) serve(measureAll)

module.exports = { name: 'blocks', title: 'Ten thousand blocks', run }
