/**
 * What a method of the fast door returns: a lazy promise like the shell's. Nothing happens before the first `then`,
 * and then once. Whatever only Prisma can do (a fluent relation, a batch transaction) is asked of the shell's promise.
 */

/** @typedef {import('./method.js').FastMethod} FastMethod */

class FastPromise {
  // Private: a relation may have any name, and is a method of the promise.
  /** @type {FastMethod} */
  #method
  #args
  #site
  /** @type {Promise<any> | null} */
  #running = null

  /** @param {FastMethod} method @param {any} args @param {object | null} site where it was called, when errors show that */
  constructor(method, args, site) {
    this.#method = method
    this.#args = args
    this.#site = site
  }

  /** @param {any} [resolved] @param {any} [rejected] */
  // biome-ignore lint/suspicious/noThenProperty: a PrismaPromise is a thenable by design
  then(resolved, rejected) {
    this.#running ??= this.#method.start(this.#args, this.#site)
    return this.#running.then(resolved, rejected)
  }

  /** @param {any} [rejected] */
  catch(rejected) {
    return this.then(undefined, rejected)
  }

  /** @param {any} [settled] */
  finally(settled) {
    this.#running ??= this.#method.start(this.#args, this.#site)
    return this.#running.finally(settled)
  }

  /** @param {any} transaction */
  requestTransaction(transaction) {
    return this.#method.startInTransaction(this.#args, transaction, this.#site)
  }

  get spec() {
    return this.#method.shell(this.#args).spec
  }

  /** @param {FastPromise} promise the promise that Prisma's shell makes of the same call */
  static shellOf(promise) {
    return promise.#method.shell(promise.#args)
  }
}

Object.defineProperty(FastPromise.prototype, Symbol.toStringTag, {
  value: 'PrismaPromise',
  configurable: true,
})

/** What Prisma itself asks a promise for. */
const OWN = new Set(['then', 'requestTransaction', 'spec'])

/**
 * The promise of methods that return one record: `.posts()` on it reads the relation.
 * @param {string[]} relations @returns {typeof FastPromise}
 */
function fluentPromise(relations) {
  const Fluent = class FastPromise_ extends FastPromise {}
  for (const name of relations) {
    if (OWN.has(name)) continue
    /** @this {FastPromise} @param {any} args */
    const value = function (args) {
      return FastPromise.shellOf(this)[name](args)
    }
    Object.defineProperty(Fluent.prototype, name, { value, configurable: true })
  }
  return Fluent
}

module.exports = { FastPromise, fluentPromise }
