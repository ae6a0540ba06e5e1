// Values as a user writes them, in the form in which Prisma's own protocol has them.
const { types } = require('node:util')

/** A value in the form in which Prisma's own protocol has it. @param {any} value @returns {any} */
function protocol(value) {
  if (typeof value === 'bigint') return { $type: 'BigInt', value: String(value) }
  if (types.isDate(value)) return { $type: 'DateTime', value: value.toISOString() }
  if (types.isUint8Array(value)) return { $type: 'Bytes', value: Buffer.from(value).toString('base64') }
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(protocol)
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    return typeof value.toFixed === 'function'
      ? { $type: 'Decimal', value: value.toFixed() }
      : { $type: 'Enum', value: String(value._getName?.() ?? value.name ?? value) }
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, protocol(inner)]))
}

module.exports = { protocol }
