// A block id is data, not a path. Its file name is an injective encoding that survives case-insensitive file
// systems, Unicode normalisation and reserved names.

const { createHash } = require('node:crypto')
const { InvalidOptionError, mismatch } = require('./errors')

const MAX_ID_BYTES = 512
// File names end at 255 bytes; fingerprint and suffixes take about 50.
const MAX_NAME_BYTES = 160
const KEPT_OF_LONG = 100
const SURROGATE = /[\ud800-\udfff]/u
const RESERVED = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])$/

/** @param {number} byte */
const percent = (byte) => `%${byte.toString(16).padStart(2, '0')}`

/**
 * @param {unknown} id
 * @returns {string} the id itself, checked
 */
function checkBlockId(id) {
  if (
    typeof id !== 'string' ||
    id === '' ||
    SURROGATE.test(id) ||
    id.includes('\0') ||
    Buffer.byteLength(id) > MAX_ID_BYTES
  ) {
    const expected = `a non-empty string of at most ${MAX_ID_BYTES} bytes, without NUL or lone surrogates`
    throw new InvalidOptionError(mismatch('blockId', expected, id))
  }
  return id
}

/**
 * @param {string} id a checked block id
 * @returns {string} its file name without extension: [a-z0-9_%~-] only
 */
function encodeBlockId(id) {
  let name = id.replace(/[^a-z0-9_-]/gu, (char) => [...Buffer.from(char)].map(percent).join(''))
  if (RESERVED.test(name)) name = percent(name.charCodeAt(0)) + name.slice(1)
  if (name.length <= MAX_NAME_BYTES) return name
  // `~` appears in no short name, so a long id never meets a short one.
  return `${name.slice(0, KEPT_OF_LONG)}~${createHash('sha256').update(id).digest('hex').slice(0, 40)}`
}

/**
 * @param {string} name a file name without extension
 * @returns {string | undefined} the id that it may stand for; undefined where a name does not hold all of it, or is none of ours
 */
function decodeBlockId(name) {
  if (!/^([a-z0-9_-]|%[0-9a-f]{2})+$/.test(name)) return undefined
  try {
    return decodeURIComponent(name)
  } catch {
    // Bytes that are no UTF-8: somebody else's file.
    return undefined
  }
}

module.exports = { MAX_ID_BYTES, checkBlockId, decodeBlockId, encodeBlockId }
