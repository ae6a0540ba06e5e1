/**
 * Whether a write can be made here: what it looks for, what it changes beside rows named by a key, and what it shows must be held.
 * A row that a key names is held, or missed and fetched, so it needs no coverage.
 */
const { Uncovered, WHERE, across, plain } = require('./reads.js')

/** @typedef {import('./conditions.js').Condition} Condition */
/** @typedef {import('./conditions.js').Place} Place */
/** @typedef {import('./model.js').Model} Model */
/** @typedef {import('./model.js').Relation} Relation */

/** Of a list, what names its rows by a key, or makes them. */
const BY_KEY = new Set([
  'create',
  'createMany',
  'connect',
  'connectOrCreate',
  'update',
  'upsert',
  'delete',
  'disconnect',
])

/** @type {Place} */
const NOWHERE = { within: [], path: [] }

class Writes {
  /**
   * @param {import('./reads.js').Reads} reads
   * @param {(model: string, field: string) => void} touch told of each field that a held row gets a new value of
   */
  constructor(reads, touch) {
    this.reads = reads
    this.reader = reads.reader
    this.touch = touch
  }

  /** @param {any} query */
  query({ modelName, action, query }) {
    const { arguments: args = {}, selection = {} } = query
    const model = this.reader.model(modelName)
    if (action.startsWith('create')) return this.create(model, args.data, selection)
    const conditions = this.reader.read(model, args.where, WHERE)
    this.reads.filters(model, conditions, plain(conditions))
    if (/Many/.test(action)) this.reads.need(model.name, conditions, 'where')
    const parts = [args.data, args.update].filter((data) => data !== undefined)
    for (const data of parts) this.data(model, data, plain(conditions))
    if (args.create !== undefined) this.made(model, args.create)
    const changed = new Set(
      parts.flatMap((data) =>
        Object.keys(data).flatMap((name) => [name, ...(model.relations.get(name)?.fields ?? [])]),
      ),
    )
    const kept = plain(conditions).filter((one) => one.type === 'compare' && !changed.has(one.field))
    // A list that a call changes is shown as it is afterwards; whose it is may change by its foreign key.
    if (action !== 'deleteMany' && action !== 'updateMany') this.shown(model, selection, kept)
  }

  /** @param {Model} model @param {any} selection @param {Condition[]} known */
  shown(model, selection, known) {
    this.reads.selection(model, selection, known, [])
  }

  /** A row that is made has the lists that are made with it, and no others. @param {Model} model @param {any} data @param {any} selection */
  create(model, data, selection) {
    for (const row of [data ?? []].flat()) this.made(model, row)
    for (const [name, value] of Object.entries(selection ?? {})) {
      const relation = model.relations.get(name)
      if (relation === undefined || value === false) continue
      const target = this.reader.model(relation.model)
      const args = value?.arguments ?? {}
      const place = { within: [name], path: ['where'] }
      const conditions = this.reader.read(target, args.where, place)
      this.reads.filters(target, conditions, plain(conditions))
      this.reads.order(target, args.orderBy, conditions)
      this.reads.selection(target, value?.selection, plain(conditions), [name])
    }
  }

  /** The data of a new row. @param {Model} model @param {any} data */
  made(model, data) {
    for (const [name, operations] of Object.entries(data ?? {})) {
      const relation = model.relations.get(name)
      if (relation === undefined || operations === undefined) continue
      const target = this.reader.model(relation.model)
      for (const [verb, operand] of Object.entries(/** @type {any} */ (operations)))
        this.operation(target, relation, verb, operand)
    }
  }

  /** The data of a row that is there. @param {Model} model @param {any} data @param {Condition[]} known */
  data(model, data, known) {
    for (const [name, value] of Object.entries(data ?? {})) {
      if (value === undefined) continue
      const relation = model.relations.get(name)
      if (relation === undefined) this.touch(model.name, name)
      else this.nested(model, relation, value, known)
    }
  }

  /** @param {Model} model @param {Relation} relation @param {any} operations @param {Condition[]} known */
  nested(model, relation, operations, known) {
    const target = this.reader.model(relation.model)
    const place = `${model.name}.${relation.name}`
    if (relation.side === 'own') for (const field of relation.fields) this.touch(model.name, field)
    // Links are not part of a scope.
    else if (relation.side === 'link') throw new Uncovered(`a write to ${place}`)
    for (const [verb, operand] of Object.entries(operations)) {
      if (operand === undefined) continue
      if (relation.side === 'theirs' && !this.isByKey(target, relation, verb))
        this.reads.need(target.name, across(relation, known), `a write to ${place}`)
      this.operation(target, relation, verb, operand)
    }
  }

  /** Of a list, rows are named by key; of one record, whichever is there is meant. @param {Model} target @param {Relation} relation @param {string} verb */
  isByKey(target, relation, verb) {
    const isOne = [...target.keys.values()].some(
      (key) => key.length === relation.fields.length && key.every((field) => relation.fields.includes(field)),
    )
    return !isOne && BY_KEY.has(verb)
  }

  /** @param {Model} target @param {Relation} relation @param {string} verb @param {any} operand */
  operation(target, relation, verb, operand) {
    for (const one of [operand].flat()) {
      if (one === null || typeof one !== 'object') continue
      if (verb === 'connect' || verb === 'set' || verb === 'connectOrCreate' || verb === 'disconnect')
        this.moves(target, relation)
      if (verb === 'create') this.made(target, one)
      if (verb === 'connectOrCreate' || verb === 'upsert') this.made(target, one.create)
      const isUpdate = verb === 'update' || verb === 'updateMany'
      // Of one record, whose fields may be called so, it is told from `{ where, data }` by its keys.
      if (isUpdate && (target.fields.has('data') || target.fields.has('where')))
        throw new Uncovered(`a nested update of ${target.name}`)
      const data = verb === 'upsert' ? one.update : isUpdate ? ('data' in one ? one.data : one) : undefined
      if (data !== undefined) this.data(target, data, [])
      this.plainWhere(
        target,
        isUpdate || verb === 'upsert' ? ('where' in one ? one.where : undefined) : one,
        verb,
      )
    }
  }

  /** Rows of the other side get another foreign key. @param {Model} target @param {Relation} relation */
  moves(target, { side, fields }) {
    if (side === 'theirs') for (const field of fields) this.touch(target.name, field)
  }

  /** A filter below a nested write that looks at further rows. @param {Model} target @param {any} where @param {string} verb */
  plainWhere(target, where, verb) {
    if (where === undefined || verb === 'create' || verb === 'createMany' || where === true) return
    const conditions = this.reader.read(target, verb === 'connectOrCreate' ? where.where : where, NOWHERE)
    this.reads.filters(target, conditions, [])
  }
}

module.exports = { Writes }
