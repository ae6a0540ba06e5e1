/**
 * A `where` of Prisma's JSON protocol as a list of conditions that all hold. Values are params, as native takes them: the same
 * value is then the same however it was written.
 *
 *   { chatId: 7, AND: [{ at: { gt: x, lt: y } }] }  ->  chatId equals 7, at gt x, at lt y
 *
 * Each condition knows where it stands in the query, so that the fast door can look whether another call says the same.
 */
const { fromProtocol } = require('../scalars.js')

/** @typedef {import('./model.js').Model} Model */
/** @typedef {import('./model.js').Models} Models */
/** @typedef {{ within: string[], path: (string | number)[] }} Place */
/**
 * @typedef {object} Compare
 * @property {'compare'} type
 * @property {string} field
 * @property {string} op
 * @property {any} value a param; of `in`, a list of them
 * @property {string} text the same for conditions that say the same
 * @property {Place} place
 *
 * @typedef {object} Related
 * @property {'related'} type
 * @property {string} relation
 * @property {string} quantifier `is` and `isNot` of one, `some`, `every` and `none` of many, `null` and `notNull`
 * @property {Condition[]} inner
 * @property {string} text
 * @property {Place} place
 *
 * @typedef {object} Either
 * @property {'either'} type
 * @property {Condition[][]} branches
 * @property {string} text
 * @property {Place} place
 *
 * @typedef {object} Not
 * @property {'not'} type
 * @property {Condition[]} inner
 * @property {string} text
 * @property {Place} place
 *
 * @typedef {object} Opaque what is only ever the same as itself
 * @property {'opaque'} type
 * @property {string} field
 * @property {string} text
 * @property {Place} place
 *
 * @typedef {Compare | Related | Either | Not | Opaque} Condition
 */

/** Operators whose operand is one value of the field's kind. */
const VALUED = new Set(['equals', 'not', 'lt', 'lte', 'gt', 'gte'])

/** What no condition can be made of; whoever asks knows nothing then. */
class Unreadable extends Error {}

/** @param {any} value */
const isPlain = (value) =>
  value !== null && typeof value === 'object' && !Array.isArray(value) && value.$type === undefined

/** @param {Place} place @param {...(string | number)} steps @returns {Place} */
const below = ({ within, path }, ...steps) => ({ within, path: [...path, ...steps] })

/** BigInt params have no JSON. @param {any} value @returns {string} */
const textOf = (value) =>
  JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `${inner}n` : inner))

/** @param {Condition[]} conditions */
const textOfAll = (conditions) =>
  conditions
    .map(({ text }) => text)
    .sort()
    .join('&')

/** @param {string} field @param {string} op @param {any} value @param {Place} place @returns {Compare} */
const compare = (field, op, value, place) => ({
  type: 'compare',
  field,
  op,
  value,
  text: textOf([field, op, value]),
  place,
})

/** @param {string} relation @param {string} quantifier @param {Condition[]} inner @param {Place} place @returns {Related} */
const related = (relation, quantifier, inner, place) => ({
  type: 'related',
  relation,
  quantifier,
  inner,
  text: `${relation}:${quantifier}(${textOfAll(inner)})`,
  place,
})

class Reader {
  /** @param {Models} models */
  constructor(models) {
    this.models = models
  }

  /** @param {string} name @returns {Model} */
  model(name) {
    const model = this.models.get(name)
    if (model === undefined) throw new Unreadable(`model ${name} is not in the block`)
    return model
  }

  /** @param {Model} model @param {any} where @param {Place} place @returns {Condition[]} */
  read(model, where, place) {
    if (where === undefined) return []
    if (!isPlain(where)) throw new Unreadable('a where that is no object')
    return Object.entries(where).flatMap(([name, value]) =>
      value === undefined ? [] : this.entry(model, name, value, below(place, name)),
    )
  }

  /** @param {Model} model @param {string} name @param {any} value @param {Place} place @returns {Condition[]} */
  entry(model, name, value, place) {
    if (name === 'AND') return this.each(model, value, place).flat()
    if (name === 'OR') return [this.either(this.each(model, value, place), place)]
    if (name === 'NOT')
      return this.each(model, value, place).map((inner) => ({
        type: 'not',
        inner,
        text: `!(${textOfAll(inner)})`,
        place,
      }))
    const field = model.fields.get(name)
    if (field !== undefined) return this.field(name, field, value, place)
    const relation = model.relations.get(name)
    if (relation !== undefined) return this.relation(relation, value, place)
    const key = model.keys.get(name)
    if (key === undefined || !isPlain(value)) throw new Unreadable(`${model.name} has no field ${name}`)
    return key.flatMap((part) => {
      const own = /** @type {{ kind: string, list: boolean }} */ (model.fields.get(part))
      return this.field(part, own, value[part], below(place, part))
    })
  }

