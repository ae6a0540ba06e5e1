/** Raw SQL goes to the main database. What it changes there nobody tells the block, which is stale then. */

/** Statements that change no rows. What a function does that they call is nobody's guess. */
const CHANGES_NOTHING =
  /^(\s|--.*\n|\/\*[\s\S]*?\*\/)*(select|values|table|show|explain|set|reset|describe|desc|pragma)\b/i

/** @param {any} query of the JSON protocol */
const isRaw = (query) => query.modelName === undefined

/** @param {any} query */
const changesRows = (query) => !CHANGES_NOTHING.test(String(query.query?.arguments?.query ?? ''))

/** @param {import('./index.js').Engine} engine @param {any} query @param {any} opts */
async function runRaw({ main, seams }, query, opts) {
  const answer = await main.request(query, opts)
  if (changesRows(query)) await seams.markStale()
  return answer
}

/** Calls of an array that lead to the main database, all of them. @param {import('./index.js').Engine} engine @param {any[]} queries @param {any} opts */
async function runForwarded({ main, seams }, queries, opts) {
  const answers = await main.requestBatch(queries, opts)
  if (queries.some((query) => isRaw(query) && changesRows(query))) await seams.markStale()
  return answers
}

module.exports = { changesRows, isRaw, runForwarded, runRaw }
