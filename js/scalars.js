/**
 * The scalar table: one row per kind of value that crosses the native boundary. Each row knows
 *  - `encode`: a JS value of the user -> param, or DOUBT when the value is not beyond question (the fast door then asks Prisma's shell);
 *  - `read`: a value of Prisma's JSON protocol (tagged) -> param;
 *  - `decode`: a param -> the JS value Prisma would have returned;
 *  - `item` / `unitem`: a param <-> an element of a list, which crosses as one JSON text;
 *  - `expected`: how the kind is named in messages.
 * Params: see the encodings in docs/native-boundary.md.
 */
const { types } = require('node:util')
const {
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
} = require('./encoders.js')

/** @typedef {{ kind: string, isEnum?: boolean }} Kind */
/** @typedef {new (value: string) => { toFixed(): string }} DecimalClass */
/**
 * @typedef {object} Scalar
 * @property {string} expected
 * @property {(value: any) => any} encode
 * @property {(value: any) => any} read
 * @property {(param: any, Decimal: DecimalClass) => any} decode
 * @property {(param: any) => string} item
 * @property {(element: any) => any} unitem
 */

/** @param {any} value */
const identity = (value) => value
/** @param {any} value */
const tagged = (value) =>
  value !== null && typeof value === 'object' && '$type' in value ? value.value : value
/** Json of the protocol: plain data, in which instances are tagged. @param {any} value @returns {any} */
function readJson(value) {
  if (value !== null && typeof value === 'object' && typeof value.$type === 'string') {
    if (value.$type === 'Enum') return value.value === 'DbNull' ? null : 'null'
    if (value.$type === 'Json') return value.value
  }
  return JSON.stringify(untag(value))
}

/** @param {any} value @returns {any} */
function untag(value) {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(untag)
  if (typeof value.$type === 'string') return value.value
  /** @type {[string, any][]} */
  const entries = Object.entries(value).map(([key, inner]) => [key, untag(inner)])
  return Object.fromEntries(entries)
}

/** @param {any} value */
function readDecimal(value) {
  const text = String(tagged(value))
  return /[eE]/.test(text) ? expand(text) : text
}

/** 1.5e-7 -> 0.00000015 @param {string} text */
function expand(text) {
  const [mantissa, exponent] = text.toLowerCase().split('e')
  const negative = mantissa.startsWith('-')
  const [whole, fraction = ''] = mantissa.replace(/^[+-]/, '').split('.')
  const point = whole.length + Number(exponent)
  const digits = (whole + fraction).padEnd(point, '0')
  const plain =
    point > 0 ? `${digits.slice(0, point)}.${digits.slice(point)}` : `0.${'0'.repeat(-point)}${digits}`
  return (negative ? '-' : '') + plain.replace(/\.$/, '')
}

/** @param {any} value */
function readFloat(value) {
  const plain = tagged(value)
  return typeof plain === 'string' ? Number(plain) : plain
}

/** @param {any} value */
function readDateTime(value) {
  const plain = tagged(value)
  const ms = typeof plain === 'number' ? plain : Date.parse(plain)
  if (Number.isNaN(ms)) throw new TypeError(`expected a DateTime, given ${plain}`)
  return ms
}

/** @param {any} value */
function readBytes(value) {
  const plain = tagged(value)
  return types.isUint8Array(plain) ? latin1(plain) : Buffer.from(plain, 'base64').toString('latin1')
}

/** @param {string} param */
const decodeBytes = (param) => new Uint8Array(Buffer.from(param, 'latin1'))
/** @param {any} param */
const itemText = (param) => JSON.stringify(param)

/** @param {number} param */
function floatItem(param) {
  if (Number.isFinite(param)) return Object.is(param, -0) ? '-0' : String(param)
  return `"${param}"`
}

/** @type {Record<string, Scalar>} */
const SCALARS = {
  Int: {
    expected: 'a 32-bit integer',
    encode: encodeInt,
    read: (value) => Number(tagged(value)),
    decode: identity,
    item: String,
    unitem: identity,
  },
  BigInt: {
    expected: 'a bigint or a safe integer',
    encode: encodeBigInt,
    read: (value) => BigInt(tagged(value)),
    decode: identity,
    item: String,
    unitem: identity,
  },
  Float: {
    expected: 'a number',
    encode: encodeFloat,
    read: readFloat,
    decode: identity,
    item: floatItem,
    unitem: Number,
  },
  Decimal: {
    expected: 'a Decimal, a number or decimal digits in a string',
    encode: encodeDecimal,
    read: readDecimal,
    decode: (param, Decimal) => new Decimal(param),
    item: itemText,
    unitem: identity,
  },
  String: {
    expected: 'a string',
    encode: encodeString,
    read: tagged,
    decode: identity,
    item: itemText,
    unitem: identity,
  },
  Enum: {
    expected: 'a value of the enum',
    encode: encodeString,
    read: tagged,
    decode: identity,
    item: itemText,
    unitem: identity,
  },
  Boolean: {
    expected: 'a boolean',
    encode: encodeBoolean,
    read: tagged,
    decode: identity,
    item: String,
    unitem: identity,
  },
  DateTime: {
    expected: 'a valid Date or an ISO 8601 string with a zone',
    encode: encodeDateTime,
    read: readDateTime,
    decode: (param) => new Date(param),
    item: String,
    unitem: identity,
  },
  Bytes: {
    expected: 'a Uint8Array',
    encode: encodeBytes,
    read: readBytes,
    decode: decodeBytes,
    item: (param) => `"${Buffer.from(param, 'latin1').toString('hex')}"`,
    unitem: (element) => Buffer.from(element, 'hex').toString('latin1'),
  },
  Json: {
    expected: 'a JSON value',
    encode: encodeJson,
    read: readJson,
    decode: (param) => JSON.parse(param),
    item: identity,
    unitem: (element) => JSON.stringify(element),
  },
}