  /** @param {Model} model @param {any} value one `where` or a list of them @param {Place} place @returns {Condition[][]} */
  each(model, value, place) {
    if (!Array.isArray(value)) return [this.read(model, value, place)]
    return value.map((one, at) => this.read(model, one, below(place, at)))
  }

  /** @param {Condition[][]} branches @param {Place} place @returns {Condition} */
  either(branches, place) {
    const text = `(${branches.map(textOfAll).sort().join('|')})`
    return { type: 'either', branches, text, place }
  }

  /** @param {string} name @param {{ kind: string, list: boolean }} field @param {any} value @param {Place} place @returns {Condition[]} */
  field(name, { kind, list }, value, place) {
    const opaque = () => [
      /** @type {Opaque} */ ({ type: 'opaque', field: name, text: textOf([name, kind, value]), place }),
    ]
    if (list || kind === 'Json') return opaque()
    if (!isPlain(value)) return [this.compared(name, kind, 'equals', value, place)]
    if (value.mode !== undefined) return opaque()
    return Object.entries(value).flatMap(([op, operand]) => {
      /** @type {Condition[]} */
      const none = []
      if (operand === undefined) return none
      const isRead = op === 'in' ? Array.isArray(operand) : VALUED.has(op) && !isUnread(operand)
      if (isRead) return [this.compared(name, kind, op, operand, below(place, op))]
      return [
        /** @type {Opaque} */ ({
          type: 'opaque',
          field: name,
          text: textOf([name, op, operand]),
          place: below(place, op),
        }),
      ]
    })
  }

  /** @param {string} name @param {string} kind @param {string} op @param {any} operand @param {Place} place */
  compared(name, kind, op, operand, place) {
    const param = (/** @type {any} */ value) => {
      if (isUnread(value)) throw new Unreadable('a value that is not one of the field')
      return fromProtocol(kind, false, value)
    }
    return compare(name, op, op === 'in' ? operand.map(param) : param(operand), place)
  }

  /** @param {import('./model.js').Relation} relation @param {any} value @param {Place} place @returns {Condition[]} */
  relation(relation, value, place) {
    const target = this.model(relation.model)
    if (value === null) return [related(relation.name, 'null', [], place)]
    if (!isPlain(value)) throw new Unreadable('a filter that is no object')
    const isQuantified = Object.keys(value).some((key) =>
      ['is', 'isNot', 'some', 'every', 'none'].includes(key),
    )
    if (!isQuantified) return this.linked(relation, 'is', this.read(target, value, place), place)
    return Object.entries(value).flatMap(([quantifier, inner]) => {
      if (inner === undefined) return []
      const at = below(place, quantifier)
      if (inner === null) return [related(relation.name, quantifier === 'isNot' ? 'notNull' : 'null', [], at)]
      return this.linked(relation, quantifier, this.read(target, inner, at), at)
    })
  }

  /**
   * What is said of the key that a foreign key names is said of the foreign key: there is no key without its row.
   * @param {import('./model.js').Relation} relation @param {string} quantifier @param {Condition[]} inner @param {Place} place
   * @returns {Condition[]}
   */
  linked(relation, quantifier, inner, place) {
    const whole = related(relation.name, quantifier, inner, place)
    if (relation.side !== 'own' || quantifier !== 'is') return [whole]
    return [whole, ...moved(inner, relation.references, relation.fields)]
  }
}

/** A reference to another field, and what else is tagged but no value. @param {any} value */
const isUnread = (value) =>
  isPlain(value) || Array.isArray(value) || ['FieldRef', 'Param', 'Raw', 'Enum'].includes(value?.$type)

/**
 * Conditions on some fields, said of those that are equal to them.
 * @param {Condition[]} conditions @param {string[]} from @param {string[]} to @returns {Compare[]}
 */
function moved(conditions, from, to) {
  return conditions.flatMap((one) => {
    const at = one.type === 'compare' ? from.indexOf(one.field) : -1
    if (one.type !== 'compare' || at < 0 || one.value === null) return []
    return [compare(to[at], one.op, one.value, one.place)]
  })
}

/** Those that ask other rows, within an OR too. @param {Condition[]} conditions @returns {Related[]} */
function relatedIn(conditions) {
  return conditions.flatMap((one) => {
    if (one.type === 'either') return one.branches.flatMap(relatedIn)
    return one.type === 'related' ? [one] : []
  })
}

module.exports = { Reader, Unreadable, below, moved, related, relatedIn, textOfAll }
