/**
 * Calls that Prisma refused for their arguments, by their form: the next of the same form is refused without asking its engine again, by
 * the same renderer of the user's own version, or in its words (refusedtext.js), for its own arguments and place.
 *
 * A form is the arguments in the order in which they are written. Values are part of it, but for those of fields that stand directly in
 * `where` or in the data of a create or an update: there only what decides whether Prisma takes them. What the walk does not vouch for,
 * or what is large, has no form.
 */

const { errorBy, textOf } = require('./refusedtext.js')

/** What Prisma says that depends on nothing but the form. @type {Set<string>} */
const OF_FORM = new Set([
  'InvalidArgumentType',
  'RequiredArgumentMissing',
  'SomeFieldsMissing',
  'TooManyFieldsGiven',
  'UnknownArgument',
  'UnknownInputField',
  'UnknownSelectionField',
])
/** Of its errors about arguments. */
const CODES = new Set(['P2009', 'P2012'])
/** An error lists the fields of an input, so a form may keep some kilobytes. */
const MAX_FORMS = 200
const LONGEST_FORM = 1_000
const DEEPEST = 8
/** Under these the root model's fields stand. */
const FIELDS = new Set(['where', 'data', 'create', 'update'])

/** Prisma 6 refuses half a surrogate pair before anything else. @param {any} value */
function isText(value) {
  return typeof value === 'string' && /** @type {any} */ (value).isWellFormed()
}

const INT32 = 2 ** 31
const INT64 = 2n ** 63n
/** Times that have a text which every database reads. */
const [FIRST_TIME, LAST_TIME] = [Date.UTC(1, 0), Date.UTC(9999, 0)]

/**
 * @typedef {Map<string, string>} Fields the scalar types of a model's fields; '' for all others
 * @typedef {{ handler: any, params: any, text?: import('./refusedtext.js').Text | null }} Refusal the user's own request handler, and
 *   what it was asked to render; once it has been rendered again its words, where only values differ
 */

/** Field's type -> whether Prisma takes every such value. @type {Record<string, (value: any) => boolean>} */
const FITS = {
  String: isText,
  Boolean: (value) => typeof value === 'boolean',
  Int: (value) => Number.isInteger(value) && value >= -INT32 && value < INT32,
  Float: (value) => Number.isFinite(value),
  BigInt: (value) => typeof value === 'bigint' && value >= -INT64 && value < INT64,
  DateTime: (value) =>
    value !== null &&
    typeof value === 'object' &&
    Object.getPrototypeOf(value) === Date.prototype &&
    value.getTime() >= FIRST_TIME &&
    value.getTime() < LAST_TIME,
}
/** Types that take no text, whatever it says. */
const NEVER_TEXT = new Set(['Boolean', 'Int'])

class RefusedForms {
  constructor() {
    /** @type {Map<string, Refusal>} */
    this.known = new Map()
  }

  /**
   * @param {string} method @param {any} args @param {Fields} fields of the model
   * @param {Refusal} refusal
   */
  learn(method, args, fields, { handler, params }) {
    const { error } = params
    if (typeof handler.handleAndLogRequestError !== 'function') return
    if (!CODES.has(error.code) || !isOfForm(error.meta)) return
    const form = formOf(method, args, fields)
    if (form === null) return
    if (this.known.size >= MAX_FORMS) this.known.clear()
    // Of the call itself nothing is kept.
    const kept = { ...params, args: null, transaction: undefined, callsite: placed(params.callsite, null) }
    this.known.set(form, { handler, params: kept })
  }

  /** @param {string} method @param {any} args @param {Fields} fields of the model @returns {Refusal | undefined} */
  find(method, args, fields) {
    return this.known.size === 0 ? undefined : this.known.get(formOrNone(method, args, fields))
  }
}

/**
 * @param {Refusal} refusal of the same form @param {any} args @param {Fields} fields of the model
 * @param {object | null} site where it was called, if errors show that
 * @returns {any} the error; undefined when Prisma has none after all
 */
function errorOf(refusal, args, fields, site) {
  const { handler, params, text } = refusal
  // Its stack is made here, once, of whoever called: of what Prisma runs through it says nothing.
  const error = withoutStacks(() => {
    if (text && site === null) throw told(refusal, errorBy(text, args, freeOf(fields)))
    handler.handleAndLogRequestError({ ...params, args, callsite: placed(params.callsite, site) })
  })
  if (text === undefined && site === null && error instanceof Error) learnText(refusal, args, fields, error)
  if (error instanceof Error) Error.captureStackTrace(error, errorOf)
  return error
}

/** @param {Refusal} refusal @param {any} args @param {Fields} fields @param {any} error that of these arguments */
function learnText(refusal, args, fields, error) {
  const { handler, params } = refusal
  const render = (/** @type {any} */ others) =>
    withoutStacks(() => handler.handleRequestError({ ...params, args: others }))
  refusal.text = textOf(args, error, freeOf(fields), render)
}

