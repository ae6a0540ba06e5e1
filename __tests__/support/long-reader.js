// A process, or a worker thread of one, with a long read on its way.
//   READER  JSON {url, dir, blockId, mode, options?}
const { isMainThread, Worker, parentPort } = require('node:worker_threads')
const { Block } = require('../../js/index')
const { connectMain, makeApp } = require('./app')

const { url, dir, blockId, mode, options } = JSON.parse(/** @type {string} */ (process.env.READER))

async function open() {
  const app = await makeApp()
  const client = connectMain(app, url)
  const db = await Block.create({ blockId, client, dir, generated: app.generated, ...options })
  return { db, client }
}

/** @param {any} db */
const search = (db) => db.counter.findMany({ where: { label: { contains: '99' } } })

/** @type {Record<string, () => Promise<void>>} */
const MODES = {
  /** Nothing but the read keeps the process. */
  async waits() {
    const { db, client } = await open()
    await db.counter.findUnique({ where: { id: 'k1' } })
    await client.$disconnect()
    search(db).then((/** @type {any[]} */ rows) => console.log(`found ${rows.length}`))
  },

  /** Reads on at one moment, until it is told to stop. */
  async holds() {
    const { db, client } = await open()
    const told = new Promise((resolve) => process.stdin.once('data', resolve))
    const reading = async (/** @type {any} */ tx) => {
      const before = await tx.counter.count()
      console.log('holds')
      await told
      return [before, await tx.counter.count()]
    }
    const seen = await db.$transaction(reading, { isolationLevel: 'RepeatableRead', timeout: 100_000 })
    console.log(`saw ${seen}`)
    await new Promise((resolve) => process.stdin.once('data', resolve))
    await db.$disconnect()
    await client.$disconnect()
    process.exit(0)
  },

  /** Leaves a log that nobody has emptied to whoever kills it. */
  async leaves() {
    const { db } = await open()
    for (let n = 0; n < 30; n++)
      await db.counter.create({ data: { id: `k${n}`, label: 'x'.repeat(64 * 1024) } })
    console.log('written')
    setTimeout(() => {}, 100_000)
  },

  async exits() {
    const { db } = await open()
    for (let n = 0; n < 20; n++) void search(db)
    setTimeout(() => process.exit(0), 2)
  },

  async worker() {
    const { db } = await open()
    parentPort?.postMessage('reads')
    for (let n = 0; n < 20; n++) await Promise.all([search(db), search(db)])
    const { pooled } = db.$block.status().client
    parentPort?.postMessage(pooled > 0 ? 'done' : 'never beside the loop')
    await db.$disconnect()
    process.exit(0)
  },

  async threads() {
    const env = { ...process.env, READER: JSON.stringify({ url, dir, blockId, mode: 'worker' }) }
    const [stays, goes] = [new Worker(__filename, { env }), new Worker(__filename, { env })]
    goes.once('message', () => setTimeout(() => goes.terminate(), 5))
    stays.on('message', (word) => console.log(`worker ${word}`))
    await Promise.all([stays, goes].map((worker) => new Promise((resolve) => worker.once('exit', resolve))))
    console.log('over')
  },
}

if (isMainThread || mode === 'worker') MODES[mode]()
