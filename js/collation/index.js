// How the main database compares strings, read from it when a block is made and kept in the block's file (what each
// kind means: src/collation/facts.rs). A collation that we follow by tables of our own is first put to the test: the
// main database checks a sample in our order. Where it disagrees, the code points involved are left to it; where that is
// not enough, the whole collation.

const { addon } = require('../binding')
const { ofMysql } = require('./mysql')

/**
 * @typedef {{kind: 'bytes'} | {kind: 'padded'} | {kind: 'unordered', name: string} | {kind: 'foreign', name: string} | Icu | Weights} Fact
 * @typedef {{kind: 'weights', name: string, pad: boolean, table: string}} Weights
 * @typedef {{kind: 'icu', locale: string, distrust?: string, approximate?: boolean}} Icu
 * @typedef {{collations: Fact[], default: number, columns: Record<string, number>, folding?: object | null}} Facts
 * @typedef {object} Named a collation as PostgreSQL's catalogue describes it
 * @property {string} provider `c` libc, `i` ICU, `b` builtin
 * @property {string | null} collate
 * @property {string | null} locale
 * @property {string | null} rules
 * @property {boolean} deterministic
 * @property {string} sql how a statement names it
 */

const BYTEWISE = new Set(['C', 'POSIX', 'C.UTF-8', 'C.utf8', 'C.UTF8', 'ucs_basic'])

const DATABASE = `SELECT coalesce(to_jsonb(d)->>'datlocprovider', 'c') AS provider, datcollate::text AS collate,
  coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale') AS locale, to_jsonb(d)->>'daticurules' AS rules,
  true AS deterministic, '"default"' AS sql, pg_encoding_to_char(encoding)::text AS encoding
  FROM pg_database d WHERE datname = current_database()`

// Columns whose collation is not the database's.
const COLUMNS = `SELECT n.nspname::text AS schema, r.relname::text AS "table", a.attname::text AS "column", c.collprovider::text AS provider,
  c.collcollate::text AS collate, coalesce(to_jsonb(c)->>'colllocale', to_jsonb(c)->>'colliculocale') AS locale,
  to_jsonb(c)->>'collicurules' AS rules, coalesce((to_jsonb(c)->>'collisdeterministic')::boolean, true) AS deterministic,
  quote_ident(cn.nspname) || '.' || quote_ident(c.collname) AS sql, current_schema()::text AS "current"
  FROM pg_attribute a JOIN pg_class r ON r.oid = a.attrelid JOIN pg_namespace n ON n.oid = r.relnamespace
  JOIN pg_collation c ON c.oid = a.attcollation JOIN pg_namespace cn ON cn.oid = c.collnamespace
  WHERE a.attnum > 0 AND NOT a.attisdropped AND c.collname <> 'default' AND r.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND r.relname = ANY(string_to_array($1::text, E'\\x01'))`

// Neighbours of the sample that the main database orders the other way round.
const DISAGREES = (/** @type {string} */ collation) => `SELECT p, s FROM (
  SELECT s, lag(s) OVER (ORDER BY n) AS p FROM unnest(string_to_array($1::text, E'\\x01')) WITH ORDINALITY AS u(s, n)) AS x
  WHERE p > s COLLATE ${collation} LIMIT 200`

// Each letter that `lower` changes, with what it makes of it.
const LOWER = `SELECT string_agg(chr(n) || lower(chr(n)), E'\\x01') AS pairs FROM generate_series(1, 131071) AS n
  WHERE n NOT BETWEEN 55296 AND 57343 AND lower(chr(n)) <> chr(n)`

const SEPARATOR = '\x01'
const ROUNDS = 8
const MOST_DISTRUSTED = 400

/** @param {Named} named @param {boolean} approximate @returns {Fact} what it is before the test */
function describe({ provider, collate, locale, rules, deterministic, sql }, approximate) {
  const name = provider === 'c' ? String(collate) : String(locale ?? sql)
  if (!deterministic) return { kind: 'foreign', name }
  if (provider !== 'i' && BYTEWISE.has(name)) return { kind: 'bytes' }
  if (provider === 'i' && !rules && locale) return { kind: 'icu', locale }
  return approximate ? approximation(name) : { kind: 'unordered', name }
}

/** `en_US.utf8` -> ICU's order of en-US. @param {string} name @returns {Icu} */
function approximation(name) {
  const locale = name.replace(/[.@].*$/, '').replace('_', '-')
  const known = /^[a-z]{2,3}(-[A-Za-z]{2,4})?$/.test(locale)
  return { kind: 'icu', locale: known ? locale : 'und', approximate: true }
}

/**
 * Puts an ICU fact to the test.
 * @param {any} raw @param {Icu} fact @param {string} sql
 * @returns {Promise<Fact>}
 */
async function tested(raw, fact, sql) {
  if (fact.approximate) return fact
  let distrust = ''
  for (let round = 0; round < ROUNDS && distrust.length <= MOST_DISTRUSTED; round++) {
    const candidate = { ...fact, distrust }
    const sample = addon().collationSample(JSON.stringify(candidate), '')
    if (sample === null) break
    const wrong = await raw.$queryRawUnsafe(DISAGREES(sql), sample)
    if (wrong.length === 0) return candidate
    const involved = suspects(wrong)
    if (involved === null) break
    distrust += involved
  }
  return { kind: 'unordered', name: fact.locale }
}

