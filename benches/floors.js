/** @typedef {import('./cells').Cell} Cell */

/**
 * @typedef {object} Floor a figure the project has set itself
 * @property {string} text
 * @property {(at: Lookup, machine: Machine, figure: Figure) => number | undefined} measured undefined when a cell is missing
 * @property {number} limit
 * @property {'at most' | 'at least'} side
 * @property {string} unit
 */

/**
 * @typedef {{ threadSyncUs: number }} Machine
 * @typedef {(path: string) => number | undefined} Figure of a section (`<section>.<figure>`) or of a cell (`<adapter>/<workload>.<figure>`)
 * @typedef {(adapter: string, workload: string, measure?: 'loopP99Ms') => number | undefined} Lookup p50 in µs, or calls per second
 */

/** @param {number | undefined} a @param {number | undefined} b */
const ratio = (a, b) => (a === undefined || b === undefined ? undefined : a / b)

/**
 * What a durable update costs above four bare ones, in syncs by another thread (one fdatasync and one wake).
 * @param {string} adapter
 * @returns {Floor['measured']}
 */
const aboveBare =
  (adapter) =>
  (at, { threadSyncUs }) => {
    const [full, bare] = [at(adapter, 'update'), at('better-sqlite3', 'update')]
    if (full === undefined || bare === undefined) return undefined
    return Math.max(0, full - 4 * bare) / threadSyncUs
  }

/** Reads over 100,000 rows. */
const LARGE = [
  ['related', 'to-one filter + order + page over 100,000 rows'],
  ['some', 'to-many filter + order + page over 100,000 rows'],
  ['aggregate', 'aggregate over 100,000 rows'],
  ['groupBy', 'groupBy over 100,000 rows'],
]

/** One floor is two: against the statement the block runs, and against what a person would write. @type {Floor[]} */
const LARGE_FLOORS = LARGE.flatMap(([workload, what]) => [
  ...[
    ['better-sqlite3-same', "better-sqlite3 with the block's SQL"],
    ['better-sqlite3', "better-sqlite3 with a person's SQL"],
  ].map(([peer, title]) => ({
    text: `${what} ÷ ${title}`,
    measured: (/** @type {Lookup} */ at) => ratio(at('sharded-full', workload), at(peer, workload)),
    side: /** @type {const} */ ('at most'),
    limit: 1,
    unit: '×',
  })),
  {
    text: `${what}, off the event loop: its delay, p99`,
    measured: (/** @type {Lookup} */ at) => at('sharded-full', workload, 'loopP99Ms'),
    side: /** @type {const} */ ('at most'),
    limit: 5,
    unit: ' ms',
  },
])

/** @type {Floor[]} */
const READ_FLOORS = [
  {
    text: 'findUnique + include of 10 ÷ better-sqlite3 by hand',
    measured: (at) => ratio(at('sharded-full', 'include'), at('better-sqlite3', 'include')),
    side: 'at most',
    limit: 2,
    unit: '×',
  },
  {
    text: 'findUnique + include of 10, faster than Prisma + better-sqlite3',
    measured: (at) => ratio(at('prisma-sqlite', 'include'), at('sharded-full', 'include')),
    side: 'at least',
    limit: 10,
    unit: '×',
  },
  {
    text: 'include of 3 levels (20, and 5 below each), faster than Prisma + better-sqlite3',
    measured: (at) => ratio(at('prisma-sqlite', 'tree'), at('sharded-full', 'tree')),
    side: 'at least',
    limit: 8,
    unit: '×',
  },
  ...LARGE_FLOORS,
  {
    text: 'a form never seen, the whole call',
    measured: (at) => at('sharded-full', 'shape-new'),
    side: 'at most',
    limit: 300,
    unit: ' µs',
  },
  {
    text: 'a form never seen, compiled natively',
    measured: (at) => at('sharded-full', 'compile'),
    side: 'at most',
    limit: 300,
    unit: ' µs',
  },
  {
    text: 'RSS that 1,000 distinct forms add',
    measured: (_at, _machine, figure) => added(figure, 'before', 'after 1000'),
    side: 'at most',
    limit: 32,
    unit: ' MiB',
  },
  {
    text: 'RSS that 20,000 further forms add to 20,000',
    measured: (_at, _machine, figure) => added(figure, 'after 20000', 'after 40000'),
    side: 'at most',
    limit: 8,
    unit: ' MiB',
  },
]

/** @param {Figure} figure @param {string} from @param {string} to */
function added(figure, from, to) {
  const [before, after] = [from, to].map((when) => figure(`sharded-full/shape-memory.RSS ${when}, MiB`))
  return before === undefined || after === undefined ? undefined : Math.max(0, after - before)
}

