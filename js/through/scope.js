// Which writes go to the main database first because the user wants it: those of some models, and those made within a
// function. (Writes that only the main database can make are the planner's to name.)

const { AsyncLocalStorage, AsyncResource } = require('node:async_hooks')
const { InvalidOptionError, mismatch } = require('../errors')
const { indexModels } = require('../engine/reshape')

const WRITE = /^(create|update|upsert|delete)/

/** @typedef {{ name: string, fields: { name: string }[], relations: { name: string, model: string }[] }} Model */

/** @param {any} query */
const isWrite = (query) => WRITE.test(query.action)

/** @param {string} option @param {string[]} names that it gives @param {{ models: Model[] }} manifest */
function checkModels(option, names, manifest) {
  const known = manifest.models.map((model) => model.name)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw new InvalidOptionError(mismatch(option, `names of the block's models (${known.join(', ')})`, unknown))
}

class ThroughScope {
  /** @param {{ models: Model[] }} manifest @param {string[]} names models that are always written through */
  constructor(manifest, names) {
    this.models = indexModels(manifest)
    this.names = new Set(names)
    // Until it is first used, nobody pays for it.
    /** @type {AsyncLocalStorage<true> | null} */
    this.storage = null
  }

  /** Is this call made within `run`? */
  get isOn() {
    return this.storage !== null && this.storage.getStore() === true
  }

  /** A job that starts in another call's turn stays this one's. @template {Function} F @param {F} job @returns {F} */
  kept(job) {
    return this.storage !== null ? /** @type {any} */ (AsyncResource.bind(/** @type {any} */ (job))) : job
  }

  /** @template T @param {() => T | PromiseLike<T>} fn @returns {Promise<T>} */
  run(fn) {
    if (typeof fn !== 'function')
      throw new InvalidOptionError(mismatch('$block.through(fn)', 'a function', fn))
    this.storage ??= new AsyncLocalStorage()
    return this.storage.run(true, async () => fn())
  }

  /**
   * Asked in the turn in which the call arrives.
   * @param {any} query of the JSON protocol
   * @returns {string | null} why it is written through, null when it is not
   */
  reason(query) {
    if (!isWrite(query) || !this.models.has(query.modelName)) return null
    if (this.isOn) return 'a call within $block.through'
    const named = this.named(query)
    return named === null ? null : `${named} is written through`
  }

  /** The first model written through that the call writes, nested rows included. @param {any} query */
  named({ modelName, query }) {
    if (this.names.size === 0) return null
    if (this.names.has(modelName)) return modelName
    const { data, create, update } = query.arguments
    return this.within(modelName, data) ?? this.within(modelName, create) ?? this.within(modelName, update)
  }

  /** @param {string} modelName @param {any} value @returns {string | null} */
  within(modelName, value) {
    const model = this.models.get(modelName)
    if (value === null || typeof value !== 'object' || model === undefined) return null
    if (Array.isArray(value)) return first(value, (element) => this.within(modelName, element))
    return first(Object.entries(value), ([key, inner]) => {
      if (model.fields.some((field) => field.name === key)) return null
      const relation = model.relations.find((one) => one.name === key)
      const target = relation?.model ?? modelName
      return relation !== undefined && this.names.has(target) ? target : this.within(target, inner)
    })
  }
}

/** @template T @param {T[]} list @param {(element: T) => string | null} find @returns {string | null} */
function first(list, find) {
  for (const element of list) {
    const found = find(element)
    if (found !== null) return found
  }
  return null
}

module.exports = { ThroughScope, checkModels, isWrite }
