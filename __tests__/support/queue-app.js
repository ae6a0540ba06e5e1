// A process of an app whose queue is Redis, run by the tests: it does what it is told on its standard input, a line of JSON each,
// and answers each with a line `done …`.
//   QUEUE  JSON {url, connection, dir, worker, loads, watches}: with `worker` (options of Block.work) it opens no block; with `loads`
//          blocks have a loader; with `watches` they have no Redis, and hear of invalidations by this one
const readline = require('node:readline')
const { connectMain, makeApp } = require('./app')
const { Block } = require('../../js')

const { url, connection, dir, worker, loads, watches } = JSON.parse(/** @type {string} */ (process.env.QUEUE))

/** @param {string} line */
const say = (line) => process.stdout.write(`${line}\n`)

/** @type {Record<string, (client: any, given: any) => Promise<any>>} */
const VERBS = {
  open: (db) => db.slug.count(),
  read: (db, { slug }) => db.slug.findUnique({ where: { slug } }),
  create: (db, { slug }) => db.slug.create({ data: { slug } }),
  hit: async (db, { slug, times }) => {
    for (let at = 0; at < times; at++)
      await db.slug.update({ where: { slug }, data: { hits: { increment: 1 } } })
  },
  flush: (db, { timeout }) => db.$block.flush({ timeout }),
  status: (db) => db.$block.status(),
}

async function main() {
  const app = await makeApp()
  const client = connectMain(app, url)
  const common = { client, connection, generated: app.generated }
  const handle = worker ? await Block.work({ ...common, ...worker }) : null
  if (watches) Block.watch({ connection: watches })
  /** @type {Map<string, any>} */
  const blocks = new Map()
  const open = async (/** @type {string} */ blockId) => {
    const known = blocks.get(blockId)
    if (known) return known
    const loader = loads
      ? async (/** @type {any} */ block, /** @type {any} */ from) => {
          await block.slug.createMany({ data: await from.slug.findMany() })
          say('loaded')
        }
      : undefined
    const db = await Block.create({ ...common, loader, blockId, dir, durability: 'os' })
    for (const event of ['error', 'rejected'])
      db.$block.on(event, (/** @type {any} */ detail) =>
        say(`${event} ${JSON.stringify({ code: detail.code, message: detail.message, seq: detail.seq })}`),
      )
    blocks.set(blockId, db)
    return db
  }
  handle?.on('error', (/** @type {any} */ error) =>
    say(`error ${JSON.stringify({ code: error.code, message: error.message })}`),
  )
  handle?.on('rejected', (/** @type {any} */ detail) =>
    say(`rejected ${JSON.stringify({ seq: detail.seq, changes: detail.changes })}`),
  )
  const input = readline.createInterface({ input: process.stdin })
  input.on('line', async (line) => {
    const { verb, block, ...given } = JSON.parse(line)
    try {
      if (verb === 'status' && handle) return say(`done ${JSON.stringify(handle.status())}`)
      if (verb === 'invalidate')
        return say(`done ${JSON.stringify(await Block.invalidate(block, { ...common, dir, ...given }))}`)
      if (verb === 'shutdown') {
        const left = await Block.shutdown(given)
        say(`done ${JSON.stringify(left)}`)
        input.close()
        process.stdin.unref()
        return await client.$disconnect()
      }
      if (verb === 'leave') {
        // Nothing is closed: does the process end by itself?
        input.close()
        process.stdin.unref()
        await client.$disconnect()
        return say('done null')
      }
      say(`done ${JSON.stringify((await VERBS[verb](await open(block), given)) ?? null)}`)
    } catch (error) {
      const { code, message } = /** @type {any} */ (error)
      say(`failed ${JSON.stringify({ code, message })}`)
    }
  })
  say('ready')
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`)
  process.exit(1)
})