/** What a wrong argument costs, next to the same call done right. @type {Floor[]} */
const REFUSED_FLOORS = ['full', 'os'].flatMap((durability) =>
  [
    ['unknown', 'an unknown field'],
    ['type', 'a wrong type'],
    ['missing', 'a missing field'],
  ].map(([form, what]) => ({
    text: `create refused for ${what} ÷ a create that succeeds, durability '${durability}'`,
    measured: (/** @type {Lookup} */ at) =>
      ratio(at(`sharded-${durability}`, `refused-${form}`), at(`sharded-${durability}`, 'create')),
    side: /** @type {const} */ ('at most'),
    limit: 1,
    unit: '×',
  })),
)

/** @type {Floor[]} */
const SYNC_FLOORS = [
  {
    text: 'rows per second into PostgreSQL, end to end',
    measured: (_at, _machine, figure) => figure('sync.perSecond'),
    side: 'at least',
    limit: 30_000,
    unit: '/s',
  },
  {
    text: "rows into PostgreSQL, faster than Prisma's createMany of 1,000",
    measured: (_at, _machine, figure) => figure('sync.times'),
    side: 'at least',
    limit: 4,
    unit: '×',
  },
  {
    text: 'updates of hot rows, writes per statement of main',
    measured: (_at, _machine, figure) => figure('sync.writesPerStatement'),
    side: 'at least',
    limit: 20,
    unit: '',
  },
  {
    text: 'from the call until main shows the row, p50',
    measured: (_at, _machine, figure) => figure('sync.lagP50Ms'),
    side: 'at most',
    limit: 5,
    unit: ' ms',
  },
  {
    text: 'from the call until main shows the row, p99',
    measured: (_at, _machine, figure) => figure('sync.lagP99Ms'),
    side: 'at most',
    limit: 30,
    unit: ' ms',
  },
]

/** @type {Floor[]} */
const QUEUE_FLOORS = [
  ...['os', 'full'].map((durability) => ({
    text: `a write, durability '${durability}', Redis up, down or stalled: the dearest ÷ the cheapest`,
    measured: (/** @type {Lookup} */ _at, /** @type {Machine} */ _machine, /** @type {Figure} */ figure) =>
      figure(`redis.${durability}Apart`),
    side: /** @type {const} */ ('at most'),
    limit: 1.25,
    unit: ' ×',
  })),
  {
    text: 'from the call until main shows the row, through Redis, p50',
    measured: (_at, _machine, figure) => figure('redis.lagP50Ms'),
    side: 'at most',
    limit: 8,
    unit: ' ms',
  },
  {
    text: 'from the call until main shows the row, through Redis, p99',
    measured: (_at, _machine, figure) => figure('redis.lagP99Ms'),
    side: 'at most',
    limit: 30,
    unit: ' ms',
  },
  {
    text: 'a million commits that wait: memory of a process, while they are made and while they are sent',
    measured: (_at, _machine, figure) => figure('pending.mostMiB'),
    side: 'at most',
    limit: 200,
    unit: ' MiB',
  },
  {
    text: 'a block from the template, without rows',
    measured: (_at, _machine, figure) => figure('blocks.createMs'),
    side: 'at most',
    limit: 5,
    unit: ' ms',
  },
  {
    text: 'a block that exists is opened',
    measured: (_at, _machine, figure) => figure('blocks.openMs'),
    side: 'at most',
    limit: 1,
    unit: ' ms',
  },
  {
    text: 'rows in memory are loaded',
    measured: (_at, _machine, figure) => figure('blocks.loadRows'),
    side: 'at least',
    limit: 100_000,
    unit: ' rows/s',
  },
  {
    text: '10,000 blocks: findUnique of one that sleeps',
    measured: (_at, _machine, figure) => figure('blocks.missUs'),
    side: 'at most',
    limit: 1_000,
    unit: ' µs',
  },
  {
    text: '10,000 blocks: findUnique, p50',
    measured: (_at, _machine, figure) => figure('blocks.allUs'),
    side: 'at most',
    limit: 100,
    unit: ' µs',
  },
  {
    text: '10,000 blocks: memory of the process',
    measured: (_at, _machine, figure) => figure('blocks.usedMiB'),
    side: 'at most',
    limit: 1_024,
    unit: ' MiB',
  },
  {
    text: '10,000 blocks: descriptors',
    measured: (_at, _machine, figure) => figure('blocks.descriptors'),
    side: 'at most',
    limit: 20_000,
    unit: '',
  },
]

/** What goes on in a block while it is used. @type {Floor[]} */
const LIFE_FLOORS = [
  ['a scope of 100,000 rows is loaded from PostgreSQL on the same machine', 'loadMs', 3_000, ' ms'],
  ['findUnique while 100,000 rows are refreshed, p99 ÷ p99 before', 'readRatio', 2, ' ×'],
  ['an update meanwhile, from when it was due: the longest', 'duringWriteMs', 50, ' ms'],
  ['30,000 updates in a row: a checkpoint had the write lock, the longest', 'lockedMs', 5, ' ms'],
  ['30,000 updates in a row, less collections of V8: the longest update', 'updateMs', 5, ' ms'],
  ['findUnique between them, less collections of V8: the longest', 'readMs', 5, ' ms'],
].map(([text, name, limit, unit]) => ({
  text: String(text),
  measured: (_at, _machine, figure) => figure(`life.${name}`),
  side: /** @type {const} */ ('at most'),
  limit: Number(limit),
  unit: String(unit),
}))

