/**
 * Nested writes of a call that is written through. Its answer tells the rows that the caller selected; which others the call wrote
 * is found by the relations that its data names: what they led to before, asked in the same transaction, and what they lead to
 * afterwards.
 */
const { ALL_SCALARS } = require('../engine/reshape.js')
const { changes, keyNames, named } = require('./keys.js')
const { movesOf, replaces, settleMoves } = require('./moves.js')

/** @typedef {import('../engine/reshape.js').Models} Models */
/**
 * @typedef {object} Branch
 * @property {any} relation
 * @property {boolean} making rows may be new
 * @property {string | null} countsUp only new rows are added, whose ids of this field are above all others
 * @property {import('./moves.js').Moves | null} moves rows that are given to a parent get another key
 * @property {Tree} nested
 */
/** @typedef {Branch[]} Tree */

const CREATING = ['create', 'createMany', 'connectOrCreate', 'upsert']

/**
 * The relations that the data of a write names, as far as they lead to models of the block.
 * @param {Models} models @param {string} modelName @param {any[]} rows data of created or changed rows
 * @param {boolean} idsAscend a new id of main's is above all others @returns {Tree}
 */
function treeOf(models, modelName, rows, idsAscend) {
  const { relations } = /** @type {any} */ (models.get(modelName))
  return relations.flatMap((/** @type {any} */ relation) => {
    const values = valuesOf(rows, relation)
    if (values.length === 0 || !models.has(relation.model)) return []
    const making = values.some((value) => Object.keys(value).some((name) => CREATING.includes(name)))
    // Of several rows each has a newest one of its own: below the first level all are asked for.
    const nested = treeOf(models, relation.model, values.flatMap(dataOf), false)
    const moves = movesOf(models, modelName, relation, values)
    const newest = idsAscend ? countsUp(models, relation, values) : null
    return [{ relation, making, countsUp: newest, moves, nested }]
  })
}

/** @param {any[]} rows @param {any} relation @returns {any[]} the operations of a relation */
const valuesOf = (rows, relation) => rows.map((row) => row?.[relation.name]).filter((value) => value != null)

/** The rows that the operations of a relation create or change. @param {any} value @returns {any[]} */
function dataOf({ create, connectOrCreate, update, upsert }) {
  return [
    ...listed(create),
    ...listed(connectOrCreate).map((one) => one.create),
    ...changedBy({ update, upsert }),
    ...listed(upsert).map((one) => one.create),
  ]
}

/** @param {any} value @returns {any[]} */
const listed = (value) => (value === undefined ? [] : [value].flat())

/** A single record may be told its data with a filter or without. @param {any} value @returns {any[]} */
function changedBy({ update, updateMany, upsert }) {
  return [
    ...listed(update).map((one) => (isWrapped(one) ? one.data : one)),
    ...listed(updateMany).map((one) => one.data),
    ...listed(upsert).map((one) => one.update),
  ]
}

/** @param {any} update */
function isWrapped(update) {
  return update.data !== undefined && Object.keys(update).every((name) => name === 'data' || name === 'where')
}

/** @param {Models} models @param {any} relation @param {any[]} values @returns {string | null} */
function countsUp(models, relation, values) {
  if (!relation.isList || !values.every((value) => isAdding(Object.keys(value)))) return null
  const target = /** @type {any} */ (models.get(relation.model))
  const [name, ...others] = keyNames(target)
  const field = target.fields.find((/** @type {any} */ one) => one.name === name)
  if (others.length > 0 || field.default?.function !== 'autoincrement') return null
  const rows = values.flatMap(({ create, createMany }) => [...listed(create), ...listed(createMany?.data)])
  return rows.every((row) => row[name] === undefined) ? name : null
}

/** @param {string[]} operations */
const isAdding = (operations) => operations.every((name) => name === 'create' || name === 'createMany')

/**
 * The first relation whose rows would not be found again: they get other values of fields that rows are found by, are created and
 * then left out by a `set`, or tied to nothing, or take the keys of others.
 * @param {Models} models @param {string} modelName @param {any[]} rows @returns {string | null} the relation, and what is wrong
 */
