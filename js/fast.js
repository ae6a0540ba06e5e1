/**
 * The fast door: a block client whose model methods skip Prisma's shell when a call of the same form has been through it.
 * It is an ordinary object over the shell's client (a Proxy, too slow to ask at each call), so that everything that is
 * not a model of the block is the shell's own.
 */
const { BUSY } = require('./codes.js')
const { Memo } = require('./fast/memo.js')
const { makeMethod } = require('./fast/method.js')
const { FastPromise, fluentPromise } = require('./fast/promise.js')
const { transactionClient } = require('./fast/transaction.js')

/** Methods that return one record; their promises have relations. */
const FLUENT = [
  'findUnique',
  'findUniqueOrThrow',
  'findFirst',
  'findFirstOrThrow',
  'create',
  'update',
  'upsert',
  'delete',
]
const PLAIN = [
  'findMany',
  'count',
  'aggregate',
  'groupBy',
  'createMany',
  'createManyAndReturn',
  'updateMany',
  'updateManyAndReturn',
  'deleteMany',
]
const METHODS = new Set([...FLUENT, ...PLAIN])
/** On a client: makes its client of a transaction of the one that Prisma's shell made. */
const WRAP = Symbol('sharded.wrap')

/**
 * @typedef {object} Extensions
 * @property {boolean} none the client extends no other
 * @property {(accessor: string, method: string) => boolean} watches
 * @property {(accessor: string) => boolean} computes
 * @property {(model: string, method: string) => boolean} overrides
 * @property {(name: string) => boolean} replaces
 */
/** @typedef {{ name: string, accessor: string, relations: string[] }} BlockModel */
/** @typedef {{ model: BlockModel, own: Map<string, typeof FastPromise> }} ModelMethods those that may be fast, and the promises they return */
/**
 * @typedef {object} Kit what all clients of one derivation share
 * @property {any} block
 * @property {any} blockApi
 * @property {import('./engine.js').Engine} engine
 * @property {(client: any) => Extensions} inspect
 * @property {string[]} keys what the user's client lists: a derived one lists less
 * @property {((...args: any[]) => any) | null} on
 * @property {import('./fast/order.js').Order} order
 * @property {any} seams
 * @property {boolean} showsSites whether error messages show where a call was made
 * @property {{ fast: number, shell: number, learned: number, fallbacks: number, forwarded: number }} stats
 * @property {(call: any, begin: () => any) => any} tag
 * @property {BlockModel[]} models
 */

/**
 * @param {any} shell the client derived in shell.js
 * @param {Kit} kit
 * @param {boolean} open false: every call goes through the shell, in the same order
 */
function openDoor(shell, kit, open) {
  return wrapClient(shell, kit, new Memo(kit.stats, computedModels(shell, kit), open))
}

/** Models whose rows an extension adds computed fields to. @param {any} shell @param {Kit} kit */
function computedModels(shell, kit) {
  const { computes } = kit.inspect(shell)
  return new Set(kit.models.filter((model) => computes(model.accessor)).map((model) => model.name))
}

