// `sharded status`: the blocks of a folder, as their files tell them. None is opened for it.
const { setTimeout: sleep } = require('node:timers/promises')
const { list, status: statusOf } = require('../block/listing')
const { colorsOf, usage } = require('./output.js')
const { PLACE, placeOf } = require('./place.js')

/**
 * @typedef {{dir?: string, generated?: string, watch?: boolean, interval?: string, rows?: boolean, json?: boolean}} Flags
 * @typedef {import('./output.js').Report} Report
 * @typedef {{id: string | null, path: string, fingerprint: string, current: boolean, bytes: number, pending: any, rejected: number | null,
 *   problem: string | null, rows: number | null, models: Record<string, number> | null, applier: string | null, stale: boolean | null}} Row
 */

const DEFAULT_SECONDS = '2'
const CLEAR = '\u001b[H\u001b[J'

/** @param {any} listed @param {Flags} flags @returns {Promise<Row>} */
async function rowOf(listed, flags) {
  const { open: _, ...row } = listed
  const unknown = { ...row, rows: null, models: null, applier: null, stale: null }
  if (row.id === null || !row.current || row.problem !== null || flags.rows === false) return unknown
  const told = await statusOf(row.id, placeOf(flags)).catch((error) => ({ problem: error.message }))
  // Removed since, or damaged where the list did not look.
  if (told === null || 'problem' in told) return { ...unknown, problem: told?.problem ?? null }
  const models = /** @type {Record<string, number>} */ (told.file.rows ?? {})
  const rows = Object.values(models).reduce((sum, count) => sum + count, 0)
  return { ...row, rows, models, applier: told.applier?.state ?? null, stale: told.stale }
}

/** @param {string | undefined} blockId @param {Flags} flags @returns {Promise<Row[]>} */
async function look(blockId, flags) {
  const listed = await list(placeOf(flags))
  const wanted = blockId === undefined ? listed : listed.filter(({ id }) => id === blockId)
  if (blockId !== undefined && wanted.length === 0)
    throw Object.assign(new Error(`there is no block '${blockId}' on this machine`), {
      code: 'SHARDED_NO_BLOCK',
    })
  /** @type {Row[]} */
  const rows = []
  for (const one of wanted) rows.push(await rowOf(one, flags))
  return rows
}

/** @param {number} bytes */
function sizeText(bytes) {
  const units = ['B', 'KiB', 'MiB', 'GiB']
  const at = Math.min(units.length - 1, bytes === 0 ? 0 : Math.floor(Math.log2(bytes) / 10))
  return `${(bytes / 1024 ** at).toFixed(at === 0 ? 0 : 1)} ${units[at]}`
}

/** @param {number | null | undefined} ms */
function ageText(ms) {
  if (ms === null || ms === undefined) return '–'
  if (ms < 1_000) return `${Math.round(ms)} ms`
  const units = /** @type {Array<[string, number]>} */ ([
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
    ['s', 1],
  ])
  const [unit, seconds] = units.find(([, each]) => ms / 1_000 >= each) ?? ['s', 1]
  return `${Math.floor(ms / 1_000 / seconds)} ${unit}`
}

const HEAD = ['block', 'size', 'rows', 'pending', 'oldest', 'applier', 'rejected']

/** @param {Row} row */
function cellsOf({ id, path, bytes, rows, pending, rejected, applier, stale, current, problem }) {
  const marks = [
    ...(current ? [] : ['earlier data model']),
    ...(stale ? ['stale'] : []),
    ...(problem ? ['damaged'] : []),
  ]
  const name = id ?? path
  return [
    marks.length > 0 ? `${name} (${marks.join(', ')})` : name,
    sizeText(bytes),
    rows === null ? '–' : String(rows),
    pending === null ? '–' : String(pending.commits),
    ageText(pending?.oldestMs),
    applier ?? '–',
    rejected === null ? '–' : String(rejected),
  ]
}

/** @param {Row[]} rows */
function textOf(rows) {
  const { bold, red, yellow } = colorsOf(process.stdout)
  if (rows.length === 0) return 'there are no blocks in this folder'
  const cells = [HEAD, ...rows.map(cellsOf)]
  const widths = HEAD.map((_, column) => Math.max(...cells.map((line) => line[column].length)))
  const line = (/** @type {string[]} */ texts) =>
    texts.map((text, at) => (at === 0 ? text.padEnd(widths[at]) : text.padStart(widths[at]))).join('  ')
  const paint = (/** @type {Row} */ { problem, rejected }) => (problem ? red : rejected ? yellow : String)
  const lines = rows.map((row, at) => paint(row)(line(cells[at + 1])))
  const problems = rows.flatMap(({ id, path, problem }) =>
    problem ? [red(`✘ ${id ?? path}: ${problem}`)] : [],
  )
  return [bold(line(HEAD)), ...lines, ...problems].join('\n')
}

/** @param {Row[]} rows @returns {Report} */
const reportOf = (rows) => ({
  text: textOf(rows),
  data: { blocks: rows },
  failed: rows.some(({ problem }) => problem !== null),
})

/** Looks again and again, until it is interrupted. @param {string | undefined} blockId @param {Flags} flags @param {number} ms */
async function watch(blockId, flags, ms) {
  const ended = new AbortController()
  process.once('SIGINT', () => ended.abort())
  const clear = process.stdout.isTTY ? CLEAR : ''
  while (!ended.signal.aborted) {
    const { data, text } = reportOf(await look(blockId, flags))
    process.stdout.write(flags.json ? `${JSON.stringify(data)}\n` : `${clear}${text}\n`)
    await sleep(ms, undefined, { signal: ended.signal }).catch(() => {})
  }
}

/** @param {Flags} flags @param {string | undefined} blockId @returns {Promise<Report | null>} null: it has printed itself */
async function run(flags, blockId) {
  const { interval = DEFAULT_SECONDS } = flags
  const seconds = Number(interval)
  if (!(Number.isFinite(seconds) && seconds >= 0.1 && seconds <= 86_400))
    throw usage(`--interval: expected a number of seconds from 0.1 to 86400, given '${interval}'`)
  if (!flags.watch) return reportOf(await look(blockId, flags))
  await watch(blockId, flags, seconds * 1_000)
  return null
}

/** @type {import('./program.js').CliCommand} */
const statusCommand = {
  name: 'status',
  args: '[blockId]',
  summary: 'show the blocks of this machine: size, rows, what is pending, who applies, what was refused',
  options: [
    ['--watch', 'look again and again, until Ctrl-C'],
    ['--interval <seconds>', `between two looks (default: ${DEFAULT_SECONDS})`],
    ['--no-rows', 'do not count rows, which reads all of each file'],
    ...PLACE,
  ],
  run,
}

module.exports = { statusCommand }