function lost(models, modelName, rows) {
  const { relations, outside } = /** @type {any} */ (models.get(modelName))
  const deep = outside.find((/** @type {string} */ name) => !valuesOf(rows, { name }).every(isFlat))
  if (deep !== undefined) return `nested write below ${deep}, which leads outside the block`
  for (const relation of relations.filter((/** @type {any} */ one) => models.has(one.model))) {
    const values = valuesOf(rows, relation)
    if (values.length === 0) continue
    const target = /** @type {any} */ (models.get(relation.model))
    if (values.some((value) => changes(changedBy(value), target, named(models, target))))
      return `nested write (${relation.name}) of a field that other rows name`
    if (relation.fields.length > 0 && values.some(isFiltered))
      return `nested \`upsert\` (${relation.name}) with a \`where\``
    if (values.some(dropsCreated)) return `nested \`set\` (${relation.name}) after rows that are created`
    if (replaces(models, modelName, relation, values))
      return `nested write (${relation.name}) that deletes rows and connects others, which may take their keys`
    const inner = lost(models, relation.model, values.flatMap(dataOf))
    if (inner !== null) return inner
  }
  return null
}

const ARITHMETIC = ['set', 'increment', 'decrement', 'multiply', 'divide', 'push']

/** Whether the rows of a relation outside the block are written alone: no relation leads from them back into it. @param {any} value */
function isFlat(value) {
  return dataOf(value).every((row) => Object.values(row ?? {}).every(isScalar))
}

/** @param {any} value of the JSON protocol @returns {boolean} */
function isScalar(value) {
  if (value === null || typeof value !== 'object' || value.$type !== undefined) return true
  if (Array.isArray(value)) return value.every(isScalar)
  const [name, inner, ...others] = Object.entries(value).flat()
  return others.length === 0 && ARITHMETIC.includes(name) && (name !== 'set' || isScalar(inner))
}

/** Of a record that does not meet it Prisma makes another, which it ties to nothing. @param {any} value */
const isFiltered = ({ upsert }) => listed(upsert).some(({ where }) => Object.keys(where ?? {}).length > 0)

/** The operations run as they are written. @param {any} value */
function dropsCreated(value) {
  const operations = Object.keys(value)
  return operations.slice(0, Math.max(0, operations.indexOf('set'))).some((name) => CREATING.includes(name))
}

/** What is asked of the rows before: which they are. @param {Models} models @param {Tree} tree @returns {Record<string, any>} */
function keysOf(models, tree) {
  return Object.fromEntries(
    tree.map(({ relation, countsUp, nested }) => {
      const own = keyNames(/** @type {any} */ (models.get(relation.model))).map((name) => [name, true])
      const selection = { ...Object.fromEntries(own), ...keysOf(models, nested) }
      const newest = countsUp === null ? {} : { orderBy: [{ [countsUp]: 'desc' }], take: 1 }
      return [relation.name, { arguments: newest, selection }]
    }),
  )
}

/**
 * What is asked afterwards: all of each row.
 * @param {Tree} tree @param {any} before the row as it was; null when it is new, or one of several @returns {Record<string, any>}
 */
function selectionOf(tree, before) {
  const entries = tree.map(({ relation, countsUp, nested }) => {
    const newest = countsUp === null ? undefined : before?.[relation.name]?.[0]
    const where =
      newest === undefined ? {} : { where: { [String(countsUp)]: { gt: newest[String(countsUp)] } } }
    return [relation.name, { arguments: where, selection: selectionOf(nested, null) }]
  })
  return { ...ALL_SCALARS, ...Object.fromEntries(entries) }
}

/** Takes over the rows around one that was written. */
class Around {
  /** @param {import('./settle.js').Settling} settling @param {any[]} joinTables of the manifest */
  constructor(settling, joinTables) {
    this.settling = settling
    this.joinTables = joinTables
  }

