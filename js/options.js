// The option table of `Block.create`: one row per option. `later` names the values that are part of the design
// but not built yet; they fail by name instead of being ignored.

const { closest, distance } = require('fastest-levenshtein')
const { checkBlockId, MAX_ID_BYTES } = require('./blockid')
const { InvalidOptionError, NotSupportedError, mismatch, show } = require('./errors')
const { EXPECTED, connectionOf } = require('./queue/connection')

/**
 * @typedef {object} OptionRow
 * @property {string} expected what the value must be, for messages
 * @property {(value: any) => boolean} accepts
 * @property {boolean} [required]
 * @property {unknown} [fallback] the value when the option is absent
 * @property {(value: any) => boolean} [later] true for values that are not supported yet
 * @property {string} [hint] what to do instead of an unsupported value
 */

/** @param {any} value */
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)
/** @param {any} value */
const isFilled = (value) => (Array.isArray(value) ? value.length > 0 : Object.keys(value).length > 0)
/** @param {any} value */
const isText = (value) => typeof value === 'string' && value !== '' && !value.includes('\0')
// The longest delay a Node timer keeps.
const MAX_DELAY_MS = 2 ** 31 - 1

/** @param {string[]} values @param {string[]} [built] @returns {OptionRow} the first value is the default */
function oneOf(values, built = values) {
  return {
    expected: `one of ${values.map((value) => `'${value}'`).join(', ')}`,
    accepts: (value) => values.includes(value),
    fallback: values[0],
    later: (value) => !built.includes(value),
  }
}

/** @param {number} fallback @returns {OptionRow} */
function milliseconds(fallback) {
  return {
    expected: `a number of milliseconds, from 1 to ${MAX_DELAY_MS}`,
    accepts: (value) => Number.isFinite(value) && value >= 1 && value <= MAX_DELAY_MS,
    fallback,
  }
}

/** @type {Record<string, OptionRow>} */
const OUTBOX = {
  maxCommits: positiveInteger('commits', 2_000_000),
  maxBytes: positiveInteger('bytes', 4 * 2 ** 30),
  whenFull: oneOf(['wait', 'through', 'reject']),
  timeout: milliseconds(30_000),
}

/** @param {string} unit @param {number} [fallback] @returns {OptionRow} */
function positiveInteger(unit, fallback) {
  return {
    expected: `a whole number of ${unit}, at least 1`,
    accepts: (value) => Number.isSafeInteger(value) && value >= 1,
    fallback,
  }
}

/** @type {Record<string, OptionRow>} */
const OPTIONS = {
  blockId: {
    expected: `a non-empty string of at most ${MAX_ID_BYTES} bytes`,
    accepts: (value) => !!checkBlockId(value),
    required: true,
  },
  client: { expected: 'your PrismaClient', accepts: isObject, required: true },
  loader: {
    expected: 'a function (blockClient, mainClient) => Promise',
    accepts: (value) => typeof value === 'function',
  },
  node: oneOf(['worker', 'master']),
  ttl: { expected: 'a number of seconds above 0', accepts: (value) => Number.isFinite(value) && value > 0 },
  connection: { expected: EXPECTED, accepts: (value) => connectionOf(value) !== undefined },
  debug: { expected: 'a boolean', accepts: (value) => typeof value === 'boolean', fallback: false },
  prismaOptions: {
    expected: 'an object',
    accepts: isObject,
    fallback: {},
    later: isFilled,
    hint: 'set them on your PrismaClient: the block client is derived from it',
  },
  durability: oneOf(['full', 'os', 'queue', 'main']),
  fallback: oneOf(['missing', 'never']),
  coverage: oneOf(['loaded', 'forward']),
  scope: { expected: 'an object of model: {where, take, orderBy}', accepts: isObject },
  progress: {
    expected: 'a function ({model, rows, done}) => void',
    accepts: (value) => typeof value === 'function',
  },
  stale: oneOf(['serve', 'wait']),
  collation: oneOf(['exact', 'approximate']),
  through: {
    expected: 'an array of model names',
    accepts: (value) => Array.isArray(value) && value.every(isText),
    fallback: [],
  },
  coalesce: {
    expected: "an object of model: 'none'",
    accepts: (value) => isObject(value) && Object.values(value).every((how) => how === 'none'),
    fallback: {},
  },
  onRejected: oneOf(['revert', 'keep']),
  ledger: { expected: 'a boolean', accepts: (value) => typeof value === 'boolean', fallback: true },
  outbox: {
    expected: 'an object {maxCommits, maxBytes, whenFull, timeout}',
    accepts: (value) => isObject(value) && !!checkTable(value, OUTBOX, 'outbox.'),
    fallback: {},
  },
  forwardTimeout: milliseconds(5_000),
  dependencyTimeout: milliseconds(30_000),
  maxCommit: positiveInteger('changes', 100_000),
  maxWal: positiveInteger('bytes', 64 * 2 ** 20),
  dir: { expected: 'the path of a folder', accepts: isText },
  generated: { expected: 'the path of the folder that `npx sharded generate` wrote', accepts: isText },
}

