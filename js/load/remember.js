// What the main client returned to a loader, remembered on the objects themselves: which are records (a record is
// never mistaken for a nested write, whatever its keys), and which of their Json fields held JSON null, which
// reads as `null` just like the absence of a value. The mark is read through the proxies that a client with
// `result` extensions wraps its records in, and leads to the record under them.

const MARK = Symbol('sharded.record')

/** @param {any} value */
const isObject = (value) => typeof value === 'object' && value !== null

/**
 * Marks a result tree, walking it beside the raw tree it was made from.
 * @param {any} value what the caller gets
 * @param {any} raw the JSON-protocol data: tagged scalars, plain objects and arrays
 */
function remember(value, raw) {
  if (Array.isArray(value) && Array.isArray(raw)) {
    for (let i = 0; i < value.length; i++) remember(value[i], raw[i])
  } else if (isObject(value) && isObject(raw) && raw.$type === undefined) rememberRecord(value, raw)
}

/** @param {any} record @param {any} raw */
function rememberRecord(record, raw) {
  /** @type {Set<string> | null} */
  let jsonNulls = null
  for (const key of Object.keys(raw)) {
    const part = raw[key]
    if (!isObject(part)) continue
    if (part.$type === undefined) remember(record[key], part)
    else if (part.$type === 'Json' && part.value === 'null') jsonNulls = (jsonNulls ?? new Set()).add(key)
  }
  Object.defineProperty(record, MARK, { value: { record, jsonNulls }, configurable: true })
}

/** The record as the main database sent it, under whatever wraps it. @param {any} value */
const sourceOf = (value) => value[MARK]?.record ?? value

/** @param {any} value */
const isRecord = (value) => value[MARK] !== undefined

/** @param {any} record @param {string} field */
const isJsonNull = (record, field) => record[MARK]?.jsonNulls?.has(field) === true

module.exports = { isJsonNull, isRecord, remember, sourceOf }
