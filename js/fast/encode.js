/**
 * The parameter edges of the trie: an encoder per slot. `encode(value, params)` pushes the param and answers true, or
 * answers false when the value is not beyond question.
 */
const { types } = require('node:util')
const { DOUBT, scalar, joinList } = require('../scalars.js')

/** @typedef {{ name: string, kind: string, list: boolean, nullable?: boolean, values?: string[] }} Column */
/**
 * @typedef {object} Slot
 * @property {(string | number)[]} path
 * @property {string[]} [within] relations that lead from the root selection to the arguments `path` starts in
 * @property {string} kind
 * @property {boolean} list
 * @property {boolean} [nullable]
 * @property {null | string} [guard] what else must be true of the value: docs/native-boundary.md
 * @property {string[]} [values]
 * @property {Column[]} [columns]
 */
/** @typedef {{ signature: string, encode: (value: any, params: any[]) => boolean }} Encoder */

/** @param {Slot} slot @param {any} value the value it was learned from @returns {Encoder} */
function slotEncoder(slot, value) {
  if (slot.guard === 'rows') return rowsEncoder(slot, Array.isArray(value))
  // An empty list may be another plan than a filled one, so it is an edge of its own. So is null.
  if (value === null && slot.nullable && slot.kind !== 'Json')
    return { signature: 'null', encode: encodeNull }
  if (slot.list && Array.isArray(value) && value.length === 0)
    return { signature: 'empty', encode: encodeEmpty }
  const convert = converter(slot)
  return {
    signature: JSON.stringify([slot.kind, slot.list, slot.guard ?? null, slot.values ?? null]),
    encode: slot.list ? listEncoder(slot.kind, convert) : oneEncoder(convert),
  }
}

/** @param {any} value @param {any[]} params */
function encodeNull(value, params) {
  if (value !== null) return false
  params.push(null)
  return true
}

/** @param {any} value @param {any[]} params */
function encodeEmpty(value, params) {
  if (!Array.isArray(value) || value.length > 0) return false
  params.push('[]')
  return true
}

/** @param {{ kind: string, guard?: null | string, values?: string[] }} slot @returns {(value: any) => any} */
function converter(slot) {
  const { encode } = scalar(slot.kind)
  if (slot.values !== undefined) {
    const known = new Set(slot.values)
    return (value) => (known.has(value) ? value : DOUBT)
  }
  if (slot.guard === 'positive') return (value) => (value > 0 ? encode(value) : DOUBT)
  // A backslash at the end may escape nothing: the planner knows.
  if (slot.guard === 'pattern')
    return (value) => (typeof value === 'string' && value.endsWith('\\') ? DOUBT : encode(value))
  if (slot.guard?.startsWith('digits:')) return withDigits(slot.guard, encode)
  const isSure = SURE[`${slot.guard} ${slot.kind}`]
  if (isSure !== undefined) return (value) => (isSure(value) ? encode(value) : DOUBT)
  if (slot.guard === 'negative') return (value) => (value < 0 ? encode(value) : DOUBT)
  return encode
}

/** @param {string} guard `digits:12,2` @param {(value: any) => any} encode @returns {(value: any) => any} */
function withDigits(guard, encode) {
  const [whole, fraction] = guard.slice('digits:'.length).split(',')
  const form = new RegExp(`^-?0*\\d{0,${whole}}(\\.\\d{0,${fraction}}0*)?$`)
  return (value) => {
    const text = encode(value)
    return text !== DOUBT && form.test(text) ? text : DOUBT
  }
}

const DAY_MS = 86_400_000
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Values in the form in which Prisma has those of the rows: it compares what is written. @type {Record<string, (value: any) => boolean>} */
const SURE = {
  'shown DateTime': (value) => types.isDate(value),
  'day DateTime': (value) => types.isDate(value) && value.getTime() % DAY_MS === 0,
  'shown Decimal': (value) => typeof value !== 'object',
  'shown String': (value) => UUID.test(value),
}

/** @param {(value: any) => any} convert */
function oneEncoder(convert) {
  return (/** @type {any} */ value, /** @type {any[]} */ params) => {
    const param = convert(value)
    if (param === DOUBT) return false
    params.push(param)
    return true
  }
}

const MAX_INT = 2 ** 31
/** A whole number past 32 bits makes Prisma round the floats beside it. @param {any} value */
const isWide = (value) => Number.isInteger(value) && (value >= MAX_INT || value < -MAX_INT)

/** @param {string} kind @param {(value: any) => any} convert */
function listEncoder(kind, convert) {
  const row = scalar(kind)
  return (/** @type {any} */ value, /** @type {any[]} */ params) => {
    if (!Array.isArray(value) || value.length === 0) return false
    if (kind === 'Float' && value.some(isWide)) return false
    const text = joinList(row, value, convert)
    if (text === DOUBT) return false
    params.push(text)
    return true
  }
}

/**
 * All rows of a createMany as one flat parameter. Every row must have exactly the columns, in any order.
 * @param {Slot} slot @param {boolean} isArray @returns {Encoder}
 */
function rowsEncoder(slot, isArray) {
  const columns = (slot.columns ?? []).map((column) => ({ ...column, convert: columnConverter(column) }))
  const names = new Set(columns.map((column) => column.name))
  /** @param {any} row @param {any[]} flat @returns {boolean} */
  const encodeRow = (row, flat) => {
    if (row === null || typeof row !== 'object' || Object.getPrototypeOf(row) !== Object.prototype)
      return false
    let keys = 0
    for (const key in row) {
      // Rows mostly come with their columns in one order; then the set need not be asked.
      if (keys < columns.length && columns[keys].name === key) keys++
      else if (row[key] !== undefined && names.has(key)) keys++
      else if (row[key] !== undefined) return false
    }
    if (keys !== columns.length) return false
    for (let i = 0; i < columns.length; i++) {
      // An absent column is undefined, which no encoder takes.
      const param = columns[i].convert(row[columns[i].name])
      if (param === DOUBT) return false
      flat.push(param)
    }
    return true
  }
  return { signature: JSON.stringify(['rows', isArray, slot.columns]), encode: rowsOf(isArray, encodeRow) }
}

/** @param {boolean} isArray @param {(row: any, flat: any[]) => boolean} encodeRow */
function rowsOf(isArray, encodeRow) {
  return (/** @type {any} */ value, /** @type {any[]} */ params) => {
    if (Array.isArray(value) !== isArray) return false
    /** @type {any[]} */
    const flat = []
    const rows = isArray ? value : [value]
    for (let i = 0; i < rows.length; i++) if (!encodeRow(rows[i], flat)) return false
    params.push(flat)
    return true
  }
}

/** @param {Column} column @returns {(value: any) => any} */
function columnConverter(column) {
  const convert = converter(column)
  const row = scalar(column.kind)
  /** @param {any} value */
  const list = (value) => (Array.isArray(value) ? joinList(row, value, convert) : DOUBT)
  const one = column.list ? list : convert
  // A bare null on a Json column means JSON null to Prisma, not the database's: left to the shell.
  return column.nullable && column.kind !== 'Json' ? (value) => (value === null ? null : one(value)) : one
}

module.exports = { slotEncoder }
