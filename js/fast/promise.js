/**
 * What a method of the fast door returns: a lazy promise like the shell's. Nothing happens before the first `then`,
 * and then once. Whatever only Prisma can do (a fluent relation, a batch transaction) is asked of the shell's promise.
 */

/** @typedef {import('./method.js').FastMethod} FastMethod */

class FastPromise {
  /** @param {FastMethod} method @param {any} args @param {object | null} site where it was called, when errors show that */
  constructor(method, args, site) {
    this.method = method
    this.args = args
    this.site = site
    /** @type {Promise<any> | null} */
    this.running = null
  }

  /** @param {any} [resolved] @param {any} [rejected] */
  // biome-ignore lint/suspicious/noThenProperty: a PrismaPromise is a thenable by design
  then(resolved, rejected) {
    this.running ??= this.method.start(this.args, this.site)
    return this.running.then(resolved, rejected)
  }

  /** @param {any} [rejected] */
  catch(rejected) {
    return this.then(undefined, rejected)
  }

  /** @param {any} [settled] */
  finally(settled) {
    this.running ??= this.method.start(this.args, this.site)
    return this.running.finally(settled)
  }

  /** @param {any} transaction */
  requestTransaction(transaction) {
    return this.method.startInTransaction(this.args, transaction, this.site)
  }

  get spec() {
    return this.method.shell(this.args).spec
  }
}

Object.defineProperty(FastPromise.prototype, Symbol.toStringTag, {
  value: 'PrismaPromise',
  configurable: true,
})

const OWN = new Set(
  Object.getOwnPropertyNames(FastPromise.prototype).concat('method', 'args', 'site', 'running'),
)

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
      return this.method.shell(this.args)[name](args)
    }
    Object.defineProperty(Fluent.prototype, name, { value, configurable: true })
  }
  return Fluent
}

module.exports = { FastPromise, fluentPromise }
