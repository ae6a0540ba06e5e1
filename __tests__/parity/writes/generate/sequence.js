// A random sequence of steps on a client, as plain data: calls, transactions, calls of somebody else on main.
const { randomCall } = require('../../generate/call')
const { jsonFilter } = require('../../generate/json')
const { spoil } = require('../../generate/spoil')
const { Operands } = require('../../generate/values')
const { uniqueWhere, where } = require('../../generate/where')
const { createData, flatShape, shape, uncheckedRow, updateData, updateScalars } = require('./data')
const { isTag } = require('../../tags')
const { Taken, isKeyPart, keyValue, whereOf } = require('./pool')

/**
 * @typedef {import('../../model').Model} Model
 * @typedef {import('../../generate/call').Call} Call
 * @typedef {import('./pool').WriteContext} Context
 *
 * @typedef {object} Step one of:
 * @property {Call} [call]
 * @property {Call[]} [batch] `$transaction([...])`
 * @property {Call[]} [calls] `$transaction(async (tx) => ...)`
 * @property {'commit' | 'throw'} [end] of that transaction
 * @property {boolean} [goesOn] its callback catches the errors of its calls
 * @property {Call} [direct] somebody else's call on main, after which the block is refreshed
 */

const STEPS = 7
const SPOILED = 3
const RETURN_DEPTH = 2

const ACTIONS = {
  ...{ create: 18, createMany: 9, createManyAndReturn: 5, update: 18, updateMany: 9 },
  ...{ updateManyAndReturn: 5, upsert: 14, delete: 8, deleteMany: 4, read: 10 },
}
/** What a main database does not have is refused by Prisma: now and then only. @type {Record<string, Record<string, number>>} */
const RARE = { mysql: { createManyAndReturn: 1, updateManyAndReturn: 1 } }
/** A block that holds some rows only is asked by key: `updateMany` and `deleteMany` write the rows that it holds. */
const BY_KEY = {
  create: 20,
  createMany: 10,
  createManyAndReturn: 5,
  update: 26,
  upsert: 20,
  delete: 9,
  read: 10,
}
/** To load a block again takes as long as many calls. */
const DIRECT_EVERY = 2
const DIRECT = 5
const KINDS = { call: 82, batch: 9, interactive: 9 }
/** Without nested writes and interactive transactions. */
const FLAT = { call: 90, batch: 10 }

/** How deep writes nest. @param {any} context @returns {number} */
const depthOf = ({ rng, flat }) => (flat ? 0 : Number(rng.weighted({ 0: 55, 1: 25, 2: 13, 3: 7 })))

/** Which rows a limit takes is the database's choice, unless it takes all or none. */
const LIMITS = [0, 1000, 1000, -1]

/** @param {Context} context */
const limit = ({ rng }) => (rng.chance(15) ? { limit: rng.pick(LIMITS) } : {})

/** @param {import('../../rng').Rng} rng @param {any} args */
function spoiled(rng, args) {
  const wrong = spoil(rng, args)
  const takesSome = typeof wrong.limit === 'number' && wrong.limit > 0 && wrong.limit < 1000
  return takesSome ? { ...wrong, limit: 0 } : wrong
}

/** Before MySQL Prisma's statement for a set write by a relation of a model with itself is broken. @param {Context} context @param {Model} model */
const depthOfFilter = ({ provider }, model) =>
  provider === 'mysql' && model.relations.some(({ to }) => to === model) ? 0 : 1

/** @param {Context} context @param {Model} model */
const filtered = (context, model) =>
  context.rng.chance(92) ? { where: where(context, model, depthOfFilter(context, model)) } : {}

/** By a key that rows of the start or of this sequence have. @param {Context} context @param {Model} model @returns {{where: any, row: Record<string, any> | null}} */
function target(context, model) {
  const { rng, operands, partial } = context
  const row = operands.row(model)
  if (row !== null && rng.chance(78)) {
    const extra = !partial && rng.chance(4) ? where(context, model, 0) : {}
    return { where: { ...extra, ...whereOf(context, model, row) }, row }
  }
  if (rng.chance(25)) return { where: uniqueWhere(context, model, partial ? 0 : 1), row: null }
  const [key] = rng.some(model.keys, 1)
  const parts = Object.fromEntries(
    key.fields.map((field) => [field.name, keyValue(context, model, field, 10)]),
  )
  return { where: key.accessor === null ? parts : { [key.accessor]: parts }, row: null }
}

/** The row that an upsert makes is the one it asks for, mostly. @param {Context} context @param {Model} model */
function upsertArgs(context, model) {
  const { rng } = context
  const { where: by, row } = target(context, model)
  const depth = depthOf(context)
  const create = createData(context, model, depth)
  if (rng.chance(70))
    for (const [name, value] of Object.entries(by)) {
      const field = model.fields.find((one) => one.name === name)
      if (!field) Object.assign(create, value)
      else if (isKeyPart(model, field) && (typeof value !== 'object' || isTag(value))) create[name] = value
    }
  return { where: by, create, update: updateData(context, model, depth, null, row) }
}

