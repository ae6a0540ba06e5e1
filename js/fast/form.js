/**
 * What clients of many blocks have in common when they were derived from one client of the user's, for one data model, under the same
 * options: which methods are ours, how their objects look, what the fast door has learned. A form is made with the first of them.
 */
const { Memo } = require('./memo.js')
const { FastPromise, fluentPromise } = require('./promise.js')

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
/** Of one client; beyond that, later blocks begin anew. */
const MAX_FORMS = 100

/** @typedef {import('./index.js').Extensions} Extensions @typedef {import('./index.js').BlockModel} BlockModel */
/** @typedef {{ model: BlockModel, keys: string[], own: Map<string, typeof FastPromise> }} ModelMethods those that may be fast, and the promises they return */

class Form {
  /**
   * @param {any} sample a client with the same keys, models and extensions @param {Extensions} extensions
   * @param {BlockModel[]} all models of the block @param {Memo} memo @param {string[]} listed what the user's client lists: a derived one lists less
   */
  constructor(sample, extensions, all, memo, listed) {
    this.sample = sample
    this.all = all
    this.listed = listed
    this.extensions = extensions
    this.memo = memo
    this.models = all.filter((model) => !extensions.replaces(model.accessor))
    /** @param {string} name of a model */
    this.typesOf = (name) => /** @type {BlockModel} */ (this.named.get(name)).types
    /** @type {Map<string | symbol, BlockModel>} */
    this.named = new Map()
    for (const model of this.models)
      for (const name of [model.accessor, model.name]) this.named.set(name, model)
    /** @type {Map<BlockModel, ModelMethods>} */
    this.known = new Map()
    /** How the client is made, and each of its models. @type {((state: any) => any) | null} */
    this.client = null
    /** @type {Map<BlockModel, (state: any) => any>} */
    this.made = new Map()
  }

  /** Found out when they are first asked for. @param {BlockModel} model @returns {ModelMethods} */
  methods(model) {
    const known = this.known.get(model)
    if (known !== undefined) return known
    const made = methodsOf(Object.keys(this.sample[model.accessor]), model, this.extensions)
    this.known.set(model, made)
    return made
  }
}

/** @param {string[]} keys of the shell's model @param {BlockModel} model @param {Extensions} extensions @returns {ModelMethods} */
function methodsOf(keys, model, extensions) {
  const Fluent = fluentPromise(model.relations)
  const own = keys.filter(
    (key) =>
      METHODS.has(key) && !extensions.watches(model.accessor, key) && !extensions.overrides(model.name, key),
  )
  return { model, keys, own: new Map(own.map((key) => [key, FLUENT.includes(key) ? Fluent : FastPromise])) }
}

/** Models whose rows an extension adds computed fields to. @param {Extensions} extensions @param {BlockModel[]} models */
function computedModels({ computes }, models) {
  return new Set(models.filter((model) => computes(model.accessor)).map((model) => model.name))
}

/** @type {WeakMap<object, WeakMap<object, Map<string, Form>>>} by the plans that the blocks share, then by the user's client */
const formsOf = new WeakMap()

/** @param {import('./index.js').Kit} kit @param {boolean} open @returns {Form} */
function makeForm({ inspect, client, modelsOf }, open) {
  const extensions = inspect(client)
  const models = modelsOf()
  const memo = new Memo(computedModels(extensions, models), open)
  return new Form(client, extensions, models, memo, Object.keys(client))
}

/**
 * @param {import('./index.js').Kit} kit
 * @param {boolean} open false: every call goes through the shell
 * @returns {Form}
 */
function formOf(kit, open) {
  const { client, engine, sharedAs } = kit
  // Guards of what is learned are those of the block's own coverage.
  if (sharedAs === null) return makeForm(kit, open)
  const byClient = formsOf.get(engine.plans) ?? new WeakMap()
  formsOf.set(engine.plans, byClient)
  const forms = byClient.get(client) ?? new Map()
  byClient.set(client, forms)
  const key = `${open} ${sharedAs}`
  const known = forms.get(key)
  if (known !== undefined) return known
  if (forms.size >= MAX_FORMS) forms.clear()
  const made = makeForm(kit, open)
  forms.set(key, made)
  return made
}

module.exports = { Form, computedModels, formOf }
