// A random scope of a data set, and calls that stay within it more often than chance would have it.
const { callsOf } = require('./session')
const { Rng } = require('./rng')

/**
 * @typedef {import('./model').DataModel} DataModel
 * @typedef {import('./model').Model} Model
 * @typedef {import('./generate/call').Call} Call
 * @typedef {Record<string, { where?: any }>} Scope by model, as text
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
  if (rng.chance(25)) return { [field.name]: { in: rng.some(values, 3) } }
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
    else if (rng.chance(30))
      scope[model.accessor] = { where: { OR: [condition(rng, model, own), condition(rng, model, own)] } }
    else scope[model.accessor] = { where: condition(rng, model, own) }
  }
  if (Object.keys(scope).length === 0) scope[data.models[0].accessor] = {}
  return scope
}

/** @param {import('./world').World} world @param {Scope} scope @param {number} count @returns {Call[]} */
function scopedCalls(world, scope, count) {
  const rng = Rng.of(world.seed + 1)
  return callsOf(world, world.seed, count).map((call) => {
    const model = /** @type {Model} */ (world.model.byName.get(call.model))
    const where = scope[model.accessor]?.where
    const isSet = !call.action.startsWith('findUnique')
    if (where === undefined || !isSet || !rng.chance(70)) return call
    return { ...call, args: { ...call.args, where: { AND: [where, call.args?.where ?? {}] } } }
  })
}

module.exports = { randomScope, scopedCalls }
