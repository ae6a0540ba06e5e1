/**
 * The shell door: a client derived from the user's own, with our engine in place of Prisma's. Everything Prisma does in
 * JS (lazy promises, select and include, fluent calls, batching, extensions, error texts) is then the user's own
 * version of it, and the main client is untouched.
 *
 * This file and its room are the only ones that name private fields of Prisma Client. They are the same from 6.7 to 7.10; `describeClient`
 * checks each of them and refuses a client whose inside is another.
 *
 * Classes of the user's runtime are taken from what the derived client itself makes, because the instance gives no way to
 * its module: a Decimal by deserialising one, PrismaClientKnownRequestError by rendering one. So `instanceof` holds under
 * any version, generator and bundler.
 */
const { Engine, READY } = require('../engine/index.js')
const { InvalidOptionError, ShardedError, UnsupportedClientError, mismatch } = require('../errors')
const { within } = require('../engine/context.js')
const { openDoor, WRAP } = require('../fast/index.js')
const { awaitFresh } = require('../fresh/wait.js')
const { sharedPlans } = require('../engine/plans.js')
const { Order } = require('../fast/order.js')
const { typesOf } = require('../fast/refused.js')
const { prismaError } = require('../refusals/index.js')
const { followCalls } = require('./calls.js')

const SUPPORTED = 'expected Prisma Client 6.7 to 7.x'

/** Paths of the raw client that must be functions or objects for the derivation to work. @type {[string, string][]} */
const INSIDE = [
  ['_engine.request', 'function'],
  ['_engine.requestBatch', 'function'],
  ['_engineConfig.logEmitter', 'object'],
  ['_requestHandler.request', 'function'],
  ['_requestHandler.mapQueryEngineResult', 'function'],
  ['_requestHandler.handleRequestError', 'function'],
  ['_runtimeDataModel.models', 'object'],
  ['_appliedParent._extensions', 'object'],
  ['_extensions.isEmpty', 'function'],
  ['_extensions.getAllQueryCallbacks', 'function'],
  ['_extensions.getAllBatchQueryCallbacks', 'function'],
  ['_extensions.getAllComputedFields', 'function'],
  ['_extensions.getAllModelExtensions', 'function'],
  ['_extensions.getAllClientExtensions', 'function'],
  ['_createPrismaPromise', 'function'],
  ['_request', 'function'],
  ['_executeRequest', 'function'],
  ['_createItxClient', 'function'],
  ['_activeProvider', 'string'],
  ['$extends', 'function'],
]

/** Clients that were found to be as known: each opening of a block would look at them again. @type {WeakSet<object>} */
const checked = new WeakSet()

/**
 * @param {any} client
 * @returns {{ version: string, provider: string, raw: any, engine: any }}
 */
function describeClient(client) {
  const isClient = client !== null && typeof client === 'object' && typeof client.$transaction === 'function'
  if (!isClient) throw new InvalidOptionError(mismatch('client', 'a PrismaClient', client))
  const raw = client._originalClient
  const version = String(client._clientVersion ?? 'of unknown version')
  if (!checked.has(client)) {
    checkInside(raw, version)
    checked.add(client)
  }
  return { version, provider: raw._activeProvider, raw, engine: raw._engine }
}

/** @param {any} raw @param {string} version */
function checkInside(raw, version) {
  if (raw === null || typeof raw !== 'object') throw unsupported(version, '_originalClient')
  for (const [path, type] of INSIDE) {
    if (typeof reach(raw, path) !== type) throw unsupported(version, path)
  }
  if (raw._engine instanceof Engine)
    throw new InvalidOptionError(mismatch('client', 'a main PrismaClient', 'a block client'))
  if (!/^[67]\./.test(version)) throw unsupported(version, '_clientVersion')
}

/** @param {any} root @param {string} path */
function reach(root, path) {
  return path.split('.').reduce((value, name) => value?.[name], root)
}

/** @param {string} version @param {string} path */
function unsupported(version, path) {
  return new UnsupportedClientError(
    `client: ${SUPPORTED}, given Prisma Client ${version}, whose ${path} is not as known`,
  )
}

