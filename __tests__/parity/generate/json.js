// Filters of Json fields: whole values, values at a path, the three nulls.
const { tag } = require('../tags')

/**
 * @typedef {import('../model').Model} Model
 * @typedef {import('../model').Field} Field
 * @typedef {import('./call').Context} Context
 */

const NULLS = ['DbNull', 'JsonNull', 'AnyNull']
const PATHS = [
  ['a'],
  ['b'],
  ['n'],
  ['a', 'b'],
  ['a', '0'],
  ['a', '1'],
  ['0'],
  ['1'],
  ['x.y'],
  ['a', 'b', '1', 'c'],
  ['missing'],
  ['0', 'a'],
  [''],
]
const PARTS = ['Text', 'text', 'T', 'x', '%', '_', '', 'ex', 'é', 'c']

/** `a`, `0` -> `$.a[0]`: how MySQL and SQLite write it. @param {string[]} path */
function dollarPath(path) {
  const steps = path.map((step) =>
    /^\d+$/.test(step) ? `[${step}]` : /^\w+$/.test(step) ? `.${step}` : `."${step}"`,
  )
  return `$${steps.join('')}`
}

/** @param {any} value @param {number} steps @returns {any} what is found on the way down, at random */
function inside(value, steps, /** @type {import('../rng').Rng} */ rng) {
  if (steps === 0 || typeof value !== 'object' || value === null || value.$) return value
  const parts = Object.values(value)
  return parts.length === 0 ? value : inside(rng.pick(parts), steps - 1, rng)
}

/** @param {Context} context @param {Model} model @param {Field} field @param {boolean} atPath */
function jsonValue({ rng, operands }, model, field, atPath) {
  if (rng.chance(15)) return tag.null(rng.pick(NULLS))
  const whole = operands.of(model, field)
  return atPath ? inside(whole, rng.int(0, 2), rng) : whole
}

/** @param {Context} context @param {Model} model @param {Field} field @returns {Record<string, any>} */
function jsonFilter(context, model, field) {
  const { rng, provider } = context
  const atPath = rng.chance(65)
  const full = provider !== 'sqlite'
  const value = () => jsonValue(context, model, field, atPath)
  const number = () => rng.pick([0, 1, 1.5, 5, -1.5, 'a', 'text'])
  /** @type {Record<string, () => any>} */
  const operators = {
    equals: value,
    not: value,
    string_contains: () => rng.pick(PARTS),
    string_starts_with: () => rng.pick(PARTS),
    string_ends_with: () => rng.pick(PARTS),
    array_starts_with: () => rng.pick([1, 'x', 3, [1], { a: 1 }]),
    array_ends_with: () => rng.pick([3, null, 'y', 2]),
    ...(full && {
      array_contains: () => rng.pick([1, [1], ['x'], [1, 3], [[1]], 'x', [{ a: 1 }]]),
      lt: number,
      lte: number,
      gt: number,
      gte: number,
    }),
  }
  const names = rng.some(Object.keys(operators), rng.chance(85) ? 1 : 2)
  /** @type {Record<string, any>} */
  const filter = {}
  if (atPath) {
    const path = rng.pick(PATHS)
    filter.path = provider === 'postgresql' ? path : dollarPath(path)
  }
  for (const name of names) filter[name] = operators[name]()
  // SQLite's query compiler does not survive it.
  const hasText = names.some((name) => name.startsWith('string_'))
  if (full && hasText && rng.chance(20)) filter.mode = 'insensitive'
  return filter
}

module.exports = { jsonFilter }
