// A call that the block answers itself, with main's answer and a known number of statements.
const { sqlOf } = require('./sql')

/**
 * @template T
 * @param {import('./doors').Pair} pair @param {(client: any) => T} call
 * @param {number} [statements] one per level of the result; not told: one at least
 * @returns {Promise<Awaited<T>>}
 */
async function askStatements(pair, call, statements) {
  const answer = await pair.ask(call)
  const sql = await sqlOf(pair.block, /** @type {any} */ (call))
  if (statements === undefined) expect(sql).not.toHaveLength(0)
  else expect(sql).toHaveLength(statements)
  return answer
}

module.exports = { askStatements }
