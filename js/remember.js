// What the main client returned to a loader, remembered by identity: which objects are records (a record is
// never mistaken for a nested write, whatever its keys), and which of their Json fields held JSON null, which
// reads as `null` just like the absence of a value.

/** @param {any} value */
const isObject = (value) => typeof value === 'object' && value !== null

class RecordMemory {
  constructor() {
    /** @type {WeakMap<object, Set<string> | null>} */
    this.records = new WeakMap()
  }

  /**
   * Walks a result tree beside the raw tree it was made from.
   * @param {any} value what the caller gets
   * @param {any} raw the JSON-protocol data: tagged scalars, plain objects and arrays
   */
  remember(value, raw) {
    if (Array.isArray(value) && Array.isArray(raw)) {
      for (let i = 0; i < value.length; i++) this.remember(value[i], raw[i])
    } else if (isObject(value) && isObject(raw) && raw.$type === undefined) this.rememberRecord(value, raw)
  }

  /** @param {any} value @param {any} raw */
  rememberRecord(value, raw) {
    /** @type {Set<string> | null} */
    let jsonNulls = null
    for (const key of Object.keys(raw)) {
      const part = raw[key]
      if (!isObject(part)) continue
      if (part.$type === undefined) this.remember(value[key], part)
      else if (part.$type === 'Json' && part.value === 'null') jsonNulls = (jsonNulls ?? new Set()).add(key)
    }
    this.records.set(value, jsonNulls)
  }

  /** @param {any} value */
  isRecord(value) {
    return this.records.has(value)
  }

  /** @param {object} record @param {string} field */
  isJsonNull(record, field) {
    return this.records.get(record)?.has(field) === true
  }
}

module.exports = { RecordMemory }
