/**
 * The option `scope`: which rows of which models a block holds, checked before anything is done, and read as conditions.
 *
 * A scope covers a set read only while nothing that is written here can bring a row into it that is not held. A row's own columns
 * cannot: whoever writes them has the row. Nor can rows below that name it, whose foreign key is looked for. What else other rows say
 * can, so a scope that asks it is loaded, and answers by key.
 */
const { InvalidOptionError, mismatch } = require('../errors')
const { Reader, Unreadable, relatedIn } = require('./conditions.js')
const { Links, linksOf, writtenAt } = require('./links.js')
const { modelsOf } = require('./model.js')
const { protocol } = require('./protocol.js')
const { orderOf } = require('./window.js')

/** @typedef {import('./conditions.js').Condition} Condition */
/** @typedef {import('./model.js').Model} Model */
/**
 * @typedef {object} Covered
 * @property {Model} model
 * @property {{ where?: any, take?: number, orderBy?: any }} args as the user wrote them
 * @property {Condition[] | null} conditions rows that meet them are held; null: of no set it is known
 * @property {import('./window.js').Window | null} window of those that meet its conditions the first are held
 *
 * @typedef {object} Scope
 * @property {Map<string, Covered>} models by their names
 * @property {Map<string, string>} keys `Model.field` that a scope's foreign keys name -> the model that has the scope
 * @property {Map<string, Set<string>>} entrances relations of a model by whose rows those above enter a scope
 * @property {Links} links of implicit many-to-many relations that are held
 * @property {string} text the same for scopes that say the same
 */

const ARGUMENTS = ['where', 'take', 'orderBy']
const ROOT = { within: [], path: ['where'] }

/** @param {any} value */
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)

/** @param {any} given @param {any} manifest @returns {Scope} */
function scopeOf(given, manifest) {
  const models = modelsOf(manifest)
  const reader = new Reader(models)
  /** @type {Map<string, Covered>} */
  const covered = new Map()
  for (const [name, args] of Object.entries(given)) {
    if (args === undefined) continue
    const model = modelNamed(models, name)
    if (covered.has(model.name))
      throw new InvalidOptionError(`scope.${name}: ${model.name} is named twice; give it one scope`)
    covered.set(model.name, coveredBy(reader, model, args, `scope.${name}`))
  }
  if (covered.size === 0)
    throw new InvalidOptionError(mismatch('scope', `an object of ${knownNames(models)}`, given))
  const { entrances, below } = belowOf(reader, covered)
  // First, so that who joins while they are loaded is missing as a whole.
  const all = new Map([...below, ...covered])
  const links = new Links(linksOf(reader, all))
  return { models: all, keys: keysOf(reader, all, links), entrances, links, text: textOf(all, links) }
}

/**
 * Rows below by which others enter a scope. Those that no scope of their own covers are loaded with it: who holds the users of a chat
 * without their memberships could not say who they are.
 * @param {Reader} reader @param {Map<string, Covered>} covered
 */
function belowOf(reader, covered) {
  /** @type {Map<string, Covered>} */
  const below = new Map()
  /** @type {Map<string, Set<string>>} */
  const entrances = new Map()
  for (const { model, args, conditions, window } of covered.values())
    for (const one of relatedIn(conditions ?? window?.conditions ?? [])) {
      if (relationOf(model, one).side === 'own') continue
      const { model: name, back, side } = relationOf(model, one)
      // Who is linked here is held: it takes the row to link it.
      if (side === 'theirs') entrances.set(name, (entrances.get(name) ?? new Set()).add(back))
      if (covered.has(name)) continue
      const where = writtenAt(args, one)
      const known = below.get(name)
      const own = known === undefined ? where : { OR: [known.args.where, where] }
      below.set(name, coveredBy(reader, reader.model(name), { where: own }, `scope.${accessorOf(name)}`))
    }
  return { entrances, below }
}

/** @param {string} name */
const accessorOf = (name) => name[0].toLowerCase() + name.slice(1)

/** @param {import('./model.js').Models} models */
const knownNames = (models) => `the block's models (${[...models.keys()].map(accessorOf).join(', ')})`

/** @param {import('./model.js').Models} models @param {string} name as the client or as the schema spells it */
function modelNamed(models, name) {
  const found = [...models.values()].find((model) => model.name === name || accessorOf(model.name) === name)
  if (found === undefined) throw new InvalidOptionError(mismatch('scope', knownNames(models), name))
  return found
}

