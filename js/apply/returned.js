// Values that the main database computed, as its statements return them.

/**
 * @typedef {object} Returning
 * @property {string[]} fields they come back as r0, r1, …; of many rows with the row's position as i
 * @property {Back[]} rows
 *
 * @typedef {object} Back a row of which values come back
 * @property {import('./transaction').RowRef} row
 * @property {Array<string | null>} local what the block has in the fields
 * @property {number} last the last commit that is in the values
 * @property {string[]} stale fields that a later statement writes again
 *
 * @typedef {object} Returned
 * @property {Back} back
 * @property {string[]} fields
 * @property {Array<string | null>} values of the fields
 */

/** @param {Returning} returning @param {any[]} rows @returns {Returned[]} */
function returnedOf({ fields, rows: backs }, rows) {
  return rows.map((row) => ({
    back: backs[Number(row.i ?? 0)],
    fields,
    values: fields.map((_, at) => textOf(row[`r${at}`])),
  }))
}

/** @param {unknown} value */
const textOf = (value) => (value === null ? null : String(value))

module.exports = { returnedOf }
