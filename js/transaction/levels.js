/** Isolation levels: which the main database takes, and what they mean here. */
const { DriverAdapterError } = require('../refusals/index.js')

/** @typedef {import('../engine/index.js').Engine} Engine */

/** Prisma's levels as SQL has them, and whether all reads of a transaction see one moment. @type {Record<string, { sql: string, snapshot: boolean }>} */
const LEVELS = {
  ReadUncommitted: { sql: 'READ UNCOMMITTED', snapshot: false },
  ReadCommitted: { sql: 'READ COMMITTED', snapshot: false },
  RepeatableRead: { sql: 'REPEATABLE READ', snapshot: true },
  Serializable: { sql: 'SERIALIZABLE', snapshot: true },
}

/** Throws what Prisma says of a level that it or the main database does not take. @param {Engine} engine @param {any} level @returns {boolean} */
function isSnapshot(engine, level) {
  if (level === undefined || level === null) return false
  if (level === 'Snapshot') {
    const message = 'Transaction API error: Invalid isolation level: SNAPSHOT'
    throw engine.error({ code: 'P2028', message, meta: { isolationLevel: 'SNAPSHOT' } })
  }
  if (!Object.hasOwn(LEVELS, level)) {
    const message = `Inconsistent column data: Conversion failed: Invalid isolation level \`${level}\``
    throw engine.error({ code: 'P2023', message, meta: { providedIsolationLevel: level } })
  }
  const { sql, snapshot } = LEVELS[level]
  if (engine.setup.manifest.provider === 'sqlite' && level !== 'Serializable') {
    const cause = { kind: 'InvalidIsolationLevel', level: sql }
    const meta = { driverAdapterError: new DriverAdapterError(cause.kind, cause) }
    throw engine.error({ code: 'P2023', message: `Error in connector: Conversion error: ${sql}`, meta })
  }
  return snapshot
}

module.exports = { isSnapshot }