/** @param {Reader} reader @param {Model} model @param {any} args @param {string} place @returns {Covered} */
function coveredBy(reader, model, args, place) {
  if (!isObject(args)) throw new InvalidOptionError(mismatch(place, 'an object {where, take, orderBy}', args))
  const unknown = Object.keys(args).find((name) => !ARGUMENTS.includes(name))
  if (unknown !== undefined)
    throw new InvalidOptionError(`${place}.${unknown}: expected one of ${ARGUMENTS.join(', ')}`)
  checkWindow(model, args, place)
  if (args.where !== undefined && !isObject(args.where))
    throw new InvalidOptionError(mismatch(`${place}.where`, 'an object', args.where))
  const read = conditionsOf(reader, model, args.where, place)
  const conditions = kept(reader, model, read)
  if (args.take === undefined) return { model, args, conditions, window: null }
  const order = orderOf(model, args.orderBy)
  return { model, args, conditions: null, window: conditions && order && { conditions, order } }
}

/** @param {Model} model @param {any} args @param {string} place */
function checkWindow(model, { take, orderBy }, place) {
  if (take !== undefined && !(Number.isSafeInteger(take) && take > 0))
    throw new InvalidOptionError(mismatch(`${place}.take`, 'a whole number of rows, at least 1', take))
  if (orderBy === undefined) return
  if (take === undefined)
    throw new InvalidOptionError(`${place}.orderBy: it says which rows to take; expected take beside it`)
  for (const one of [orderBy].flat()) {
    if (!isObject(one)) throw new InvalidOptionError(mismatch(`${place}.orderBy`, 'an object', one))
    const wrong = Object.keys(one).find((name) => !model.fields.has(name))
    if (wrong !== undefined)
      throw new InvalidOptionError(
        mismatch(
          `${place}.orderBy`,
          `scalar fields of ${model.name} (${[...model.fields.keys()].join(', ')})`,
          wrong,
        ),
      )
  }
}

/** @param {Reader} reader @param {Model} model @param {any} where @param {string} place */
function conditionsOf(reader, model, where, place) {
  try {
    return reader.read(model, protocol(where), ROOT)
  } catch (error) {
    if (error instanceof Unreadable) throw new InvalidOptionError(`${place}.where: ${error.message}`)
    throw new InvalidOptionError(`${place}.where: ${/** @type {Error} */ (error).message}`, { cause: error })
  }
}

/**
 * What a read must imply to be covered, or null when no set of rows is.
 * @param {Reader} reader @param {Model} model @param {Condition[]} conditions @returns {Condition[] | null}
 */
function kept(reader, model, conditions) {
  const own = withoutKeys(model, conditions)
  return own.every((one) => isEntered(reader, model, one)) ? own : null
}

/** Without what is said of the foreign key itself, beside. @param {Model} model @param {Condition[]} conditions @returns {Condition[]} */
function withoutKeys(model, conditions) {
  return conditions
    .filter((one) => one.type !== 'related' || !isOfKey(model, one))
    .map((one) =>
      one.type === 'either'
        ? { ...one, branches: one.branches.map((branch) => withoutKeys(model, branch)) }
        : one,
    )
}

/**
 * Whether no write here makes it true of a row that is not held. Of the row above it may ask what nobody changes here: see `keysOf`.
 * @param {Reader} reader @param {Model} model @param {Condition} condition @returns {boolean}
 */
function isKept(reader, model, condition) {
  if (condition.type === 'either')
    return isTelling(condition) && condition.branches.flat().every((one) => isKept(reader, model, one))
  if (condition.type !== 'related') return !asksOthers(condition) && !mayAppear(model, condition)
  const { side, onDelete, onUpdate, ...relation } = relationOf(model, condition)
  if (side !== 'own' || condition.quantifier !== 'is' || [onDelete, onUpdate].includes('SetDefault'))
    return false
  const above = reader.model(relation.model)
  const isSteady = (/** @type {string} */ field) => above.fields.get(field)?.updatedAt !== true
  return condition.inner.every((one) => isKept(reader, above, one) && fieldsIn(one).every(isSteady))
}

/**
 * Whether a row that comes to meet it is held by then: because none does, or since it is asked of rows below that name it. Who makes such a
 * row here, or gives it another foreign key, has had the row above looked for; so has who links it. What else would make a row below meet the
 * condition is refused: see `keysOf`.
 * @param {Reader} reader @param {Model} model @param {Condition} condition @returns {boolean}
 */
function isEntered(reader, model, condition) {
  if (isKept(reader, model, condition)) return true
  if (condition.type === 'either')
    return isTelling(condition) && condition.branches.flat().every((one) => isEntered(reader, model, one))
  if (condition.type !== 'related' || !['some', 'is'].includes(condition.quantifier)) return false
  const { side, onDelete, onUpdate, ...relation } = relationOf(model, condition)
  if (side === 'own' || (side === 'theirs' && [onDelete, onUpdate].includes('SetDefault'))) return false
  const below = reader.model(relation.model)
  const isSteady = (/** @type {string} */ field) => below.fields.get(field)?.updatedAt !== true
  return condition.inner.every((one) => isKept(reader, below, one) && fieldsIn(one).every(isSteady))
}

/** Of an OR Prisma leaves branches that say nothing out, as if they were never true. @param {import('./conditions.js').Either} condition */
const isTelling = ({ branches }) => branches.every((branch) => branch.length > 0)

