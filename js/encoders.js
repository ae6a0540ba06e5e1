/**
 * A JS value of the user -> param, one encoder per kind of value. An encoder answers DOUBT when the value is not beyond
 * question: then Prisma's shell decides what it means.
 */
const { types } = require('node:util')

/** What an encoder answers when it will not vouch for a value. */
const DOUBT = Symbol('doubt')

const BIGINT_MIN = -(2n ** 63n)
const BIGINT_MAX = 2n ** 63n - 1n
/** Beyond four digits a year is written differently. */
const YEAR_1_MS = -62135596800000
const YEAR_10000_MS = 253402300800000
const DECIMAL_TEXT = /^-?\d{1,1000}(\.\d{1,1000})?$/
const INSTANT_TEXT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)$/

/** @param {any} value */
const isMinusZero = (value) => value === 0 && 1 / value < 0

/**
 * Neither NUL, which PostgreSQL refuses, nor a lone surrogate, for which UTF-8 has no form. (A regular expression takes
 * twice to six times as long; the type library of ES2023 does not know isWellFormed, Node 20 does.)
 * @param {any} text
 */
const isText = (text) => text.isWellFormed() && !text.includes('\0')

/** A string is one parameter unless the main database would have something to say about it. @param {any} value */
function encodeString(value) {
  return typeof value === 'string' && isText(value) ? value : DOUBT
}

/** @param {any} value */
function encodeInt(value) {
  return typeof value === 'number' && (value | 0) === value && !isMinusZero(value) ? value : DOUBT
}

/** @param {any} value */
function encodeBigInt(value) {
  if (typeof value === 'bigint') return value >= BIGINT_MIN && value <= BIGINT_MAX ? value : DOUBT
  return Number.isSafeInteger(value) && !isMinusZero(value) ? BigInt(value) : DOUBT
}

/** @param {any} value */
function encodeFloat(value) {
  return typeof value === 'number' && Number.isFinite(value) && !isMinusZero(value) ? value : DOUBT
}

/** @param {any} value @returns {any} */
function encodeDecimal(value) {
  if (typeof value === 'string') return DECIMAL_TEXT.test(value) ? value : DOUBT
  if (typeof value === 'number') {
    const text = String(value)
    return DECIMAL_TEXT.test(text) && !isMinusZero(value) ? text : DOUBT
  }
  if (!isDecimal(value) || !value.isFinite()) return DOUBT
  return value.toFixed()
}

/** Any copy of decimal.js will do, as it does for Prisma. @param {any} value */
function isDecimal(value) {
  return (
    value !== null &&
    typeof value === 'object' &&
    value.d !== undefined &&
    typeof value.toFixed === 'function'
  )
}

/** @param {any} value */
function encodeBoolean(value) {
  return typeof value === 'boolean' ? value : DOUBT
}

/** @param {any} value */
function encodeDateTime(value) {
  if (typeof value === 'string') return INSTANT_TEXT.test(value) ? written(value) : DOUBT
  return types.isDate(value) ? instant(value.getTime()) : DOUBT
}

/** `Date.parse` makes March of February 30 and the next day of hour 24. @param {string} text */
function written(text) {
  const ms = instant(Date.parse(text))
  return ms !== DOUBT && new Date(ms).toISOString().slice(0, 19) === text.slice(0, 19) ? ms : DOUBT
}

/** @param {number} ms */
function instant(ms) {
  return ms >= YEAR_1_MS && ms < YEAR_10000_MS ? ms : DOUBT
}

/** @param {any} value */
function encodeBytes(value) {
  return types.isUint8Array(value) ? latin1(value) : DOUBT
}

/** @param {Uint8Array} bytes */
function latin1(bytes) {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** @param {any} value */
function encodeJson(value) {
  return value !== null && isPlainJson(value) ? JSON.stringify(value) : DOUBT
}

/** Whether JSON.stringify keeps all of it and Prisma's protocol reads nothing else into it. @param {any} value @returns {boolean} */
function isPlainJson(value) {
  if (value === null || typeof value === 'boolean') return true
  if (typeof value === 'string') return isText(value)
  if (typeof value === 'number') return Number.isFinite(value) && !isMinusZero(value)
  if (typeof value !== 'object') return false
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (!isPlainJson(value[i])) return false
    return value.constructor === Array && !('toJSON' in value)
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return false
  for (const key in value) {
    if (key === '$type' || key === 'toJSON' || key === '__proto__' || !isText(key)) return false
    if (!isPlainJson(value[key])) return false
  }
  return true
}

module.exports = {
  DOUBT,
  encodeString,
  encodeInt,
  encodeBigInt,
  encodeFloat,
  encodeDecimal,
  encodeBoolean,
  encodeDateTime,
  encodeBytes,
  latin1,
  encodeJson,
}
