/**
 * @typedef {object} Context what a cell's process is given
 * @property {string} dir a fresh folder
 * @property {string} [postgresUrl] a fresh, filled database, when the adapter asked for one
 * @property {string} postgresClient folder of the PrismaClient generated for PostgreSQL
 * @property {string} sqliteClient folder of the one for SQLite
 * @property {string} generated what `sharded generate` wrote
 * @property {import('../data').DataSet} data what the tables hold
 * @property {import('../workloads').Workload} workload
 */

/**
 * @typedef {object} Instance
 * @property {import('../workloads').Operations} ops
 * @property {any} [db] the client, for those who look inside
 * @property {string} [skip] why it takes no part after all
 * @property {string} [note] what the report says of it
 * @property {() => Doors} [doors]
 * @property {() => Promise<void>} [settle] lets background work end; called between rounds, never timed
 * @property {() => Promise<string | null>} [verify] after the last round; a difference, in words
 * @property {() => Promise<void>} teardown
 */

/**
 * How calls were served so far.
 * @typedef {object} Doors
 * @property {number} fast
 * @property {number} shell
 * @property {number} fallbacks began at the fast door, ended at the shell's
 * @property {number} main answered by the main database
 */

/**
 * @typedef {object} Adapter
 * @property {string} name
 * @property {string} title
 * @property {boolean} [postgres] needs a database of its own
 * @property {boolean} [block] needs what `sharded generate` writes
 * @property {string[]} [only] the workloads it takes part in, when not all
 * @property {boolean} [aside] it is there for a floor: it has no column
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
  require('./better-sqlite3-same'),
  require('./drizzle'),
]

module.exports = { ADAPTERS }