/** @param {any} shell @param {Kit} kit @param {Memo} memo @param {any} [parent] the client that it extends @returns {any} */
function wrapClient(shell, kit, memo, parent) {
  const client = Object.create(shell)
  const { block, engine } = kit
  /** @param {import('./plans.js').Plan} plan @param {any[]} params */
  const run = (plan, params) => (plan.write && !engine.mayWrite ? BUSY : block.run(plan.planId, params))
  const { fresh } = kit.seams
  /** @type {typeof run} */
  const runFresh = (plan, params) => (!plan.write && fresh.isDue() ? BUSY : run(plan, params))
  const door = { ...kit, memo, run: fresh ? runFresh : run }
  const extensions = kit.inspect(shell)
  // A client that extends no other is its own parent; of one that was extended before it had a block, the shell knows.
  const over = parent ?? (extensions.none ? client : undefined)
  for (const key of new Set([...kit.keys, ...Object.keys(shell)])) {
    if (!key.startsWith('_')) inherit(client, shell, key)
  }
  /** @type {Map<string | symbol, () => ModelMethods>} */
  const models = new Map()
  for (const model of kit.models) {
    if (extensions.replaces(model.accessor)) continue
    const methods = methodsOnce(shell, model, extensions)
    for (const name of [model.accessor, model.name]) models.set(name, methods)
    defineModel(client, shell, door, model, methods, over)
  }
  /** @param {() => any} inner @param {any} transaction */
  const wrap = (inner, transaction) => transactionClient(inner, transaction, door, models, [WRAP, wrap])
  /** @param {any} extension */
  const extend = (extension) => {
    if (typeof extension === 'function') return extension(client)
    const child = shell.$extends.call(client, extension)
    const closed = computedModels(child, kit)
    return wrapClient(
      child,
      { ...kit, on: null },
      closed.size === memo.closed.size ? memo : memo.fork(closed),
      client,
    )
  }
  hide(client, '$block', kit.blockApi)
  hide(client, WRAP, wrap)
  show(client, '$extends', extend)
  const { on } = kit
  if (on !== null) {
    show(client, '$on', (/** @type {any[]} */ ...args) => {
      on(...args)
      return client
    })
  }
  return client
}

/** @param {any} target @param {string | symbol} name @param {any} value */
function hide(target, name, value) {
  Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false })
}

/** @param {any} target @param {string} name @param {any} value */
function show(target, name, value) {
  Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: true })
}

/** A key of the shell's, so that Object.keys tells the same. @param {any} target @param {any} shell @param {string} key */
function inherit(target, shell, key) {
  Object.defineProperty(target, key, { get: () => shell[key], configurable: true, enumerable: true })
}

/**
 * Which methods of a model are ours, found out when they are first asked for: an app holds many blocks of many models.
 * @param {any} shell @param {BlockModel} model @param {Extensions} extensions @returns {() => ModelMethods}
 */
function methodsOnce(shell, model, extensions) {
  /** @type {ModelMethods | undefined} */
  let known
  return () => {
    known ??= methodsOf(Object.keys(shell[model.accessor]), model, extensions)
    return known
  }
}

/** @param {string[]} keys of the shell's model @param {BlockModel} model @param {Extensions} extensions @returns {ModelMethods} */
function methodsOf(keys, model, extensions) {
  const Fluent = fluentPromise(model.relations)
  const own = keys.filter(
    (key) =>
      METHODS.has(key) && !extensions.watches(model.accessor, key) && !extensions.overrides(model.name, key),
  )
  return { model, own: new Map(own.map((key) => [key, FLUENT.includes(key) ? Fluent : FastPromise])) }
}

/** @param {any} client @param {any} shell @param {any} door @param {BlockModel} model @param {() => ModelMethods} methods @param {any} parent */
function defineModel(client, shell, door, model, methods, parent) {
  /** @type {any} */
  let made
  for (const name of new Set([model.accessor, model.name])) {
    const enumerable = name === model.accessor
    const get = () => {
      made ??= makeModel(shell[name], parent, door, methods())
      Object.defineProperty(client, name, { value: made, writable: true, configurable: true, enumerable })
      return made
    }
    Object.defineProperty(client, name, { get, configurable: true, enumerable })
  }
}

/** @param {any} shellModel @param {any} parent the shell's without @param {any} door @param {ModelMethods} methods */
function makeModel(shellModel, parent, door, { model, own }) {
  const made = Object.create(shellModel)
  for (const key of Object.keys(shellModel)) {
    if (key === '$parent' && parent !== undefined) {
      show(made, key, parent)
      continue
    }
    const Promised = own.get(key)
    if (Promised === undefined) {
      inherit(made, shellModel, key)
      continue
    }
    const value = makeMethod(door, model.name, key, shellModel[key], Promised)
    Object.defineProperty(made, key, { value, writable: true, configurable: true, enumerable: true })
  }
  return made
}

module.exports = { WRAP, openDoor }
