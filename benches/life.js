/**
 * What a block's life costs those who use it meanwhile: how long a declared scope of 100,000 rows takes to load, what a refresh of as
 * many adds to reads and writes beside it, and what the checkpoints of the WAL add to writes in a row and the reads between them.
 */
const fs = require('node:fs/promises')
const path = require('node:path')
const { setTimeout: sleep } = require('node:timers/promises')
const { measureApart, serve } = require('./apart')
const { Calls, watchCollections } = require('./life/calls')
const { connect, openBlock } = require('./queue/shared')
const { digits, median, timed } = require('./stats')

const ROWS = 100_000
const ROUNDS = 3
/** One row in so many is changed in main before a refresh. */
const CHANGED_EVERY = 10
const WRITE_EVERY_MS = 10
const ALONE_MS = 3_000
const UPDATES = 30_000
/** A server's loop turns between requests. */
const CALLS_PER_TURN = 50
const LONGEST_MS = 300_000

/** @param {import('./cells').Environment} environment */
async function run({ dir, postgres, folders }) {
  const database = await postgres.copy('library')
  const own = path.join(dir, 'life')
  await fs.mkdir(own)
  try {
    const context = { dir: own, postgresUrl: database.url, ...folders }
    const found = await measureApart(__filename, context, ['--expose-gc'])
    return { text: table(found), figures: found }
  } finally {
    await database.drop()
  }
}

/** @param {Record<string, number>} found */
function table(found) {
  const rows = /** @type {[string, number, string][]} */ ([
    ['a scope of 100,000 rows is loaded', found.loadMs, 'ms'],
    ["of that Prisma's client reads the same pages in", found.pagesMs, 'ms'],
    ['a refresh of them, of which 10 % are changed', found.refreshMs, 'ms'],
    ['findUnique before it, p99', found.beforeP99Us, 'µs'],
    ['findUnique meanwhile, p99', found.duringP99Us, 'µs'],
    ['findUnique meanwhile, the longest', found.duringWorstMs, 'ms'],
    ['update every 10 ms before it, the longest, from when it was due', found.beforeWriteMs, 'ms'],
    ['update every 10 ms meanwhile, the longest, from when it was due', found.duringWriteMs, 'ms'],
    ['the same, less what V8 collected meanwhile', found.duringRestMs, 'ms'],
    ['the same from its call', found.duringCallMs, 'ms'],
    ['delay of the loop meanwhile, the longest', found.loopMs, 'ms'],
    ['30,000 updates in a row: update, p99.9', found.updateP999Ms, 'ms'],
    ['the longest', found.updateRawMs, 'ms'],
    ['the longest, less what V8 collected meanwhile', found.updateMs, 'ms'],
    ['a checkpoint had the write lock, the longest', found.lockedMs, 'ms'],
    ['the same updates without checkpoints, p99.9', found.heldP999Ms, 'ms'],
    ['the longest, less what V8 collected meanwhile', found.heldMs, 'ms'],
    ['findUnique between the first, p99.9', found.readP999Ms, 'ms'],
    ['the longest', found.readRawMs, 'ms'],
    ['the longest, less what V8 collected meanwhile', found.readMs, 'ms'],
    ['the longest between those without checkpoints, less what V8 collected', found.heldReadMs, 'ms'],
    ['the longest collection', found.collectionMs, 'ms'],
    ['the longest pause of a loop of plain JS for as long', found.machineMs, 'ms'],
    ['the WAL afterwards', found.walMiB, 'MiB'],
  ])
  const lines = rows.map(([what, value, unit]) => `| ${what} | ${digits(value)} ${unit} |`)
  const text = `Medians of ${ROUNDS} rounds; what is the longest is that of all rounds.`
  return [text, '', '| what | measured |', '|---|---:|', ...lines].join('\n')
}

const SCOPE = { article: {} }

/** @param {any} context @param {any} client @param {string} blockId */
const openScope = (context, client, blockId) =>
  openBlock(context, client, { blockId, connection: false, scope: SCOPE, loader: undefined })

/** The pages of js/scope/load.js, by Prisma alone. @param {any} client */
async function readPages(client) {
  const take = 1_000
  for (let last = 0; ; ) {
    const page = await client.article.findMany({ where: { id: { gt: last } }, orderBy: { id: 'asc' }, take })
    if (page.length < take) return
    last = page[page.length - 1].id
  }
}