/** The code points beyond ASCII of strings in the wrong order; null when there are none. @param {{p: string, s: string}[]} wrong */
function suspects(wrong) {
  const chars = new Set()
  for (const { p, s } of wrong) {
    const odd = [...p, ...s].filter((char) => char > '\x7f')
    if (odd.length === 0) return null
    for (const char of odd) chars.add(char)
  }
  return [...chars].join('')
}

/** Collations met so far: each is tested once. */
class Known {
  /** @param {any} raw @param {boolean} approximate */
  constructor(raw, approximate) {
    this.raw = raw
    this.approximate = approximate
    /** @type {Fact[]} */
    this.facts = []
    /** @type {Map<string, number>} */
    this.places = new Map()
  }

  /** @param {Named} named @returns {Promise<number>} its place among the facts */
  async place(named) {
    const fact = describe(named, this.approximate)
    const key = JSON.stringify(fact)
    const known = this.places.get(key)
    if (known !== undefined) return known
    this.facts.push(fact.kind === 'icu' ? await tested(this.raw, fact, named.sql) : fact)
    this.places.set(key, this.facts.length - 1)
    return this.facts.length - 1
  }
}

/** Languages in which ICU looks around an `i`. */
const DOTTED = /^(tr|az|lt)\b/

/**
 * What `lower` does, or null where one letter at a time does not tell.
 * @param {any} raw @param {Named & {encoding: string}} database
 */
async function foldingOf(raw, { provider, locale, encoding }) {
  if (encoding !== 'UTF8' || (provider === 'i' && DOTTED.test(String(locale)))) return null
  const [{ pairs }] = await raw.$queryRawUnsafe(LOWER)
  return JSON.parse(addon().foldingFact(pairs ?? '', provider !== 'c'))
}

/** @param {any} raw @param {any} manifest @param {boolean} approximate @returns {Promise<Facts>} */
async function ofPostgres(raw, manifest, approximate) {
  const known = new Known(raw, approximate)
  const [database] = await raw.$queryRawUnsafe(DATABASE)
  const byDefault = await known.place(database)
  /** @type {Record<string, number>} */
  const columns = {}
  const tables = manifest.models.map((/** @type {any} */ model) => model.dbName ?? model.name)
  for (const found of await raw.$queryRawUnsafe(COLUMNS, tables.join(SEPARATOR))) {
    const name = fieldOf(manifest, found)
    if (name !== null) columns[name] = await known.place(found)
  }
  const folding = await foldingOf(raw, database)
  return { collations: known.facts, default: byDefault, columns, folding }
}

/** @param {any} manifest @param {{schema: string, table: string, column: string, current: string}} found */
function fieldOf(manifest, { schema, table, column, current }) {
  const model = manifest.models.find(
    (/** @type {any} */ one) => (one.dbName ?? one.name) === table && (one.schema ?? current) === schema,
  )
  const field = model?.fields.find((/** @type {any} */ one) => (one.dbName ?? one.name) === column)
  return field?.type === 'String' ? `${model.name}.${field.name}` : null
}

/** SQLite compares bytes unless a column says otherwise. @param {any} raw @returns {Promise<Facts>} */
async function ofSqlite(raw) {
  const [{ n }] = await raw.$queryRawUnsafe(
    "SELECT count(*) AS n FROM sqlite_master WHERE sql LIKE '%collate%'",
  )
  return oneFor(Number(n) === 0 ? { kind: 'bytes' } : { kind: 'foreign', name: 'declared' })
}

/** @param {Fact} fact @returns {Facts} */
const oneFor = (fact) => ({ collations: [fact], default: 0, columns: {} })

/** By provider. @type {Record<string, (raw: any, manifest: any, approximate: boolean, folder: string) => Promise<Facts>>} */
const READ = {
  postgresql: ofPostgres,
  mysql: ofMysql,
  sqlite: ofSqlite,
}

/** @type {WeakMap<object, Map<string, Promise<string>>>} by client, then by data model and option */
const asked = new WeakMap()

/**
 * The facts as the block's file keeps them. Asked once per client and data model; `again` asks the database.
 * @param {object} raw the main client under every extension
 * @param {any} manifest
 * @param {{collation?: string}} options
 * @param {string} folder of the block files: large tables are kept there
 * @param {boolean} [again]
 * @returns {Promise<string>}
 */
function collationFacts(raw, manifest, { collation }, folder, again = false) {
  const known = asked.get(raw) ?? new Map()
  asked.set(raw, known)
  const key = `${manifest.fingerprint} ${collation} ${folder}`
  const before = known.get(key)
  if (before && !again) return before
  const read = READ[manifest.provider] ?? READ.postgresql
  const facts = read(raw, manifest, collation === 'approximate', folder).then((found) =>
    JSON.stringify(found),
  )
  known.set(key, facts)
  facts.catch(() => known.delete(key))
  return facts
}

module.exports = { collationFacts }