/** @param {string} kind @returns {Scalar} */
function scalar(kind) {
  const row = SCALARS[kind]
  if (row === undefined)
    throw new TypeError(`kind: expected one of ${Object.keys(SCALARS).join(', ')}, given ${kind}`)
  return row
}

/** The kind of a field of the manifest. @param {{ kind: string, type: string }} field */
function kindOf(field) {
  return field.kind === 'enum' ? 'Enum' : field.type
}

/** A value of Prisma's JSON protocol -> param. @param {string} kind @param {boolean} list @param {any} value */
function fromProtocol(kind, list, value) {
  if (value === null || value === undefined) return null
  const row = scalar(kind)
  return list ? joinList(row, Array.isArray(value) ? value : [value], row.read) : row.read(value)
}

/** @param {Scalar} row @param {any[]} values @param {(value: any) => any} convert @returns {string | typeof DOUBT} */
function joinList(row, values, convert) {
  let text = '['
  for (let i = 0; i < values.length; i++) {
    const param = convert(values[i])
    if (param === DOUBT) return DOUBT
    text += i === 0 ? row.item(param) : `,${row.item(param)}`
  }
  return `${text}]`
}

/**
 * A value as a user holds it (a row that Prisma returned) -> param.
 * @param {string} kind @param {boolean} list @param {any} value
 */
function encodeParam(kind, list, value) {
  if (value === null || value === undefined) return null
  const row = scalar(kind)
  if (!list) return encodeLoose(kind, row, value)
  if (!Array.isArray(value))
    throw new TypeError(`expected a list of ${row.expected}, given ${describe(value)}`)
  return joinList(row, value, (element) => encodeLoose(kind, row, element))
}

/** The encoder of the fast door, plus what a stored row may hold beyond it. @param {string} kind @param {Scalar} row @param {any} value */
function encodeLoose(kind, row, value) {
  const param = row.encode(value)
  if (param !== DOUBT) return param
  if (kind === 'Float' && typeof value === 'number') return value
  // MySQL's unsigned integers and SQLite's, which are of any size.
  if (kind === 'Int' && Number.isSafeInteger(value)) return value
  if (kind === 'String' && typeof value === 'string') return value
  if (types.isDate(value) && kind === 'DateTime' && !Number.isNaN(value.getTime())) return value.getTime()
  if (kind === 'Json') return encodeJsonLoose(value)
  throw new TypeError(`expected ${row.expected}, given ${describe(value)}`)
}

/** @param {any} value */
function encodeJsonLoose(value) {
  const name = typeof value?._getName === 'function' ? value._getName() : undefined
  if (name === 'DbNull') return null
  if (name === 'JsonNull' || value === null) return 'null'
  const text = JSON.stringify(value)
  if (text === undefined || name !== undefined)
    throw new TypeError(`expected a JSON value, given ${describe(value)}`)
  return text
}

/** @param {any} value */
function describe(value) {
  if (value === null) return 'null'
  if (typeof value === 'string')
    return `the string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`
  if (typeof value === 'object')
    return `${value.constructor?.name ?? 'an object'}${types.isDate(value) ? ' (invalid)' : ''}`
  return `the ${typeof value} ${String(value)}`
}

/** BigInts of a list come as bare digits, which JSON.parse would round. @param {string} text */
function parseBigInts(text) {
  const inner = text.slice(1, -1).trim()
  return inner === '' ? [] : inner.split(',').map((digits) => (digits === 'null' ? null : BigInt(digits)))
}

/**
 * A param -> the JS value of a row.
 * @param {string} kind @param {boolean} list @param {DecimalClass} Decimal @returns {(param: any) => any}
 */
function decoder(kind, list, Decimal) {
  const row = scalar(kind)
  if (!list) return (param) => (param === null ? null : row.decode(param, Decimal))
  if (kind === 'BigInt') return (param) => (param === null ? [] : parseBigInts(param))
  /** @param {any} element */
  const one = (element) =>
    element === null && kind !== 'Json' ? null : row.decode(row.unitem(element), Decimal)
  return (param) => (param === null ? [] : JSON.parse(param).map(one))
}

module.exports = { DOUBT, scalar, kindOf, fromProtocol, encodeParam, decoder, joinList }
