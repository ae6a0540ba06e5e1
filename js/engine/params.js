// The parameters of a call that came through Prisma's shell: where each slot's value stands in the JSON query.

const { fromProtocol } = require('../scalars.js')

/** The value of a slot in a JSON query. @param {import('../fast/encode.js').Slot} slot @param {any} query */
function slotParam(slot, query) {
  let level = query
  for (const relation of slot.within ?? []) level = level.selection[relation]
  let value = level.arguments
  for (const step of slot.path) value = value?.[step]
  if (slot.guard === 'rows') return rowsParam(slot, value)
  return inputParam(slot, value)
}

/** @param {import('../fast/encode.js').Slot} slot @param {any} value */
function rowsParam(slot, value) {
  const columns = slot.columns ?? []
  const rows = Array.isArray(value) ? value : [value]
  // What a row lacks is undefined to native, which knows the default.
  return rows.flatMap((row) => columns.map((column) => rowParam(column, row[column.name])))
}

/** @param {{ kind: string, list: boolean }} column @param {any} value */
function rowParam(column, value) {
  return value === undefined ? undefined : inputParam(column, value)
}

/** A bare null written to a Json field is JSON's null; the database's comes as DbNull. @param {{ kind: string, list: boolean }} slot @param {any} value */
function inputParam(slot, value) {
  if (value === null && slot.kind === 'Json' && !slot.list) return 'null'
  return fromProtocol(slot.kind, slot.list, slot.kind === 'Float' ? unsigned(value) : value)
}

/** Arguments reach Prisma's engine as JSON, in which there is no -0. Rows may have one. @param {any} value @returns {any} */
function unsigned(value) {
  if (Array.isArray(value)) return value.map(unsigned)
  return typeof value === 'number' ? value + 0 : value
}

module.exports = { slotParam }
