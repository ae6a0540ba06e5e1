/**
 * Rows that a transaction needs after it has written: fetched from the main database, and adopted on the transaction's own
 * connection, because nobody else gets the write lock before it ends. Rows that it has touched itself are left alone.
 */
const { Misses } = require('../engine/miss.js')
const { native } = require('../engine/plans.js')
const { flatten } = require('../engine/reshape.js')
const { keyNames } = require('../through/keys.js')

/** @typedef {import('../engine/miss.js').MissedRow} MissedRow */
/** @typedef {import('../engine/reshape.js').Models} Models */

class InnerMisses extends Misses {
  /** @param {import('./calls.js').Transaction} transaction */
  constructor(transaction) {
    const { block, main, misses } = transaction.engine
    super(block, misses.models, main, { ...misses.locking, isHeld: () => false })
    this.transaction = transaction
    /** Keys of the rows that were adopted. @type {Set<string>} */
    this.adopted = new Set()
  }

  /** @override @param {string} name @param {any[]} rows @param {'adopt' | 'member'} _mode @param {number} since */
  async insert(name, rows, _mode, since) {
    const { transaction } = this
    transaction.check('query')
    const model = /** @type {import('../engine/reshape.js').ManifestModel} */ (this.models.get(name))
    const fields = JSON.stringify(model.fields.map((field) => field.name))
    const values = flatten(model, rows)
    const count = native(() => this.block.txAdopt(transaction.handle, name, fields, values, since))
    if (count < 0) throw transaction.engine.error(JSON.parse(this.block.lastError()))
    return count
  }

  /** A row that main has but that is not new here was touched by the transaction: as far as it knows there is none. @param {string} name @param {any} row @param {boolean} isNew */
  isKnown(name, row, isNew) {
    const key = JSON.stringify([name, keyNames(this.models.get(name)).map((field) => row[field])])
    if (isNew) this.adopted.add(key)
    return this.adopted.has(key)
  }

  /** @override @param {string} model @param {any[]} found @param {number} since */
  async held(model, found, since) {
    const held = []
    for (const row of found) {
      const isNew = (await this.insert(model, [row], 'adopt', since)) > 0
      if (this.isKnown(model, row, isNew)) held.push(row)
    }
    return held
  }

  /** @override @param {MissedRow} row */
  async fetch(row) {
    const looked = await this.look(row)
    return looked !== null && this.isKnown(row.model, looked.found, looked.isNew)
  }

  /** @override @param {MissedRow} row */
  async isChangedHere(row) {
    const looked = await this.look(row)
    return looked === null || !looked.isNew
  }
}

/**
 * The block has found nothing, and main has answered: is it known now that there is nothing? A row outside the block that
 * matches is one that main would show, if what decides about it is in its own columns.
 * @param {Models} models @param {any} query @param {any} answer of main
 */
function canBeEmpty(models, { modelName, action, query }, answer) {
  const { where, cursor, skip } = query.arguments
  if (!isPlain(models.get(modelName), where ?? {})) return false
  // By key: the row is held by now, unless the transaction itself has taken it away.
  if (action.startsWith('findUnique')) return true
  const isEmpty = answer === null || answer === undefined || (Array.isArray(answer) && answer.length === 0)
  return isEmpty && cursor === undefined && !skip
}

/** Does it name no relation? @param {any} model @param {any} where @returns {boolean} */
function isPlain(model, where) {
  if (Array.isArray(where)) return where.every((part) => isPlain(model, part))
  const relations = new Set(model.relations.map((/** @type {{ name: string }} */ relation) => relation.name))
  return Object.entries(where ?? {}).every(([name, value]) =>
    ['AND', 'OR', 'NOT'].includes(name) ? isPlain(model, value) : !relations.has(name),
  )
}

module.exports = { InnerMisses, canBeEmpty }
