// A process of its own for what damaged files do: it must end by itself, whatever it finds. Told by environment: TASK, DIR, MAIN, IDS.
const fs = require('node:fs')
const path = require('node:path')
const { setTimeout: sleep } = require('node:timers/promises')
const { addon } = require('../../js/binding')
const { Block } = require('../../js')
const { connectMain, makeApp } = require('./app')

const { TASK, DIR, MAIN, IDS } = /** @type {Record<string, string>} */ (process.env)
const COMMITS = 60
/** Longer than a page now and then. */
const label = (/** @type {number} */ n) => `${n}${'x'.repeat(n % 9 === 0 ? 6_000 : 10)}`

/** @param {any} app @param {any} client @param {string} blockId @param {object} [more] */
async function open(app, client, blockId, more = {}) {
  const loader = async (/** @type {any} */ block, /** @type {any} */ main) => {
    const rows = await main.counter.findMany({ where: { id: { startsWith: `${blockId}-` } } })
    await block.counter.createMany({ data: rows })
  }
  return Block.create({
    blockId,
    client,
    loader,
    dir: DIR,
    generated: app.generated,
    connection: false,
    ...more,
  })
}

/** Commits that nobody sends, of a process that dies. @param {any} app @param {any} client */
async function prepare(app, client) {
  // What nobody refers to any more is released.
  const locks = []
  for (const id of IDS.split(',')) {
    const db = await open(app, client, id)
    const file = db.$block.path
    await db.$disconnect()
    locks.push(addon().FileLock.tryAcquire(`${file}.apply.lock`))
    const again = await open(app, client, id)
    for (let n = 0; n < COMMITS; n++)
      await again.counter.create({ data: { id: `${id}-${n}`, n, label: label(n) } })
    console.log(`file ${JSON.stringify({ id, file })}`)
  }
  console.log(`sent ${await client.counter.count()} ${locks.length}`)
  process.kill(process.pid, 'SIGKILL')
}

/** One try: all that a user does. @param {any} app @param {any} client @param {string} id @param {any} told */
async function attempt(app, client, id, told) {
  const db = await open(app, client, id)
  db.$block.on('error', (/** @type {any} */ error) => told.events.push(`${error.code} ${error.message}`))
  try {
    await new Promise(setImmediate)
    const where = { id: { startsWith: `${id}-` } }
    await db.counter.findMany({ where })
    await db.$block.flush()
    told.local = (await db.counter.findMany({ where, orderBy: { id: 'asc' } })).map(short)
    told.rejected = db.$block.rejected().length
    await db.$disconnect()
  } catch (error) {
    // What is damaged closes when it has been looked at.
    for (let n = 0; n < 200 && db.$block.status().open; n++) await sleep(20)
    if (db.$block.status().open) await Block.shutdown({ timeout: 50 })
    throw error
  }
}

const short = (/** @type {any} */ { id, n, label }) => [id, n, label?.length ?? null]

/** @param {any} app @param {any} client */
async function reopen(app, client) {
  for (const id of IDS.split(',')) {
    const told = {
      id,
      events: [],
      errors: /** @type {string[]} */ ([]),
      local: null,
      main: null,
      rejected: 0,
    }
    for (let n = 0; n < 4 && told.local === null; n++) {
      await attempt(app, client, id, told).catch((error) =>
        told.errors.push(`${error.code} ${error.message}`),
      )
    }
    const where = { id: { startsWith: `${id}-` } }
    const main = await client.counter.findMany({ where, orderBy: { id: 'asc' } })
    console.log(`told ${JSON.stringify({ ...told, main: main.map(short) })}`)
  }
}

/** Writes until the disk says no, reads, makes room, writes and sends. @param {any} app @param {any} client */
async function fill(app, client) {
  const ballast = path.join(DIR, 'ballast')
  fs.writeFileSync(ballast, Buffer.alloc(4 * 2 ** 20))
  const db = await open(app, client, IDS)
  const file = db.$block.path
  await db.$disconnect()
  const lock = addon().FileLock.tryAcquire(`${file}.apply.lock`)
  const again = await open(app, client, IDS)
  const big = 'y'.repeat(50_000)
  let made = 0
  let refused = null
  while (refused === null && made < 5_000) {
    await again.counter.create({ data: { id: `${IDS}-${made}`, label: big } }).then(
      () => {
        made += 1
      },
      (/** @type {any} */ error) => {
        refused = { name: error.name, code: error.code, message: error.message }
      },
    )
  }
  const held = await again.counter.count()
  fs.rmSync(ballast)
  const reopened = again.$block.status().open ? again : await open(app, client, IDS)
  await reopened.counter.create({ data: { id: `${IDS}-${made}`, label: 'after' } })
  lock.release()
  await reopened.$block.flush()
  const sent = await client.counter.count()
  console.log(`full ${JSON.stringify({ made, held, refused, sent })}`)
  await reopened.$disconnect()
}

/** Opens the block, and tells how. @param {any} app @param {any} client */
async function only(app, client) {
  const db = await open(app, client, IDS)
  console.log(`opened ${await db.counter.count()}`)
  await db.counter.create({ data: { id: 'written' } })
  await db.$disconnect()
}

async function main() {
  const app = await makeApp({ provider: 'sqlite' })
  const client = connectMain(app, MAIN)
  const tasks = { prepare, reopen, fill, only }
  await tasks[/** @type {keyof typeof tasks} */ (TASK)](app, client)
  await client.$disconnect()
  console.log('end')
}

main().catch((error) => {
  console.log(`failed ${JSON.stringify({ name: error.name, code: error.code, message: error.message })}`)
})
