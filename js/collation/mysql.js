// MySQL's and MariaDB's collations, as the main database itself weighs strings: one table of weights per collation and
// server version, read once and kept in a file beside the blocks. A collation that is not the sum of its letters
// (contractions, several levels, another character set) stays foreign: main compares.

const { createHash } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { addon } = require('../binding')

/** @typedef {import('./index.js').Fact} Fact */
/** @typedef {import('./index.js').Facts} Facts */

const FOLDER = 'collations'
const MOST_PAIRS = 200
const COLUMNS = `SELECT table_name AS t, column_name AS c, collation_name AS collation FROM information_schema.columns
  WHERE table_schema = DATABASE() AND collation_name IS NOT NULL`

// Numbers from 0 up, by their hexadecimal digits: neither server has a series that the other knows, and both bound recursion.
const DIGITS = `WITH d AS (${[...Array(16).keys()].map((digit) => `SELECT ${digit} AS v`).join(' UNION ALL ')})`
const PLANES = 'a.v + 16 * b.v + 256 * e.v + 4096 * f.v + 65536 * g.v'
// Where rules change from letter to letter; elsewhere (Han, Hangul, private use, the planes above) a rule holds for
// hundreds: there the first and the last of every 256 are asked, and all of them where these two differ.
const SMALL = [
  [0, 0x3400],
  [0xa000, 0xac00],
  [0xd700, 0xd800],
  [0xf900, 0x17000],
  [0x18700, 0x19000],
  [0x1af00, 0x20000],
]
const isSmall = `(${SMALL.map(([first, end]) => `n >= ${first} AND n < ${end}`).join(' OR ')})`
const LOW = `SELECT n FROM (SELECT ${PLANES} AS n FROM d a, d b, d e, d f, d g WHERE g.v < 2) AS low WHERE ${isSmall}`
const ENDS =
  'SELECT 255 * (a.v > 0) + 256 * (b.v + 16 * e.v) + 65536 * g.v AS n FROM d a, d b, d e, d g WHERE a.v < 2'
const PLANE_16 =
  'SELECT 1048576 + 255 * (a.v > 0) + 256 * (b.v + 16 * e.v) AS n FROM d a, d b, d e WHERE a.v < 2'
const REST = `SELECT n FROM (${ENDS} UNION ALL ${PLANE_16}) AS ends WHERE NOT ${isSmall} AND n NOT BETWEEN 55296 AND 57343`
const SURROGATES = 'n NOT BETWEEN 55296 AND 57343'

const charOf = (/** @type {string} */ n) => `CONVERT(CHAR(${n} USING utf32) USING utf8mb4)`
const weightOf = (/** @type {string} */ text, /** @type {string} */ name) =>
  `HEX(WEIGHT_STRING(${text} COLLATE ${name}))`
const implied = (/** @type {string} */ base) =>
  `WHEN h = CONCAT(HEX(${Number.parseInt(base, 16)} + (n >> 15)), HEX((n & 32767) | 32768)) THEN 'i${base}'`
const RULE = `CASE WHEN n < 65536 AND h = LPAD(HEX(n), 4, '0') THEN '=' ${['FB40', 'FB80', 'FBC0'].map(implied).join(' ')}
  WHEN h = '' THEN '-' ELSE h END`

/** Code points and rules. @param {string} numbers @param {string} name */
const rulesOf = (numbers, name) => `SELECT n, ${RULE} AS r FROM (
  SELECT n, ${weightOf(charOf('n'), name)} AS h FROM (${numbers}) AS numbers WHERE ${SURROGATES}) AS weighed`

/** Where another rule begins. @param {string} numbers @param {string} name */
const runsOf = (numbers, name) => `${DIGITS} SELECT n, r FROM (
  SELECT n, r, LAG(r) OVER (ORDER BY n) AS p FROM (${rulesOf(numbers, name)}) AS rules) AS pairs
  WHERE p IS NULL OR p <> r ORDER BY n`