/** A client that shares all with `client` and `raw` but its request handler. @param {any} client @param {any} raw */
function derive(client, raw) {
  const derived = Object.create(raw)
  derived._originalClient = derived
  derived._extensions = client._extensions
  derived._requestHandler = new raw._requestHandler.constructor(derived, raw._engineConfig.logEmitter)
  return derived
}

/**
 * @typedef {object} BlockClientSetup
 * @property {any} client the user's client
 * @property {any} manifest
 * @property {any} schema the native one
 * @property {any} block the native block
 * @property {any} options
 * @property {any} seams
 * @property {import('../scope/index.js').Coverage | null} coverage null: the block is asked whatever was loaded
 * @property {any} blockApi what `$block` answers
 * @property {string | null} sharedAs blocks of this name share what the fast door learns; null: with nobody
 */

/** @param {BlockClientSetup} setup */
function createBlockClient({
  client,
  manifest,
  schema,
  block,
  options,
  seams,
  coverage,
  blockApi,
  sharedAs,
}) {
  const { version, raw } = describeClient(client)
  const { known, context } = runtimeOf(client, raw, version)
  const stats = { fast: 0, shell: 0, learned: 0, fallbacks: 0, forwarded: 0, pooled: 0 }
  const order = new Order()
  /** @type {any} */
  let shell = null
  /** @type {any} */
  let calls = null
  /** Calls whose arguments main has refused, by its error. @type {WeakMap<object, import('../fast/method.js').ShellCall>} */
  const refused = new WeakMap()
  const engine = new Engine({
    block,
    manifest,
    options,
    seams,
    coverage,
    stats,
    main: raw._engine,
    withinMain: (started) => raw._createItxClient({ kind: 'itx', ...started }),
    emitter: raw._engineConfig.logEmitter,
    plans: sharedPlans(schema, raw, context),
    knownError: (report) => prismaError(known, version, report, manifest.provider),
    arrived: (query, known) => {
      const call = calls.callOf(query)
      if (call === undefined) order.arrivedAlone()
      else call.arrived(known)
    },
    refusing: (query, asked) =>
      asked.catch((/** @type {any} */ error) => {
        const call = calls.callOf(query)
        if (call !== undefined) refused.set(error, call)
        throw error
      }),
    batchArrived: () => order.leaveGroup(),
    callerOf: (query) => calls.callerOf(query),
  })
  if (seams.fresh) awaitFresh(engine, seams.fresh)
  // Most blocks of an app are asked only what others of them have learned, and need no shell: it is ten times what the rest is.
  const shellOnce = () => {
    if (shell !== null) return shell
    const derived = derive(client, raw)
    calls = followCalls(derived, raw)
    passOwnErrors(derived._requestHandler)
    tellRefusals(derived._requestHandler, refused, raw._requestHandler)
    passReadyData(derived._requestHandler)
    derived._engine = engine
    followTransactions(derived, raw, engine, order)
    shell = extended(client, derived, raw)
    return shell
  }
  const tag = (/** @type {any} */ call, /** @type {() => any} */ begin) => calls.tag(call, begin)
  // As Prisma's, an extended client has none.
  const on = client.$on === undefined ? null : (/** @type {any[]} */ ...args) => raw.$on(...args)
  const showsSites = raw._errorFormat !== 'minimal'
  const models = () => modelsOf(raw, manifest)
  const kit = {
    block,
    blockApi,
    client,
    engine,
    inspect,
    modelsOf: models,
    on,
    order,
    seams,
    sharedAs,
    showsSites,
    stats,
    tag,
  }
  const open = process.env.SHARDED_FAST_DOOR !== 'off' && !isStrict(raw)
  return { client: openDoor(shellOnce, kit, open), stats: () => ({ ...stats }) }
}

/**
 * The client of an interactive transaction is Prisma's own with the fast door before it; its callback is known as the
 * transaction's, so that a call outside which would wait for it can be told from others.
 * @param {any} derived @param {any} raw @param {Engine} engine @param {Order} order
 */
