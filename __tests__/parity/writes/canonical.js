// What two databases cannot agree on becomes a word: instants of the run, keys that are made.
const { FIRST_SERIAL } = require('./ddl')

const RECENT_MS = 10 * 60_000
const LAST_SERIAL = FIRST_SERIAL + 99_999_999

/** Made keys by their looks; no value that is given looks like one. @type {[RegExp, string][]} */
const MADE = [
  [/^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, 'a uuid'],
  [/^c[0-9a-z]{24}$/, 'a cuid'],
]

/** @param {Date} date */
const isRecent = (date) => Math.abs(Date.now() - date.getTime()) < RECENT_MS

/** @param {string} text */
function word(text) {
  const made = MADE.find(([form]) => form.test(text))
  return made ? made[1] : text
}

/** Whether a key was made, by a database or by chance. @param {any} value */
const isMade = (value) =>
  typeof value === 'string' ? word(value) !== value : typeof value === 'number' && canonical(value) !== value

/** An answer. @param {any} value @returns {any} */
function canonical(value) {
  if (typeof value === 'string') return word(value)
  if (typeof value === 'number') return value >= FIRST_SERIAL && value <= LAST_SERIAL ? 'a serial' : value
  if (value instanceof Date) return isRecent(value) ? 'just now' : value
  if (Array.isArray(value)) return value.map(canonical)
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype)
    return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, canonical(inner)]))
}

/** A row as JSON text. @param {string} row */
function canonicalText(row) {
  return row
    .replace(/"((?:[^"\\]|\\.)*)"/g, (whole, /** @type {string} */ text) => {
      if (/^\d{4}-\d\d-\d\dT[\d:.]+$/.test(text)) return isRecent(new Date(`${text}Z`)) ? '"just now"' : whole
      return `"${word(text)}"`
    })
    .replace(/\b15\d{8}\b/g, 'a serial')
}

module.exports = { canonical, canonicalText, isMade }
