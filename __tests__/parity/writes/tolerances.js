// Every way in which a step may differ from main's and still be called the same, each with its reason.
const { canonicalText } = require('./canonical')

/**
 * @typedef {import('./world').WriteWorld} World
 * @typedef {import('../generate/call').Call} Call
 * @typedef {import('./steps').Told} Told
 */

/** What a row of a set write is refused for. */
const REFUSALS = new Set(['P2000', 'P2002', 'P2003', 'P2011', 'P2020', 'P2039'])

/** @param {Told | undefined} outcome */
const isRefusal = (outcome) => outcome !== undefined && 'error' in outcome && REFUSALS.has(outcome.error.code)

/**
 * Several rows of a set write may be refused, each by another rule; which row main comes to first is its choice.
 * @param {Call} call @param {Told} expected @param {Told} actual
 */
const isChoiceOfRow = ({ action }, expected, actual) =>
  /^(update|delete)Many/.test(action) && isRefusal(expected) && isRefusal(actual)

const ARITHMETIC = new Set(['increment', 'decrement', 'multiply', 'divide'])

/** Does it compute unique values of several rows? @param {import('../model').Model} model @param {any} data of an `updateMany` */
function computesKeys({ keys }, data) {
  const unique = new Set(keys.flatMap(({ fields }) => fields.map(({ name }) => name)))
  return Object.entries(data ?? {}).some(
    ([name, value]) => unique.has(name) && Object.keys(value ?? {}).some((one) => ARITHMETIC.has(one)),
  )
}

/** The same anywhere below `data`. @param {import('../model').Model} model @param {any} data @returns {boolean} */
function shiftsWithin(model, data) {
  if (typeof data !== 'object' || data === null) return false
  if (Array.isArray(data)) return data.some((one) => shiftsWithin(model, one))
  return model.relations.some(({ name, to }) => {
    const nested = data[name] ?? {}
    const many = [nested.updateMany ?? []].flat()
    const rows = ['create', 'update', 'upsert', 'connectOrCreate'].flatMap((one) => nested[one] ?? [])
    return (
      many.some((one) => computesKeys(to, one?.data)) ||
      rows.some((one) => [one, one?.data, one?.create, one?.update].some((part) => shiftsWithin(to, part)))
    )
  })
}

/** @param {World} world @param {Call} call */
function shifts({ model: { byName } }, { model: name, action, args }) {
  const model = /** @type {import('../model').Model} */ (byName.get(name))
  if (action.startsWith('updateMany')) return computesKeys(model, args?.data)
  return [args?.data, args?.create, args?.update].some((data) => shiftsWithin(model, data))
}

/** @param {Told | undefined} outcome */
const isTaken = (outcome) => outcome !== undefined && 'error' in outcome && outcome.error.code === 'P2002'

/**
 * Rows whose unique values are shifted by computing them run into each other or not, by the order in which main comes to them: that
 * of its heap. From there on the two databases are two.
 * @param {World} world @param {Call[]} calls @param {Told | undefined} expected @param {Told | undefined} actual
 */
const isChoiceOfOrder = (world, calls, expected, actual) =>
  isTaken(expected) !== isTaken(actual) && calls.some((call) => shifts(world, call))

/** The order of keys that each database was given by chance. @param {World} world @param {Call} call */
async function isOrderOfMadeKeys({ database, straight }, { action }) {
  if (!/^(find|aggregate|groupBy|count)/.test(action)) return false
  const state = await database.read(straight.raw)
  return Object.values(state).some((rows) => rows.some((row) => /"a (uuid|cuid)"/.test(canonicalText(row))))
}

/**
 * In a callback transaction MySQL is not asked: its sentence around the names of a broken rule, which has the row's values and the
 * database's name, is not repeated (docs/prisma-compatibility.md).
 * @param {World} world @param {import('./generate/sequence').Step} step
 */
const saysItsWords = ({ model }, { calls }) => calls === undefined || model.provider === 'postgresql'

/**
 * A row may break a unique and a foreign key. Which one InnoDB comes to first is told by its indexes; in a callback transaction
 * it is not asked (docs/prisma-compatibility.md).
 * @param {World} world @param {import('./generate/sequence').Step} step @param {Told} expected @param {Told} actual
 */
function isChoiceOfRule(world, step, expected, actual) {
  if (saysItsWords(world, step) || !('error' in expected) || !('error' in actual)) return false
  return [expected, actual].every(({ error }) => error.code === 'P2002' || error.code === 'P2003')
}

/**
 * MySQL counts the rows that a delete comes to, not those that went with one before: how many is the choice of its plan.
 * @param {World} world @param {Call} call @param {Told} expected @param {Told} actual
 */
function isCountOfCascade({ model }, call, expected, actual) {
  const { relations } = /** @type {import('../model').Model} */ (model.byName.get(call.model))
  const isOwn = relations.some(({ to, onDelete }) => to.name === call.model && onDelete === 'Cascade')
  const areCounts = 'value' in expected && 'value' in actual
  return model.provider === 'mysql' && call.action === 'deleteMany' && isOwn && areCounts
}

module.exports = {
  isChoiceOfOrder,
  isChoiceOfRow,
  isChoiceOfRule,
  isCountOfCascade,
  isOrderOfMadeKeys,
  saysItsWords,
}