/** @param {Model} model @param {import('./conditions.js').Related} condition */
const relationOf = (model, { relation }) =>
  /** @type {import('./model.js').Relation} */ (model.relations.get(relation))

/** @param {Model} model @param {import('./conditions.js').Related} condition */
function isOfKey(model, condition) {
  const { quantifier, inner } = condition
  const { side, references } = relationOf(model, condition)
  return (
    side === 'own' &&
    quantifier === 'is' &&
    inner.length > 0 &&
    inner.every((one) => one.type === 'compare' && references.includes(one.field) && one.value !== null)
  )
}

/** @param {Condition} condition @returns {boolean} */
function asksOthers(condition) {
  if (condition.type === 'related') return true
  if (condition.type === 'either') return condition.branches.some((branch) => branch.some(asksOthers))
  return condition.type === 'not' && condition.inner.some(asksOthers)
}

/**
 * A deleted parent may leave a foreign key at null, or at its default, in rows that are not held.
 * @param {Model} model @param {Condition} condition
 */
function mayAppear(model, condition) {
  return [...model.relations.values()].some(({ side, fields, onDelete, onUpdate }) => {
    const actions = [onDelete, onUpdate]
    const isMentioned = side === 'own' && fieldsIn(condition).some((field) => fields.includes(field))
    if (!isMentioned || !actions.some((action) => action.startsWith('Set'))) return false
    return actions.includes('SetDefault') || !isFilled(condition)
  })
}

/** Whether it is never true of null. @param {Condition} condition */
function isFilled(condition) {
  if (condition.type !== 'compare') return false
  if (condition.op === 'not') return true
  return condition.op === 'in' ? !condition.value.includes(null) : condition.value !== null
}

/** @param {Condition} condition @returns {string[]} */
function fieldsIn(condition) {
  if (condition.type === 'either') return condition.branches.flat().flatMap(fieldsIn)
  if (condition.type === 'not') return condition.inner.flatMap(fieldsIn)
  return condition.type === 'related' ? [] : [condition.field]
}

/**
 * Fields of other rows that decide what is in a scope: a parent that gets another key takes its rows with it, and a row that a scope
 * asks something of may bring in those below it. Rows that are not held would come in unseen. Links follow the keys at both ends.
 * @param {Reader} reader @param {Map<string, Covered>} covered @param {Links} links @returns {Map<string, string>}
 */
function keysOf(reader, covered, links) {
  /** @type {Map<string, string>} */
  const keys = new Map()
  for (const { model, conditions, window } of covered.values()) {
    const order = window?.order.map(([name]) => name) ?? []
    keysBelow(reader, model, conditions ?? window?.conditions ?? [], keys, model.name, order)
  }
  for (const { model, other } of links.all) {
    keys.set(`${model.name}.${model.primary[0]}`, other.name)
    keys.set(`${other.name}.${other.primary[0]}`, model.name)
  }
  return keys
}

/**
 * @param {Reader} reader @param {Model} model @param {Condition[]} conditions @param {Map<string, string>} keys @param {string} scoped
 * @param {string[]} [order] fields that say which rows are the first
 */
function keysBelow(reader, model, conditions, keys, scoped, order = []) {
  const fields = new Set([...conditions.flatMap(fieldsIn), ...order])
  for (const relation of model.relations.values()) {
    if (relation.side !== 'own' || ['Restrict', 'NoAction'].includes(relation.onUpdate)) continue
    for (const [at, field] of relation.fields.entries())
      if (fields.has(field)) keys.set(`${relation.model}.${relation.references[at]}`, scoped)
  }
  for (const one of relatedIn(conditions)) {
    const above = reader.model(relationOf(model, one).model)
    for (const field of one.inner.flatMap(fieldsIn)) keys.set(`${above.name}.${field}`, scoped)
    // Which row is asked in turn says its foreign key.
    for (const { fields, side } of relatedIn(one.inner).map((further) => relationOf(above, further)))
      if (side === 'own') for (const field of fields) keys.set(`${above.name}.${field}`, scoped)
    keysBelow(reader, above, one.inner, keys, scoped)
  }
}

/** A file that was loaded without the links is another one. @param {Map<string, Covered>} covered @param {Links} links */
function textOf(covered, links) {
  const rows = [...covered.values()].map(({ model, args }) => [
    model.name,
    protocol({ where: args.where ?? {}, take: args.take, orderBy: args.orderBy }),
  ])
  const linked = links.all.map(({ model, relation, where }) => [
    `${model.name}.${relation.name}`,
    protocol({ where }),
  ])
  const said = [...rows, ...linked]
  return JSON.stringify(
    said.sort(([left], [right]) => (left < right ? -1 : 1)),
    sorted,
  )
}

/** Keys in one order. @param {string} _key @param {any} value */
function sorted(_key, value) {
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)))
}

module.exports = { scopeOf }
