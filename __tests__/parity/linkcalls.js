// Scopes that ask links of implicit many-to-many relations, calls that they may cover, and writes that add and remove links.

/**
 * @typedef {import('./model').DataModel} DataModel
 * @typedef {import('./model').Model} Model
 * @typedef {import('./model').Relation} Relation
 * @typedef {import('./generate/call').Call} Call
 * @typedef {import('./rng').Rng} Rng
 * @typedef {import('./scope').Rows} Rows
 * @typedef {{ model: Model, relation: Relation, other: Model, back: string }} End of a link
 * @typedef {(model: Model) => any} Make a condition, or data, of a model
 * @typedef {{ rng: Rng, data: DataModel, rows: Map<string, any[]>, scope: Record<string, Rows>, condition: Make }} Context
 */

/** Both ends of each. @param {DataModel} data @returns {End[]} */
const endsOf = ({ joinTables, byName }) =>
  joinTables.flatMap(({ a, b }) =>
    [
      [a, b],
      [b, a],
    ].map(([mine, theirs]) => {
      const model = /** @type {Model} */ (byName.get(mine.model))
      const relation = /** @type {Relation} */ (model.relations.find(({ name }) => name === mine.field))
      return { model, relation, other: relation.to, back: theirs.field }
    }),
  )

/** @param {Model} model */
const keyOf = (model) => model.keys[0].fields[0].name

/** One of its rows by the key. @param {Pick<Context, 'rng' | 'rows'>} context @param {Model} model */
function byKey({ rng, rows }, model) {
  return { [keyOf(model)]: rng.pick(/** @type {any[]} */ (rows.get(model.name)))[keyOf(model)] }
}

/** @param {Context} context @param {Model} model */
function keys(context, model, most = 3) {
  return context.rng.times(context.rng.int(0, most), () => byKey(context, model))
}

/** Rows whose links a scope may ask. @param {Context} context @param {Model} model */
function asked(context, model) {
  const { rng } = context
  if (rng.chance(55)) return byKey(context, model)
  if (rng.chance(20)) return { [keyOf(model)]: { in: keys(context, model).map((key) => key[keyOf(model)]) } }
  return rng.chance(75) ? context.condition(model) : {}
}

/** What a scope asks of the ends of a relation; of one it may ask nothing. @param {Context} context @returns {Record<string, Rows>} */
function linkScope(context) {
  const { rng } = context
  const { model, other, back } = rng.pick(endsOf(context.data))
  const inner = asked(context, model)
  if (rng.chance(15)) return { [other.accessor]: {}, [model.accessor]: {} }
  if (rng.chance(20))
    return { [other.accessor]: { where: context.condition(other) }, [model.accessor]: { where: inner } }
  const also = rng.chance(25) ? context.condition(other) : {}
  const own = { [other.accessor]: { where: { ...also, [back]: { some: inner } } } }
  if (model === other || rng.chance(20)) return own
  return { ...own, [model.accessor]: rng.chance(70) ? { where: inner } : {} }
}

/** What a scope asks of rows below, alone or as the first of an OR. @param {Rows | undefined} rows @param {string} name */
const askedBelow = (rows, name) => (rows?.where?.OR?.[0] ?? rows?.where)?.[name]?.some

/** The rows of an end whose links the scope may know. @param {Context} context @param {End} end @returns {any} */
function within(context, { model, other, back }) {
  const { rng, scope } = context
  if (rng.chance(15)) return byKey(context, model)
  const where = askedBelow(scope[other.accessor], back) ?? scope[model.accessor]?.where ?? {}
  return rng.chance(25) ? { AND: [where, context.condition(model)] } : where
}

/** @param {Context} context @param {End} end */
function listOf(context, end) {
  const { rng, scope } = context
  const { model, other, back } = end
  const own = scope[other.accessor] ?? {}
  if (own.orderBy !== undefined && rng.chance(50)) return { orderBy: own.orderBy, take: rng.int(1, 2) }
  return {
    orderBy: { [keyOf(other)]: rng.pick(['asc', 'desc']) },
    ...(rng.chance(30) && { where: context.condition(other) }),
    ...(rng.chance(15) && { where: own.where ?? {} }),
    ...(rng.chance(25) && { take: rng.int(1, 3), skip: rng.int(0, 1) }),
    ...(rng.chance(5) && { cursor: byKey(context, other) }),
    ...(rng.chance(20) && {
      include: { [back]: { where: within(context, end), orderBy: { [keyOf(model)]: 'asc' } } },
    }),
  }
}

/** @param {Context} context @param {End} end */
function countOf(context, { relation, other }) {
  const { rng } = context
  const one = rng.chance(40) ? { where: context.condition(other) } : true
  return { select: { [keyOf(other)]: undefined, _count: { select: { [relation.name]: one } } } }
}

/** @param {Context} context @param {End} end */
function shownOf(context, end) {
  if (context.rng.chance(25)) return countOf(context, end)
  return { include: { [end.relation.name]: listOf(context, end) } }
}

