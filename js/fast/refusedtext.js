/**
 * The words of a refusal, where calls of its form differ in nothing but the values that they show: Prisma's own words for other values in
 * their place. Rendering them takes Prisma longer than a good call.
 */

/**
 * @typedef {(visit: (value: any, holder: any, key: string) => void, args: any) => void} EachFree the values in which calls of the form differ
 * @typedef {{ nth: number, isLine: boolean }} Slot for the nth value, or a line under it
 * @typedef {{ parts: string[], slots: Slot[], make: (message: string) => Error }} Text parts with slots between them
 */

/** A value as Prisma shows it. @param {any} value @returns {string} */
function shown(value) {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'bigint') return `${value}n`
  return value instanceof Date ? `new Date("${value.toISOString()}")` : String(value)
}

/** Another value, shown in the same way, which is nowhere else in a text; a string is as long as no other. @param {any} value @param {number} nth */
function standIn(value, nth) {
  if (typeof value === 'string')
    return `no. ${1_000 + nth} of texts of which there is no other${'.'.repeat(nth)}`
  if (value instanceof Date) return new Date(Date.UTC(2000, 0, 1, 0, 0, 0, nth))
  return typeof value === 'bigint' ? 1_917_283_000n + BigInt(nth) : 1_917_283_000 + nth
}

/**
 * @param {any} args @param {any} error Prisma's for them
 * @param {EachFree} eachFree @param {(args: any) => any} render Prisma's error for arguments of the form
 * @returns {Text | null} null where the words depend on something else
 */
function textOf(args, error, eachFree, render) {
  /** @type {string[]} */
  const marks = []
  const others = replaced(args, eachFree, (value) => {
    const other = standIn(value, marks.length)
    marks.push(shown(other))
    return other
  })
  const found = split(render(others)?.message, marks)
  if (found === null || found.parts.some((part) => OTHER_LINE.test(part))) return null
  const make = (/** @type {string} */ message) =>
    new error.constructor(message, { clientVersion: error.clientVersion })
  const text = { ...found, make }
  const isRight = (/** @type {any} */ some, /** @type {any} */ told) =>
    told !== undefined && isSame(errorBy(text, some, eachFree), told)
  // A line under what holds values is as long as the longest of them.
  const extremes = [SHORTEST, LONGEST].map((of) =>
    replaced(args, eachFree, (value) => of[typeof value] ?? value),
  )
  return isRight(args, error) && extremes.every((some) => isRight(some, render(some))) ? text : null
}

/** As long as an Int can be; of floats none is taken for it, see `OTHER_LINE`. Strings: beyond what else a form may show (LONGEST_FORM). @type {Record<string, any>} */
const LONGEST = {
  string: 'x'.repeat(2_000),
  number: -(2 ** 31),
  bigint: -(2n ** 62n),
  boolean: false,
}
/** @type {Record<string, any>} */
const SHORTEST = { string: '', number: 0, bigint: 0n, boolean: true }
/** A line that is no value's own, and so long that a float may decide about it. */
const OTHER_LINE = /~{12}/

/** The same with other values. @param {any} args @param {EachFree} eachFree @param {(value: any) => any} other */
function replaced(args, eachFree, other) {
  const others = copied(args)
  eachFree((value, holder, key) => {
    holder[key] = other(value)
  }, others)
  return others
}

/** Arguments of a form: plain objects, arrays, and values that nobody changes. @param {any} value @returns {any} */
function copied(value) {
  if (Array.isArray(value)) return value.map(copied)
  if (value === null || typeof value !== 'object' || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copied(inner)]))
}

/** @param {string | undefined} message @param {string[]} marks @returns {{ parts: string[], slots: Slot[] } | null} */
function split(message, marks) {
  if (message === undefined) return null
  const places = marks.flatMap((mark, nth) => placesOf(message, mark, nth))
  const isOnce = (/** @type {string} */ _, /** @type {number} */ of) =>
    places.filter(({ nth, isLine }) => nth === of && !isLine).length === 1
  if (!marks.every(isOnce)) return null
  places.sort((a, b) => a.at - b.at)
  const parts = []
  let from = 0
  for (const { at, length } of places) {
    parts.push(message.slice(from, at))
    from = at + length
  }
  parts.push(message.slice(from))
  return { parts, slots: places.map(({ nth, isLine }) => ({ nth, isLine })) }
}

/** @param {string} message @param {string} mark @param {number} nth */
function placesOf(message, mark, nth) {
  const { length } = mark
  const lines = mark.startsWith('"') ? message.matchAll(new RegExp(`(?<!~)~{${length}}(?!~)`, 'g')) : []
  const places = Array.from(lines, ({ index }) => ({ at: index, length, nth, isLine: true }))
  for (let at = message.indexOf(mark); at >= 0; at = message.indexOf(mark, at + length))
    places.push({ at, length, nth, isLine: false })
  return places
}

/** @param {Text} text @param {any} args @param {EachFree} eachFree @returns {Error} */
function errorBy({ parts, slots, make }, args, eachFree) {
  /** @type {string[]} */
  const values = []
  eachFree((value) => values.push(shown(value)), args)
  let message = parts[0]
  for (let at = 0; at < slots.length; at++) {
    const { nth, isLine } = slots[at]
    message += (isLine ? '~'.repeat(values[nth].length) : values[nth]) + parts[at + 1]
  }
  return make(message)
}

/** @param {any} one @param {any} other errors */
function isSame(one, other) {
  const keys = Object.keys(other)
  return (
    one.message === other.message &&
    Object.keys(one).length === keys.length &&
    keys.every((key) => Object.is(one[key], other[key]))
  )
}

module.exports = { errorBy, textOf }
