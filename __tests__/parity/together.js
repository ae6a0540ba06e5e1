// Calls of windows that are made together, as an array or in a snapshot, and writes of the sets that windows may hold as a whole.
const { outcomeDifference } = require('./compare')
const { askBlock, start } = require('./ask')
const { byKey, listsOf, pageCall } = require('./windowcalls')

/**
 * @typedef {import('./model').Model} Model
 * @typedef {import('./generate/call').Call} Call
 * @typedef {import('./world').World} World
 * @typedef {import('./windowcalls').Context & { condition: (model: Model) => any, changed: (model: Model, isNested?: boolean) => any }} Context
 */

/** @param {Context} context @returns {Model[]} */
const windowsOf = ({ data, scope }) =>
  data.models.filter(({ accessor }) => scope[accessor]?.orderBy !== undefined)

/** All rows of a window's set, or some. @param {Context} context @param {Model} model */
function within(context, model) {
  const { where = {} } = context.scope[model.accessor]
  return context.rng.chance(50) ? where : { AND: [where, context.condition(model)] }
}

/** What needs all of a window's set. @param {Context} context @param {Model} model @returns {Call} */
function totalCall(context, model) {
  const { rng } = context
  const where = within(context, model)
  if (rng.chance(60)) return { model: model.name, action: 'count', args: { where } }
  if (rng.chance(50))
    return { model: model.name, action: 'aggregate', args: { where, _count: { _all: true } } }
  const orderBy = model.keys[0].fields.map(({ name }) => ({ [name]: 'desc' }))
  return { model: model.name, action: 'findMany', args: { where, orderBy, select: keysOnly(model) } }
}

/** The window's own first rows: when they were changed is told otherwise by each database. @param {Context} context @param {Model} model @returns {Call} */
function firstRows(context, model) {
  const { where = {}, orderBy } = context.scope[model.accessor]
  const args = { where, orderBy, take: context.rng.int(1, 3), select: keysOnly(model) }
  return { model: model.name, action: 'findMany', args }
}

/** Two or three reads; null where the scope has no window for one. @param {Context} context @returns {Call | null} */
function readsTogether(context) {
  const { rng } = context
  const first = pageCall(context)
  if (first === null) return null
  const model = /** @type {Model} */ (context.data.byName.get(first.model))
  const others = rng.times(rng.int(1, 2), () =>
    rng.chance(50) ? totalCall(context, model) : firstRows(context, model),
  )
  const snapshot = rng.chance(40)
  return {
    model: first.model,
    action: '$transaction',
    calls: [first, ...others],
    snapshot,
    about: [snapshot ? 'snapshot' : 'array'],
  }
}

/** @param {Model} model */
const keysOnly = (model) => Object.fromEntries(model.keys[0].fields.map(({ name }) => [name, true]))

/** @param {Context} context @param {Model} model @returns {Call | null} */
function setWrite(context, model) {
  const { rng } = context
  const where = within(context, model)
  if (rng.chance(15))
    return {
      model: model.name,
      action: 'deleteMany',
      args: { where: { AND: [where, fieldsOf(context, model)] } },
    }
  const above = context.data.models.filter((one) => listsOf(context, one).some(({ to }) => to === model))
  const isNested = above.length > 0 && rng.chance(30)
  const data = context.changed(model, isNested)
  if (data === null) return null
  if (isNested) {
    const parent = rng.pick(above)
    const { name } = /** @type {any} */ (listsOf(context, parent).find(({ to }) => to === model))
    const operation = { updateMany: { where: rng.chance(50) ? {} : context.condition(model), data } }
    const args = { where: byKey(context, parent), data: { [name]: operation }, select: keysOnly(parent) }
    return { model: parent.name, action: 'update', args }
  }
  return { model: model.name, action: 'updateMany', args: { where, data } }
}

/** Some row by the fields of its key. @param {Context} context @param {Model} model */
function fieldsOf({ rng, rows }, model) {
  const row = rng.pick(/** @type {any[]} */ (rows.get(model.name)))
  return Object.fromEntries(model.keys[0].fields.map(({ name }) => [name, row[name]]))
}

/** A write of sets, or an array with one in it. @param {Context} context @returns {Call | null} */
function setsTogether(context) {
  const { rng } = context
  if (windowsOf(context).length === 0) return null
  const model = rng.pick(windowsOf(context))
  const write = setWrite(context, model)
  if (write === null || rng.chance(60)) return write && { ...write, about: ['set'] }
  const calls = [write, firstRows(context, model), setWrite(context, model), totalCall(context, model)]
  return {
    model: write.model,
    action: '$transaction',
    calls: /** @type {Call[]} */ (calls.filter((one) => one !== null)),
    about: ['sets together'],
  }
}

/** What main says of a write that is undone. @param {World} world @param {Call} call @returns {Promise<import('./compare').Outcome>} */
async function undone(world, call) {
  /** @type {any} */
  let value
  const done = new Error('undone')
  try {
    await world.main.$transaction(async (/** @type {any} */ tx) => {
      const all = []
      for (const one of call.calls ?? [call]) all.push(await start(tx, one, world))
      value = call.calls ? all : all[0]
      throw done
    })
  } catch (error) {
    if (error !== done) return { error }
  }
  return { value }
}

/**
 * The write on the block, whose answer is what main's would be. What a block with a scope does not do is no difference.
 * @param {World} world @param {Call} call @param {import('./tally').Tally} tally
 * @returns {Promise<{ error?: any, difference: string | null }>}
 */
async function writeBoth(world, call, tally) {
  await world.block.$block.flush()
  const expected = await undone(world, call)
  const { outcome, way } = await askBlock(call, world)
  if (world.panicked) return { difference: null }
  tally.add(call, way, way)
  if ('error' in outcome) {
    const isSame = 'error' in expected || outcome.error.code === 'SHARDED_NOT_SUPPORTED'
    return { error: outcome.error, difference: isSame ? null : `throws ${outcome.error.message}` }
  }
  return { difference: outcomeDifference(world.model.byName, call, expected, outcome) }
}

module.exports = { readsTogether, setsTogether, writeBoth }
