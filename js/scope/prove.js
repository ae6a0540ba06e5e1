/**
 * Does a list of conditions imply another? Sound and simple: a yes is sure, a no is none. What a yes rests on becomes a guard:
 * other calls of the same form have other values.
 */

/** @typedef {import('./conditions.js').Condition} Condition */
/** @typedef {import('./conditions.js').Compare} Compare */
/**
 * @typedef {object} Ground a condition that a proof rests on
 * @property {Condition} condition
 * @property {((param: any) => boolean) | null} test whether another value would do as well; null: none would
 */

/** @param {any} left @param {any} right */
const areOrdered = (left, right) => typeof left === 'number' && typeof right === 'number'

/**
 * Bounds of a goal, and what is enough for them. The main database may round a value to the column's precision, which keeps the
 * order of two values but may make them equal: so less than a bound follows from less than another alone.
 * @type {Record<string, { from: string[], holds: (value: any, bound: any) => boolean }>}
 */
const BOUNDS = {
  lt: { from: ['lt'], holds: (value, bound) => value <= bound },
  lte: { from: ['equals', 'lt', 'lte'], holds: (value, bound) => value <= bound },
  gt: { from: ['gt'], holds: (value, bound) => value >= bound },
  gte: { from: ['equals', 'gt', 'gte'], holds: (value, bound) => value >= bound },
}

/**
 * Whether another condition on the field says enough, and which values of it would.
 * @param {Compare} said @param {Compare} goal @returns {((param: any) => boolean) | null | undefined} undefined: it does not
 */
function enough(said, goal) {
  if (said.field !== goal.field) return undefined
  if (said.text === goal.text) return null
  if (said.op === 'equals' || said.op in BOUNDS) {
    const test = testOf(said.op, goal)
    return test?.(said.value) ? test : undefined
  }
  if (said.op !== 'in') return undefined
  const test = testOf('equals', goal)
  return test !== undefined && said.value.every(test) ? null : undefined
}

/** @param {string} op @param {Compare} goal @returns {((param: any) => boolean) | undefined} the values for which `field op value` is enough */
function testOf(op, goal) {
  const { value } = goal
  const bound = BOUNDS[goal.op]
  if (bound !== undefined) {
    if (!bound.from.includes(op)) return undefined
    return (param) => areOrdered(param, value) && bound.holds(param, value)
  }
  if (goal.op === 'not' && value === null) return (param) => param !== null
  if (op !== 'equals') return undefined
  if (goal.op === 'equals') return (param) => param !== null && param === value
  if (goal.op === 'in') return (param) => param !== null && value.includes(param)
  return undefined
}

/**
 * @param {Condition[]} given @param {Condition[]} goals
 * @returns {Ground[] | null} what the proof rests on; null when there is none
 */
function prove(given, goals) {
  /** @type {Ground[]} */
  const grounds = []
  for (const goal of goals) {
    const found = proveOne(given, goal)
    if (found === null) return null
    grounds.push(...found)
  }
  return grounds
}

/** @param {Condition[]} given @param {Condition} goal @returns {Ground[] | null} */
function proveOne(given, goal) {
  for (const said of given) {
    const found = bySaid(said, goal)
    if (found !== null) return found
  }
  if (goal.type === 'either') {
    for (const branch of goal.branches) {
      const found = prove(given, branch)
      if (found !== null) return found
    }
  }
  return byCases(given, goal)
}

/** @param {Condition} said @param {Condition} goal @returns {Ground[] | null} */
function bySaid(said, goal) {
  if (said.type === 'compare' && goal.type === 'compare') {
    const test = enough(said, goal)
    return test === undefined ? null : [{ condition: said, test }]
  }
  const isPart = goal.type === 'related' && (goal.quantifier === 'some' || goal.quantifier === 'is')
  if (isPart && said.type === 'related') {
    // Less of a list, or of a record, is still of it. Of `every` and `none` it is the other way round.
    const isAlike = said.relation === goal.relation && said.quantifier === goal.quantifier
    return isAlike ? prove(said.inner, goal.inner) : null
  }
  return said.type === goal.type && said.text === goal.text ? [{ condition: said, test: null }] : null
}

/** Each branch of an OR must do. @param {Condition[]} given @param {Condition} goal @returns {Ground[] | null} */
function byCases(given, goal) {
  for (const said of given) {
    if (said.type !== 'either') continue
    const rest = given.filter((one) => one !== said)
    const cases = said.branches.map((branch) => proveOne([...rest, ...branch], goal))
    if (cases.every((found) => found !== null)) return cases.flat()
  }
  return null
}

module.exports = { prove }
