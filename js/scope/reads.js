/**
 * What a read touches, and whether the block holds all of it: the rows themselves, the lists under them, and the rows that
 * filters and orders look at. Rows that a foreign key names are found by key, or missed, so they need no coverage.
 *
 * Throughout, `known` are conditions that hold of the rows at hand.
 */
const { moved, related } = require('./conditions.js')

/** @typedef {import('./conditions.js').Condition} Condition */
/** @typedef {import('./conditions.js').Place} Place */
/** @typedef {import('./model.js').Model} Model */
/** @typedef {import('./model.js').Relation} Relation */
/** @typedef {import('./prove.js').Ground} Ground */
/**
 * @typedef {object} Held whether all of these are; null: it is not known
 * @property {(model: string, known: Condition[]) => Ground[] | null} covers
 * @property {(model: string, relation: Relation, known: Condition[], theirs: Condition[]) => Ground[] | null} links
 */

/** What is not known to be held; `message` says where. */
class Uncovered extends Error {}

/** @type {Place} */
const NOWHERE = { within: [], path: [] }
/** @type {Place} */
const WHERE = { within: [], path: ['where'] }

/** @param {Condition[]} conditions */
const plain = (conditions) => conditions.filter(({ type }) => type === 'compare')

/** What is known of the rows that a relation leads to. @param {Relation} relation @param {Condition[]} known @returns {Condition[]} */
function across({ side, fields, references, back }, known) {
  if (side === 'own') return moved(known, fields, references)
  if (side === 'link') return [related(back, 'some', known, NOWHERE)]
  return [...moved(known, references, fields), related(back, 'is', known, NOWHERE)]
}

class Reads {
  /**
   * @param {import('./conditions.js').Reader} reader
   * @param {Held} held
   * @param {import('./windows.js').Windows | null} [windows] null: those of a scope do not count
   */
  constructor(reader, held, windows = null) {
    this.reader = reader
    this.held = held
    this.windows = windows
    /** @type {Ground[]} */
    this.grounds = []
  }

  /** @param {string} model @param {Condition[]} known @param {string} what */
  need(model, known, what) {
    const grounds = this.held.covers(model, known) ?? this.windows?.whole(model, known) ?? null
    if (grounds === null) throw new Uncovered(`${what} may reach rows of ${model} outside the block's scope`)
    this.grounds.push(...grounds)
  }

  /**
   * The links, where Prisma keeps them in a table of its own.
   * @param {Model} model @param {Relation} relation @param {Condition[]} known @param {Condition[]} theirs @param {string} what
   */
  needLinks(model, relation, known, theirs, what) {
    if (relation.side !== 'link') return
    const grounds = this.held.links(model.name, relation, known, theirs)
    if (grounds === null) throw new Uncovered(`${what} may follow links outside the block's scope`)
    this.grounds.push(...grounds)
  }

  /**
   * What a relation leads to from a row that does not name it.
   * @param {Model} model @param {Relation} relation @param {Condition[]} known @param {Condition[]} theirs @param {string} what
   */
  needRelated(model, relation, known, theirs, what) {
    this.needLinks(model, relation, known, theirs, what)
    this.need(relation.model, theirs, what)
  }

  /** @param {any} query @returns {boolean} whether the block holds every row that it can find */
  query({ modelName, action, query }) {
    const { arguments: args = {}, selection = {} } = query
    const model = this.reader.model(modelName)
    const conditions = this.reader.read(model, args.where, WHERE)
    this.filters(model, conditions, plain(conditions))
    if (action.startsWith('findUnique')) {
      this.selection(model, selection, conditions, [])
      return false
    }
    const isTotal = !action.startsWith('find')
    const isComplete = this.root(model, conditions, args, action)
    // Groups are ordered by what is their own.
    if (action !== 'groupBy') this.order(model, args.orderBy, conditions)
    if (!isTotal) this.selection(model, selection, conditions, [])
    return isComplete
  }

  /**
   * @param {Model} model @param {Condition[]} conditions @param {any} args @param {string} action
   * @returns {boolean} whether finding nothing is an answer
   */
  root(model, conditions, args, action) {
    const isFind = action.startsWith('find')
    // What is computed tells nothing of misses.
    if (args.cursor !== undefined && !isFind) throw new Uncovered('a cursor may name a row that is not held')
    const isHeld = this.held.covers(model.name, conditions) !== null
    // At most one row, which is held, or missed.
    if (!isHeld && isFind && namesOne(model, conditions)) return false
    const isPart = !isHeld && isFind && this.part(model, conditions, args, [], action.startsWith('findMany'))
    if (!isPart) this.need(model.name, conditions, 'where')
    return args.cursor === undefined
  }

