// PostgreSQL: rows as JSON text, foreign keys off while a state is written.
const { Client, Pool } = require('pg')
const { quoter } = require('../../../support/columns')
const { parameter } = require('../../data')

/** @typedef {import('../state').State} State */

const q = quoter('postgresql')

/** What a crash of the server takes is nothing to this run; to compile a plan takes longer than tables of ten rows. */
const SETTINGS = { synchronous_commit: 'off', jit: 'off' }

/** A statement that fails leaves its connection as it was; pg's own pool would open another, which takes longer than the call. */
class KeepingPool extends Pool {
  /** @override @param {any} config @returns {Promise<any>} */
  async query(config) {
    const client = await this.connect()
    try {
      return await client.query(config)
    } finally {
      client.release()
    }
  }
}

class PostgresDatabase {
  /** @param {import('./index').Shape} shape */
  constructor({ tables, serials }) {
    this.tables = tables
    // Line breaks of values are escaped in JSON. jsonb would lose the sign of a zero.
    const rows = (/** @type {string} */ table) =>
      `(SELECT string_agg(row_to_json(t)::text, E'\\n') FROM ${q(table)} t)`
    this.all = { name: 'all rows', text: `SELECT ${tables.map(rows).join(', ')}`, rowMode: 'array' }
    const clear = `DELETE FROM ${tables.map(q).toReversed().join('; DELETE FROM ')}`
    const restart = serials.map(({ table, column }) => `; ALTER SEQUENCE "${table}_${column}_seq" RESTART`)
    this.clear = `SET session_replication_role = replica; ${clear}${restart.join('')}`
  }

  /** Of a database that nobody has opened yet. @param {string} url */
  async prepare(url) {
    const client = await this.connect(url)
    const { rows } = await client.query('SELECT current_database() AS name')
    for (const [name, value] of Object.entries(SETTINGS))
      await client.query(`ALTER DATABASE ${q(rows[0].name)} SET ${name} = ${value}`)
    await client.end()
  }

  /** @param {string} url @param {any} module */
  adapter(url, { PrismaPg }) {
    const pool = new KeepingPool({ connectionString: url, max: 5, idleTimeoutMillis: 0 })
    return { adapter: new PrismaPg(pool), end: () => pool.end() }
  }

  /** A connection without Prisma. @param {string} url */
  async connect(url) {
    const client = new Client({ connectionString: url })
    await client.connect()
    return client
  }

  /** @param {Client} client @returns {Promise<State>} */
  async read(client) {
    const { rows } = await client.query(/** @type {any} */ (this.all))
    return Object.fromEntries(
      this.tables.map((table, at) => [table, rows[0][at] === null ? [] : rows[0][at].split('\n').sort()]),
    )
  }

  /** @param {Client} client @param {State} state */
  async write(client, state) {
    const filled = this.tables.filter((table) => state[table].length > 0)
    const rows = (/** @type {string} */ table) => client.escapeLiteral(`[${state[table].join(',')}]`)
    const inserts = filled.map(
      (table) =>
        `; INSERT INTO ${q(table)} SELECT r.* FROM json_array_elements(${rows(table)}::json) AS e, json_populate_record(NULL::${q(table)}, e) AS r`,
    )
    // One transaction of its own, as several statements of one query are.
    await client.query(`${this.clear}${inserts.join('')}; SET session_replication_role = origin`)
  }

  /** @param {Client} client @param {string} table @param {[any, any][]} pairs of an implicit many-to-many relation */
  async link(client, table, pairs) {
    const values = pairs.map((_, n) => `($${2 * n + 1}, $${2 * n + 2})`).join(', ')
    if (pairs.length > 0)
      await client.query(`INSERT INTO ${q(table)} VALUES ${values}`, pairs.flat().map(parameter))
  }
}

module.exports = { PostgresDatabase }
