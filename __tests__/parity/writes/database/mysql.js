// MySQL and MariaDB: rows as JSON text with a text for each column, bytes in hex; foreign keys off while a state is written.
const mariadb = require('mariadb')
const { quoter } = require('../../../support/columns')
const { parameter } = require('../../data')
const { MAINS } = require('../../../support/mains')
const { FIRST_SERIAL } = require('../ddl')

/** @typedef {import('../state').State} State */
/** @typedef {import('./index').Column} Column */
/** @typedef {import('mariadb').Connection} Connection */

const q = quoter('mysql')

/** @param {Column} column */
function text({ name, type }) {
  if (type === 'Bytes') return `HEX(${q(name)})`
  if (type === 'DateTime') return `DATE_FORMAT(${q(name)}, '%Y-%m-%dT%H:%i:%s.%f')`
  return `CAST(${q(name)} AS CHAR)`
}

/** @param {Column} column */
const placeholder = ({ type }) => (type === 'Bytes' ? 'UNHEX(?)' : '?')

class MysqlDatabase {
  /** @param {import('./index').Shape} shape */
  constructor({ tables, columns, serials }) {
    this.tables = tables
    this.columns = columns
    const rows = (/** @type {string} */ table) => {
      const named = columns[table].map((column) => `${text(column)} AS ${q(column.name)}`)
      return `SELECT ${named.join(', ')} FROM ${q(table)}`
    }
    this.all = tables.map(rows).join('; ')
    const clear = `DELETE FROM ${tables.map(q).toReversed().join('; DELETE FROM ')}`
    this.clear = `SET foreign_key_checks = 0; ${clear}`
    const restart = serials.map(({ table }) => `ALTER TABLE ${q(table)} AUTO_INCREMENT = ${FIRST_SERIAL}`)
    this.restart = [...restart, 'SET foreign_key_checks = 1'].join('; ')
  }

  async prepare() {}

  /** @param {string} url @param {any} module */
  adapter(url, module) {
    return { adapter: MAINS.mysql.connect(url, module), end: async () => {} }
  }

  /** A connection without Prisma. @param {string} url @returns {Promise<Connection>} */
  connect(url) {
    const { hostname: host, port, username, password, pathname } = new URL(url)
    return mariadb.createConnection({
      host,
      port: Number(port || 3306),
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
      database: pathname.slice(1),
      multipleStatements: true,
    })
  }

  /** @param {Connection} connection @returns {Promise<State>} */
  async read(connection) {
    /** @type {Record<string, string | null>[][]} */
    const found = await connection.query(this.all)
    return Object.fromEntries(
      this.tables.map((table, at) => [table, found[at].map((row) => JSON.stringify(row)).sort()]),
    )
  }

  /** @param {Connection} connection @param {State} state */
  async write(connection, state) {
    /** @type {any[]} */
    const values = []
    const filled = this.tables.filter((table) => state[table].length > 0)
    const inserts = filled.map((table) => this.insert(table, state[table], values))
    await connection.query([this.clear, ...inserts, this.restart].join('; '), values)
  }

  /** @param {string} table @param {string[]} rows @param {any[]} values grows by those of the rows */
  insert(table, rows, values) {
    const columns = this.columns[table]
    for (const row of rows.map((one) => JSON.parse(one)))
      values.push(...columns.map(({ name }) => row[name] ?? null))
    const one = `(${columns.map(placeholder).join(', ')})`
    const names = columns.map(({ name }) => q(name)).join(', ')
    return `INSERT INTO ${q(table)} (${names}) VALUES ${rows.map(() => one).join(', ')}`
  }

  /** @param {Connection} connection @param {string} table @param {[any, any][]} pairs of an implicit many-to-many relation */
  async link(connection, table, pairs) {
    const values = pairs.map(() => '(?, ?)').join(', ')
    if (pairs.length > 0)
      await connection.query(`INSERT INTO ${q(table)} VALUES ${values}`, pairs.flat().map(parameter))
  }
}

module.exports = { MysqlDatabase }
