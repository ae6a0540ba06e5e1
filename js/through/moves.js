/**
 * Rows whose foreign key is part of what they are found by: a nested write that gives one to another parent gives it another key.
 * Which row it was is told by the operation's `where`, for it is the parent's neither before nor under its old key afterwards.
 */
const { fieldsOf } = require('../engine/miss.js')
const { named } = require('./keys.js')

/** @typedef {import('../engine/reshape.js').Models} Models */
/** @typedef {import('./settle.js').Settling} Settling */
/** @typedef {import('./settle.js').Doubtful} Doubtful */
/**
 * @typedef {object} Moves
 * @property {string[]} fields of the foreign key
 * @property {string[]} references the parent's fields that they take their values from
 * @property {Record<string, any>[]} keys values of a key, of each row that is given to the parent
 */

/** @param {any} value @returns {any[]} */
const listed = (value) => (value === undefined ? [] : [value].flat())

/**
 * @param {Models} models @param {string} modelName @param {any} relation of that model @param {any[]} values its operations
 * @returns {Moves | null} null where the rows stay under their keys
 */
function movesOf(models, modelName, relation, values) {
  const target = /** @type {any} */ (models.get(relation.model))
  const back = target.relations.find(
    (/** @type {any} */ one) =>
      one.relationName === relation.relationName && one.model === modelName && one.fields.length > 0,
  )
  // Of a self relation both ends have the name; the one with the foreign key gives its own row away, not others.
  if (back === undefined || relation.fields.length > 0) return null
  const names = named(models, target)
  if (!back.fields.some((/** @type {string} */ name) => names.has(name))) return null
  const wheres = values.flatMap(({ connect, connectOrCreate, set }) => [
    ...listed(connect),
    ...listed(connectOrCreate).map((one) => one.where),
    ...listed(set),
  ])
  return {
    fields: back.fields,
    references: back.references,
    keys: wheres.flatMap((where) => keysIn(target, where)),
  }
}

/** The keys that a unique `where` gives, without its other filters. @param {any} model @param {any} where @returns {Record<string, any>[]} */
function keysIn({ primaryKey, uniques }, where) {
  const keys = primaryKey === null || primaryKey === undefined ? uniques : [primaryKey, ...uniques]
  return keys.flatMap((/** @type {any} */ { name, fields }) => {
    const value = fields.length > 1 ? where[name ?? fields.join('_')] : where[fields[0]]
    if (value === undefined || value === null) return []
    return [fields.length > 1 ? value : { [fields[0]]: value }]
  })
}

/**
 * Whether a row may take the key of one that goes: whose the rows are that name this key, nobody could tell afterwards.
 * @param {Models} models @param {string} modelName @param {any} relation of that model @param {any[]} values its operations
 */
function replaces(models, modelName, relation, values) {
  if (!values.some((value) => value.delete !== undefined || value.deleteMany !== undefined)) return false
  const moves = movesOf(models, modelName, relation, values)
  return moves !== null && moves.keys.length > 0 && isNamed(models, relation.model)
}

/** Do foreign keys of the block name rows of this model? @param {Models} models @param {string} name */
function isNamed(models, name) {
  return [...models.values()].some(({ relations }) =>
    /** @type {any[]} */ (relations).some(
      (relation) => relation.model === name && relation.fields.length > 0,
    ),
  )
}

/**
 * The rows that this parent was given, over those that were held under their old keys.
 * @param {Settling} settling @param {string} name their model @param {Moves} moves @param {any} parent as it is now
 * @param {any[]} arrived its rows that were not its own before @param {import('./settle.js').Mode} mode
 */
async function settleMoves(settling, name, { fields, references, keys }, parent, arrived, mode) {
  const given = Object.fromEntries(fields.map((field, at) => [field, parent[references[at]]]))
  const rows = new Map(arrived.map((row) => [settling.keyOf(name, row).text, row]))
  for (const key of keys) {
    const holders = settling.ask('holders', name, key)
    // What names a row may be held without it.
    if (holders.length === 0) settling.doubt(name, key)
    for (const holder of holders) {
      const old = fieldsOf(holder.where)
      const row = rows.get(settling.keyOf(name, { ...old, ...given }).text)
      if (row !== undefined) await settling.updated(name, row, old, mode)
      // That the call gave away this row is a guess: another parent's branch, or one that was not taken, may name it.
      settling.doubtful.push({ ...holder, removed: row !== undefined })
    }
  }
}

module.exports = { movesOf, replaces, settleMoves }
