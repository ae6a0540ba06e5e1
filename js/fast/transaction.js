/**
 * The client of an interactive transaction: Prisma's own, with the fast door before its models. One is made per
 * transaction, so it is two layers of proxies that make what is asked for, and nothing else.
 */
const { BUSY } = require('../codes.js')
const { makeMethod } = require('./method.js')
const { Order } = require('./order.js')

/** @typedef {import('./form.js').ModelMethods} ModelMethods */

/** What Prisma takes from the client of a transaction. To list its keys would fail, since it is one of an extended client. @type {Set<string | symbol>} */
const HIDDEN = new Set(['$connect', '$disconnect', '$on', '$use', '$extends'])

/**
 * @param {() => any} makeShell makes the client that is Prisma's own: it costs more than the fast calls of a transaction
 * @param {import('../transaction/calls.js').Transaction} transaction
 * @param {any} outer the door of the client it was begun on
 * @param {(name: string | symbol) => ModelMethods | undefined} models
 * @param {[symbol, any]} wrap what the client of a nested transaction is made by
 */
function transactionClient(makeShell, transaction, outer, models, [WRAP, wrap]) {
  /** @type {any} */
  let own = null
  const shell = () => {
    own ??= makeShell()
    return own
  }
  const door = Object.create(outer)
  door.order = new Order()
  door.refuses = false
  door.run = (
    /** @type {import('../engine/plans.js').Plan} */ plan,
    /** @type {any[]} */ params,
    /** @type {import('../scope/limits.js').Limits | null} */ limits,
  ) => (limits === null || transaction.takes(limits) ? transaction.runNow(plan, params) : BUSY)
  /** @type {Map<string | symbol, any>} */
  const made = new Map()
  /** @param {string | symbol} name */
  const isHidden = (name) => HIDDEN.has(name) || (name === '$transaction' && shell()[name] === undefined)
  return new Proxy(Object.create(null), {
    get(_, name) {
      const known = made.get(name)
      if (known !== undefined) return known
      if (name === WRAP) return wrap
      if (name === '$block') return outer.blockApi
      const methods = models(name)
      if (methods === undefined) return shell()[name]
      const model = transactionModel(() => shell()[name], door, methods)
      made.set(name, model)
      return model
    },
    has: (_, name) => name === '$block' || (!isHidden(name) && name in shell()),
    ownKeys: () => outer.keys.filter((/** @type {string} */ key) => !isHidden(key)),
    getOwnPropertyDescriptor: (_, name) =>
      outer.keys.includes(name) && !isHidden(name)
        ? { value: shell()[name], writable: true, enumerable: true, configurable: true }
        : undefined,
  })
}

/** @param {() => any} shell the shell's model, which costs more than a fast call @param {any} door @param {ModelMethods} methods */
function transactionModel(shell, door, { model, own }) {
  /** @type {Map<string | symbol, any>} */
  const made = new Map()
  return new Proxy(
    {},
    {
      get(_, name) {
        const known = made.get(name)
        if (known !== undefined) return known
        const Promised = own.get(/** @type {string} */ (name))
        if (Promised === undefined) return shell()[name]
        const method = makeMethod(
          door,
          model.name,
          String(name),
          (/** @type {any} */ args) => shell()[name](args),
          Promised,
        )
        made.set(name, method)
        return method
      },
      has: (_, name) => name in shell(),
      ownKeys: () => Reflect.ownKeys(shell()),
      getOwnPropertyDescriptor(_, name) {
        const descriptor = Reflect.getOwnPropertyDescriptor(shell(), name)
        return descriptor && { ...descriptor, configurable: true }
      },
    },
  )
}

module.exports = { transactionClient }
