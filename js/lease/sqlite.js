// Ids from the counter that SQLite keeps of a table with AUTOINCREMENT: the highest it ever had, in sqlite_sequence.

const { describeError } = require('../apply/classify')

/** @typedef {{ table: string, column: string, highest: bigint }} Counter by their names in the file */

/** Not allowed to, by an authorizer or the file; a SQLite without RETURNING. */
const REFUSALS = new Set(['SQLITE_AUTH', 'SQLITE_PERM', 'SQLITE_ERROR'])
/** The highest that Prisma reads back. @type {Record<string, bigint>} */
const HIGHEST = { Int: 2n ** 31n - 1n, BigInt: 2n ** 63n - 1n }
const LIMITS = { maxWait: 10_000, timeout: 10_000 }

/** Names are the same in other letters. */
const KEY_OF = `
  SELECT m.name AS "table", m.sql AS "sql", c.name AS "column"
  FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.pk > 0
  WHERE m.type = 'table' AND m.name = ? COLLATE NOCASE AND c.name = ? COLLATE NOCASE`

/** A table that never had a row is not counted yet. */
const COUNT_FROM_NOW =
  'INSERT INTO sqlite_sequence (name, seq) SELECT ?, 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?)'

/** Comments, strings and quoted names: what is left are keywords and plain names, and the keyword is no plain name. */
const NO_KEYWORD = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]/g

/** @param {string} name */
const quote = (name) => `"${name.replaceAll('"', '""')}"`

/**
 * Without AUTOINCREMENT an id above all rows is made, which may have been another row's: nobody could be kept from it.
 * @param {any} raw the main client
 * @param {{ dbName: string }} model @param {{ dbName: string, type: string }} field
 * @returns {Promise<Counter | null>} null when nothing counts the column's ids
 */
async function findSequence(raw, model, field) {
  const [found] = await raw.$queryRawUnsafe(KEY_OF, model.dbName, field.dbName)
  if (found === undefined || !/\bAUTOINCREMENT\b/i.test(found.sql.replace(NO_KEYWORD, ' '))) return null
  return { table: found.table, column: found.column, highest: HIGHEST[field.type] }
}

/**
 * Advances the counter, which SQLite itself never sets back. In a transaction of its own: outside of one, the statement would
 * join whatever transaction the adapter's one connection has open, and be undone with it.
 * @param {any} raw @param {Counter} counter @param {number} count @param {bigint} above ids have to be higher
 * @returns {Promise<string | null>} with commas between; null when so many are not left
 */
async function takeIds(raw, { table, column, highest }, count, above) {
  const counted = 'SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?'
  const held = `SELECT coalesce(max(${quote(column)}), 0) FROM ${quote(table)}`
  const reached = `max((${counted}), (${held}), ${above})`
  const advance = `UPDATE sqlite_sequence SET seq = ${reached} + ${count}
    WHERE name = ? AND ${reached} <= ${highest - BigInt(count)} RETURNING CAST(seq AS TEXT) AS last`
  const [advanced] = await raw.$transaction(async (/** @type {any} */ tx) => {
    await tx.$executeRawUnsafe(COUNT_FROM_NOW, table, table)
    return tx.$queryRawUnsafe(advance, table, table, table)
  }, LIMITS)
  if (advanced === undefined) return null
  const first = BigInt(advanced.last) - BigInt(count) + 1n
  return Array.from({ length: count }, (_, at) => first + BigInt(at)).join(',')
}

/** Whether it would say the same the next time. @param {unknown} error */
const isRefusal = (error) => REFUSALS.has(String(describeError(error).databaseCode))

module.exports = { besideWrites: false, findSequence, isRefusal, takeIds }
