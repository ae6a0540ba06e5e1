const fs = require('node:fs/promises')
const path = require('node:path')
const { inspect, isDeepStrictEqual } = require('node:util')
const { CellProcess } = require('./process')
const { spread } = require('./stats')

/** Warm-up is worth this much of a round. */
const WARM_UP = 0.5
/** Whose rows are right: the plainest adapter that takes part. */
const REFERENCES = ['better-sqlite3', 'prisma-postgres']

/**
 * @typedef {object} Environment
 * @property {string} dir
 * @property {Awaited<ReturnType<typeof import('./postgres').startPostgres>>} postgres
 * @property {{ postgresClient: string, sqliteClient: string, generated: string }} folders
 */

/**
 * @typedef {object} Cell the result of one adapter with one workload
 * @property {string} adapter
 * @property {string} workload
 * @property {ReturnType<typeof spread>} [p50] microseconds
 * @property {ReturnType<typeof spread>} [p99] microseconds
 * @property {ReturnType<typeof spread>} [perSecond] calls per second
 * @property {ReturnType<typeof spread>} loopP99Ms
 * @property {ReturnType<typeof spread>} settleMs
 * @property {number} calls timed, over all rounds
 * @property {import('./adapters').Doors} [doors] how they were served
 * @property {boolean} [forwarded] reads that main answered
 * @property {string} [note]
 * @property {Record<string, number>} [figures] what was measured instead of calls
 */

/** @param {any[]} rows @param {any[]} expected */
function differenceOf(rows, expected) {
  if (rows.length !== expected.length) return `${rows.length} rows instead of ${expected.length}`
  const at = rows.findIndex((row, i) => !isDeepStrictEqual(row, expected[i]))
  return at < 0 ? null : `row ${at} is ${inspect(rows[at])} instead of ${inspect(expected[at])}`
}

/** @param {{ adapter: import('./adapters').Adapter, rows: any[] }[]} answers */
function compareAnswers(answers) {
  const right = answers.find(({ adapter }) => REFERENCES.includes(adapter.name)) ?? answers[0]
  for (const { adapter, rows } of answers) {
    const difference = differenceOf(rows, right.rows)
    if (difference) throw new Error(`${adapter.name} does not answer as ${right.adapter.name}: ${difference}`)
  }
}

/** @param {any[]} rounds @returns {any} */
function summarise(rounds) {
  /** @type {any} */
  const cell = { calls: rounds.reduce((sum, { calls }) => sum + calls, 0) }
  for (const measure of ['p50', 'p99', 'perSecond', 'loopP99Ms', 'settleMs']) {
    if (measure in rounds[0]) cell[measure] = spread(rounds.map((round) => round[measure]))
  }
  if (rounds[0].doors) cell.doors = rounds.map(({ doors }) => doors).reduce(addUp)
  return cell
}

/** @param {Record<string, number>} a @param {Record<string, number>} b */
const addUp = (a, b) => Object.fromEntries(Object.keys(a).map((name) => [name, a[name] + b[name]]))

/**
 * Starts a process per adapter.
 * @param {import('./workloads').Workload} workload
 * @param {import('./adapters').Adapter} adapter
 * @param {Environment} environment
 */
async function startCell(workload, adapter, { dir, postgres, folders }) {
  const cellDir = path.join(dir, `${workload.name}-${adapter.name}`)
  await fs.mkdir(cellDir)
  const data = workload.data ?? 'blog'
  const database = adapter.postgres ? await postgres.copy(data) : null
  const process = new CellProcess(`${adapter.name} × ${workload.name}`)
  const context = { dir: cellDir, data, postgresUrl: database?.url, ...folders }
  return {
    adapter,
    process,
    rounds: /** @type {any[]} */ ([]),
    figures: /** @type {Record<string, number> | undefined} */ (undefined),
    note: /** @type {string | undefined} */ (undefined),
    setup: () => process.send('setup', { adapterName: adapter.name, workloadName: workload.name, context }),
    async stop() {
      await process.end()
      await database?.drop()
      await fs.rm(cellDir, { recursive: true, force: true })
    },
  }
}

/**
 * Every adapter sets up and answers the check. Those that have nothing to show for this workload end here.
 * @param {Awaited<ReturnType<typeof startCell>>[]} all
 * @param {(text: string) => void} say
 */
async function setUp(all, say) {
  const [cells, answers] = [/** @type {typeof all} */ ([]), /** @type {any[]} */ ([])]
  for (const cell of all) {
    const { skip, note } = await cell.setup()
    if (skip !== undefined) {
      say(`${cell.process.title}: left out, ${skip}`)
      continue
    }
    cell.note = note
    answers.push({ adapter: cell.adapter, rows: await cell.process.send('check') })
    cells.push(cell)
  }
  compareAnswers(answers)
  return cells
}

/** @param {Awaited<ReturnType<typeof startCell>>[]} cells @param {{ rounds: number, seconds: number }} size */
async function timeCells(cells, { rounds, seconds }) {
  for (const { process } of cells) await process.send('round', { seconds, fraction: WARM_UP })
  for (let round = 0; round < rounds; round++) {
    for (const cell of cells) cell.rounds.push(await cell.process.send('round', { seconds, fraction: 1 }))
  }
}

/**
 * One row of the table: every adapter sets up, answers the check, warms up; then the rounds run one
 * process at a time, interleaved, so that a slow minute of the machine hits all of them.
 * @param {import('./workloads').Workload} workload
 * @param {import('./adapters').Adapter[]} adapters
 * @param {Environment} environment
 * @param {{ rounds: number, seconds: number }} size
 * @param {(text: string) => void} say
 * @returns {Promise<Cell[]>}
 */
async function runWorkload(workload, adapters, environment, size, say) {
  /** @type {Awaited<ReturnType<typeof startCell>>[]} */
  const started = []
  try {
    for (const adapter of adapters) started.push(await startCell(workload, adapter, environment))
    const cells = await setUp(started, say)
    if (workload.figures) for (const cell of cells) cell.figures = await cell.process.send('figures')
    else await timeCells(cells, size)
    for (const { adapter, process } of cells) {
      const difference = await process.send('finish')
      if (difference) throw new Error(`${adapter.name} × ${workload.name}: ${difference}`)
    }
    return cells.map(({ adapter, rounds, figures, note }) => ({
      adapter: adapter.name,
      workload: workload.name,
      note,
      forwarded: workload.kind === 'read' && rounds.some(({ doors }) => doors?.main > 0),
      ...(figures ? { figures } : summarise(rounds)),
    }))
  } finally {
    for (const cell of started) await cell.stop()
  }
}

module.exports = { runWorkload }
