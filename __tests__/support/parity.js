// Whether a block answers as the main client does: values, JavaScript types, key order, errors.

const { types } = require('node:util')

/** @typedef {string[]} Trail where in the value we are */

/** @param {unknown} value */
function kindOf(value) {
  if (value === null) return 'null'
  if (typeof value !== 'object') return typeof value
  return Object.getPrototypeOf(value)?.constructor?.name ?? 'object without prototype'
}

/** @param {unknown} value */
function show(value) {
  if (Object.is(value, -0)) return 'number -0'
  if (typeof value === 'bigint') return `bigint ${value}n`
  if (value instanceof Date) return `Date ${Number.isNaN(value.getTime()) ? 'Invalid' : value.toISOString()}`
  if (value instanceof Uint8Array) return `${kindOf(value)} ${Buffer.from(value).toString('hex')}`
  if (isDecimal(value)) return `${kindOf(value)} ${value}`
  const text = JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `${inner}n` : inner))
  return `${kindOf(value)} ${String(text).slice(0, 200)}`
}

/** @param {unknown} value @returns {value is {toFixed(): string, constructor: Function}} */
function isDecimal(value) {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.prototype.toString.call(value) === '[object Decimal]'
  )
}

/** better-sqlite3's addon makes lists and bytes in another realm than Jest's. @param {any} value */
const isMadeByAdapters = (value) => Array.isArray(value) || types.isUint8Array(value)

/** @param {any} a @param {any} b @param {Trail} at */
function differenceOfObjects(a, b, at) {
  const [keysA, keysB] = [Reflect.ownKeys(a), Reflect.ownKeys(b)].map((keys) => keys.map(String))
  if (keysA.join() !== keysB.join()) return told(at, `keys [${keysA}]`, `keys [${keysB}]`)
  for (const key of Reflect.ownKeys(a)) {
    const found = difference(a[key], b[key], [...at, String(key)])
    if (found) return found
  }
  return null
}

/** @param {Trail} at @param {string} a @param {string} b */
function told(at, a, b) {
  return `at ${at.length === 0 ? 'the value itself' : at.join('.')}: ${a}  is not  ${b}`
}

/**
 * The first difference of two values in words, or null.
 * @param {any} a @param {any} b @param {Trail} [at]
 * @returns {string | null}
 */
function difference(a, b, at = []) {
  if (Object.is(a, b)) return null
  const unlike = told(at, show(a), show(b))
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return unlike
  if (Array.isArray(a) !== Array.isArray(b) || types.isUint8Array(a) !== types.isUint8Array(b)) return unlike
  if (!isMadeByAdapters(a) && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b))
    return `${unlike} (another prototype)`
  if (a instanceof Date) return Object.is(a.getTime(), b.getTime()) ? null : unlike
  if (types.isUint8Array(a)) return kindOf(a) === kindOf(b) && Buffer.compare(a, b) === 0 ? null : unlike
  if (isDecimal(a)) return a.toFixed() === b.toFixed() ? null : unlike
  if (Array.isArray(a) && a.length !== b.length)
    return told(at, `${a.length} elements`, `${b.length} elements`)
  return differenceOfObjects(a, b, at)
}

/**
 * Throws with the first difference.
 * @param {unknown} actual @param {unknown} expected @param {string} [what]
 */
function deepSame(actual, expected, what = 'values differ') {
  const found = difference(actual, expected)
  if (found) throw new Error(`${what}, actual against expected: ${found}`)
}

/** The values that MariaDB says are not known to a block that does not ask it. */
const TAKEN = /(Duplicate entry) '.*' (for key)/

/** MariaDB names the database in what it says of a foreign key or a sum. @param {unknown} text */
const nameless = (text) =>
  typeof text === 'string' ? text.replace(/`sharded_test_\w+`/g, '`db`').replace(TAKEN, '$1 $2') : text

/** What an error is to the code that catches it. @param {any} error */
function essence(error) {
  const { name, code, meta } = error
  // Above the last line stand the call and its place in the source.
  const says = nameless(String(error.message).split('\n').at(-1))
  const essence = { name, class: kindOf(error), code, says }
  if (code === undefined || meta === undefined) return essence
  const { modelName, cause, driverAdapterError: adapter } = meta
  const { originalMessage, message, ...more } = adapter?.cause ?? {}
  const words = [adapter?.message, originalMessage, message].map(nameless)
  return { ...essence, meta: { modelName, cause, words, ...more } }
}

/** @param {any} client @param {(client: any) => unknown} fn */
async function settle(client, fn) {
  try {
    return { value: await fn(client) }
  } catch (error) {
    return { error }
  }
}

/**
 * Runs the same call on both clients and demands the same answer or the same error; returns the answer.
 * @template T
 * @param {any} main @param {any} block
 * @param {(client: any) => T | Promise<T>} fn
 * @returns {Promise<T>}
 */
async function both(main, block, fn) {
  const expected = await settle(main, fn)
  const actual = await settle(block, fn)
  const call = String(fn).replace(/\s+/g, ' ').slice(0, 300)
  if ('error' in actual && !('error' in expected)) {
    throw new Error(`the block throws where main answers ${show(expected.value)}: ${call}`, {
      cause: actual.error,
    })
  }
  if ('error' in expected) {
    if (!('error' in actual)) {
      throw new Error(`the block answers ${show(actual.value)} where main throws: ${call}`, {
        cause: expected.error,
      })
    }
    deepSame(
      essence(actual.error),
      essence(expected.error),
      `another error (${/** @type {any} */ (actual.error).message}): ${call}`,
    )
    return /** @type {any} */ (undefined)
  }
  deepSame(actual.value, expected.value, `another answer: ${call}`)
  return /** @type {T} */ (actual.value)
}

/** The same, and demands that it is an error; returns the block's. */
async function bothThrow(
  /** @type {any} */ main,
  /** @type {any} */ block,
  /** @type {(client: any) => unknown} */ fn,
) {
  await both(main, block, fn)
  const { error } = await settle(block, fn)
  if (!error) throw new Error(`no error from either: ${fn}`)
  return error
}

module.exports = { both, bothThrow, deepSame, difference, nameless }
