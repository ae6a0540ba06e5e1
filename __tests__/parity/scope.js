// A random scope of a data set, and calls that stay within it more often than chance would have it.
const { furtherRows } = require('./data')
const { callsOf } = require('./session')
const { Rng } = require('./rng')
const { linkCall, linkScope, linkWrite } = require('./linkcalls')
const { readsTogether, setsTogether } = require('./together')
const { again, windowCall } = require('./windowcalls')

/**
 * @typedef {import('./model').DataModel} DataModel
 * @typedef {import('./model').Model} Model
 * @typedef {import('./generate/call').Call} Call
 * @typedef {{ where?: any, take?: number, orderBy?: any[] }} Rows
 * @typedef {Record<string, Rows>} Scope by model, as text
 */

const KINDS = new Set(['Int', 'BigInt', 'String', 'Boolean', 'DateTime', 'Decimal'])
const RANGES = new Set(['Int', 'DateTime'])

/** @param {Rng} rng @param {Model} model @param {any[]} rows */
function condition(rng, model, rows) {
  const fields = model.fields.filter(
    ({ kind, type, isList }) => !isList && (kind === 'enum' || KINDS.has(type)),
  )
  const field = rng.pick(fields)
  const values = rows.map((row) => row[field.name]).filter((value) => value !== null && value !== undefined)
  if (values.length === 0) return {}
  if (field.type !== 'Boolean' && rng.chance(25)) return { [field.name]: { in: rng.some(values, 3) } }
  if (RANGES.has(field.type) && rng.chance(40))
    return { [field.name]: { [rng.pick(['lt', 'lte', 'gt', 'gte'])]: rng.pick(values) } }
  return { [field.name]: rng.pick(values) }
}

/** Rows by the foreign key, by the record above or by its key. @param {Rng} rng @param {Model} model @param {Map<string, any[]>} rows */
function above(rng, model, rows) {
  const own = model.relations.filter(({ fields }) => fields.length > 0)
  if (own.length === 0) return {}
  const { name, to, fields, references } = rng.pick(own)
  const row = rng.pick(/** @type {any[]} */ (rows.get(to.name)))
  if (rng.chance(40)) return { [name]: condition(rng, to, /** @type {any[]} */ (rows.get(to.name))) }
  if (rng.chance(50)) return { [name]: Object.fromEntries(references.map((key) => [key, row[key]])) }
  return Object.fromEntries(fields.map((field, at) => [field, row[references[at]]]))
}

/** Rows by those below that name them. @param {Rng} rng @param {DataModel} data @param {Model} model @param {Map<string, any[]>} rows */
function below(rng, data, model, rows) {
  const isLink = (/** @type {string} */ name) =>
    data.joinTables.some(({ a, b }) => [a, b].some((end) => end.model === model.name && end.field === name))
  const theirs = model.relations.filter(({ fields, name }) => fields.length === 0 && !isLink(name))
  if (theirs.length === 0) return {}
  const { name, to, isList } = rng.pick(theirs)
  const inner = rng.chance(15) ? {} : condition(rng, to, /** @type {any[]} */ (rows.get(to.name)))
  return { [name]: { [isList ? 'some' : 'is']: inner } }
}

const ORDERED = new Set(['Int', 'BigInt', 'String', 'DateTime'])

/** Some first rows; the key makes the order one that main and block agree on. @param {Rng} rng @param {Model} model @param {any[]} rows @returns {Rows} */
function windowOf(rng, model, rows) {
  const { fields } = model.keys[0]
  const keys = fields.map(({ name }) => name)
  const others = model.fields.filter(
    ({ type, isList, isRequired, name }) =>
      isRequired && !isList && ORDERED.has(type) && !keys.includes(name),
  )
  const names = [...(others.length > 0 && rng.chance(60) ? [rng.pick(others).name] : []), ...keys]
  const orderBy = names.map((name) => ({ [name]: rng.chance(50) ? 'asc' : 'desc' }))
  return { take: rng.int(1, rows.length + 3), orderBy }
}

/** @param {DataModel} data @param {Map<string, any[]>} rows @param {number} seed @returns {Scope} */
function randomScope(data, rows, seed) {
  const rng = Rng.of(seed)
  /** @type {Scope} */
  const scope = {}
  for (const model of data.models) {
    if (rng.chance(15)) continue
    const own = /** @type {any[]} */ (rows.get(model.name))
    if (rng.chance(45)) scope[model.accessor] = {}
    else if (rng.chance(40)) scope[model.accessor] = { where: above(rng, model, rows) }
    else if (rng.chance(35)) scope[model.accessor] = { where: below(rng, data, model, rows) }
    else if (rng.chance(30))
      scope[model.accessor] = { where: { OR: [condition(rng, model, own), condition(rng, model, own)] } }
    else scope[model.accessor] = { where: condition(rng, model, own) }
    const { where } = scope[model.accessor]
    if (where?.OR === undefined && rng.chance(10))
      scope[model.accessor] = { where: { OR: [where ?? {}, condition(rng, model, own)] } }
    if (rng.chance(30)) Object.assign(scope[model.accessor], windowOf(rng, model, own))
  }
  if (Object.keys(scope).length === 0) scope[data.models[0].accessor] = {}
  return { ...scope, ...linked(data, rows, scope, seed) }
}

/** Of every second scope a part that asks links. @param {DataModel} data @param {Map<string, any[]>} rows @param {Scope} scope @param {number} seed @returns {Scope} */
function linked(data, rows, scope, seed) {
  const rng = Rng.of(seed + 7)
  if (rng.chance(40)) return {}
  const rowsOf = (/** @type {Model} */ model) => /** @type {any[]} */ (rows.get(model.name))
  const own = linkScope({
    rng,
    data,
    rows,
    scope,
    condition: (model) => condition(rng, model, rowsOf(model)),
  })
  for (const model of data.models) {
    const part = own[model.accessor]
    if (part?.where === undefined) continue
    if (rng.chance(20)) part.where = { OR: [part.where, condition(rng, model, rowsOf(model))] }
    if (rng.chance(15)) Object.assign(part, windowOf(rng, model, rowsOf(model)))
  }
  return own
}

