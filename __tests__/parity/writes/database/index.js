// What the fuzz of writes asks of a main database without Prisma, in each provider's own words.
const { tablesOf } = require('../state')
const { MysqlDatabase } = require('./mysql')
const { PostgresDatabase } = require('./postgresql')

/**
 * @typedef {import('../state').State} State
 * @typedef {{name: string, type: string}} Column type: its scalar
 * @typedef {object} Shape
 * @property {string[]} tables parents before children
 * @property {Record<string, Column[]>} columns by table
 * @property {{table: string, column: string}[]} serials columns that main makes
 *
 * @typedef {object} Database
 * @property {(url: string) => Promise<void>} prepare before anybody opens it
 * @property {(url: string, module: any) => {adapter: any, end: () => Promise<void>}} adapter Prisma's; `module` is its package
 * @property {(url: string) => Promise<any>} connect a connection without Prisma; its `end()` closes it
 * @property {(connection: any) => Promise<State>} read
 * @property {(connection: any, state: State) => Promise<void>} write this state and no other rows; made keys begin anew
 * @property {(connection: any, table: string, pairs: [any, any][]) => Promise<void>} link rows of an implicit many-to-many relation
 */

/** @type {Record<string, new (shape: Shape) => Database>} */
const DATABASES = { postgresql: PostgresDatabase, mysql: MysqlDatabase }

/** @param {any} model */
const serialsOf = (model) =>
  model.fields
    .filter((/** @type {any} */ field) => field.default?.function === 'autoincrement')
    .map((/** @type {any} */ field) => ({ table: model.dbName, column: field.dbName }))

/** @param {any} manifest @returns {Record<string, Column[]>} */
function columnsOf({ models, joinTables }) {
  const ofModel = models.map((/** @type {any} */ { dbName, fields }) => [
    dbName,
    fields.map((/** @type {any} */ field) => ({ name: field.dbName, type: field.type })),
  ])
  const ofLinks = joinTables.map((/** @type {any} */ { table }) => [
    table,
    ['A', 'B'].map((name) => ({ name, type: 'String' })),
  ])
  return Object.fromEntries([...ofModel, ...ofLinks])
}

/** @param {import('../../model').DataModel} model @returns {Database} */
function databaseOf(model) {
  return new DATABASES[model.provider]({
    tables: tablesOf(model),
    columns: columnsOf(model.manifest),
    serials: model.manifest.models.flatMap(serialsOf),
  })
}

module.exports = { databaseOf }
