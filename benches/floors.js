/** @typedef {import('./cells').Cell} Cell */

/**
 * @typedef {object} Floor a figure the project has set itself
 * @property {string} text
 * @property {(at: Lookup, machine: Machine) => number | undefined} measured undefined when a cell is missing
 * @property {number} limit
 * @property {'at most' | 'at least'} side
 * @property {string} unit
 */

/**
 * @typedef {{ threadSyncUs: number }} Machine
 * @typedef {(adapter: string, workload: string) => number | undefined} Lookup p50 in µs, or calls per second
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
  {
    text: 'open an existing block',
    measured: (at) => ratio(at('sharded-full', 'open'), 1_000),
    side: 'at most',
    limit: 2,
    unit: ' ms',
  },
]

/**
 * @param {Cell[]} cells
 * @param {Machine} machine
 */
function checkFloors(cells, machine) {
  /** @type {Lookup} */
  const at = (adapter, workload) => {
    const cell = cells.find((each) => each.adapter === adapter && each.workload === workload)
    return (cell?.p50 ?? cell?.perSecond)?.median
  }
  return FLOORS.map(({ text, measured, side, limit, unit }) => {
    const value = measured(at, machine)
    const met = value === undefined ? undefined : side === 'at most' ? value <= limit : value >= limit
    return { text, side, limit, unit, value, met }
  })
}

module.exports = { checkFloors }
