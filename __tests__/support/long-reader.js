// A process, or a worker thread of one, with a long read on its way.
//   READER  JSON {url, dir, blockId, mode}
const { isMainThread, Worker, parentPort } = require('node:worker_threads')
const { Block } = require('../../js/index')
const { connectMain, makeApp } = require('./app')

const { url, dir, blockId, mode } = JSON.parse(/** @type {string} */ (process.env.READER))

async function open() {
  const app = await makeApp()
  const client = connectMain(app, url)
  const db = await Block.create({ blockId, client, dir, generated: app.generated })
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
