// Records, nested as Prisma returned them, become flat rows per model and links of implicit many-to-many
// relations. No default is applied: a row that lacks a column is an error.

const { LoaderError, NotSupportedError, mismatch, show } = require('../errors')
const { isJsonNull, isRecord, sourceOf } = require('./remember')
const { encodeParam, kindOf } = require('../scalars')

const NESTED_WRITES = new Set(['create', 'createMany', 'connect', 'connectOrCreate'])

/**
 * @typedef {object} Column
 * @property {string} name
 * @property {string} kind
 * @property {boolean} list
 * @property {boolean} required
 * @property {Set<string> | null} names members of an enum
 *
 * @typedef {object} Relation
 * @property {Table} table the rows it leads to
 * @property {boolean} list
 * @property {{name: string, mineFirst: boolean} | null} link an implicit many-to-many
 *
 * @typedef {object} Table
 * @property {string} name
 * @property {Column[]} columns
 * @property {Map<string, Relation>} relations
 * @property {Set<string>} ignored keys that carry nothing of the block: relations to models outside it
 * @property {Set<string>} known
 * @property {string[]} key
 *
 * @typedef {object} Sink
 * @property {(table: Table, values: unknown[]) => void} row
 * @property {(relation: string, a: unknown, b: unknown) => void} link
 */

/** @param {any} manifest @param {any} field @returns {Column} */
function columnOf(manifest, field) {
  const members =
    field.kind === 'enum'
      ? manifest.enums.find((/** @type {any} */ one) => one.name === field.type).values
      : null
  return {
    name: field.name,
    kind: kindOf(field),
    list: field.isList,
    required: field.isRequired,
    names: members && new Set(members.map((/** @type {any} */ member) => member.name)),
  }
}

/** @param {any} manifest @param {any} model @param {any} relation */
function linkOf(manifest, model, relation) {
  const join = manifest.joinTables.find(
    (/** @type {any} */ one) => one.relationName === relation.relationName,
  )
  return join
    ? { name: join.relationName, mineFirst: join.a.model === model.name && join.a.field === relation.name }
    : null
}

/**
 * @param {any} manifest
 * @returns {Map<string, Table>} by model name
 */
function tablesOf(manifest) {
  /** @type {Map<string, Table>} */
  const tables = new Map()
  for (const model of manifest.models) {
    const columns = model.fields.map((/** @type {any} */ field) => columnOf(manifest, field))
    const outside = manifest.outside.relations.filter((/** @type {any} */ one) => one.model === model.name)
    const ignored = new Set(['_count', ...outside.map((/** @type {any} */ one) => one.field)])
    const known = new Set(columns.map((/** @type {Column} */ column) => column.name))
    tables.set(model.name, {
      name: model.name,
      columns,
      relations: new Map(),
      ignored,
      known,
      key: model.primaryKey.fields,
    })
  }
  for (const model of manifest.models) {
    const from = /** @type {Table} */ (tables.get(model.name))
    for (const relation of model.relations) {
      const table = /** @type {Table} */ (tables.get(relation.model))
      from.relations.set(relation.name, {
        table,
        list: relation.isList,
        link: linkOf(manifest, model, relation),
      })
    }
  }
  return tables
}

class RecordWalker {
  /** @param {Sink} sink */
  constructor(sink) {
    this.sink = sink
    /** @type {object[]} the records above the one being walked; a cycle ends there */
    this.above = []
  }