  /**
   * Whether windows have these rows as far as they reach.
   * @param {Model} model @param {Condition[]} known @param {any} args @param {string[]} within @param {boolean} isMany
   */
  part(model, known, args, within, isMany) {
    const grounds = this.windows?.part(model, known, args, within, isMany) ?? null
    this.grounds.push(...(grounds ?? []))
    return grounds !== null
  }

  /** @param {Model} model @param {Condition[]} conditions those to be decided @param {Condition[]} known of the rows for which they decide */
  filters(model, conditions, known) {
    for (const one of conditions) {
      if (one.type === 'either') for (const branch of one.branches) this.filters(model, branch, known)
      if (one.type === 'not') this.filters(model, one.inner, known)
      if (one.type === 'related') this.filter(model, one, known)
    }
  }

  /** @param {Model} model @param {import('./conditions.js').Related} condition @param {Condition[]} known */
  filter(model, { relation: name, quantifier, inner }, known) {
    const relation = /** @type {Relation} */ (model.relations.get(name))
    const target = this.reader.model(relation.model)
    // Only related rows that match decide; of every, those that do not.
    const asked = ['some', 'none', 'is', 'isNot'].includes(quantifier) ? inner : []
    const theirs = [...across(relation, known), ...asked]
    if (relation.side !== 'own')
      this.needRelated(model, relation, known, theirs, `a filter on ${model.name}.${name}`)
    this.filters(target, inner, plain(theirs))
  }

  /** @param {Model} model @param {any} orderBy @param {Condition[]} known */
  order(model, orderBy, known) {
    for (const entry of [orderBy ?? []].flat())
      for (const [name, direction] of Object.entries(entry)) {
        if (model.fields.has(name) || direction === undefined) continue
        const relation = model.relations.get(name)
        const isCount = Object.keys(Object(direction)).join() === '_count'
        if (relation === undefined || relation.side === 'own' || !isCount)
          throw new Uncovered(`orderBy ${name}`)
        this.needRelated(model, relation, known, across(relation, known), `orderBy ${name}`)
      }
  }

  /** @param {Model} model @param {any} selection @param {Condition[]} known @param {string[]} within */
  selection(model, selection, known, within) {
    for (const [name, value] of Object.entries(selection ?? {})) {
      if (value === false || value === undefined || name.startsWith('$')) continue
      if (name === '_count') this.counts(model, value, known, within)
      const relation = model.relations.get(name)
      if (relation !== undefined) this.relation(model, relation, value, known, [...within, name])
    }
  }

  /** @param {Model} model @param {any} count @param {Condition[]} known @param {string[]} within */
  counts(model, count, known, within) {
    if (count === true) throw new Uncovered(`_count of every list of ${model.name}`)
    for (const [name, value] of Object.entries(count.selection ?? {})) {
      const relation = model.relations.get(name)
      if (value === false || relation === undefined) continue
      this.related(model, relation, value?.arguments ?? {}, known, [...within, '_count', name])
    }
  }

  /** @param {Model} model @param {Relation} relation @param {any} value @param {Condition[]} known @param {string[]} within */
  relation(model, relation, value, known, within) {
    const args = value?.arguments ?? {}
    const theirs = this.related(model, relation, args, known, within)
    const target = this.reader.model(relation.model)
    this.order(target, args.orderBy, theirs)
    this.selection(target, value?.selection, theirs, within)
  }

  /** The rows of a relation that are asked for. @param {Model} model @param {Relation} relation @param {any} args @param {Condition[]} known @param {string[]} within @returns {Condition[]} */
  related(model, relation, args, known, within) {
    const what = `${model.name}.${relation.name}`
    const target = this.reader.model(relation.model)
    const asked = this.reader.read(target, args.where, { within, path: ['where'] })
    const theirs = [...across(relation, known), ...asked]
    const isList = relation.side !== 'own'
    this.needLinks(model, relation, known, theirs, what)
    const isPart = isList && this.part(target, theirs, args, within, true)
    if (args.cursor !== undefined && !isPart) throw new Uncovered(what)
    if (isList && !isPart) this.need(target.name, theirs, what)
    this.filters(target, asked, plain(theirs))
    return theirs
  }
}

/** Do they give every value of a unique key? @param {Model} model @param {Condition[]} conditions */
function namesOne(model, conditions) {
  const given = new Set(
    conditions.flatMap((one) =>
      one.type === 'compare' && one.op === 'equals' && one.value !== null ? [one.field] : [],
    ),
  )
  return [...model.keys.values()].some((key) => key.every((field) => given.has(field)))
}

module.exports = { Reads, Uncovered, WHERE, across, plain }
