const { ARTICLES, ARTICLES_PER_AUTHOR, AUTHORS, POSTS_PER_USER, USERS } = require('./data')

/** @typedef {import('./cells').Cell} Cell */

/** @param {number} value three significant digits, thousands grouped */
const digits = (value) => Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 2 })

/** @param {{ median: number, min: number, max: number } | undefined} measure */
const withSpread = (measure) =>
  measure ? `${digits(measure.median)} (${digits(measure.min)}–${digits(measure.max)})` : '–'

/** @param {string[]} head @param {string[][]} rows */
function markdown(head, rows) {
  const align = head.map((_, i) => (i === 0 ? '---' : '---:'))
  return [head, align, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/**
 * @typedef {object} Run
 * @property {import('./workloads').Workload[]} workloads
 * @property {import('./adapters').Adapter[]} adapters
 * @property {Cell[]} cells
 * @property {any} machine
 * @property {{ title: string, text: string }[]} sections
 * @property {string} postgresVersion
 * @property {number} rounds
 * @property {ReturnType<typeof import('./floors').checkFloors>} floors
 */

/** The columns: an adapter that is there for a floor has none, nor one without a cell. @param {Run} run */
const columns = ({ adapters, cells }) =>
  adapters.filter(({ name, aside }) => !aside && cells.some(({ adapter }) => adapter === name))

/** @param {Run} run @param {string} adapter @param {string} workload */
const find = ({ cells }, adapter, workload) =>
  cells.find((cell) => cell.adapter === adapter && cell.workload === workload)

/** @param {import('./workloads').Workload} workload */
const rowTitle = ({ title, callers }) => (callers ? `${title}, per second` : title)

/**
 * A table with one row per workload and one column per adapter.
 * @param {Run} run
 * @param {import('./workloads').Workload[]} workloads
 * @param {(cell: Cell) => string} show
 */
function matrix(run, workloads, show) {
  const rows = workloads.map((workload) => [
    rowTitle(workload),
    ...columns(run).map(({ name }) => {
      const cell = find(run, name, workload.name)
      return cell ? show(cell) : '–'
    }),
  ])
  return markdown(['', ...columns(run).map(({ title }) => title)], rows)
}

/** How many times faster `own` is than `peer`. @param {Cell} own @param {Cell} peer */
function speedUp(own, peer) {
  if (own.perSecond && peer.perSecond) return own.perSecond.median / peer.perSecond.median
  if (own.p50 && peer.p50) return peer.p50.median / own.p50.median
  return undefined
}

/** Every comparison of a sharded cell with a peer's. @param {Run} run */
function comparisons(run) {
  const own = columns(run).filter(({ name }) => name.startsWith('sharded-'))
  const peers = columns(run).filter(({ name }) => !name.startsWith('sharded-'))
  return run.workloads.flatMap((workload) =>
    own.flatMap((mine) =>
      peers.flatMap((peer) => {
        const [a, b] = [find(run, mine.name, workload.name), find(run, peer.name, workload.name)]
        const ratio = a && b && speedUp(a, b)
        return ratio === undefined ? [] : [{ workload, mine, peer, ratio }]
      }),
    ),
  )
}

/** @param {Run} run */
function ratios(run) {
  const all = comparisons(run)
  const pairs = [...new Map(all.map((each) => [`${each.mine.title} ÷ ${each.peer.title}`, each])).entries()]
  const rows = run.workloads
    .filter((workload) => all.some((each) => each.workload === workload))
    .map((workload) => [
      workload.title,
      ...pairs.map(([, { mine, peer }]) => {
        const found = all.find(
          (each) => each.workload === workload && each.mine === mine && each.peer === peer,
        )
        return found ? `${digits(found.ratio)}×` : '–'
      }),
    ])
  return markdown(['', ...pairs.map(([, { mine, peer }]) => `${mine.name} vs ${peer.name}`)], rows)
}

/** @param {Run} run */
function losses(run) {
  const lost = comparisons(run).filter(({ ratio }) => ratio < 1)
  if (lost.length === 0) return 'Nowhere in this run.'
  return lost
    .map(
      ({ workload, mine, peer, ratio }) =>
        `- ${workload.title}: ${mine.title} takes ${digits(1 / ratio)}× the time of ${peer.title}`,
    )
    .join('\n')
}

/** @param {Run} run */
const floorLines = ({ floors }) =>
  floors
    .map(({ text, side, limit, unit, value, met, forwarded }) => {
      if (value === undefined)
        return `- not measured${forwarded ? ', the main database answered' : ''}: ${text} (${side} ${limit}${unit})`
      return `- ${met ? 'met' : '**missed**'}: ${text}: ${digits(value)}${unit} (${side} ${limit}${unit})`
    })
    .join('\n')

/** @param {Run} run */
const method = ({ machine, postgresVersion, rounds }) =>
  `${machine.cpu}, ${machine.cores} cores, ${machine.system}, Node ${machine.node}, PostgreSQL ${postgresVersion} on the same machine.
Appending 4 KiB and fdatasync ${digits(machine.syncUs)} µs, a thread and back ${digits(machine.threadWakeUs)} µs, both in one (fdatasync in a thread) ${digits(machine.threadSyncUs)} µs.

${USERS.toLocaleString('en-US')} users with ${POSTS_PER_USER} posts each; rows of 5 columns, one of them a DateTime. In the rows over ${ARTICLES.toLocaleString('en-US')} rows: ${AUTHORS.toLocaleString('en-US')} authors with
${ARTICLES_PER_AUTHOR} articles each. Every cell is a process of its own; all
adapters' rows were compared, Dates as Dates, before the clock started. Each call is timed alone (process.hrtime.bigint); ${rounds} rounds, interleaved
over the adapters: the median round, and in brackets the fastest and the slowest. The event loop turns every millisecond, so that background
work runs beside the calls. Every process runs with NODE_ENV=production, where Prisma captures no stack traces. SQLite peers: WAL, synchronous NORMAL (as durable as
sharded's 'os'; only PostgreSQL and 'full' wait for the disk); drizzle and better-sqlite3 with prepared statements.`

const SHARDED_METHOD = `A write of sharded includes its outbox entry, a write by hand does not. While a block is measured its writes travel to PostgreSQL in the same
process, through its PrismaClient: that is in the numbers. What is left after a round is waited for outside of them; after the last round both held the same rows.`

/** Reads only: what a write's applier asks of main is no answer to a call. @param {Run} run */
function doorLines(run) {
  return run.workloads
    .filter(({ kind, name }) => kind === 'read' && name !== 'open' && name !== 'compile')
    .flatMap((workload) =>
      run.cells
        .filter((cell) => cell.workload === workload.name && cell.doors)
        .map(({ adapter, doors }) => [workload, adapter, doors]),
    )
    .map(([{ title }, adapter, { fast, shell, fallbacks, main }]) => {
      const share = (100 * fast) / Math.max(1, fast + shell)
      const rest = main > 0 ? `, **${main} answered by the main database**` : ''
      return `- ${title}, ${adapter}: ${digits(share)} % of ${digits(fast + shell)} calls, ${fallbacks} fell back${rest}`
    })
    .join('\n')
}

/** @param {Run} run */
const figureLines = (run) =>
  run.cells
    .filter(({ figures }) => figures)
    .map(({ adapter, workload, figures }) => {
      const { title } = /** @type {any} */ (run.workloads.find(({ name }) => name === workload))
      const list = Object.entries(/** @type {any} */ (figures)).map(
        ([name, value]) => `${name}: ${digits(value)}`,
      )
      return `- ${title}, ${adapter}: ${list.join('; ')}`
    })
    .join('\n')

/** @param {Run} run */
const noteLines = (run) =>
  run.cells
    .filter(({ note }) => note)
    .map(({ workload, note }) => `- ${workload}: \`${note}\``)
    .join('\n')

/** @param {Run} run */
function toMarkdown(run) {
  const ran = run.workloads.filter((workload) => !workload.figures)
  const timed = ran.filter(({ callers }) => !callers)
  const counted = ran.filter(({ callers }) => callers)
  const sections = [['Method', method(run)]]
  if (timed.length) {
    sections.push(['p50, µs', matrix(run, timed, (cell) => withSpread(cell.p50))])
    sections.push(['p99, µs', matrix(run, timed, (cell) => withSpread(cell.p99))])
  }
  if (counted.length)
    sections.push(['Calls per second', matrix(run, counted, (cell) => withSpread(cell.perSecond))])
  if (ran.length)
    sections.push(['Event-loop delay, p99, ms', matrix(run, ran, (cell) => withSpread(cell.loopP99Ms))])
  if (comparisons(run).length) {
    sections[0][1] += `\n${SHARDED_METHOD}`
    sections.push(['How many times faster', ratios(run)])
    sections.push(['Where sharded loses', losses(run)])
  }
  for (const [title, text] of [
    ['Through the fast door', doorLines(run)],
    ['Measured once', figureLines(run)],
    ["The block's SQL", noteLines(run)],
  ])
    if (text) sections.push([title, text])
  for (const { title, text } of run.sections) sections.push([title, text])
  if (run.floors.some(({ value }) => value !== undefined)) sections.push(['Floors', floorLines(run)])
  return `${sections.map(([title, body]) => `## ${title}\n\n${body}`).join('\n\n')}\n`
}

module.exports = { toMarkdown }