  /**
   * Emits the rows and links of one record and of all that is nested in it.
   * @param {Table} table
   * @param {any} given
   */
  walk(table, given) {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      throw new LoaderError(mismatch(`${table.name} row in the loader`, 'an object', given))
    }
    const record = sourceOf(given)
    if (this.above.includes(record)) return
    this.above.push(record)
    try {
      this.sink.row(table, this.encodeRow(table, record))
      for (const key of Object.keys(record)) this.walkKey(table, record, key)
    } finally {
      this.above.pop()
    }
  }

  /** @param {Table} table @param {any} record @param {string} key */
  walkKey(table, record, key) {
    if (table.known.has(key) || table.ignored.has(key)) return
    const relation = table.relations.get(key)
    if (!relation) {
      const known = [...table.known, ...table.relations.keys()].join(', ')
      throw new LoaderError(`${table.name}.${key} in the loader: no such field. Known: ${known}`)
    }
    const value = record[key]
    if (value === null || value === undefined) return
    if (Array.isArray(value) !== relation.list) this.refuseShape(table, key, relation, value)
    for (const nested of relation.list ? value : [value]) {
      if (this.isNestedWrite(nested)) this.refuseShape(table, key, relation, nested)
      this.walk(relation.table, nested)
      if (relation.link)
        this.link(relation.link, this.keyOf(table, record), this.keyOf(relation.table, sourceOf(nested)))
    }
  }

  /** The links of a record alone, of which it says the keys. @param {Table} table @param {any} given @param {string} key */
  links(table, given, key) {
    const record = sourceOf(given)
    const { link, table: others } = /** @type {Relation} */ (table.relations.get(key))
    if (link === null) throw new LoaderError(`${table.name}.${key} has no links`)
    for (const nested of record[key])
      this.link(link, this.keyOf(table, record), this.keyOf(others, sourceOf(nested)))
  }

  /** @param {{name: string, mineFirst: boolean}} link @param {unknown} mine @param {unknown} theirs */
  link(link, mine, theirs) {
    if (link.mineFirst) this.sink.link(link.name, mine, theirs)
    else this.sink.link(link.name, theirs, mine)
  }

  /** @param {any} value */
  isNestedWrite(value) {
    if (typeof value !== 'object' || value === null || isRecord(value)) return false
    const keys = Object.keys(value)
    return keys.length > 0 && keys.every((key) => NESTED_WRITES.has(key))
  }

  /** @param {Table} table @param {string} key @param {Relation} relation @param {unknown} value */
  refuseShape(table, key, relation, value) {
    const argument = `${table.name}.${key} in the loader`
    if (this.isNestedWrite(value)) {
      throw new NotSupportedError(
        `${argument}: nested writes are not supported; give the ${relation.table.name} records themselves`,
      )
    }
    const expected = relation.list
      ? `a list of ${relation.table.name} records`
      : `a ${relation.table.name} record or null`
    throw new LoaderError(mismatch(argument, expected, value))
  }

  /** @param {Table} table @param {any} record */
  keyOf(table, record) {
    const column = /** @type {Column} */ (table.columns.find((one) => one.name === table.key[0]))
    return this.encodeValue(table, column, record)
  }

  /** @param {Table} table @param {any} record */
  encodeRow(table, record) {
    const values = new Array(table.columns.length)
    for (let i = 0; i < values.length; i++) values[i] = this.encodeValue(table, table.columns[i], record)
    return values
  }

  /** @param {Table} table @param {Column} column @param {any} record */
  encodeValue(table, column, record) {
    const value = record[column.name]
    if (value === undefined) {
      throw new LoaderError(
        `${table.name}.${column.name} is missing in a row of the loader: a loaded row carries every column, no default is applied`,
      )
    }
    const param = value === null ? this.encodeNull(column, record) : encode(table, column, value)
    if (param === null && column.required) {
      throw new LoaderError(mismatch(`${table.name}.${column.name} in the loader`, column.kind, null))
    }
    return param
  }

  /** A `null` of unknown origin in an optional Json field is the absence of a value. @param {Column} column @param {any} record */
  encodeNull(column, record) {
    if (column.kind !== 'Json' || column.list) return null
    return column.required || isJsonNull(record, column.name) ? 'null' : null
  }
}

/** @param {Table} table @param {Column} column @param {unknown} value */
function encode(table, column, value) {
  const argument = `${table.name}.${column.name} in the loader`
  const { names } = column
  const stranger = names && (Array.isArray(value) ? value : [value]).find((member) => !names.has(member))
  if (names && stranger !== undefined) {
    throw new LoaderError(mismatch(argument, `one of ${[...names].join(', ')}`, stranger))
  }
  try {
    return encodeParam(column.kind, column.list, value)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new LoaderError(
      `${argument}: ${error.message || `expected ${column.kind}, given ${show(value)}`}`,
      { cause: error },
    )
  }
}

module.exports = { RecordWalker, tablesOf }
