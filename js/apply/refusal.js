// What is kept of a refusal.

const { describeError, recordedError } = require('./classify')

/** @typedef {import('./transaction').Work} Work */

/** Ours: the commit was refused with another one. */
const DEPENDENT = 'SHARDED_DEPENDENT'

/** @param {{origin: string, seq: number}} cause @returns {import('./classify').Described} */
const dependent = (cause) => ({
  code: DEPENDENT,
  sqlState: null,
  databaseCode: null,
  message: `it depends on commit ${cause.seq}, which was refused`,
  cause,
})

/** @param {Work} work @param {any} error */
const refusalOf = ({ cause }, error) => (cause ? dependent(cause) : describeError(error))

/** @param {Work} work @param {{code: string | null, error: string}} recorded by the main database */
const recordedRefusal = ({ cause }, recorded) => (cause ? dependent(cause) : recordedError(recorded))

module.exports = { DEPENDENT, recordedRefusal, refusalOf }
