// PostgreSQL (PGlite) in a thread of its own, as it would be in a process of its own: what it works on does not hold up
// the event loop of the app. The driver adapter runs here too; remote.js sends its calls.

const { parentPort, workerData } = require('node:worker_threads')
const { PGlite } = require('@electric-sql/pglite')
const { PrismaPGlite } = require('pglite-prisma-adapter')

const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort)

/** Connections and transactions, by the number that the app's thread knows them by. @type {Map<number, any>} */
const targets = new Map()
let numbered = 0

/** @param {any} target */
function keep(target) {
  targets.set(++numbered, target)
  return { number: numbered, options: target.options }
}

async function start() {
  const postgres = await PGlite.create()
  for (const sql of workerData.statements) await postgres.exec(sql)
  return new PrismaPGlite(postgres)
}

const started = start()

/** @param {{ target: number, name: string, args: any[] }} call */
async function run({ target, name, args }) {
  const factory = await started
  if (name === 'ready') return null
  if (name === 'connect') return keep(await factory.connect())
  const result = await targets.get(target)[name](...args)
  if (name === 'commit' || name === 'rollback' || name === 'dispose') targets.delete(target)
  return name === 'startTransaction' ? keep(result) : result
}

port.on('message', async ({ id, ...call }) => {
  try {
    port.postMessage({ id, value: await run(call) })
  } catch (error) {
    // A class does not survive the way to another thread; Prisma tells a driver's error by its name.
    const { name, message, cause } = /** @type {Error} */ (error)
    port.postMessage({ id, error: { name, message, cause } })
  }
})
