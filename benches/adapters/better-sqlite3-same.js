const fs = require('node:fs/promises')
const path = require('node:path')
const Database = require('better-sqlite3')
const { LIBRARY } = require('./prisma')
const { openFull } = require('./sharded')

/** Workloads over the library repeat their arguments after so many calls. */
const DISTINCT = 40

/** @typedef {{ text: string, plan: any, params: Map<string, any[]> }} Recorded what the block ran for each argument */

/**
 * Listens while the block answers: its statement for each argument, or null where it is not one statement.
 * @param {import('./index').Instance} instance
 * @param {import('../workloads').Workload} workload
 * @returns {Promise<Recorded | null>}
 */
async function record({ db, ops }, workload) {
  const engine = db._engine
  const { callOf } = engine
  let plan = null
  engine.callOf = (/** @type {any} */ query, /** @type {any} */ found) => {
    plan = found
    return callOf.call(engine, query, found)
  }
  /** @type {any[]} */
  const events = []
  db.$on('query', (/** @type {any} */ event) => event.target === 'sharded' && events.push(event))
  const params = new Map()
  for (let n = 0; n < DISTINCT; n++) {
    const argument = workload.prepare(n, ops)
    await workload.run(ops, argument)
    const [event, ...more] = events.splice(0)
    if (event === undefined || more.length > 0) return null
    params.set(JSON.stringify(argument), JSON.parse(event.params))
    if (n === DISTINCT - 1) return { text: event.query, plan, params }
  }
  return null
}

/**
 * Functions of the block that its statements name: none is called per row, so that JS costs nothing here.
 * @type {Record<string, (...values: any[]) => any>}
 */
const FUNCTIONS = {
  sharded_unheld() {
    throw new Error('a row that is not held')
  },
  sharded_mean_float: (sum, count) => sum / count,
}

/** @param {import('better-sqlite3').Database} copy @param {string} text @returns {any} the statement, or why there is none */
function prepare(copy, text) {
  try {
    return copy.prepare(text).raw(true)
  } catch (error) {
    return `${/** @type {Error} */ (error).message}: ${text}`
  }
}

/** @param {string} file @param {string} dir */
async function copyOf(file, dir) {
  const copy = path.join(dir, 'copy.sqlite')
  await fs.copyFile(file, copy)
  return copy
}

/**
 * The block's statement on a copy of the block's own file, run by better-sqlite3, its rows made by the block's row factory:
 * the same work but for what the block adds.
 * @type {import('./index').Adapter}
 */
module.exports = {
  name: 'better-sqlite3-same',
  title: "better-sqlite3, the block's SQL",
  postgres: true,
  block: true,
  only: Object.keys(LIBRARY),

  async setup(context) {
    const { workload, dir } = context
    const block = await openFull(context, [{ emit: 'event', level: 'query' }])
    const recorded = await record(block, workload)
    // Closed first: nothing but the addon opens a block's file.
    await block.teardown()
    if (recorded === null)
      return { ops: block.ops, skip: 'not one statement of the block', async teardown() {} }
    const { text, plan, params } = recorded
    const copy = new Database(await copyOf(block.db.$block.path, dir))
    for (const [name, run] of Object.entries(FUNCTIONS)) copy.function(name, run)
    const statement = prepare(copy, text)
    if (typeof statement === 'string') {
      copy.close()
      return { ops: block.ops, skip: statement, async teardown() {} }
    }
    const { rows } = plan
    return {
      note: text,
      ops: /** @type {any} */ ({
        [workload.name](/** @type {any} */ argument) {
          for (const row of statement.all(params.get(JSON.stringify(argument))))
            rows.factories[0](.../** @type {any[]} */ (row))
          return rows.take()
        },
      }),
      async teardown() {
        copy.close()
      },
    }
  },
}