/** Rows of an end with their links. @param {Context} context @param {End} end @returns {Call} */
function withLinks(context, end) {
  const { rng } = context
  const where = within(context, end)
  const shown = shownOf(context, end)
  const [key] = Object.keys(where)
  const isKey = key === keyOf(end.model) && typeof where[key] !== 'object'
  const action = isKey ? rng.pick(['findUnique', 'findUnique', 'findMany']) : 'findMany'
  if (action === 'findUnique') return { model: end.model.name, action, args: { where, ...shown } }
  const byCount = rng.chance(15) ? [{ [end.relation.name]: { _count: rng.pick(['asc', 'desc']) } }] : []
  const orderBy = [...byCount, { [keyOf(end.model)]: 'asc' }]
  return { model: end.model.name, action, args: { where, orderBy, ...shown } }
}

/** Rows by their links. @param {Context} context @param {End} end @returns {Call} */
function byLinks(context, end) {
  const { rng } = context
  const { model, relation, other, back } = end
  const quantifier = rng.pick(['some', 'some', 'some', 'none', 'every'])
  const filter = rng.chance(60)
    ? { [back]: { [quantifier]: within(context, end) } }
    : { AND: [within(context, { ...end, model: other, other: model, back: relation.name })] }
  const asks = rng.chance(75) ? filter : { NOT: filter }
  const where = rng.chance(40) ? { AND: [asks, context.scope[other.accessor]?.where ?? {}] } : asks
  if (rng.chance(25)) return { model: other.name, action: 'count', args: { where } }
  return {
    model: other.name,
    action: rng.pick(['findMany', 'findMany', 'findFirst']),
    args: { where, orderBy: { [keyOf(other)]: 'asc' } },
  }
}

/** Rows of an end by what its links lead to. @param {Context} context @param {End} end @returns {Call} */
function byOthers(context, end) {
  const { rng } = context
  const { model, relation, other } = end
  const inner = rng.chance(60) ? context.condition(other) : (context.scope[other.accessor]?.where ?? {})
  const filter = { [relation.name]: { [rng.pick(['some', 'none', 'every'])]: inner } }
  const where = { AND: [within(context, end), rng.chance(75) ? filter : { NOT: filter }] }
  return { model: model.name, action: 'findMany', args: { where, orderBy: { [keyOf(model)]: 'asc' } } }
}

/** @param {Context} context @returns {Call} */
function linkCall(context) {
  const { rng, scope } = context
  const ends = endsOf(context.data)
  // Mostly one of which a scope says something.
  const scoped = ends.filter(({ other, back }) => askedBelow(scope[other.accessor], back) !== undefined)
  const end = rng.pick(scoped.length > 0 && rng.chance(80) ? scoped : ends)
  const make = rng.pick([withLinks, withLinks, byLinks, byOthers])
  return { ...make(context, end), about: ['link'] }
}

/**
 * Of a new row below, which was given the id of an autoincrement column, Prisma 7 with MariaDB makes a row that is linked with nothing.
 * @param {Context & { made: Make }} context @param {Model} other
 */
function newRow({ data, made }, other) {
  const key = /** @type {any} */ (other.keys[0].fields[0])
  const isLost = data.provider === 'mysql' && key.default?.function === 'autoincrement'
  return isLost ? null : made(other)
}

/** What a write may do to the links of a row, of which Prisma runs several in its own order. @type {Record<string, (context: Context & { made: Make, changed: Make }, other: Model) => any>} */
const OPERATIONS = {
  connect: (context, other) => keys(context, other, 2),
  disconnect: (context, other) => keys(context, other, 3),
  set: (context, other) => keys(context, other),
  create: (context, other) => newRow(context, other) ?? undefined,
  connectOrCreate: (context, other) => {
    const create = newRow(context, other)
    return create === null ? undefined : { where: byKey(context, other), create }
  },
  update: (context, other) => ({ where: byKey(context, other), data: context.changed(other) }),
  updateMany: (context, other) => ({ where: context.condition(other), data: context.changed(other) }),
  delete: (context, other) => byKey(context, other),
  deleteMany: (context, other) => ({ AND: [byKey(context, other), context.condition(other)] }),
}

/**
 * @param {Context & { made: Make, changed: Make }} context made: data of a new row, or null; changed: of one that is there
 * @returns {Call}
 */
function linkWrite(context) {
  const { rng, scope } = context
  const end = rng.pick(endsOf(context.data))
  const { model, relation, other, back } = end
  const verb = rng.pick(['connect', 'connect', 'disconnect', 'disconnect', 'set', ...Object.keys(OPERATIONS)])
  const operation = { [verb]: OPERATIONS[verb](context, other) }
  const made = rng.chance(15) ? context.made(model) : null
  if (made !== null) {
    const connect = keys(context, other)
    return { model: model.name, action: 'create', args: { data: { ...made, [relation.name]: { connect } } } }
  }
  const known = askedBelow(scope[other.accessor], back) ?? {}
  const isNamed = Object.keys(known).join() === keyOf(model) && typeof known[keyOf(model)] !== 'object'
  const where = isNamed && rng.chance(60) ? known : byKey(context, model)
  const data = { [relation.name]: operation, ...(rng.chance(10) && context.changed(model)) }
  const shown = rng.chance(25) ? shownOf(context, end) : {}
  return { model: model.name, action: 'update', args: { where, data, ...shown } }
}

module.exports = { endsOf, linkCall, linkScope, linkWrite }