/** @type {Floor[]} */
const FLOORS = [
  {
    text: 'findUnique ÷ better-sqlite3 by hand',
    measured: (at) => ratio(at('sharded-full', 'findUnique'), at('better-sqlite3', 'findUnique')),
    side: 'at most',
    limit: 2.5,
    unit: '×',
  },
  {
    text: 'findUnique, faster than Prisma + better-sqlite3',
    measured: (at) => ratio(at('prisma-sqlite', 'findUnique'), at('sharded-full', 'findUnique')),
    side: 'at least',
    limit: 12,
    unit: '×',
  },
  {
    text: 'findUnique, faster than Prisma + PostgreSQL',
    measured: (at) => ratio(at('prisma-postgres', 'findUnique'), at('sharded-full', 'findUnique')),
    side: 'at least',
    limit: 25,
    unit: '×',
  },
  {
    text: 'findMany of 1,000 rows ÷ better-sqlite3 by hand',
    measured: (at) => ratio(at('sharded-full', 'findMany'), at('better-sqlite3', 'findMany')),
    side: 'at most',
    limit: 1,
    unit: '×',
  },
  {
    text: "update with its outbox entry, durability 'os' ÷ better-sqlite3's bare update",
    measured: (at) => ratio(at('sharded-os', 'update'), at('better-sqlite3', 'update')),
    side: 'at most',
    limit: 4,
    unit: '×',
  },
  {
    text: "update, durability 'full', applier held back: (time − 4 × better-sqlite3's) ÷ one fdatasync in a thread",
    measured: aboveBare('sharded-full-held'),
    side: 'at most',
    limit: 1,
    unit: '×',
  },
  {
    text: 'the same while the applier sends the updates to PostgreSQL on the same machine',
    measured: aboveBare('sharded-full'),
    side: 'at most',
    limit: 1,
    unit: '×',
  },
  {
    text: "update, durability 'full': writes per second of 64 callers ÷ of one",
    measured: (at) => ratio(at('sharded-full', 'update-x64'), at('sharded-full', 'update-x1')),
    side: 'at least',
    limit: 5,
    unit: '×',
  },
  ...[
    ['prisma-sqlite', 'better-sqlite3', 10],
    ['prisma-postgres', 'PostgreSQL', 25],
  ].map(([peer, title, limit]) => ({
    text: `create with three nested children, durability 'os', faster than Prisma + ${title}`,
    measured: (/** @type {Lookup} */ at) =>
      ratio(at(String(peer), 'create-nested'), at('sharded-os', 'create-nested')),
    side: /** @type {const} */ ('at least'),
    limit: Number(limit),
    unit: '×',
  })),
  {
    text: "interactive transaction of a read and an update, durability 'os', faster than Prisma + better-sqlite3",
    measured: (at) => ratio(at('prisma-sqlite', 'transaction'), at('sharded-os', 'transaction')),
    side: 'at least',
    limit: 5,
    unit: '×',
  },
  ...REFUSED_FLOORS,
  {
    text: 'open an existing block',
    measured: (at) => ratio(at('sharded-full', 'open'), 1_000),
    side: 'at most',
    limit: 2,
    unit: ' ms',
  },
  ...READ_FLOORS,
  ...SYNC_FLOORS,
  ...QUEUE_FLOORS,
  ...LIFE_FLOORS,
]

/** @param {{ cells: Cell[], machine: Machine, sections: { name: string, figures: Record<string, number> }[] }} run */
function checkFloors({ cells, machine, sections }) {
  let forwarded = false
  /** @type {Lookup} */
  const at = (adapter, workload, measure) => {
    const cell = cells.find((each) => each.adapter === adapter && each.workload === workload)
    // What the main database has answered says nothing about the block.
    if (cell?.forwarded) {
      forwarded = true
      return undefined
    }
    return (measure ? cell?.[measure] : (cell?.p50 ?? cell?.perSecond))?.median
  }
  /** @type {Map<string, number>} */
  const figures = new Map()
  for (const { adapter, workload, figures: own = {} } of cells)
    for (const [name, value] of Object.entries(own)) figures.set(`${adapter}/${workload}.${name}`, value)
  for (const section of sections)
    for (const [name, value] of Object.entries(section.figures)) figures.set(`${section.name}.${name}`, value)
  return FLOORS.map(({ text, measured, side, limit, unit }) => {
    forwarded = false
    const value = measured(at, machine, (path) => figures.get(path))
    const met = value === undefined ? undefined : side === 'at most' ? value <= limit : value >= limit
    return { text, side, limit, unit, value, met, forwarded }
  })
}

module.exports = { checkFloors }