// Letters that weigh something else together than apart.
const contractionsOf = (/** @type {string} */ name) => {
  const letters = `SELECT 65 + a.v + 16 * b.v AS n FROM d a, d b WHERE b.v < 4 AND 65 + a.v + 16 * b.v < 123
    UNION ALL SELECT 192 + a.v + 16 * b.v + 256 * e.v FROM d a, d b, d e WHERE e.v < 2 AND 192 + a.v + 16 * b.v + 256 * e.v < 592`
  const seconds = `SELECT 65 + a.v + 16 * b.v AS n FROM d a, d b WHERE b.v < 4 AND 65 + a.v + 16 * b.v < 123
    UNION ALL SELECT 768 + a.v + 16 * b.v FROM d a, d b WHERE b.v < 7 UNION ALL SELECT 183 UNION ALL SELECT 903`
  const [one, other] = ['l.n', 's.n'].map(charOf)
  return `${DIGITS} SELECT l.n AS one, s.n AS other FROM (${letters}) AS l, (${seconds}) AS s
    WHERE ${weightOf(`CONCAT(${one}, ${other})`, name)} <> CONCAT(${weightOf(one, name)}, ${weightOf(other, name)})
    LIMIT ${MOST_PAIRS + 1}`
}

/** Neighbours of the sample that main orders otherwise, or takes for equal where we do not. @param {string} name */
const disagreesOf = (name) => `SELECT COUNT(*) AS n FROM (
  SELECT s, e, LAG(s) OVER (ORDER BY n) AS p FROM JSON_TABLE(?, '$[*]' COLUMNS(n FOR ORDINALITY,
    s VARCHAR(64) CHARACTER SET utf8mb4 PATH '$[0]', e INT PATH '$[1]')) AS texts) AS pairs
  WHERE p IS NOT NULL AND (CONVERT(p USING utf8mb4) > s COLLATE ${name} OR (CONVERT(p USING utf8mb4) = s COLLATE ${name}) <> e)`

/** @param {any} raw @param {string} sql @param {...unknown} values */
const ask = (raw, sql, ...values) => raw.$queryRawUnsafe(sql, ...values)
/** @param {any} raw @param {string} sql @param {...unknown} values */
const count = async (raw, sql, ...values) => Number((await ask(raw, sql, ...values))[0].n)

const hex = (/** @type {number | bigint} */ n) => Number(n).toString(16)

/** The table of a collation as text (see src/collation/weights.rs). @param {any} raw @param {string} name */
async function readTable(raw, name) {
  /** @type {{one: number, other: number}[]} */
  const pairs = await ask(raw, contractionsOf(name))
  if (pairs.length > MOST_PAIRS) throw new Error(`${name}: more than ${MOST_PAIRS} contractions`)
  const contracted = pairs.map(({ one, other }) => `+${hex(one)} ${hex(other)}`)
  const rows = [...(await ask(raw, runsOf(LOW, name)))]
  /** @type {{n: number, r: string}[]} */
  const ends = await ask(raw, `${DIGITS} ${rulesOf(REST, name)} ORDER BY n`)
  for (let i = 0; i < ends.length; i += 2) {
    const [first, last] = [ends[i], ends[i + 1]]
    const block = `SELECT ${Number(first.n)} + a.v + 16 * b.v AS n FROM d a, d b`
    rows.push(...(first.r === last.r ? [first] : await ask(raw, runsOf(block, name))))
  }
  rows.sort((one, other) => Number(one.n) - Number(other.n))
  const runs = rows.filter(({ r }, i) => i === 0 || r !== rows[i - 1].r)
  return [...contracted, ...runs.map(({ n, r }) => `${hex(n)} ${r}`)].join('\n')
}

/** Writes the table to the file that its contents name. @param {any} raw @param {string} name @param {string} folder */
async function tableFile(raw, name, folder) {
  const text = await readTable(raw, name)
  const id = createHash('sha256').update(text).digest('hex').slice(0, 16)
  fs.mkdirSync(path.join(folder, FOLDER), { recursive: true, mode: 0o700 })
  write(path.join(folder, FOLDER, `${id}.weights`), text)
  return id
}