function followTransactions(derived, raw, engine, order) {
  /** @type {WeakMap<object, import('../transaction/calls.js').Transaction>} */
  const transactions = new WeakMap()
  const own = {
    /** @this {any} @param {any} work @param {any[]} rest */
    $transaction(work, ...rest) {
      /** @param {any} client */
      const inside = (client) => {
        const transaction = transactions.get(client)
        return transaction === undefined ? work(client) : within(transaction, () => work(client))
      }
      if (typeof work === 'function') return raw.$transaction.call(this, inside, ...rest)
      const before = order.group
      const running = raw.$transaction.call(this, work, ...rest)
      const { group } = order
      if (group === null || group === before) return running
      return running.finally(() => order.endGroup(group))
    },
    /** @this {any} @param {any[]} args */
    _createItxClient(...args) {
      const inner = () => raw._createItxClient.apply(this, args)
      const transaction = engine.transactions.open.get(args[0].id)
      const wrap = this[WRAP]
      if (transaction === undefined || wrap === undefined) return inner()
      const client = wrap(inner, transaction)
      transactions.set(client, transaction)
      return client
    },
  }
  for (const [name, value] of Object.entries(own))
    Object.defineProperty(derived, name, { value, writable: true, configurable: true, enumerable: false })
}

/**
 * A client of the derived inside with the extensions of the user's, each over its own parent (`$parent`). Prisma's own
 * method makes it, of a client that says which extensions it would have with one more.
 * @param {any} client @param {any} derived @param {any} raw @returns {any}
 */
function extended(client, derived, raw) {
  const extensions = client._extensions
  const parent = extensions.isEmpty() ? derived : extended(client._appliedParent, derived, raw)
  const over = Object.create(parent, {
    _originalClient: { value: derived },
    _extensions: { value: Object.create(parent._extensions, { append: { value: () => extensions } }) },
  })
  return raw.$extends.call(over, {})
}

/** With this preview an explicit undefined is an error, which only the shell can tell from an absent key. @param {any} raw */
function isStrict(raw) {
  return Array.isArray(raw._previewFeatures) && raw._previewFeatures.includes('strictUndefinedChecks')
}

/** Models of the block with their relation names, which are methods of a fluent promise. @param {any} raw @param {any} manifest */
function modelsOf(raw, manifest) {
  const names = Object.keys(raw._runtimeDataModel.models)
  const inBlock = new Set(manifest.models.map((/** @type {{ name: string }} */ model) => model.name))
  return names
    .filter((name) => inBlock.has(name))
    .map((name) => {
      const { fields } = raw._runtimeDataModel.models[name]
      const relations = fields.filter((/** @type {any} */ field) => field.kind === 'object')
      const accessor = name[0].toLowerCase() + name.slice(1)
      const methods = relations.map((/** @type {any} */ field) => field.name)
      return { name, accessor, relations: methods, types: typesOf(fields) }
    })
}

/** Errors of ours have codes, which the shell would take for Prisma's and wrap. @param {any} handler */
function passOwnErrors(handler) {
  const { handleRequestError } = handler
  handler.handleRequestError = (/** @type {any} */ params) => {
    if (params.error instanceof ShardedError) throw params.error
    return handleRequestError.call(handler, params)
  }
}

/**
 * A call hears that its arguments were refused, and what the user's own handler needs to say so of another.
 * @param {any} handler @param {WeakMap<object, import('../fast/method.js').ShellCall>} refused @param {any} own
 */
function tellRefusals(handler, refused, own) {
  const { handleRequestError } = handler
  handler.handleRequestError = (/** @type {any} */ params) => {
    refused.get(params.error)?.refused({ handler: own, params })
    return handleRequestError.call(handler, params)
  }
}

/**
 * What came in slices is not deserialised: the shell would do that in one go, and hold the loop.
 * @param {any} handler
 */
function passReadyData(handler) {
  const { mapQueryEngineResult } = handler
  handler.mapQueryEngineResult = (/** @type {any} */ request, /** @type {any} */ response) => {
    if (response?.[READY] !== true) return mapQueryEngineResult.call(handler, request, response)
    const data = rawResult(request.dataPath, response) ?? null
    const result = request.unpacker ? request.unpacker(data) : data
    return process.env.PRISMA_CLIENT_GET_TIME ? { data: result } : result
  }
}

