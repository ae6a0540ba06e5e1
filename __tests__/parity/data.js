// Random rows for every model from one seed: few distinct values, so that filters hit, ties happen and groups form.
const { Rng } = require('./rng')
const { isTag, tag } = require('./tags')

/**
 * @typedef {import('./model').DataModel} DataModel
 * @typedef {import('./model').Model} Model
 * @typedef {import('./model').Field} Field
 * @typedef {Record<string, any>} Row
 * @typedef {{rows: Map<string, Row[]>, links: {table: string, pairs: [any, any][]}[]}} Data
 */

/** Parents before children. @param {DataModel} data @returns {Model[]} */
function inOrder({ models }) {
  /** @type {Model[]} */
  const ordered = []
  /** @param {Model} model */
  const visit = (model) => {
    if (ordered.includes(model)) return
    for (const { fields, to } of model.relations) if (fields.length > 0 && to !== model) visit(to)
    ordered.push(model)
  }
  for (const model of models) visit(model)
  return ordered
}

/** @param {any} value */
const textOf = (value) => (typeof value === 'object' ? JSON.stringify(value) : String(value))

/** Marks, case and control characters are nothing to utf8mb4_unicode_ci, and all that is past 16 bits is one. @param {string} text */
const folded = (text) =>
  text
    .normalize('NFKD')
    .replace(/[\p{M}\p{C}]/gu, '')
    .replace(/[\u{10000}-\u{10ffff}]/gu, '?')
    .toUpperCase()
    .trimEnd()

/** How many rows and links a data set has, at least and at most. */
const SIZES = {
  rows: /** @type {[number, number]} */ ([10, 25]),
  links: /** @type {[number, number]} */ ([20, 45]),
}

class DataMaker {
  /** @param {DataModel} model @param {number} seed @param {typeof SIZES} [sizes] */
  constructor(model, seed, sizes = SIZES) {
    this.model = model
    this.sizes = sizes
    this.rng = Rng.of(seed)
    /** @type {Map<string, Row[]>} */
    this.rows = new Map()
    /** @type {Map<string, any[]>} */
    this.chosen = new Map()
  }

  /** The values that a field takes in this data set. @param {Model} model @param {Field} field @returns {any[]} */
  choices(model, field) {
    const name = `${model.name}.${field.name}`
    const known = this.chosen.get(name)
    if (known) return known
    const all = this.model.valuesOf(field)
    const some = this.rng.some(all, this.rng.int(3, 12))
    this.chosen.set(name, some)
    return some
  }

  /** @param {Model} model @param {Field} field @returns {any} undefined: not given, the database's null */
  value(model, field) {
    const { rng } = this
    const choices = this.choices(model, field)
    if (field.isList) {
      // A list that was never given is NULL, which is not the empty list.
      if (rng.chance(15)) return undefined
      // Prisma takes NaN and the infinities of a list for nulls, and refuses them.
      const plain = choices.filter((choice) => choice?.$ !== 'number')
      return rng.times(plain.length === 0 ? 0 : rng.int(0, 4), () => rng.pick(plain))
    }
    if (field.type === 'Json' && rng.chance(10)) return tag.null('JsonNull')
    if (!field.isRequired && rng.chance(30)) return field.type === 'Json' ? tag.null('DbNull') : null
    return rng.pick(choices)
  }

  /** A value that no other row has. @param {Field} field @param {number} n */
  distinct(field, n) {
    const { rng } = this
    if (field.type === 'Int') return n * 3 + 1
    if (field.type === 'BigInt')
      return tag.bigint(BigInt(n) * (n % 2 === 0 ? 1_000_000_007n : -9_007_199_254_741n) + 1n)
    if (field.nativeType?.[0] === 'Uuid' || field.nativeType?.[0] === 'Char')
      return `20000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`
    if (field.type !== 'String') throw new Error(`no distinct values for ${field.name}: ${field.type}`)
    const [first] = [...rng.pick(['a', 'B', 'é', 'Z', '%', '_', "'", '日', 'ab', '1', '💡', 'ß'])]
    return `${first}${n}${rng.pick(['', '', ' x', '\\', '-É'])}`
  }

