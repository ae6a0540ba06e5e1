/**
 * @typedef {object} Context what a cell's process is given
 * @property {string} dir a fresh folder
 * @property {string} [postgresUrl] a fresh, filled database, when the adapter asked for one
 * @property {string} postgresClient folder of the PrismaClient generated for PostgreSQL
 * @property {string} sqliteClient folder of the one for SQLite
 * @property {string} generated what `sharded generate` wrote
 */

/**
 * @typedef {object} Instance
 * @property {import('../workloads').Operations} ops
 * @property {() => Promise<void>} [settle] lets background work end; called between rounds, never timed
 * @property {() => Promise<string | null>} [verify] after the last round; a difference, in words
 * @property {() => Promise<void>} teardown
 */

/**
 * @typedef {object} Adapter
 * @property {string} name
 * @property {string} title
 * @property {boolean} [postgres] needs a database of its own
 * @property {boolean} [opens] has something to open: takes part in the workload `open`
 * @property {string[]} [only] the workloads it takes part in, when it is there for a floor
 * @property {(context: Context) => Promise<Instance>} setup
 */

/** @type {Adapter[]} */
const ADAPTERS = [
  require('./sharded').os,
  require('./sharded').full,
  require('./sharded').held,
  require('./prisma-postgres'),
  require('./prisma-sqlite'),
  require('./better-sqlite3'),
  require('./drizzle'),
]

module.exports = { ADAPTERS }
