// All rows of a main database as text, and back: to compare two of them, and to start again from a state.
const { quoter } = require('../ddl')
const { inOrder } = require('../data')
const { canonicalText } = require('./canonical')

/** @typedef {Record<string, string[]>} State by table, each row as JSON text, sorted */

class Dump {
  /** @param {import('../model').DataModel} model */
  constructor(model) {
    const { manifest } = model
    const q = quoter(manifest.provider)
    const byName = new Map(manifest.models.map((/** @type {any} */ one) => [one.name, one.dbName]))
    /** Parents before children. */
    this.tables = [
      ...inOrder(model).map(({ name }) => byName.get(name)),
      ...manifest.joinTables.map((/** @type {any} */ join) => join.table),
    ]
    /** @type {State} */
    this.nothing = Object.fromEntries(this.tables.map((table) => [table, []]))
    const rows = (/** @type {string} */ table) =>
      `SELECT '${table}' AS "table", to_jsonb(t)::text AS row FROM ${q(table)} t`
    this.all = this.tables.map(rows).join(' UNION ALL ')
    this.clear = `DELETE FROM ${this.tables.map(q).toReversed().join('; DELETE FROM ')}`
    this.insert = (/** @type {string} */ table) =>
      `INSERT INTO ${q(table)} SELECT r.* FROM jsonb_array_elements($1::jsonb) AS e, jsonb_populate_record(NULL::${q(table)}, e) AS r`
    this.serials = manifest.models.flatMap(serialsOf)
  }

  /** @param {import('pg').Client} client @returns {Promise<State>} */
  async read(client) {
    const { rows } = await client.query(this.all)
    /** @type {State} */
    const state = structuredClone(this.nothing)
    for (const { table, row } of rows) state[table].push(row)
    for (const table of this.tables) state[table].sort()
    return state
  }

  /** @param {import('pg').Client} client @param {State} state */
  async write(client, state) {
    await client.query('SET session_replication_role = replica')
    await client.query(this.clear)
    for (const table of this.tables)
      if (state[table].length > 0) await client.query(this.insert(table), [`[${state[table].join(',')}]`])
    for (const serial of this.serials) await client.query(`ALTER SEQUENCE "${serial}" RESTART`)
    await client.query('SET session_replication_role = origin')
  }
}

/** @param {any} model */
const serialsOf = (model) =>
  model.fields
    .filter((/** @type {any} */ field) => field.default?.function === 'autoincrement')
    .map((/** @type {any} */ field) => `${model.dbName}_${field.dbName}_seq`)

/** The first difference of two states in words, or null. @param {State} expected @param {State} actual */
function stateDifference(expected, actual) {
  for (const table of Object.keys(expected)) {
    const [theirs, ours] = [expected, actual].map((state) => state[table].map(canonicalText).sort())
    const missing = theirs.filter((row) => !ours.includes(row))
    const extra = ours.filter((row) => !theirs.includes(row))
    if (missing.length > 0 || extra.length > 0 || ours.length !== theirs.length)
      return `table ${table}: ${extra.join(' ') || 'nothing'}  is not  ${missing.join(' ') || 'nothing'}`
  }
  return null
}

module.exports = { Dump, stateDifference }