/** Whole or not at all: other processes read it. @param {string} file @param {string} text */
function write(file, text) {
  const draft = `${file}.${process.pid}.draft`
  fs.writeFileSync(draft, text, { mode: 0o600 })
  fs.renameSync(draft, file)
}

/** @param {any} raw @param {string} name @param {string} folder @returns {Promise<Fact>} */
async function describe(raw, name, folder) {
  const foreign = /** @type {Fact} */ ({ kind: 'foreign', name })
  if (!/^utf8mb4_\w+$/.test(name)) return foreign
  const pad = (await count(raw, `SELECT CONVERT('a' USING utf8mb4) = 'a ' COLLATE ${name} AS n`)) === 1
  if (name.endsWith('_bin')) return pad ? { kind: 'padded' } : { kind: 'bytes' }
  const [{ w }] = await ask(raw, `SELECT ${weightOf(charOf('97'), name)} AS w`)
  if (w.length !== 4) return foreign
  const fact = /** @type {Fact} */ ({ kind: 'weights', name, pad, table: await tableFile(raw, name, folder) })
  const sample = addon().collationSample(JSON.stringify(fact), folder)
  return sample !== null && (await count(raw, disagreesOf(name), sample)) === 0 ? fact : foreign
}

/** What was found of a collation before, beside the blocks. @param {any} raw @param {string} name @param {string} version @param {string} folder */
async function described(raw, name, version, folder) {
  const file = path.join(folder, FOLDER, `${name}-${version.replace(/[^\w.-]/g, '_')}.json`)
  if (fs.existsSync(file)) {
    const fact = /** @type {Fact} */ (JSON.parse(fs.readFileSync(file, 'utf8')))
    if (!('table' in fact) || fs.existsSync(path.join(folder, FOLDER, `${fact.table}.weights`))) return fact
  }
  const fact = await describe(raw, name, folder).catch(() => null)
  // What main could not be asked today it may tell tomorrow.
  if (fact === null) return /** @type {Fact} */ ({ kind: 'foreign', name })
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  write(file, JSON.stringify(fact))
  return fact
}

/** @param {any} raw @param {any} manifest @param {boolean} _approximate @param {string} folder of the block files @returns {Promise<Facts>} */
async function ofMysql(raw, manifest, _approximate, folder) {
  const [{ version }] = await ask(raw, 'SELECT VERSION() AS version')
  const named = fieldsOf(manifest, await ask(raw, COLUMNS))
  const names = [...new Set(named.values())]
  const often = (/** @type {string} */ name) => [...named.values()].filter((one) => one === name).length
  names.sort((one, other) => often(other) - often(one))
  /** @type {Fact[]} */
  const collations = []
  for (const name of names) collations.push(await described(raw, name, version, folder))
  if (collations.length === 0) collations.push({ kind: 'foreign', name: 'none' })
  const others = [...named].filter(([, name]) => name !== names[0])
  return {
    collations,
    default: 0,
    columns: Object.fromEntries(others.map(([field, name]) => [field, names.indexOf(name)])),
  }
}

/** The collation of each String field, by `Model.field`. @param {any} manifest @param {{t: string, c: string, collation: string}[]} rows */
function fieldsOf(manifest, rows) {
  const known = new Map(rows.map(({ t, c, collation }) => [`${t}\x01${c}`.toLowerCase(), collation]))
  /** @type {Map<string, string>} */
  const named = new Map()
  for (const model of manifest.models) {
    for (const field of model.fields) {
      const name = known.get(`${model.dbName ?? model.name}\x01${field.dbName ?? field.name}`.toLowerCase())
      if (field.type === 'String' && name) named.set(`${model.name}.${field.name}`, name)
    }
  }
  return named
}

module.exports = { ofMysql }
