// The tables of a manifest as a main database has them. No foreign keys: the data is consistent by its making, and
// tables can then be emptied and filled in any order.
const { columnType, enumType, quoter } = require('../support/columns')

/** MySQL does not name a key as Prisma does; the others do. @param {any} manifest @param {any} model @param {string[]} fields */
function uniqueName({ provider }, model, fields) {
  if (provider !== 'mysql') return ''
  const columns = fields.map(
    (name) => model.fields.find((/** @type {any} */ field) => field.name === name).dbName,
  )
  return `\`${[model.dbName, ...columns, 'key'].join('_')}\` `
}

/** @param {any} manifest @param {any} model */
function table(manifest, model) {
  const q = quoter(manifest.provider)
  const column = (/** @type {string} */ name) =>
    q(model.fields.find((/** @type {any} */ field) => field.name === name).dbName)
  const key = (/** @type {any} */ { fields }) => `(${fields.map(column).join(', ')})`
  const columns = model.fields.map((/** @type {any} */ field) => {
    const required = field.isRequired && !field.isList ? ' NOT NULL' : ' NULL'
    return `${q(field.dbName)} ${columnType(manifest, field)}${required}`
  })
  const unique = (/** @type {any} */ one) => `UNIQUE ${uniqueName(manifest, model, one.fields)}${key(one)}`
  const { primaryKey } = model
  const primary = primaryKey.unique ? unique(primaryKey) : `PRIMARY KEY ${key(primaryKey)}`
  const uniques = model.uniques.map(unique)
  return `CREATE TABLE ${q(model.dbName)} (${[...columns, primary, ...uniques].join(', ')})`
}

/** @param {any} manifest @param {any} join */
function joinTable(manifest, join) {
  const q = quoter(manifest.provider)
  const type = (/** @type {any} */ end) => {
    const model = manifest.models.find((/** @type {any} */ one) => one.name === end.model)
    const id = model.fields.find((/** @type {any} */ field) => field.name === model.primaryKey.fields[0])
    return columnType(manifest, id)
  }
  return `CREATE TABLE ${q(join.table)} (${q('A')} ${type(join.a)} NOT NULL, ${q('B')} ${type(join.b)} NOT NULL, PRIMARY KEY (${q('A')}, ${q('B')}))`
}

/** One statement each. @param {any} manifest @returns {string[]} */
function ddl(manifest) {
  const enums =
    manifest.provider === 'postgresql'
      ? manifest.enums.map((/** @type {any} */ one) => {
          const { name, values } = enumType(manifest, { type: one.name })
          return `CREATE TYPE "${name}" AS ENUM (${values})`
        })
      : []
  const tables = manifest.models.map((/** @type {any} */ model) => table(manifest, model))
  const joins = manifest.joinTables.map((/** @type {any} */ join) => joinTable(manifest, join))
  const extensions = manifest.provider === 'postgresql' ? ['CREATE EXTENSION IF NOT EXISTS citext'] : []
  return [...extensions, ...enums, ...tables, ...joins]
}

/** Empties every table. @param {any} manifest @returns {string[]} */
function emptyAll(manifest) {
  const q = quoter(manifest.provider)
  const names = [
    ...manifest.models.map((/** @type {any} */ model) => model.dbName),
    ...manifest.joinTables.map((/** @type {any} */ join) => join.table),
  ]
  return names.map((name) => `DELETE FROM ${q(name)}`)
}

module.exports = { ddl, emptyAll }
