const { createHash } = require('node:crypto')

const LENGTH = 16

/** JSON whose text depends on the content only: keys sorted at every level. @param {unknown} value @returns {string} */
function canonicalJson(value) {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`
}

/** Names a data model on every machine: 16 hex digits. @param {object} manifest without its fingerprint */
function fingerprintOf(manifest) {
  return createHash('sha256').update(canonicalJson(manifest)).digest('hex').slice(0, LENGTH)
}

module.exports = { canonicalJson, fingerprintOf }
