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

/** What an operation on related rows fails with. */
const AROUND = new Set([...REFUSALS, 'P2014', 'P2017', 'P2018', 'P2025'])

/** How deep the operations on related rows go. @param {import('../model').Model} model @param {any} data @returns {number} */
function depthOf(model, data) {
  if (typeof data !== 'object' || data === null) return 0
  if (Array.isArray(data)) return Math.max(0, ...data.map((one) => depthOf(model, one)))
  const parts = [data.data, data.create, data.update].filter((part) => part !== undefined)
  const own = model.relations
    .filter(({ name }) => name in data)
    .map(({ name, to }) => 1 + Math.max(0, ...Object.values(data[name] ?? {}).map((one) => depthOf(to, one))))
  return Math.max(0, ...own, ...parts.map((part) => depthOf(model, part)))
}

/**
 * Several operations of a deep call fail, and which is the first is an accident of Prisma's graph: docs/prisma-compatibility.md.
 * @param {World} world @param {Call} call @param {Told} expected @param {Told} actual
 */
function isChoiceOfFailure({ model: { byName } }, { model: name, args }, expected, actual) {
  const fails = (/** @type {Told} */ told) => 'error' in told && AROUND.has(told.error.code)
  const model = /** @type {import('../model').Model} */ (byName.get(name))
  const depth = depthOf(model, [args?.data, args?.create, args?.update])
  return depth > 1 && fails(expected) && fails(actual)
}

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

/** What a row that is not held may be in the way of. */
const OF_OTHERS = new Set(['P2002', 'P2003'])

/** @param {Told | undefined} told @returns {string | undefined} */
const codeOf = (told) => (told && 'error' in told && !told.refused ? told.error.code : undefined)

/**
 * Main refuses what a row forbids that the block does not hold: the block's commit is rejected later, and what comes after that call
 * in a transaction is of two different ones. (A batch does not say which of its calls has failed.)
 * @param {World} world @param {import('./generate/sequence').Step} step
 * @param {import('./steps').Outcomes} expected @param {import('./steps').Outcomes} actual
 */
function isOfOtherRows({ partial }, { batch }, expected, actual) {
  const theirs = [...expected.calls, expected.end].map(codeOf)
  const ours = theirs.map((_, at) => codeOf(at < expected.calls.length ? actual.calls[at] : actual.end))
  // A callback that goes on may have met other errors before, of both.
  const at = theirs.findIndex((code, n) => OF_OTHERS.has(code ?? '') || code !== ours[n])
  if (!partial || at < 0 || !OF_OTHERS.has(theirs[at] ?? '')) return false
  if (batch !== undefined && batch.length > 1) return true
  return ours[at] === undefined || AROUND.has(ours[at])
}

/** @param {World} world @param {RegExp} [kind] */
async function hasMadeKeys({ database, straight }, kind = /"a (uuid|cuid)"/) {
  const state = await database.read(straight.raw)
  return Object.values(state).some((rows) => rows.some((row) => kind.test(canonicalText(row))))
}

/**
 * In a callback transaction MySQL is not asked: its sentence around the names of a broken rule, which has the row's values and the
 * database's name, is not repeated (docs/prisma-compatibility.md).
 * @param {World} world @param {import('./generate/sequence').Step} step
 */
const saysItsWords = ({ model }, { calls }) => calls === undefined || model.provider === 'postgresql'

/** A key that rows of another table would take over, which have it already: P2039 to Prisma. */
const TAKEN_BY_CASCADE = '1761'

/** @param {any} error */
const isOfRule = ({ code, meta }) =>
  OF_OTHERS.has(code) || meta?.driverAdapterError?.cause?.originalCode === TAKEN_BY_CASCADE

/**
 * A row may break several keys, its own and, by a cascade, those of others. Which one InnoDB comes to first is told by its indexes; in
 * a callback transaction it is not asked (docs/prisma-compatibility.md).
 * @param {World} world @param {import('./generate/sequence').Step} step @param {Told} expected @param {Told} actual
 */
function isChoiceOfRule(world, step, expected, actual) {
  if (saysItsWords(world, step) || !('error' in expected) || !('error' in actual)) return false
  return [expected, actual].every(({ error }) => isOfRule(error))
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

/** @param {any} operand */
const isBeyondDoubles = (operand) => Math.abs(Number(operand?.v ?? operand)) > Number.MAX_SAFE_INTEGER

/**
 * Before MySQL Prisma computes the key that an `increment` or `decrement` gives, with doubles, looks for the row under that, and
 * shows none where it was rounded (seen of `{ decrement: 2n ** 63n - 1n }`). A block shows the row: docs/prisma-compatibility.md.
 * @param {World} world @param {Call} call @param {Told} expected @param {Told} actual
 */
function isRoundedKey({ model: { byName, provider } }, { model: name, action, args }, expected, actual) {
  if (
    provider !== 'mysql' ||
    !/^(update|upsert)$/.test(action) ||
    !('value' in expected && 'value' in actual)
  )
    return false
  const { keys } = /** @type {import('../model').Model} */ (byName.get(name))
  const changes = args?.data ?? args?.update ?? {}
  const isRounded = keys[0].fields.some(({ name: key }) =>
    ['increment', 'decrement'].some((op) => isBeyondDoubles(changes[key]?.[op])),
  )
  return isRounded && (expected.value === null || expected.value.length === 0)
}

/** The order of keys that each database was given by chance. @param {World} world @param {Call} call */
const isOrderOfMadeKeys = async (world, { action }) =>
  /^(find|aggregate|groupBy|count)/.test(action) && (await hasMadeKeys(world))

/**
 * Sums and means of keys that each database has counted for itself: what is rolled back in one may have used up ids there.
 * @param {World} world @param {Call} call
 */
async function isSumOfMadeKeys(world, { model: name, action, args }) {
  if (!/^(aggregate|groupBy)/.test(action)) return false
  const { fields } = world.model.manifest.models.find((/** @type {any} */ one) => one.name === name)
  const made = fields.filter((/** @type {any} */ field) => field.default?.function === 'autoincrement')
  const { _avg, _sum, having, orderBy } = args ?? {}
  const summed = JSON.stringify([_avg, _sum, having, orderBy])
  const isSummed = made.some((/** @type {any} */ field) => summed.includes(`"${field.name}"`))
  return isSummed && hasMadeKeys(world, /\ba serial\b/)
}

const BY_CHANCE = /"id":\{[^}]*"(lt|lte|gt|gte|contains|startsWith|endsWith)"/

/** A filter on such keys: what it writes is another row in each. @param {World} world @param {Call[]} calls */
const isFilterOfMadeKeys = async (world, calls) =>
  calls.some(
    ({ action, args }) => !action.startsWith('find') && BY_CHANCE.test(JSON.stringify(args ?? {})),
  ) && (await hasMadeKeys(world))

/**
 * Prisma's own engine falls over, and a block says what is wrong with the call.
 * @param {Told} expected @param {Told} actual
 */
const isPanic = (expected, actual) =>
  'error' in expected && expected.error.name === 'PrismaClientRustPanicError' && 'error' in actual

module.exports = {
  isChoiceOfFailure,
  isChoiceOfOrder,
  isChoiceOfRow,
  isChoiceOfRule,
  isCountOfCascade,
  isFilterOfMadeKeys,
  isOfOtherRows,
  isOrderOfMadeKeys,
  isPanic,
  isRoundedKey,
  isSumOfMadeKeys,
  saysItsWords,
}
