/**
 * Calls of forms that differ from each other, numbered: which fields are selected, what is filtered in which order, what
 * is related, how it is ordered. Every filter holds for every row, the order is the key's and nothing tempts SQLite to take
 * another index, so that running one costs next to nothing: what is left is what a new form costs.
 */

const CONDITIONS = [
  { id: { gte: 0 } },
  { id: { gt: 0 } },
  { id: { not: 0 } },
  { score: { gte: 0 } },
  { score: { lt: 1_000 } },
  { score: { lte: 1_000 } },
  { score: { not: -1 } },
  { score: { gt: -1 } },
  { title: { startsWith: 'Post' } },
  { title: { contains: 'bench' } },
  { title: { endsWith: 'length' } },
  { title: { not: '' } },
]
const FIELDS = ['id', 'userId', 'title', 'score', 'createdAt']
const SELECTIONS = 2 ** FIELDS.length - 1
const ORDERS = ['asc', 'desc']
const RELATED = [false, true]
const CONDITIONS_PER_CALL = 3

const SHAPES = CONDITIONS.length ** CONDITIONS_PER_CALL * SELECTIONS * ORDERS.length * RELATED.length
/** Prime to SHAPES: neighbours in number have little in common. */
const STRIDE = 104_729

/** @param {number} n below SHAPES for a form of its own */
function shape(n) {
  let rest = (n * STRIDE) % SHAPES
  const digit = (/** @type {number} */ base) => {
    const value = rest % base
    rest = Math.floor(rest / base)
    return value
  }
  const AND = Array.from({ length: CONDITIONS_PER_CALL }, () => CONDITIONS[digit(CONDITIONS.length)])
  const fields = digit(SELECTIONS) + 1
  const names = FIELDS.filter((_, at) => fields & (1 << at))
  const orderBy = { id: ORDERS[digit(ORDERS.length)] }
  const related = RELATED[digit(RELATED.length)]
  return { where: { AND }, orderBy, take: 1, names, related }
}

/** The arguments of a `post.findMany`. @param {number} n @returns {any} */
function shapeArgs(n) {
  const { names, related, ...args } = shape(n)
  const select = Object.fromEntries(names.map((name) => [name, true]))
  return { ...args, select: related ? { ...select, user: { select: { id: true, name: true } } } : select }
}

/** The same as a query of Prisma's JSON protocol: what the planner is given. @param {number} n */
function shapeQuery(n) {
  const { names, related, ...args } = shape(n)
  const selection = Object.fromEntries(names.map((name) => [name, true]))
  const user = { arguments: {}, selection: { id: true, name: true } }
  return {
    modelName: 'Post',
    action: 'findMany',
    query: { arguments: args, selection: related ? { ...selection, user } : selection },
  }
}

module.exports = { SHAPES, shapeArgs, shapeQuery }