  /** Sets a foreign key. @param {Model} model @param {import('./model').Relation} relation @param {Row} row @param {Row[]} before */
  refer(model, relation, row, before) {
    const parents = relation.to === model ? before : (this.rows.get(relation.to.name) ?? [])
    const isUnique = model.keys.some(
      (key) =>
        key.fields.length === relation.fields.length &&
        key.fields.every(({ name }) => relation.fields.includes(name)),
    )
    const taken = new Set(isUnique ? before.map((other) => textOf(other[relation.fields[0]])) : [])
    const free = parents.filter((parent) => !taken.has(textOf(parent[relation.references[0]])))
    const none = free.length === 0 || (!relation.isRequired && this.rng.chance(35))
    if (none && relation.isRequired) return false
    const parent = none ? null : this.rng.pick(free)
    for (const [at, name] of relation.fields.entries())
      row[name] = parent ? parent[relation.references[at]] : null
    return true
  }

  /** @param {Model} model @param {number} n @param {Row[]} before @returns {Row | null} null when there is no place for it */
  row(model, n, before) {
    const single = new Set(
      model.keys.filter((key) => key.fields.length === 1).map((key) => key.fields[0].name),
    )
    /** @type {Row} */
    const row = {}
    for (const field of model.fields) {
      const nothing = !field.isRequired && this.rng.chance(40)
      const value = single.has(field.name)
        ? nothing
          ? null
          : this.distinct(field, n)
        : this.value(model, field)
      if (value !== undefined) row[field.name] = value
    }
    for (const relation of model.relations) {
      if (relation.fields.length > 0 && !this.refer(model, relation, row, before)) return null
    }
    return this.clashes(model, row, before) ? null : row
  }

  /** Compared as the most tolerant collation does. @param {Model} model @param {Row} row @param {Row[]} before */
  clashes(model, row, before) {
    const fold = (/** @type {any} */ value) => folded(textOf(value))
    return model.keys
      .filter((key) => key.fields.length > 1)
      .some(({ fields }) => {
        const of = (/** @type {Row} */ one) => fields.map(({ name }) => fold(one[name])).join('\0')
        const hasNull = fields.some(({ name }) => row[name] === null)
        return !hasNull && before.some((other) => of(other) === of(row))
      })
  }

  /** @param {any} join */
  pairs(join) {
    const key = (/** @type {any} */ end) =>
      /** @type {Model} */ (this.model.byName.get(end.model)).keys[0].fields[0].name
    const [a, b] = [join.a, join.b].map((end) => (this.rows.get(end.model) ?? []).map((row) => row[key(end)]))
    const pairs = this.rng.times(
      a.length === 0 || b.length === 0 ? 0 : this.rng.int(...this.sizes.links),
      () => /** @type {[any, any]} */ ([this.rng.pick(a), this.rng.pick(b)]),
    )
    return [...new Map(pairs.map((pair) => [JSON.stringify(pair), pair])).values()]
  }

  /** @returns {Data} */
  make() {
    for (const model of inOrder(this.model)) {
      /** @type {Row[]} */
      const rows = []
      const [least, most] = this.sizes.rows
      const count = this.rng.int(least, model.name === 'Comment' ? most + 15 : most)
      for (let n = 1; n <= count; n += 1) {
        const row = this.row(model, n, rows)
        if (row) rows.push(row)
      }
      this.rows.set(model.name, rows)
    }
    const links = this.model.joinTables.map((join) => ({ table: join.table, pairs: this.pairs(join) }))
    return { rows: this.rows, links }
  }
}

/** @param {DataModel} model @param {number} seed @param {typeof SIZES} [sizes] @returns {Data} */
function makeData(model, seed, sizes) {
  return new DataMaker(model, seed, sizes).make()
}

/** No set of rows has so many. */
const FURTHER = 1_000

/**
 * Makes rows that a data set could have had as well.
 * @param {DataModel} model @param {number} seed @param {Data} data
 * @returns {(of: Model) => Row | null} null: there is no place for one
 */
function furtherRows(model, seed, { rows }) {
  const maker = new DataMaker(model, seed)
  maker.rows = rows
  let made = FURTHER
  return (of) => {
    made += 1
    return maker.row(of, made, rows.get(of.name) ?? [])
  }
}

/** A tagged key as text of the parameter that a raw statement takes. @param {any} value */
const parameter = (value) => (isTag(value) ? BigInt(value.v) : value)

module.exports = { furtherRows, inOrder, makeData, parameter }
