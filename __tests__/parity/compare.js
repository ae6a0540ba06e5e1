// What a block answers against what main answers, list by list as far as the call determines the order.
const { difference, nameless } = require('../support/parity')
const { entriesOf, orderOfGroups, orderOfRows, sameFloatSum } = require('./tolerances')

/**
 * @typedef {import('./model').Model} Model
 * @typedef {import('./generate/call').Call} Call
 * @typedef {{value: any} | {error: any}} Outcome
 */

/** @param {string} at @param {string | null} found */
const under = (at, found) =>
  found === null ? null : `${at}${found.startsWith('[') || found.startsWith('.') ? '' : ' '}${found}`

/** @param {any} args @param {string} name */
function nestedArgs(args, name) {
  const nested = args.select?.[name] ?? args.include?.[name]
  return typeof nested === 'object' && nested !== null ? nested : {}
}

/** @param {Model} model @param {any} args @param {any} expected @param {any} actual @returns {string | null} */
function rowDifference(model, args, expected, actual) {
  if (expected === null || actual === null) return difference(actual, expected)
  const [keys, actualKeys] = [Object.keys(expected), Object.keys(actual)]
  if (keys.join() !== actualKeys.join()) return `keys [${actualKeys}]  is not  [${keys}]`
  if (Object.getPrototypeOf(expected) !== Object.getPrototypeOf(actual)) return 'has another prototype'
  for (const key of keys) {
    const relation = model.relations.find(({ name }) => name === key)
    const found = relation
      ? relationDifference(relation, nestedArgs(args, key), expected[key], actual[key])
      : difference(actual[key], expected[key])
    if (found !== null) return under(`.${key}`, found)
  }
  return null
}

/** @param {import('./model').Relation} relation @param {any} args @param {any} expected @param {any} actual */
function relationDifference({ to, isList }, args, expected, actual) {
  return isList ? rowsDifference(to, args, expected, actual) : rowDifference(to, args, expected, actual)
}

/** @param {Model} model @param {any} args @param {any} expected @param {any} actual */
function rowsDifference(model, args, expected, actual) {
  const same = (/** @type {any} */ a, /** @type {any} */ b) => rowDifference(model, args, a, b)
  const kind = orderOfRows(model, args)
  // Where in an open order the row of the cursor stands is the database's choice, too.
  if (kind === 'open' && args.cursor !== undefined && Array.isArray(expected)) return null
  return (
    listDifference(kind, expected, actual, same) ??
    (kind === 'bag' ? orderDifference(model, args, expected, actual) : null)
  )
}

/**
 * @param {import('./tolerances').OrderKind} kind @param {any} expected @param {any} actual
 * @param {(expected: any, actual: any) => string | null} differs
 * @returns {string | null}
 */
function listDifference(kind, expected, actual, differs) {
  if (!Array.isArray(expected) || !Array.isArray(actual)) return difference(actual, expected)
  if (expected.length !== actual.length) return `${actual.length} rows  is not  ${expected.length} rows`
  if (kind === 'open') return null
  if (kind === 'bag') return bagDifference(expected, actual, differs)
  for (const [at, row] of expected.entries()) {
    const found = differs(row, actual[at])
    if (found !== null) return under(`[${at}]`, found)
  }
  return null
}

/** @param {any[]} expected @param {any[]} actual @param {(expected: any, actual: any) => string | null} differs */
function bagDifference(expected, actual, differs) {
  const left = [...actual]
  for (const [at, row] of expected.entries()) {
    const found = left.findIndex((other) => differs(row, other) === null)
    if (found < 0) return under(`[${at}]`, `has no equal; ${differs(row, left[0])}`)
    left.splice(found, 1)
  }
  return null
}

/** Where only some keys of the order are given, the rows are still in their order. @param {Model} model @param {any} args @param {any[]} expected @param {any[]} actual */
function orderDifference(model, args, expected, actual) {
  const [entry] = entriesOf(args.orderBy)
  const [name] = Object.keys(entry ?? {})
  const field = model.fields.find((one) => one.name === name)
  if (!field || expected === null || expected.length === 0 || !(name in expected[0]) || field.hasTies)
    return null
  const at = expected.findIndex(
    (row, i) => row[name] !== actual[i][name] && difference(actual[i][name], row[name]) !== null,
  )
  return at < 0
    ? null
    : `[${at}].${name} is out of order: ${difference(actual[at][name], expected[at][name])}`
}

/** Of an aggregate or a group. @param {Model} model @param {any} expected @param {any} actual @returns {string | null} */
function aggregateDifference(model, expected, actual) {
  const keys = Object.keys(expected)
  if (keys.join() !== Object.keys(actual).join()) return difference(actual, expected)
  for (const key of keys) {
    const found =
      key === '_sum' || key === '_avg'
        ? sumDifference(model, expected[key], actual[key])
        : difference(actual[key], expected[key])
    if (found !== null) return under(`.${key}`, found)
  }
  return null
}