/** @param {import('./world').World} world @param {Scope} scope @param {number} salt */
function linkContext({ seed, model: data, data: { rows } }, scope, salt) {
  const rng = Rng.of(seed + salt)
  const of = (/** @type {Model} */ model) =>
    condition(rng, model, /** @type {any[]} */ (rows.get(model.name)))
  return { rng, data, rows, scope, condition: of }
}

/** @param {import('./world').World} world @param {Scope} scope @param {number} count @returns {Call[]} */
function scopedCalls(world, scope, count) {
  const rng = Rng.of(world.seed + 1)
  const context = { rng, data: world.model, rows: world.data.rows, scope }
  const links = linkContext(world, scope, 5)
  /** @type {Call | null} */
  let last = null
  const alone = callsOf(world, world.seed, count).map((call) => {
    if (links.rng.chance(25)) return linkCall(links)
    if (rng.chance(35)) {
      last = last !== null && rng.chance(40) ? again(context, last) : windowCall(context)
      if (last !== null) return last
    }
    const model = /** @type {Model} */ (world.model.byName.get(call.model))
    const { where = {}, orderBy } = scope[model.accessor] ?? {}
    const isSet = !call.action.startsWith('findUnique')
    if (scope[model.accessor] === undefined || !isSet || !rng.chance(70)) return call
    const within = { ...call, args: { ...call.args, where: { AND: [where, call.args?.where ?? {}] } } }
    if (orderBy === undefined || !/^find(Many|First)$/.test(call.action) || !rng.chance(80)) return within
    const { distinct: _, cursor: __, ...args } = within.args
    const take = call.action === 'findMany' ? { take: rng.int(1, 4) } : {}
    const own = rng.chance(50) ? { where } : {}
    return { ...within, args: { ...args, ...own, orderBy, ...take, skip: rng.int(0, 2) }, about: ['page'] }
  })
  const several = togetherContext(world, scope, 8)
  return alone.map((call) => (several.rng.chance(8) ? (readsTogether(several) ?? call) : call))
}

/** Fields that a write may change without breaking a key. @param {Model} model */
const plainFields = (model) =>
  model.fields.filter(
    ({ kind, type, isList, name }) =>
      !isList &&
      (kind === 'enum' || KINDS.has(type)) &&
      !model.keys.some((key) => key.fields.some((field) => field.name === name)),
  )

/** @param {import('./world').World} world @param {Scope} scope @param {number} salt */
function togetherContext(world, scope, salt) {
  const context = linkContext(world, scope, salt)
  const changed = (/** @type {Model} */ model, isNested = false) => {
    // A nested write does not take foreign keys.
    const isFree = (/** @type {string} */ name) =>
      !model.relations.some(({ fields }) => fields.includes(name))
    const fields = plainFields(model).filter(({ name }) => !isNested || isFree(name))
    if (fields.length === 0) return null
    const { name } = context.rng.pick(fields)
    const row = context.rng.pick(/** @type {any[]} */ (world.data.rows.get(model.name)))
    return { [name]: row[name] }
  }
  return { ...context, changed }
}

/**
 * Writes of rows in the scope and beside it: of one by its key, of many, and of new ones; and of windows' sets beside these.
 * @param {import('./world').World} world @param {Scope} scope @param {number} count @returns {Call[]}
 */
function scopedWrites(world, scope, count) {
  const rng = Rng.of(world.seed + 2)
  const models = world.model.models.filter((model) => plainFields(model).length > 0)
  const further = furtherRows(world.model, world.seed + 3, world.data)
  const changed = (/** @type {Model} */ model) => {
    const field = links.rng.pick(plainFields(model))
    return {
      [field.name]: links.rng.pick(/** @type {any[]} */ (world.data.rows.get(model.name)))[field.name],
    }
  }
  const links = { ...linkContext(world, scope, 4), made: further, changed }
  const several = togetherContext(world, scope, 9)
  const single = () => {
    if (links.rng.chance(35)) return linkWrite(links)
    const model = rng.pick(models)
    const rows = /** @type {any[]} */ (world.data.rows.get(model.name))
    const made = rng.chance(20) ? further(model) : null
    if (made !== null) return { model: model.name, action: 'create', args: { data: made } }
    const [key] = model.keys
    const row = rng.pick(rows)
    const named = Object.fromEntries(key.fields.map(({ name }) => [name, row[name]]))
    const where = key.accessor === null ? named : { [key.accessor]: named }
    if (rng.chance(10)) return { model: model.name, action: 'delete', args: { where } }
    const field = rng.pick(plainFields(model))
    const data = { [field.name]: rng.pick(rows)[field.name] }
    if (rng.chance(60)) return { model: model.name, action: 'update', args: { where, data } }
    const own = scope[model.accessor]?.where ?? {}
    const some = rng.chance(60) ? { AND: [own, condition(rng, model, rows)] } : condition(rng, model, rows)
    return rng.chance(20)
      ? { model: model.name, action: 'deleteMany', args: { where: { AND: [some, named] } } }
      : { model: model.name, action: 'updateMany', args: { where: some, data } }
  }
  return Array.from({ length: count }, single).flatMap((call) => {
    const sets = several.rng.chance(30) ? setsTogether(several) : null
    return sets === null ? [call] : [call, sets]
  })
}

module.exports = { randomScope, scopedCalls, scopedWrites }
