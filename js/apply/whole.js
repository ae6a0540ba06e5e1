// A window of one statement, where the dialect can join it with the claim: one round trip to the main database instead of four, and as
// much less of the app's loop. It fails as a whole where the claim does not touch its row, or the statement not the rows that it
// should; why, the transaction finds out that is tried in its place.

const { classify } = require('./classify')
const { returnedOf } = require('./returned')

/** So many windows in a row that the transaction alone could apply: a table that cannot be written so, a view with rules say. */
const UNFIT = 3

/** @type {WeakMap<object, number>} */
const failures = new WeakMap()

/** @param {object} client */
const isFit = (client) => (failures.get(client) ?? 0) < UNFIT

/**
 * @param {any} client the user's client under every extension
 * @param {{sql: string, params: any[]}} call
 * @param {import('./transaction').Statement} statement
 * @param {() => Promise<import('./transaction').Outcome>} applyApart in a transaction
 * @returns {Promise<import('./transaction').Outcome>}
 */
async function applyWhole(client, { sql, params }, { returning }, applyApart) {
  try {
    const [{ back }] = await client.$queryRawUnsafe(sql, ...params)
    failures.delete(client)
    return { claimed: true, returned: returning ? returnedOf(returning, JSON.parse(back)) : [] }
  } catch (error) {
    if (classify(error) === 'transient') throw error
  }
  const outcome = await applyApart()
  if (outcome.claimed) failures.set(client, (failures.get(client) ?? 0) + 1)
  return outcome
}

module.exports = { applyWhole, isFit }