/** @param {Model} model @param {any} expected @param {any} actual @returns {string | null} */
function sumDifference(model, expected, actual) {
  const isFloat = (/** @type {string} */ name) =>
    model.fields.some((field) => field.name === name && field.type === 'Float')
  if (Object.keys(expected).join() !== Object.keys(actual).join()) return difference(actual, expected)
  for (const name of Object.keys(expected)) {
    if (isFloat(name) && sameFloatSum(expected[name], actual[name])) continue
    const found = difference(actual[name], expected[name])
    if (found !== null) return under(`.${name}`, found)
  }
  return null
}

/** Which rows it is about is the database's choice. @param {Model} model @param {Call} call */
function isOpen(model, { action, args = {} }) {
  if (action.startsWith('findUnique')) return false
  const kind = orderOfRows(model, args)
  // The first row of no order is any row.
  return kind === 'open' || (kind === 'bag' && action.startsWith('findFirst'))
}

/** @param {Map<string, Model>} models @param {Call} call @param {any} expected @param {any} actual @returns {string | null} */
function valueDifference(models, call, expected, actual) {
  if (call.calls) return togetherDifference(models, call.calls, expected, actual)
  const model = /** @type {Model} */ (models.get(call.model))
  const args = call.args ?? {}
  if (call.chain) return chainDifference(model, call.chain, expected, actual)
  if (call.action === 'findMany') return rowsDifference(model, args, expected, actual)
  if (call.action.endsWith('AndReturn')) {
    const same = (/** @type {any} */ a, /** @type {any} */ b) => rowDifference(model, args, a, b)
    return listDifference(call.action === 'createManyAndReturn' ? 'total' : 'bag', expected, actual, same)
  }
  if (call.action === 'groupBy') {
    const same = (/** @type {any} */ a, /** @type {any} */ b) => aggregateDifference(model, a, b)
    return listDifference(orderOfGroups(args), expected, actual, same)
  }
  if (call.action.endsWith('Many')) return difference(actual, expected)
  if (isOpen(model, call))
    return (expected === null) === (actual === null) ? null : difference(actual, expected)
  if (call.action === 'aggregate') return aggregateDifference(model, expected, actual)
  return call.action === 'count' ? difference(actual, expected) : rowDifference(model, args, expected, actual)
}

/** @param {Map<string, Model>} models @param {Call[]} calls @param {any[]} expected @param {any[]} actual */
function togetherDifference(models, calls, expected, actual) {
  for (const [at, call] of calls.entries()) {
    const found = valueDifference(models, call, expected[at], actual[at])
    if (found !== null) return under(`[${at}]`, found)
  }
  return null
}

/** @param {Model} model @param {import('./generate/call').Link[]} chain @param {any} expected @param {any} actual */
function chainDifference(model, chain, expected, actual) {
  let at = model
  /** @type {import('./model').Relation | undefined} */
  let relation
  for (const link of chain) {
    relation = at.relations.find(({ name }) => name === link.relation)
    if (!relation) return difference(actual, expected)
    at = relation.to
  }
  return relationDifference(
    /** @type {import('./model').Relation} */ (relation),
    chain.at(-1)?.args ?? {},
    expected,
    actual,
  )
}

/** Where Prisma's engine panics, its message goes on with a form whose link has what the process has logged so far. */
const BUG_REPORT = /\n\nThis is a non-recoverable error[\s\S]*$/

/**
 * What an error is to the code that catches it, its whole text included.
 * @param {any} error @param {boolean} words those of the main database, too
 */
function essence(error, words) {
  const { name, code, message, meta } = error
  const bare = name === 'DriverAdapterError' ? { driverAdapterError: error } : {}
  const { modelName, cause, driverAdapterError: adapter } = meta ?? bare
  const { originalMessage, message: text, ...more } = adapter?.cause ?? {}
  const said = words ? [originalMessage, text].map(nameless) : []
  const says = nameless(message.replace(BUG_REPORT, ''))
  return { name, code, message: says, meta: { modelName, cause, said, adapter: more } }
}

/**
 * Every package of Prisma 6 that makes a DriverAdapterError has a class of its own for it; Prisma too knows one by its name.
 * @param {any} expected @param {any} actual
 */
const isOfOneClass = (expected, actual) =>
  expected.constructor === actual.constructor ||
  [expected, actual].every(({ constructor: { name } }) => name === 'DriverAdapterError')

/**
 * The first difference in words, or null.
 * @param {Map<string, Model>} models @param {Call} call @param {Outcome} expected @param {Outcome} actual
 * @param {boolean} [words] whether the main database's own words are compared
 * @returns {string | null}
 */
function outcomeDifference(models, call, expected, actual, words = true) {
  if ('error' in expected && 'error' in actual) {
    if (!isOfOneClass(expected.error, actual.error))
      return `throws ${actual.error.name}: ${lastLine(actual.error)}  is not  ${expected.error.name}: ${lastLine(expected.error)}`
    return under('error', difference(essence(actual.error, words), essence(expected.error, words)))
  }
  if ('error' in expected)
    return `answers where main throws ${expected.error.name} ${expected.error.code ?? ''}: ${lastLine(expected.error)}`
  if ('error' in actual)
    return `throws ${actual.error.name} ${actual.error.code ?? ''}: ${lastLine(actual.error)}`
  return valueDifference(models, call, expected.value, actual.value)
}

/** @param {Error} error */
const lastLine = (error) => String(error.message).split('\n').at(-1)

module.exports = { outcomeDifference }
