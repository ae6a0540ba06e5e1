/** Raw SQL goes to the main database. What it changes there nobody tells the block, which is stale then. */

/** Statements that change no rows. What a function does that they call is nobody's guess. */
const CHANGES_NOTHING =
  /^(\s|--.*\n|\/\*[\s\S]*?\*\/)*(select|values|table|show|explain|set|reset|describe|desc|pragma)\b/i

/** @param {any} query of the JSON protocol */
const isRaw = (query) => query.modelName === undefined

/** @param {any} query */
const changesRows = (query) => !CHANGES_NOTHING.test(String(query.query?.arguments?.query ?? ''))

module.exports = { changesRows, isRaw }