/** A row that is there, mostly. @param {Context} context @param {Model} model */
function existing(context, model) {
  const { rng, operands } = context
  const row = operands.row(model)
  return row !== null && rng.chance(80)
    ? { where: whereOf(context, model, row), row }
    : target(context, model)
}

/** @param {Context} context @param {Model} model */
function updateArgs(context, model) {
  const { where: by, row } = existing(context, model)
  return { where: by, data: updateData(context, model, depthOf(context), null, row) }
}

/** @param {Context} context @param {Model} model */
function manyArgs(context, model) {
  const { rng } = context
  const rows = rng.times(rng.int(rng.chance(5) ? 0 : 1, 4), () => uncheckedRow(context, model))
  const data = rows.length === 1 && rng.chance(30) ? rows[0] : rows
  return { data, ...(rng.chance(30) && { skipDuplicates: rng.chance(90) }) }
}

/** @type {Record<string, (context: Context, model: Model) => any>} */
const ARGS = {
  create: (context, model) => ({ data: createData(context, model, depthOf(context)) }),
  createMany: manyArgs,
  createManyAndReturn: manyArgs,
  update: updateArgs,
  updateMany: (context, model) => ({
    ...filtered(context, model),
    data: updateScalars(context, model, null, 8),
    ...limit(context),
  }),
  upsert: upsertArgs,
  delete: (context, model) => ({ where: existing(context, model).where }),
  deleteMany: (context, model) => ({ ...filtered(context, model), ...limit(context) }),
}
ARGS.updateManyAndReturn = ARGS.updateMany

/** @param {Context} context @param {string} action @param {Model} model */
function returned(context, action, model) {
  if (action.endsWith('AndReturn')) return flatShape(context, model)
  return action.endsWith('Many') ? {} : shape(context, model, RETURN_DEPTH)
}

/**
 * Prisma takes NaN and the infinities of one call for one another, and those of all calls of a batch.
 * @param {any} node @param {{kind: any}} [seen] @returns {any}
 */
function oneKindOfNoNumber(node, seen = { kind: null }) {
  if (typeof node !== 'object' || node === null) return node
  if (Array.isArray(node)) return node.map((item) => oneKindOfNoNumber(item, seen))
  if (isTag(node)) {
    if (node.$ !== 'number' || node.v === '-0') return node
    seen.kind ??= node
    return seen.kind
  }
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, oneKindOfNoNumber(value, seen)]))
}

class Steps {
  /** @param {import('../../rng').Rng} rng @param {import('../world').WriteWorld} world */
  constructor(rng, world) {
    this.rng = rng
    this.world = /** @type {any} */ ({ ...world, main: world.straight.client })
    /** @type {Context} */
    const context = {
      rng,
      flat: world.flat,
      operands: new Operands(rng, this.world),
      provider: world.model.provider,
      partial: world.partial,
      taken: new Taken(world.data),
      json: (model, field) => jsonFilter(context, model, field),
    }
    this.context = context
  }

  /** @param {Record<string, number>} [more] weights of actions @returns {Call} */
  call(more = {}) {
    const { rng, context, world } = this
    const action = rng.weighted({
      ...(context.partial ? BY_KEY : ACTIONS),
      ...RARE[context.provider],
      ...more,
    })
    if (action === 'read') return randomCall(rng, world)
    const model = rng.pick(world.model.models)
    const args = oneKindOfNoNumber({ ...ARGS[action](context, model), ...returned(context, action, model) })
    return { model: model.name, action, args: rng.chance(SPOILED) ? spoiled(rng, args) : args }
  }

  /** @returns {Step} */
  step() {
    const { rng } = this
    const { flat, seed } = this.world
    const direct = seed % DIRECT_EVERY === 0 ? { direct: DIRECT } : {}
    const kind = rng.weighted(/** @type {Record<string, number>} */ ({ ...(flat ? FLAT : KINDS), ...direct }))
    if (kind === 'call') return { call: this.call() }
    if (kind === 'direct') return { direct: this.call({ read: 0 }) }
    const calls = rng.times(rng.int(1, 3), () => this.call())
    if (kind === 'batch') return { batch: oneKindOfNoNumber(calls) }
    return { calls, end: rng.chance(80) ? 'commit' : 'throw', goesOn: rng.chance(30) }
  }

  /** @returns {Step[]} */
  sequence() {
    return this.rng.times(this.rng.int(1, STEPS), () => this.step())
  }
}

module.exports = { Steps }
