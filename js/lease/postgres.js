// Ids from a sequence of PostgreSQL.

const { describeError } = require('../apply/classify')

/** No privilege on the sequence; no such sequence any more; it has come to its end, or nearly. */
const REFUSALS = new Set(['42501', '42P01', '2200H'])

/**
 * The sequence that fills a column: of an identity, or the one that its default names and nothing but names. A default
 * that computes on (`nextval(…) * 2`) is only known to PostgreSQL.
 */
const SEQUENCE_OF = `
  SELECT format('%I.%I', n.nspname, s.relname) AS name
  FROM pg_attribute a
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  JOIN pg_depend p ON
    (a.attidentity <> '' AND p.classid = 'pg_class'::regclass AND p.refclassid = 'pg_class'::regclass
      AND p.refobjid = a.attrelid AND p.refobjsubid = a.attnum AND p.deptype = 'i')
    OR (a.attidentity = '' AND pg_get_expr(d.adbin, d.adrelid) ~ '^nextval\\(''.+''::regclass\\)$'
      AND p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid AND p.refclassid = 'pg_class'::regclass)
  JOIN pg_class s ON s.relkind = 'S' AND s.oid = CASE WHEN a.attidentity <> '' THEN p.objid ELSE p.refobjid END
  JOIN pg_namespace n ON n.oid = s.relnamespace
  WHERE a.attrelid = to_regclass($1::text) AND a.attname = $2::text`

/** @param {string} name */
const quote = (name) => `"${name.replaceAll('"', '""')}"`

/**
 * @param {any} raw the main client
 * @param {{ dbName: string, schema: string | null }} model @param {{ dbName: string }} field
 * @returns {Promise<string | null>} null when no sequence fills the column
 */
async function findSequence(raw, model, field) {
  const table = (model.schema === null ? '' : `${quote(model.schema)}.`) + quote(model.dbName)
  const [found] = await raw.$queryRawUnsafe(SEQUENCE_OF, table, field.dbName)
  return found?.name ?? null
}

/**
 * Ids that nobody else will get, whatever the sequence's increment and whoever takes from it at the same time.
 * @param {any} raw @param {string} sequence @param {number} count
 * @returns {Promise<string>} with commas between, in the sequence's order
 */
async function takeIds(raw, sequence, count) {
  const text = `SELECT string_agg(nextval($1::text::regclass)::text, ',') AS ids FROM generate_series(1, ${count})`
  const [{ ids }] = await raw.$queryRawUnsafe(text, sequence)
  return ids
}

/** Whether it would say the same the next time. @param {unknown} error */
const isRefusal = (error) => REFUSALS.has(String(describeError(error).sqlState))

module.exports = { besideWrites: true, findSequence, isRefusal, takeIds }
