/**
 * What MySQL and SQLite say of a row that breaks a constraint, in the shape in which their driver adapters pass it on. Native
 * reports it in PostgreSQL's words (src/exec/refusal.rs); names of constraints are those that Prisma gives them.
 */

/** @typedef {import('./index.js').DatabaseReport} DatabaseReport */
/** @typedef {import('./index.js').Form & {code: string, text: string}} Words */

/** @param {string[]} names */
const listed = (names) => names.map((name) => `\`${name}\``).join(', ')

/** @param {DatabaseReport} report */
const indexOf = ({ index, table }) => (index === `${table}_pkey` ? 'PRIMARY' : String(index))

/** @type {Record<string, (report: DatabaseReport) => Words>} */
const MYSQL = {
  P2002: (report) => {
    const index = indexOf(report)
    return {
      code: '1062',
      text: `Duplicate entry for key '${index}'`,
      kind: 'UniqueConstraintViolation',
      more: { constraint: { index }, table: undefined },
      says: `Unique constraint failed on the constraint: \`${index}\``,
    }
  },
  P2003: ({ columns = [], text }) => {
    // The adapter reads one column out of the server's sentence.
    const fields = columns.slice(0, 1)
    return {
      code: text.startsWith('insert') ? '1452' : '1451',
      text: 'Cannot add, update or delete a row: a foreign key constraint fails',
      kind: 'ForeignKeyConstraintViolation',
      more: { constraint: { fields } },
      says: `Foreign key constraint violated on the fields: (${listed(fields)})`,
    }
  },
  P2011: ({ columns = [] }) => ({
    code: '1048',
    text: `Column '${columns[0]}' cannot be null`,
    kind: 'NullConstraintViolation',
    more: { constraint: { fields: columns } },
    says: `Null constraint violation on the fields: (${listed(columns)})`,
  }),
}

/** @param {DatabaseReport} report */
const qualified = ({ table, columns = [] }) => columns.map((name) => `${table}.${name}`).join(', ')

/** @type {Record<string, (report: DatabaseReport) => Words>} */
const SQLITE = {
  P2002: (report) => {
    const { index, table, columns = [] } = report
    return {
      code: index === `${table}_pkey` ? 'SQLITE_CONSTRAINT_PRIMARYKEY' : 'SQLITE_CONSTRAINT_UNIQUE',
      text: `UNIQUE constraint failed: ${qualified(report)}`,
      kind: 'UniqueConstraintViolation',
      more: { constraint: { fields: columns }, table },
      says: `Unique constraint failed on the fields: (${listed(columns)})`,
    }
  },
  P2003: () => ({
    code: 'SQLITE_CONSTRAINT_FOREIGNKEY',
    text: 'FOREIGN KEY constraint failed',
    kind: 'ForeignKeyConstraintViolation',
    more: { constraint: { foreignKey: {} } },
    says: 'Foreign key constraint violated on the foreign key',
  }),
  P2011: (report) => ({
    code: 'SQLITE_CONSTRAINT_NOTNULL',
    text: `NOT NULL constraint failed: ${qualified(report)}`,
    kind: 'NullConstraintViolation',
    more: { constraint: { fields: report.columns ?? [] } },
    says: `Null constraint violation on the fields: (${listed(report.columns ?? [])})`,
  }),
}

/** By provider and code; PostgreSQL's are in `../refusals.js`. @type {Record<string, Record<string, (report: DatabaseReport) => Words>>} */
const WORDS = { mysql: MYSQL, sqlite: SQLITE }

module.exports = { WORDS }