/** As Prisma's handler tells of an error. @param {Refusal} refusal @param {Error} error */
function told({ handler, params }, error) {
  const { message } = error
  handler.logEmitter?.emit('error', { message, target: params.clientMethod, timestamp: new Date() })
  return error
}

/** @param {() => void} work @returns {any} what it throws; undefined when it does not */
function withoutStacks(work) {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    work()
    return undefined
  } catch (error) {
    return error
  } finally {
    Error.stackTraceLimit = limit
  }
}

/** @param {any} meta of Prisma's error @returns {boolean} */
function isOfForm(meta) {
  if (meta?.kind === 'Union') return meta.errors.every(isOfForm)
  return OF_FORM.has(meta?.kind)
}

/** As Prisma notes the place of a call, of another call. @param {any} callsite @param {object | null} site */
function placed(callsite, site) {
  if (callsite === null || typeof callsite !== 'object') return callsite
  return Object.assign(Object.create(Object.getPrototypeOf(callsite)), callsite, {
    _error: site ?? { stack: '' },
  })
}

/** @param {string} method @param {any} args @param {Fields} fields @returns {string | null} */
function formOf(method, args, fields) {
  if (!isPlain(args)) return null
  const form = object(args, 0, (value, key) => {
    if (!FIELDS.has(key)) return literal(value, 1)
    return Array.isArray(value)
      ? list(value, 1, (row) => fieldsOf(row, fields, 2))
      : fieldsOf(value, fields, 1)
  })
  return form === null ? null : method + form
}

/** @param {string} method @param {any} args @param {Fields} fields @returns {string} */
function formOrNone(method, args, fields) {
  try {
    return formOf(method, args, fields) ?? ''
  } catch {
    // A getter of the arguments threw: the shell reads it again and says so its own way.
    return ''
  }
}

/** An object of a model's fields. @param {any} value @param {Fields} fields @param {number} depth @returns {string | null} */
function fieldsOf(value, fields, depth) {
  if (!isPlain(value)) return literal(value, depth)
  return object(value, depth, (inner, key) => kind(inner, fields.get(key)) ?? literal(inner, depth + 1))
}

/** What decides about a field's value; null where only the value itself says so. @param {any} value @param {string | undefined} type */
function kind(value, type) {
  // Of a field that there is not Prisma does not read the value; of a compound key's name it says whether it is an Int or a Float.
  if (type === undefined) return isText(value) || Number.isSafeInteger(value) ? `?${typeof value}` : null
  if (FITS[type]?.(value)) return type
  return NEVER_TEXT.has(type) && isText(value) ? '!string' : null
}

/** Values that are no part of a form. @param {Fields} fields @returns {import('./refusedtext.js').EachFree} */
const freeOf = (fields) => (visit, args) => {
  const row = (/** @type {any} */ value) => {
    if (!isPlain(value)) return
    for (const key in value) if (kind(value[key], fields.get(key)) !== null) visit(value[key], value, key)
  }
  for (const key in args) if (FIELDS.has(key)) [args[key]].flat().forEach(row)
}

/** @param {any} value @param {number} depth @returns {string | null} */
function literal(value, depth) {
  if (typeof value === 'string' && value.length > LONGEST_FORM) return null
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (Number.isFinite(value)) return Object.is(value, -0) ? null : String(value)
  if (Array.isArray(value)) return list(value, depth, (inner) => literal(inner, depth + 1))
  return isPlain(value) ? object(value, depth, (inner) => literal(inner, depth + 1)) : null
}

/** @param {any} value @param {number} depth @param {(inner: any, key: string) => string | null} one @returns {string | null} */
function object(value, depth, one) {
  if (depth > DEEPEST) return null
  let form = '{'
  for (const key in value) {
    const inner = one(value[key], key)
    if (inner === null || form.length > LONGEST_FORM) return null
    form += `${JSON.stringify(key)}:${inner},`
  }
  return `${form}}`
}

/** @param {any[]} values @param {number} depth @param {(value: any) => string | null} one @returns {string | null} */
function list(values, depth, one) {
  if (depth > DEEPEST) return null
  let form = '['
  for (const value of values) {
    const inner = one(value)
    if (inner === null || form.length > LONGEST_FORM) return null
    form += `${inner},`
  }
  return `${form}]`
}

/** @param {any} value */
const isPlain = (value) =>
  value !== null &&
  typeof value === 'object' &&
  Object.getPrototypeOf(value) === Object.prototype &&
  typeof value.toJSON !== 'function'

/** @param {any[]} fields of a model, as the client knows them @returns {Fields} */
function typesOf(fields) {
  return new Map(
    fields.map(({ name, kind, type, isList }) => [name, kind === 'scalar' && !isList ? type : '']),
  )
}

module.exports = { RefusedForms, errorOf, formOf, typesOf }
