/**
 * Links of implicit many-to-many relations, which Prisma keeps in a table of its own. A scope does not name them: what it says of the
 * ends says which are held. Known are sets of rows at one end, all of whose links are:
 *
 *   user: { where: { chats: { some: X } } }   chats that meet X
 *   chat: { where: { id } }                   that chat, if users have a scope too
 *   chat: {}, user: {}                        every chat
 *
 * No row that is there enters such a set by a write here: what would bring it in is refused (`keysOf`). One that is made here has the
 * links that are made with it. So all links of the set stay held, whether the rows at their other end are or not.
 */
const { prove } = require('./prove.js')
const { relatedIn, textOfAll } = require('./conditions.js')

/** @typedef {import('./conditions.js').Condition} Condition */
/** @typedef {import('./declare.js').Covered} Covered */
/** @typedef {import('./model.js').Model} Model */
/** @typedef {import('./model.js').Relation} Relation */
/** @typedef {import('./prove.js').Ground} Ground */
/**
 * @typedef {object} Linked rows of the model that meet the conditions have all their links of the relation held
 * @property {Model} model
 * @property {Relation} relation
 * @property {Model} other where it leads
 * @property {any} where the conditions as main's client takes them
 * @property {Condition[]} conditions
 */

/** @param {string} model @param {string} relation */
const nameOf = (model, relation) => `${model}.${relation}`

/** @param {any} args @param {Condition} condition what the user has written where it stands */
const writtenAt = (args, { place }) => place.path.reduce((/** @type {any} */ at, step) => at[step], args)

/** @param {Model} model @returns {Relation[]} */
const linksOfModel = ({ relations }) => [...relations.values()].filter(({ side }) => side === 'link')

/** @param {import('./conditions.js').Reader} reader @param {Map<string, Covered>} covered @returns {Linked[]} */
function linksOf(reader, covered) {
  const all = [...covered.values()].flatMap((one) => [
    ...byScopeBeyond(reader, one),
    ...byOwnScope(one, covered),
  ])
  const byText = all.map((one) => {
    const { model, relation, conditions } = one
    return /** @type {[string, Linked]} */ ([
      `${nameOf(model.name, relation.name)} ${textOfAll(conditions)}`,
      one,
    ])
  })
  return [...new Map(byText).values()]
}

/** Those of which the rows at the other end are asked. @param {import('./conditions.js').Reader} reader @param {Covered} covered @returns {Linked[]} */
function byScopeBeyond(reader, covered) {
  const { args, conditions, window } = covered
  return relatedIn(conditions ?? window?.conditions ?? []).flatMap((one) => {
    const { model: name, back, side } = /** @type {Relation} */ (covered.model.relations.get(one.relation))
    if (side !== 'link') return []
    const model = reader.model(name)
    const relation = /** @type {Relation} */ (model.relations.get(back))
    const where = writtenAt(args, one)
    return [{ model, relation, other: covered.model, where, conditions: one.inner }]
  })
}

/** @param {Covered} one @param {Map<string, Covered>} covered @returns {Linked[]} */
function byOwnScope({ model, args, conditions }, covered) {
  if (conditions === null) return []
  return linksOfModel(model).flatMap((relation) => {
    const beyond = covered.get(relation.model)
    // Without rows at the other end no list is known.
    if (beyond === undefined || (beyond.conditions ?? beyond.window) === null) return []
    const other = beyond.model
    const named = keyNamed(model, conditions)
    if (named !== undefined) {
      const { field, op } = named
      const where = { [field]: { [op]: writtenAt(args, named) } }
      return [{ model, relation, other, where, conditions: [named] }]
    }
    const isWhole = conditions.length === 0 && beyond.conditions?.length === 0
    // Each link has two ends: to load it once, the first of them.
    const isFirst = nameOf(model.name, relation.name) < nameOf(relation.model, relation.back)
    return isWhole && isFirst ? [{ model, relation, other, where: {}, conditions: [] }] : []
  })
}

/** What names rows by the primary key, which is one field at both ends. @param {Model} model @param {Condition[]} conditions */
function keyNamed({ primary: [key] }, conditions) {
  for (const one of conditions)
    if (one.type === 'compare' && one.field === key && (one.op === 'equals' || one.op === 'in')) return one
  return undefined
}

/** What main is asked for the links: keys of rows at their other end, each with those that it is linked with. @param {Linked} linked */
function queryOf({ model, relation, other, where }) {
  const select = (/** @type {Model} */ { primary: [key] }) => ({ [key]: true })
  return {
    where: { [relation.back]: { some: where } },
    select: { ...select(other), [relation.back]: { where, select: select(model) } },
  }
}

class Links {
  /** @param {Linked[]} all */
  constructor(all) {
    this.all = all
    /** @type {Map<string, Condition[][]>} */
    this.byEnd = new Map()
    for (const { model, relation, conditions } of all) {
      const name = nameOf(model.name, relation.name)
      this.byEnd.set(name, [...(this.byEnd.get(name) ?? []), conditions])
    }
  }

  /**
   * Whether all links between some rows of the model and some that the relation leads to are held: those of either end are enough.
   * @param {string} model @param {Relation} relation @param {Condition[]} known of the rows @param {Condition[]} theirs of the others
   * @returns {Ground[] | null}
   */
  prove(model, relation, known, theirs) {
    return (
      this.proveEnd(nameOf(model, relation.name), known) ??
      this.proveEnd(nameOf(relation.model, relation.back), theirs)
    )
  }

  /** @param {string} end @param {Condition[]} known @returns {Ground[] | null} */
  proveEnd(end, known) {
    for (const conditions of this.byEnd.get(end) ?? []) {
      const grounds = prove(known, conditions)
      if (grounds !== null) return grounds
    }
    return null
  }
}

module.exports = { Links, linksOf, queryOf, writtenAt }