/** @typedef {{ known: any, context: () => import('../engine/rows.js').RowContext }} Runtime what is taken from the user's runtime */
/** @type {WeakMap<object, Runtime>} by the client under every extension */
const runtimes = new WeakMap()

/** @param {any} client @param {any} raw @param {string} version @returns {Runtime} */
function runtimeOf(client, raw, version) {
  const seen = runtimes.get(raw)
  if (seen !== undefined) return seen
  const handler = derive(client, raw)._requestHandler
  const Decimal = decimalClass(handler, version)
  const made = { known: knownErrorClass(handler, version), context: () => ({ Decimal, tagged: false }) }
  runtimes.set(raw, made)
  return made
}

/** @param {any} handler @param {string} version */
function knownErrorClass(handler, version) {
  const error = Object.assign(new Error('probe'), { code: 'P0000' })
  try {
    handler.handleRequestError({ error, clientMethod: 'probe', args: {} })
  } catch (rendered) {
    const known = /** @type {any} */ (rendered)
    if (known.name === 'PrismaClientKnownRequestError') return known.constructor
  }
  throw unsupported(version, '_requestHandler.handleRequestError')
}

/** @param {any} handler @param {string} version */
function decimalClass(handler, version) {
  const response = { data: { probe: { $type: 'Decimal', value: '0' } } }
  const result = handler.mapQueryEngineResult({ dataPath: [] }, response)
  // With PRISMA_CLIENT_GET_TIME the shell wraps every result.
  const decimal = typeof result?.toFixed === 'function' ? result : result?.data
  if (typeof decimal?.toFixed !== 'function')
    throw unsupported(version, '_requestHandler.mapQueryEngineResult')
  return decimal.constructor
}

/** What the extensions of a client do, as the fast door needs to know it. @param {any} client */
function inspect(client) {
  const extensions = client._extensions
  const batch = extensions.getAllBatchQueryCallbacks().length > 0
  return {
    none: extensions.isEmpty(),
    /** @param {string} accessor @param {string} method */
    watches: (accessor, method) => batch || extensions.getAllQueryCallbacks(accessor, method).length > 0,
    /** @param {string} accessor */
    computes: (accessor) => extensions.getAllComputedFields(accessor) !== undefined,
    /** @param {string} model @param {string} method */
    overrides: (model, method) => method in (extensions.getAllModelExtensions(model) ?? {}),
    /** @param {string} name */
    replaces: (name) => name in (extensions.getAllClientExtensions() ?? {}),
  }
}

/**
 * The main client that a loader gets: it tells of every result it returns, with the raw value it came from (in which
 * Json nulls are still told apart).
 * @param {any} client
 * @param {(result: any, raw: any) => void} onResult
 */
function createLoaderMain(client, onResult) {
  const { raw } = describeClient(client)
  const derived = derive(client, raw)
  const handler = derived._requestHandler
  const { mapQueryEngineResult } = handler
  handler.mapQueryEngineResult = (/** @type {any} */ request, /** @type {any} */ response) => {
    const result = mapQueryEngineResult.call(handler, request, response)
    if (request.unpacker === undefined) onResult(result, rawResult(request.dataPath, response))
    return result
  }
  return raw.$extends.call(derived, {})
}

/**
 * The same, for who reads whole rows as the main database has them: no extension changes what is asked or answered, and no field is left out.
 * @param {any} raw the main client under every extension
 * @param {(result: any, raw: any) => void} onResult
 */
function createWholeMain(raw, onResult) {
  if (!('_globalOmit' in raw))
    throw new UnsupportedClientError(`client: ${SUPPORTED}, given one without _globalOmit`)
  const whole = Object.create(raw, { _globalOmit: { value: undefined } })
  return createLoaderMain(Object.create(whole, { _originalClient: { value: whole } }), onResult)
}

/** The path alternates select (or include) and names. @param {string[]} dataPath @param {any} response */
function rawResult(dataPath, response) {
  const root = Object.values(response?.data ?? {})[0]
  return dataPath.filter((_, i) => i % 2 === 1).reduce((value, name) => value?.[name], root)
}

module.exports = { createBlockClient, createLoaderMain, createWholeMain, describeClient }
