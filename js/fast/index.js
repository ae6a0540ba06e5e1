/**
 * The fast door: a block client whose model methods skip Prisma's shell when a call of the same form has been through it.
 * It is an ordinary object (a Proxy is too slow to ask at each call), and everything that is not a model of the block is
 * the shell's own, which is made when it is first needed.
 */
const { BUSY } = require('../codes.js')
const { Form, computedModels, formOf } = require('./form.js')
const { layoutOf } = require('./layout.js')
const { makeMethod } = require('./method.js')
const { transactionClient } = require('./transaction.js')

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
/** @typedef {{ name: string, accessor: string, relations: string[], types: import('./refused.js').Fields }} BlockModel */
/** @typedef {import('./layout.js').Property} Property */
/**
 * @typedef {object} Kit what all clients of one derivation share
 * @property {any} block
 * @property {any} blockApi
 * @property {any} client the user's
 * @property {import('../engine/index.js').Engine} engine
 * @property {(client: any) => Extensions} inspect
 * @property {((...args: any[]) => any) | null} on
 * @property {import('./order.js').Order} order
 * @property {any} seams
 * @property {string | null} sharedAs blocks of this name share what is learned; null: with nobody
 * @property {boolean} showsSites whether error messages show where a call was made
 * @property {{ fast: number, shell: number, learned: number, fallbacks: number, forwarded: number }} stats
 * @property {(call: any, begin: () => any) => any} tag
 * @property {() => BlockModel[]} modelsOf
 */
/**
 * @typedef {object} ClientState
 * @property {any} client
 * @property {() => any} shell
 * @property {any} door
 * @property {Kit} kit
 * @property {Form} form
 * @property {any} parent the client that it extends; undefined when only the shell knows
 */

/**
 * @param {() => any} shell the client derived in shell.js
 * @param {Kit} kit
 * @param {boolean} open false: every call goes through the shell, in the same order
 */
function openDoor(shell, kit, open) {
  return wrapClient(shell, kit, formOf(kit, open))
}

/**
 * @param {() => any} shell @param {Kit} kit @param {Form} form @param {any} [parent] the client that it extends @returns {any}
 */
function wrapClient(shell, kit, form, parent) {
  const { block, engine } = kit
  /** @param {import('../engine/plans.js').Plan} plan @param {any[]} params */
  const run = (plan, params) => (plan.write && !engine.mayWrite ? BUSY : block.run(plan.planId, params))
  const { fresh } = kit.seams
  /** @type {typeof run} */
  const runFresh = (plan, params) => (!plan.write && fresh.isDue() ? BUSY : run(plan, params))
  const { blockApi, order, seams, showsSites, stats, tag } = kit
  // As a literal: what is spread has a hidden class for each.
  const door = {
    block,
    blockApi,
    engine,
    keys: form.listed,
    memo: form.memo,
    order,
    refuses: !fresh,
    run: fresh ? runFresh : run,
    seams,
    showsSites,
    stats,
    tag,
    typesOf: form.typesOf,
  }
  form.client ??= layoutOf(clientProperties(form, kit), form.sample)
  /** @type {ClientState} */
  const state = { client: null, shell, door, kit, form, parent }
  state.client = form.client(state)
  // A client that extends no other is its own parent; of one that was extended before it had a block, the shell knows.
  if (parent === undefined && form.extensions.none) state.parent = state.client
  return state.client
}

/** @param {Form} form @param {Kit} kit @returns {Map<string | symbol, Property>} */
function clientProperties(form, kit) {
  /** @type {Map<string | symbol, Property>} */
  const properties = new Map()
  for (const key of new Set([...form.listed, ...Object.keys(form.sample)])) {
    if (!key.startsWith('_')) properties.set(key, inherited(key))
  }
  for (const model of form.models) {
    const make = (/** @type {ClientState} */ state) => makeModel(state, model)
    properties.set(model.accessor, { enumerable: true, once: true, make })
    // The same object under both names.
    const { accessor } = model
    if (model.name !== accessor)
      properties.set(model.name, { enumerable: false, once: false, make: ({ client }) => client[accessor] })
  }
  properties.set('$block', { enumerable: false, once: false, make: (state) => state.kit.blockApi })
  properties.set(WRAP, { enumerable: false, once: true, make: wrapOf })
  properties.set('$extends', { enumerable: true, once: true, make: extendOf })
  if (kit.on !== null) properties.set('$on', { enumerable: true, once: true, make: onOf })
  return properties
}

/** A key of the shell's, so that Object.keys tells the same. @param {string} key @returns {Property} */
const inherited = (key) => ({ enumerable: true, once: false, make: (state) => state.shell()[key] })

/** @param {ClientState} state */
function wrapOf({ door, form }) {
  /** @param {string | symbol} name */
  const methods = (name) => {
    const model = form.named.get(name)
    return model === undefined ? undefined : form.methods(model)
  }
  /** @param {() => any} inner @param {any} transaction */
  const wrap = (inner, transaction) => transactionClient(inner, transaction, door, methods, [WRAP, wrap])
  return wrap
}

/** @param {ClientState} state */
function onOf({ client, kit }) {
  return (/** @type {any[]} */ ...args) => {
    kit.on?.(...args)
    return client
  }
}

/** @param {ClientState} state */
function extendOf({ client, form, kit, shell }) {
  return (/** @type {any} */ extension) => {
    if (typeof extension === 'function') return extension(client)
    const child = shell().$extends.call(client, extension)
    const extensions = kit.inspect(child)
    const closed = computedModels(extensions, form.all)
    const { memo } = form
    const known = closed.size === memo.closed.size ? memo : memo.fork(closed)
    const own = new Form(child, extensions, form.all, known, form.listed)
    return wrapClient(() => child, { ...kit, on: null }, own, client)
  }
}

/** @param {ClientState} state @param {BlockModel} model */
function makeModel({ door, form, parent, shell }, model) {
  const shellModel = () => shell()[model.accessor]
  let layout = form.made.get(model)
  if (layout === undefined) {
    layout = layoutOf(modelProperties(form, model), form.sample[model.accessor])
    form.made.set(model, layout)
  }
  return layout({ shell: shellModel, door, parent })
}

/** @param {Form} form @param {BlockModel} model @returns {Map<string, Property>} */
function modelProperties(form, model) {
  const { keys, own } = form.methods(model)
  /** @param {string} key @returns {Property} */
  const property = (key) => {
    if (key === '$parent')
      return { enumerable: true, once: false, make: (state) => state.parent ?? state.shell().$parent }
    const Promised = own.get(key)
    if (Promised === undefined) return inherited(key)
    const make = (/** @type {any} */ { door, shell }) =>
      makeMethod(door, model.name, key, (/** @type {any} */ args) => shell()[key](args), Promised)
    return { enumerable: true, once: true, make }
  }
  return new Map(keys.map((key) => [key, property(key)]))
}

module.exports = { WRAP, openDoor }