/** @param {string} name @param {string[]} known @param {string} prefix */
function unknownOption(name, known, prefix) {
  const near = closest(name, known)
  const hint =
    distance(name.toLowerCase(), near.toLowerCase()) <= Math.max(2, near.length / 3)
      ? ` Did you mean ${prefix}${near}?`
      : ''
  return new InvalidOptionError(`unknown option ${prefix}${name}.${hint} Known: ${known.join(', ')}`)
}

/** @param {string} name @param {OptionRow} row @param {unknown} value */
function checkValue(name, row, value) {
  if (!row.accepts(value)) throw new InvalidOptionError(mismatch(name, row.expected, value))
  if (!row.later?.(value)) return
  const hint = row.hint ? `; ${row.hint}` : ''
  const what = name === 'connection' ? 'it' : show(value)
  throw new NotSupportedError(`${name}: ${what} is not supported yet${hint}`)
}

/**
 * @param {Record<string, unknown>} given
 * @param {Record<string, OptionRow>} table
 * @param {string} prefix
 * @returns {Record<string, unknown>} a copy with defaults
 */
function checkTable(given, table, prefix) {
  const names = Object.keys(table)
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(table, name)) throw unknownOption(name, names, prefix)
  }
  /** @type {Record<string, unknown>} */
  const checked = {}
  for (const name of names) {
    const row = table[name]
    const value = given[name]
    if (value !== undefined) checkValue(prefix + name, row, value)
    else if (row.required)
      throw new InvalidOptionError(`${mismatch(prefix + name, row.expected, value)}: it is required`)
    checked[name] = value ?? row.fallback
  }
  return checked
}

/**
 * Checks a configuration against a table.
 * @param {unknown} given
 * @param {string} verb what was called, for messages
 * @param {Record<string, OptionRow>} [table]
 * @returns {any} a copy with every default filled in
 */
function checkOptions(given, verb, table = OPTIONS) {
  if (!isObject(given))
    throw new InvalidOptionError(mismatch(`${verb}(config)`, 'an object of options', given))
  const checked = checkTable(/** @type {Record<string, unknown>} */ (given), table, '')
  if (table.outbox) checked.outbox = checkTable(/** @type {any} */ (checked.outbox), OUTBOX, 'outbox.')
  // Every verb that knows the option follows the environment where it is absent.
  return table.connection === OPTIONS.connection
    ? { ...checked, connection: connectionOf(checked.connection) }
    : checked
}

/** @param {...string} names */
const rows = (...names) => Object.fromEntries(names.map((name) => [name, OPTIONS[name]]))

/** @type {Record<string, OptionRow>} */
const PLACE_OPTIONS = { ...rows('dir', 'generated'), timeout: milliseconds(30_000) }

/** @type {Record<string, OptionRow>} */
const INVALIDATE_OPTIONS = {
  ...PLACE_OPTIONS,
  ...rows('connection'),
  client: { ...OPTIONS.client, required: false },
}

/** @type {Record<string, OptionRow>} */
const DELETE_OPTIONS = {
  ...PLACE_OPTIONS,
  client: { ...OPTIONS.client, required: false },
  force: { expected: 'a boolean', accepts: (value) => typeof value === 'boolean', fallback: false },
}

/** @type {Record<string, OptionRow>} */
const WATCH_OPTIONS = {
  ...rows('ttl', 'connection'),
  interval: milliseconds(10_000),
}

/** @type {Record<string, OptionRow>} */
const WORK_OPTIONS = {
  ...rows('client', 'connection', 'debug', 'generated', 'coalesce', 'dependencyTimeout'),
  blocks: {
    expected: 'a non-empty array of blockIds',
    accepts: (value) => Array.isArray(value) && value.length > 0 && value.every((id) => !!checkBlockId(id)),
  },
  concurrency: positiveInteger('blocks', 4),
}

/** @type {Record<string, OptionRow>} */
const CONFIGURE_OPTIONS = {
  maxOpen: positiveInteger('blocks', 400),
  maxBytes: positiveInteger('bytes', 2 ** 30),
  maxDescriptors: positiveInteger('descriptors'),
  idle: milliseconds(60_000),
}

/** @type {Record<string, OptionRow>} */
const FLUSH_OPTIONS = { timeout: milliseconds(30_000) }

/** @type {Record<string, OptionRow>} */
const FILE_OPTIONS = rows('dir', 'generated')

module.exports = {
  checkOptions,
  CONFIGURE_OPTIONS,
  DELETE_OPTIONS,
  FILE_OPTIONS,
  FLUSH_OPTIONS,
  INVALIDATE_OPTIONS,
  OPTIONS,
  WATCH_OPTIONS,
  WORK_OPTIONS,
}
