// Calls that windows of a scope may answer: pages of them, lists below a row, cursors; and the same forms with other values.

/**
 * @typedef {import('./model').DataModel} DataModel
 * @typedef {import('./model').Model} Model
 * @typedef {import('./generate/call').Call} Call
 * @typedef {import('./rng').Rng} Rng
 * @typedef {import('./scope').Rows} Rows
 * @typedef {{ rng: Rng, data: DataModel, rows: Map<string, any[]>, scope: Record<string, Rows> }} Context
 */

/** One row by its primary key. @param {Context} context @param {Model} model @param {any} [row] */
function byKey({ rng, rows }, model, row = rng.pick(/** @type {any[]} */ (rows.get(model.name)))) {
  const [{ accessor, fields }] = model.keys
  const named = Object.fromEntries(fields.map(({ name }) => [name, row[name]]))
  return accessor === null ? named : { [accessor]: named }
}

/**
 * A page in the order of the model's window, or nearly so. Lists are short, as those of the data are.
 * @param {Context} context @param {Model} model @param {'rows' | 'row' | 'list'} of
 */
function page(context, model, of) {
  const { rng, scope } = context
  const { where = {}, orderBy } = scope[model.accessor]
  const [most, often] = of === 'list' ? [2, 10] : [4, 30]
  return {
    ...(rng.chance(85) && { where }),
    orderBy: rng.chance(95) ? orderBy : orderBy?.slice(0, 1),
    ...(of !== 'row' && rng.chance(95) && { take: rng.int(1, most) }),
    ...(rng.chance(often) && { skip: rng.int(0, 2) }),
    ...(rng.chance(often) && { cursor: byKey(context, model) }),
    ...(rng.chance(5) && { distinct: [rng.pick(model.fields).name] }),
  }
}

/** Relations without a table of their own. @param {Context} context @param {Model} model */
function plainRelations({ data }, model) {
  const isLink = (/** @type {string} */ name) =>
    data.joinTables.some(({ a, b }) => [a, b].some((end) => end.model === model.name && end.field === name))
  return model.relations.filter(({ name }) => !isLink(name))
}

/** Lists of models with windows. @param {Context} context @param {Model} model */
function listsOf(context, model) {
  const isWindow = (/** @type {Model} */ { accessor }) => context.scope[accessor]?.orderBy !== undefined
  return plainRelations(context, model).filter(({ isList, to }) => isList && isWindow(to))
}

/** @param {Context} context @param {Model} model @param {number} depth @returns {any} */
function below(context, model, depth) {
  const { rng } = context
  if (depth === 0) return {}
  const lists = rng
    .some(listsOf(context, model), rng.chance(85) ? 1 : 2)
    .map(({ name, to }) => [name, { ...page(context, to, 'list'), ...below(context, to, depth - 1) }])
  const ones = plainRelations(context, model).filter(({ isList }) => !isList)
  const one = depth > 1 && ones.length > 0 && rng.chance(40) ? rng.pick(ones) : null
  const nested = one === null ? [] : [[one.name, orTrue(below(context, one.to, depth - 1))]]
  const entries = [...lists, ...nested]
  return entries.length === 0 ? {} : { include: Object.fromEntries(entries) }
}

/** @param {any} args */
const orTrue = (args) => (Object.keys(args).length === 0 ? true : args)

/** A row that has a list of some, mostly. @param {Context} context @param {Model} model */
function parentOf(context, model) {
  const { rng, rows } = context
  const { name, to, relationName } = /** @type {any} */ (rng.pick(listsOf(context, model)))
  const back = to.relations.find(
    (/** @type {any} */ one) => one.relationName === relationName && (to !== model || one.name !== name),
  )
  const child = rng.pick(/** @type {any[]} */ (rows.get(to.name)))
  const found = /** @type {any[]} */ (rows.get(model.name)).find((row) =>
    back.fields.every(
      (/** @type {string} */ key, /** @type {number} */ at) => child[key] === row[back.references[at]],
    ),
  )
  return found ?? undefined
}

/** A call, or null where the scope has no window for one. @param {Context} context @returns {Call | null} */
function windowCall(context) {
  const call = context.rng.chance(35) ? pageCall(context) : listCall(context)
  if (call === null) return null
  const kind = JSON.stringify(call.args.include)?.includes('"orderBy":') ? 'list' : 'page'
  return {
    ...call,
    about: JSON.stringify(call.args).includes('"cursor":') ? [kind, 'from a cursor'] : [kind],
  }
}

/** @param {Context} context @returns {Call | null} */
function pageCall(context) {
  const { rng, data, scope } = context
  const windows = data.models.filter(({ accessor }) => scope[accessor]?.orderBy !== undefined)
  if (windows.length === 0) return null
  const model = rng.pick(windows)
  const action = rng.pick(['findMany', 'findMany', 'findFirst', 'findFirstOrThrow'])
  const own = page(context, model, action === 'findMany' ? 'rows' : 'row')
  return { model: model.name, action, args: { ...own, ...(rng.chance(30) && below(context, model, 1)) } }
}

/** @param {Context} context @returns {Call | null} */
function listCall(context) {
  const { rng, data, scope } = context
  const parents = data.models.filter((model) => listsOf(context, model).length > 0)
  if (parents.length === 0) return null
  const model = rng.pick(parents)
  const list = below(context, model, rng.pick([1, 1, 2]))
  const where = byKey(context, model, parentOf(context, model))
  const key = rng.pick(['findUnique', 'findUnique', 'findUniqueOrThrow'])
  if (rng.chance(70)) return { model: model.name, action: key, args: { where, ...list } }
  return {
    model: model.name,
    action: 'findMany',
    args: { where: scope[model.accessor]?.where ?? {}, ...list },
  }
}

/** The same form with other numbers, which the fast door knows then. @param {Context} context @param {Call} call @returns {Call} */
function again({ rng }, call) {
  const other = (/** @type {any} */ args) =>
    args === true ? true : Object.fromEntries(Object.entries(args).map(entry))
  /** @param {[string, any]} entry */
  const entry = ([name, value]) => {
    if (name === 'take') return [name, rng.int(1, 3)]
    if (name !== 'include') return [name, value]
    return [name, Object.fromEntries(Object.entries(value).map(([one, args]) => [one, other(args)]))]
  }
  return { ...call, args: other(call.args) }
}

module.exports = { again, byKey, listsOf, pageCall, windowCall }