/** @param {any} context @param {any} client */
async function measureLoad(context, client) {
  const { Block } = require('sharded')
  const [loads, pages] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    pages.push((await timed(() => readPages(client)))[0])
    const blockId = `scope ${round}`
    const [ms, db] = await timed(() => openScope(context, client, blockId))
    loads.push(ms)
    const held = await db.article.count()
    if (held !== ROWS) throw new Error(`the block holds ${held} rows instead of ${ROWS}`)
    await db.$disconnect()
    await Block.delete_block(blockId, { dir: context.dir, generated: context.generated })
  }
  return { loadMs: median(loads), pagesMs: median(pages) }
}

/** Which row is asked for next. */
function picker() {
  let state = 42
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return 1 + Math.floor((state / 2 ** 32) * ROWS)
  }
}

/** Another one that is not changed in main: what is written here meanwhile stays as it is until the next refresh. @param {number} id */
const unchanged = (id) => (id % CHANGED_EVERY === 0 ? id - 1 : id)

/** Reads one after another with a turn of the loop between them. @param {any} db @param {() => boolean} isOver */
async function readOn(db, isOver) {
  const [calls, pick] = [new Calls(), picker()]
  while (!isOver()) {
    const id = pick()
    const began = performance.now()
    const row = await db.article.findUnique({ where: { id } })
    calls.end(began)
    if (row.id !== id) throw new Error(`article ${id} is answered by ${JSON.stringify(row)}`)
    await new Promise(setImmediate)
  }
  return calls
}

/** Writes at their times: one that the loop is late for has waited too. @param {any} db @param {() => boolean} isOver */
async function writeOn(db, isOver) {
  const [due, own, pick] = [new Calls(), new Calls(), picker()]
  const data = { views: { increment: 1 } }
  while (!isOver()) {
    const dueAt = performance.now() + WRITE_EVERY_MS
    await sleep(WRITE_EVERY_MS)
    const began = performance.now()
    await db.article.update({ where: { id: unchanged(pick()) }, data })
    own.end(began)
    due.end(dueAt)
  }
  return { due, own }
}

/** What reads and writes take while that work runs. @param {any} db @param {() => Promise<unknown>} work */
async function beside(db, work) {
  const { monitorEventLoopDelay } = require('node:perf_hooks')
  globalThis.gc?.()
  const loop = monitorEventLoopDelay({ resolution: 1 })
  loop.enable()
  const watch = watchCollections()
  let over = false
  const isOver = () => over
  const running = timed(work).finally(() => {
    over = true
  })
  const [[tookMs], reads, writes] = await Promise.all([running, readOn(db, isOver), writeOn(db, isOver)])
  loop.disable()
  const rest = writes.due.without(await watch.end())
  return { tookMs, reads, writes, rest, loopMs: loop.max / 1e6 }
}

/** What an app does in main by itself. @param {any} client @param {number} round */
const changeMain = (client, round) =>
  client.$executeRawUnsafe(
    `UPDATE "Article" SET title = 'Changed ' || $1 || ', ' || id WHERE id % ${CHANGED_EVERY} = 0`,
    String(round),
  )

/** @param {any} db @param {any} client @param {number} round */
async function compare(db, client, round) {
  const where = { title: { startsWith: `Changed ${round},` } }
  const held = await db.article.count({ where })
  if (held !== ROWS / CHANGED_EVERY) throw new Error(`${held} rows are refreshed`)
  await db.$block.flush({ timeout: LONGEST_MS })
  const sums = { _count: true, _sum: { views: true } }
  const [here, there] = [await db.article.aggregate(sums), await client.article.aggregate(sums)]
  if (JSON.stringify(here) !== JSON.stringify(there))
    throw new Error(`the block has ${JSON.stringify(here)}, main ${JSON.stringify(there)}`)
}

/** @param {any} db @param {any} client */
async function measureRefresh(db, client) {
  const rounds = []
  for (let round = 0; round < ROUNDS; round++) {
    await changeMain(client, round)
    const before = await beside(db, () => sleep(ALONE_MS))
    const during = await beside(db, () => db.$block.refresh())
    await compare(db, client, round)
    rounds.push({ before, during })
  }
  const [before, during] = [rounds.map((one) => one.before), rounds.map((one) => one.during)]
  const p99Us = (/** @type {typeof before} */ all) =>
    median(all.map(({ reads }) => reads.percentile(99))) * 1e3
  const most = (/** @type {number[]} */ all) => Math.max(...all)
  return {
    refreshMs: median(during.map(({ tookMs }) => tookMs)),
    ...{ beforeP99Us: p99Us(before), duringP99Us: p99Us(during) },
    duringWorstMs: most(during.map(({ reads }) => reads.worst)),
    beforeWriteMs: most(before.map(({ writes }) => writes.due.worst)),
    duringWriteMs: most(during.map(({ writes }) => writes.due.worst)),
    duringRestMs: most(during.map(({ rest }) => rest.worst)),
    duringCallMs: most(during.map(({ writes }) => writes.own.worst)),
    loopMs: most(during.map(({ loopMs }) => loopMs)),
  }
}