  /** The rows that this one names by now. @param {any} row with what `selectionOf` asks @param {any} before with what `keysOf` asks, or null @param {Tree} tree */
  async parents(row, before, tree) {
    for (const { relation, making } of tree.filter((branch) => branch.relation.fields.length > 0)) {
      const old = this.byKey(relation, before)
      for (const one of related(row, relation)) {
        const was = old.get(this.keyOf(relation, one))
        await this.settling.put(relation.model, one, modeOf(was, making))
      }
    }
  }

  /** @param {string} modelName @param {any} row with what `selectionOf` asks @param {any} before with what `keysOf` asks, or null @param {Tree} tree */
  async settle(modelName, row, before, tree) {
    for (const branch of tree) {
      const { relation, making, moves, nested } = branch
      const rows = related(row, relation)
      const old = this.byKey(relation, before)
      const added = rows.filter((one) => !old.has(this.keyOf(relation, one)))
      if (moves !== null)
        await settleMoves(this.settling, relation.model, moves, row, added, modeOf(undefined, making))
      for (const one of rows) {
        const was = old.get(this.keyOf(relation, one))
        old.delete(this.keyOf(relation, one))
        await this.settling.put(relation.model, one, modeOf(was, making))
        // Below a row that was only connected nothing is written.
        if (was !== undefined || making) await this.settle(relation.model, one, was ?? null, nested)
      }
      const left = [...old.values()]
      for (const one of left) await this.gone(branch, one)
      await this.links(modelName, row, branch, added, left)
    }
  }

  /**
   * Around a row that is gone, or has a key that nobody tells. From what it led to, its rows are found again; what the call has made
   * beside them is not.
   * @param {string} modelName @param {any} before the row as it was, null when it is new @param {Tree} tree
   */
  async bereft(modelName, before, tree) {
    await this.settling.misses.locking.markStale()
    if (before === null) return
    for (const branch of tree)
      for (const one of related(before, branch.relation)) await this.gone(branch, one)
    this.settling.mayBeGone(modelName, before)
  }

  /** A row that was related: it is another's now, nobody's, or deleted. @param {Branch} branch @param {any} one with what `keysOf` asks */
  async gone({ relation, moves, nested }, one) {
    const { settling } = this
    if (moves !== null) settling.doubt(relation.model, one)
    const row = nested.length > 0 ? await settling.read(relation.model, one, selectionOf(nested, null)) : null
    if (row === null) return settling.mayBeGone(relation.model, one)
    await settling.put(relation.model, row, 'held')
    await this.settle(relation.model, row, one, nested)
  }

  /** @param {string} modelName @param {any} row @param {Branch} branch @param {any[]} added @param {any[]} left */
  async links(modelName, row, { relation }, added, left) {
    const table = this.joinTables.find((one) => one.relationName === relation.relationName)
    if (table === undefined) return
    const isA = table.a.model === modelName && table.a.field === relation.name
    const pairs = (/** @type {any[]} */ rows) => rows.map((one) => (isA ? [row, one] : [one, row]))
    if (added.length > 0) await this.settling.link(table, pairs(added))
    for (const pair of pairs(left)) await this.settling.unlink(table, pair)
  }

  /** @param {any} relation @param {any} row @returns {Map<string, any>} the rows that it leads to */
  byKey(relation, row) {
    return new Map(related(row, relation).map((one) => [this.keyOf(relation, one), one]))
  }

  /** @param {any} relation @param {any} row */
  keyOf(relation, row) {
    return this.settling.keyOf(relation.model, row).text
  }
}

/** @param {any} row @param {any} relation @returns {any[]} */
const related = (row, relation) => [row?.[relation.name]].flat().filter((one) => one != null)

/** @param {any} was @param {boolean} making @returns {import('./settle.js').Mode} */
function modeOf(was, making) {
  if (was !== undefined) return 'held'
  return making ? 'member' : 'adopt'
}

module.exports = { Around, keysOf, lost, selectionOf, treeOf }
