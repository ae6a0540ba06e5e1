// Another connection to main, on a thread of its own: what it sees is not held up by what the app's loop is doing.
const { once } = require('node:events')
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads')

const MADE = [
  `CREATE FUNCTION seen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_notify('seen', NEW.id::text); RETURN NULL; END $$`,
  'CREATE TRIGGER seen AFTER INSERT ON "User" FOR EACH ROW EXECUTE FUNCTION seen()',
  'LISTEN seen',
]
const UNMADE = ['DROP TRIGGER seen ON "User"', 'DROP FUNCTION seen']

/** A trigger tells it when main has committed. @param {import('node:worker_threads').MessagePort} port */
async function watch(port) {
  const { Client } = require('pg')
  const client = new Client({ connectionString: workerData })
  await client.connect()
  for (const sql of MADE) await client.query(sql)
  client.on('notification', ({ payload }) => port.postMessage([Number(payload), process.hrtime.bigint()]))
  port.once('message', async () => {
    for (const sql of UNMADE) await client.query(sql)
    await client.end()
    port.close()
  })
  port.postMessage('ready')
}

/** @param {string} url of main */
async function startWatcher(url) {
  const worker = new Worker(__filename, { workerData: url })
  await once(worker, 'message')
  return {
    /** @param {number} id of a user that is to come -> when it was seen, in ns of `process.hrtime` @returns {Promise<bigint>} */
    sees: (id) =>
      new Promise((resolve, reject) => {
        worker.once('error', reject)
        worker.once('message', ([seen, at]) => {
          worker.off('error', reject)
          if (seen === id) resolve(at)
          else reject(new Error(`main shows ${seen} where ${id} was to come`))
        })
      }),
    async stop() {
      const ended = once(worker, 'exit')
      worker.postMessage('stop')
      await ended
    },
  }
}

if (!isMainThread && parentPort) watch(parentPort)

module.exports = { startWatcher }
