/**
 * Errors of the main database in the form that the user's version of Prisma gives them: `report` is native's, with the
 * main database's own words in `meta.database`.
 */

const { NotSupportedError } = require('../errors')
const { WORDS } = require('./forms.js')

/** Since this version the adapter names the index of a unique violation; before, its columns. */
const NAMES_INDEX = [7, 10]
/** Since this version errors that Prisma has no code for are known requests; before, the adapter's error itself. */
const KNOWS_ALL = [7, 5]

/**
 * @typedef {{ sqlstate: string, text: string, index?: string, table?: string, columns?: string[] }} DatabaseReport
 * @typedef {{ code: string, message: string, meta?: any }} Report
 * @typedef {{ kind: string, more?: Record<string, unknown>, title?: string, says: string }} Form
 */

class DriverAdapterError extends Error {
  /** @param {string} title @param {Record<string, unknown>} cause */
  constructor(title, cause) {
    super(title)
    this.name = 'DriverAdapterError'
    this.cause = cause
  }
}

/** @param {string} version @param {number[]} floor */
function isSince(version, [major, minor]) {
  const [givenMajor, givenMinor] = version.split('.').map(Number)
  return givenMajor > major || (givenMajor === major && givenMinor >= minor)
}

/** A column as PostgreSQL quotes it. @param {string} name */
const quoted = (name) => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name}"`)

/** @param {string[]} names */
const listed = (names) => names.map((name) => `\`${name}\``).join(', ')

/** @type {Record<string, (report: DatabaseReport, version: string) => Form>} */
const FORMS = {
  P2000: () => ({
    kind: 'LengthMismatch',
    more: { column: undefined },
    says: "The provided value for the column is too long for the column's type. Column: (not available)",
  }),
  P2002: ({ index, table, columns = [] }, version) => {
    const kind = 'UniqueConstraintViolation'
    if (isSince(version, NAMES_INDEX)) {
      const says = `Unique constraint failed on the constraint: \`${index}\``
      return { kind, more: { constraint: { index }, table }, says }
    }
    const fields = columns.map(quoted)
    return {
      kind,
      more: { constraint: { fields } },
      says: `Unique constraint failed on the fields: (${listed(fields)})`,
    }
  },
  P2003: ({ index }) => ({
    kind: 'ForeignKeyConstraintViolation',
    more: { constraint: { index } },
    says: `Foreign key constraint violated on the constraint: \`${index}\``,
  }),
  P2007: ({ text }) => ({
    kind: 'InvalidInputValue',
    more: { message: text },
    title: text,
    says: `Invalid input value: ${text}`,
  }),
  P2011: ({ columns = [] }) => ({
    kind: 'NullConstraintViolation',
    more: { constraint: { fields: columns } },
    says: `Null constraint violation on the fields: (${listed(columns)})`,
  }),
  P2020: ({ text }) => ({
    kind: 'ValueOutOfRange',
    more: { cause: text },
    says: `Value out of range for the type: ${text}`,
  }),
  P2034: () => ({
    kind: 'TransactionWriteConflict',
    says: 'Transaction failed due to a write conflict or a deadlock. Please retry your transaction',
  }),
  P2039: ({ text, sqlstate }) => ({
    kind: 'postgres',
    more: {
      ...{ code: sqlstate, severity: 'ERROR', message: text },
      ...{ detail: undefined, column: undefined, hint: undefined },
    },
    title: text,
    says: `Database error. Code: \`${sqlstate}\`. Message: \`${text}\``,
  }),
}

/** Codes that older versions do not give to the errors of this database. */
const LATE = new Set(['P2007', 'P2039'])

/**
 * What a database says, in its own words; what it would make of a value is not imitated but for PostgreSQL.
 * @param {any} Known @param {string} version @param {Report} report @param {string} provider
 */
function inItsWords(Known, version, { code, message, meta: { database, ...others } }, provider) {
  const words = WORDS[provider]?.[code]
  if (words === undefined) return new NotSupportedError(`only the main database computes this: ${message}`)
  const { code: originalCode, text: originalMessage, kind, more, says } = words(database)
  const error = new DriverAdapterError(kind, { originalCode, originalMessage, kind, ...more })
  const meta = { ...withItsModel(others, more), driverAdapterError: error }
  return new Known(says, { code, meta, clientVersion: version })
}

/** Where the adapter does not name the table, Prisma's shell puts the model of the call. @param {any} meta @param {Form['more']} more */
function withItsModel({ modelName, ...others }, more) {
  return more?.table === undefined ? others : { modelName, ...others }
}

/**
 * @param {any} Known PrismaClientKnownRequestError of the user's runtime
 * @param {string} version of the user's client
 * @param {Report} report
 * @param {string} provider of the main database
 * @returns {Error}
 */
function prismaError(Known, version, report, provider) {
  const { code, message, meta } = report
  if (meta?.database === undefined) return new Known(message, { code, meta, clientVersion: version })
  if (provider !== 'postgresql') return inItsWords(Known, version, report, provider)
  const { database, ...others } = meta
  const { kind, more, title, says } = FORMS[code](database, version)
  const { sqlstate: originalCode, text: originalMessage } = database
  const error = new DriverAdapterError(title ?? kind, { originalCode, originalMessage, kind, ...more })
  if (LATE.has(code) && !isSince(version, KNOWS_ALL)) return error
  const named = { ...withItsModel(others, more), driverAdapterError: error }
  return new Known(says, { code, meta: named, clientVersion: version })
}

module.exports = { DriverAdapterError, prismaError }