/** How long the machine itself keeps a loop that only looks at the clock. @param {number} forMs */
function machinePause(forMs) {
  const until = performance.now() + forMs
  let longest = 0
  for (let last = performance.now(), now = last; now < until; last = now) {
    now = performance.now()
    longest = Math.max(longest, now - last)
  }
  return longest
}

/** One update after another, a read after each. @param {any} db */
async function updateOn(db) {
  const [updates, reads, pick] = [new Calls(), new Calls(), picker()]
  const data = { views: { increment: 1 } }
  for (let nth = 0; nth < UPDATES; nth++) {
    const [where, other] = [{ id: pick() }, { id: pick() }]
    let began = performance.now()
    await db.article.update({ where, data })
    updates.end(began)
    began = performance.now()
    await db.article.findUnique({ where: other })
    reads.end(began)
    if (nth % CALLS_PER_TURN === 0) await new Promise(setImmediate)
  }
  return { updates, reads }
}

/** One round of it: what V8 collected meanwhile is told apart. @param {any} db */
async function timeUpdates(db) {
  globalThis.gc?.()
  const watch = watchCollections()
  const [tookMs, { updates, reads }] = await timed(() => updateOn(db))
  const collections = await watch.end()
  return {
    ...{ updateP999Ms: updates.percentile(99.9), updateRawMs: updates.worst },
    ...{ readP999Ms: reads.percentile(99.9), readRawMs: reads.worst },
    ...{ updateMs: updates.without(collections).worst, readMs: reads.without(collections).worst },
    ...{ collectionMs: Math.max(0, ...collections.map(({ ms }) => ms)), tookMs },
  }
}

/** While a snapshot is read no checkpoint comes to its end, and none begins the log anew. @param {any} db @param {() => Promise<any>} work */
function withoutCheckpoints(db, work) {
  const hold = async (/** @type {any} */ transaction) => {
    await transaction.article.count()
    return work()
  }
  return db.$transaction(hold, { isolationLevel: 'RepeatableRead', timeout: LONGEST_MS })
}

/** @param {any} db */
async function measureCheckpoints(db) {
  // The control makes one.
  db.$block.on('longReader', () => {})
  const rounds = []
  for (let round = 0; round < ROUNDS; round++) {
    const kept = await timeUpdates(db)
    const { checkpoint, file } = db.$block.status()
    await db.$block.flush({ timeout: LONGEST_MS })
    const held = await withoutCheckpoints(db, () => timeUpdates(db))
    await db.$block.flush({ timeout: LONGEST_MS })
    rounds.push({
      ...kept,
      // The log that a control leaves is far longer than any may get: what it takes to cut that is no figure of the others.
      ...{ lockedMs: round === 0 ? checkpoint.lockedMs : 0, walMiB: file.walBytes / 2 ** 20 },
      ...{ heldP999Ms: held.updateP999Ms, heldMs: held.updateMs, heldReadMs: held.readMs },
      machineMs: machinePause(kept.tookMs),
    })
  }
  const middles = ['updateP999Ms', 'readP999Ms', 'heldP999Ms']
  const of = (/** @type {number[]} */ values, /** @type {string} */ name) =>
    middles.includes(name) ? median(values) : Math.max(...values)
  /** @type {[string, number][][]} */
  const all = rounds.map((one) => Object.entries(one))
  return Object.fromEntries(
    all[0].map(([name], at) => [
      name,
      of(
        all.map((one) => one[at][1]),
        name,
      ),
    ]),
  )
}

/** @param {any} context */
async function measureAll(context) {
  const client = connect(context)
  const load = await measureLoad(context, client)
  const db = await openScope(context, client, 'life')
  const refresh = await measureRefresh(db, client)
  const checkpoints = await measureCheckpoints(db)
  await db.$disconnect()
  await client.$disconnect()
  return { ...load, ...refresh, readRatio: refresh.duringP99Us / refresh.beforeP99Us, ...checkpoints }
}

if (require.main === module) serve(measureAll)

module.exports = { name: 'life', title: 'Loading, refreshing, checkpoints', run }
