/**
 * Whether a write can be made here: what it looks for, what it changes beside rows named by a key, and what it shows must be held.
 * A row that a key names is held, or missed and fetched, so it needs no coverage.
 */
const { below } = require('./conditions.js')
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

/** @param {string} name of an argument @returns {Place} */
const argument = (name) => ({ within: [], path: [name] })

/** Each of one or several, and where it stands. @param {any} operand @param {Place} place @returns {[any, Place][]} */
const eachOf = (operand, place) =>
  Array.isArray(operand) ? operand.map((one, at) => [one, below(place, at)]) : [[operand, place]]

class Writes {
  /**
   * @param {import('./reads.js').Reads} reads
   * @param {(model: string, field: string) => void} touch told of each field that a held row gets a new value of
   */
  constructor(reads, touch) {
    this.reads = reads
    this.reader = reads.reader
    this.touch = touch
    /** @type {Uncovered | null} the first, thrown last: what is refused is refused, whoever makes the write */
    this.uncovered = null
  }

  /** @param {() => void} need throws where it is not covered */
  ask(need) {
    try {
      need()
    } catch (error) {
      if (!(error instanceof Uncovered)) throw error
      this.uncovered ??= error
    }
  }

  /** @param {any} query */
  query(query) {
    this.write(query)
    if (this.uncovered !== null) throw this.uncovered
  }

  /** @param {any} query */
  write({ modelName, action, query }) {
    const { arguments: args = {}, selection = {} } = query
    const model = this.reader.model(modelName)
    if (action.startsWith('create')) return this.create(model, args.data, selection)
    const conditions = this.reader.read(model, args.where, WHERE)
    this.ask(() => this.reads.filters(model, conditions, plain(conditions)))
    if (/Many/.test(action)) this.ask(() => this.reads.need(model.name, conditions, 'where'))
    const parts = ['data', 'update'].filter((name) => args[name] !== undefined)
    for (const name of parts) this.data(model, args[name], plain(conditions), argument(name))
    if (args.create !== undefined) this.made(model, args.create, argument('create'))
    const changed = new Set(
      parts.flatMap((part) =>
        Object.keys(args[part]).flatMap((name) => [name, ...(model.relations.get(name)?.fields ?? [])]),
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
    for (const [row, place] of eachOf(data ?? [], argument('data'))) this.made(model, row, place)
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

  /** The data of a new row. @param {Model} model @param {any} data @param {Place} place */
  made(model, data, place) {
    for (const [name, operations] of Object.entries(data ?? {})) {
      const relation = model.relations.get(name)
      if (relation === undefined || operations === undefined) continue
      const target = this.reader.model(relation.model)
      for (const [verb, operand] of Object.entries(/** @type {any} */ (operations)))
        this.operation(target, relation, verb, operand, below(place, name, verb))
    }
  }

  /** The data of a row that is there. @param {Model} model @param {any} data @param {Condition[]} known @param {Place} place */
  data(model, data, known, place) {
    for (const [name, value] of Object.entries(data ?? {})) {
      if (value === undefined) continue
      const relation = model.relations.get(name)
      if (relation === undefined) this.touch(model.name, name)
      else this.nested(model, relation, value, known, below(place, name))
    }
  }

  /** @param {Model} model @param {Relation} relation @param {any} operations @param {Condition[]} known @param {Place} place */
  nested(model, relation, operations, known, place) {
    const target = this.reader.model(relation.model)
    const what = `a write to ${model.name}.${relation.name}`
    if (relation.side === 'own') for (const field of relation.fields) this.touch(model.name, field)
    for (const [verb, operand] of Object.entries(operations)) {
      if (operand === undefined) continue
      const isByKey = relation.side === 'own' || this.isByKey(target, relation, verb)
      const at = below(place, verb)
      const theirs = across(relation, known)
      if (!isByKey) this.ask(() => this.reads.needRelated(model, relation, known, theirs, what))
      else if (relation.side === 'link')
        for (const named of namedBy(this.reader, target, verb, operand, at))
          this.ask(() => this.reads.needLinks(model, relation, known, [...theirs, ...named], what))
      this.operation(target, relation, verb, operand, at)
    }
  }

  /** Of a list, rows are named by key; of one record, whichever is there is meant. @param {Model} target @param {Relation} relation @param {string} verb */
  isByKey(target, relation, verb) {
    const isOne = [...target.keys.values()].some(
      (key) => key.length === relation.fields.length && key.every((field) => relation.fields.includes(field)),
    )
    return !isOne && BY_KEY.has(verb)
  }

  /** @param {Model} target @param {Relation} relation @param {string} verb @param {any} operand @param {Place} place */
  operation(target, relation, verb, operand, place) {
    for (const [one, at] of eachOf(operand, place)) {
      if (one === null || typeof one !== 'object') continue
      if (verb === 'connect' || verb === 'set' || verb === 'connectOrCreate' || verb === 'disconnect')
        this.moves(target, relation)
      if (verb === 'create') this.made(target, one, at)
      if (verb === 'connectOrCreate' || verb === 'upsert') this.made(target, one.create, below(at, 'create'))
      const isUpdate = verb === 'update' || verb === 'updateMany'
      // Of one record, whose fields may be called so, it is told from `{ where, data }` by its keys.
      if (isUpdate && (target.fields.has('data') || target.fields.has('where')))
        throw new Uncovered(`a nested update of ${target.name}`)
      const isWrapped = isUpdate && 'data' in one
      if (verb === 'upsert') this.data(target, one.update, [], below(at, 'update'))
      else if (isUpdate) this.data(target, isWrapped ? one.data : one, [], isWrapped ? below(at, 'data') : at)
      if (isUpdate || verb === 'upsert') this.plainWhere(target, one.where, verb, below(at, 'where'))
      else this.plainWhere(target, one, verb, at)
    }
  }

  /** Rows of the other side get another foreign key. @param {Model} target @param {Relation} relation */
  moves(target, { side, fields }) {
    if (side === 'theirs') for (const field of fields) this.touch(target.name, field)
  }

  /** A filter below a nested write that looks at further rows. @param {Model} target @param {any} where @param {string} verb @param {Place} place */
  plainWhere(target, where, verb, place) {
    if (where === undefined || verb === 'create' || verb === 'createMany' || where === true) return
    const conditions =
      verb === 'connectOrCreate'
        ? this.reader.read(target, where.where, below(place, 'where'))
        : this.reader.read(target, where, place)
    this.ask(() => this.reads.filters(target, conditions, []))
  }
}

/**
 * What names the rows of a list to which something is done, one by one. A row that is made is named by nothing.
 * @param {import('./conditions.js').Reader} reader @param {Model} target @param {string} verb @param {any} operand @param {Place} place
 */
function namedBy(reader, target, verb, operand, place) {
  return eachOf(operand, place).map(([one, at]) => {
    if (verb === 'create') return []
    const isItself = ['connect', 'disconnect', 'delete'].includes(verb)
    return plain(reader.read(target, isItself ? one : one.where, isItself ? at : below(at, 'where')))
  })
}

module.exports = { Writes }
