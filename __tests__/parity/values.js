// Values worth asking about, per type, native type and provider; tagged (tags.js). Few of each, so that rows share them.
const { tag } = require('./tags')

const STRINGS = [
  '',
  ' ',
  'a',
  'A',
  'a ',
  'ab',
  'aB',
  'b',
  'Z',
  'z',
  'Ärger',
  'ärger',
  'arger',
  'é',
  'e\u0301',
  'ß',
  'ss',
  'SS',
  'İ',
  'ı',
  'i',
  'I',
  'Σ',
  'ς',
  '%',
  '_',
  'a%b',
  'a_b',
  'a\\b',
  '\\',
  "O'Brien",
  '"quoted"',
  '`',
  '100',
  '9',
  '1e3',
  'null',
  'a\nb',
  '日本',
  '💡 idea',
  '👨‍👩‍👧',
  'ﬀ',
  'a-b',
  'a b',
  'x'.repeat(60),
]

const INTS = [0, 1, -1, 2, 3, 7, 10, 42, 100, 2_147_483_647, -2_147_483_648]

const BIGINTS = [
  '0',
  '1',
  '-1',
  '5',
  '10',
  '2147483648',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '-9007199254740993',
  '9223372036854775807',
  '-9223372036854775808',
].map(tag.bigint)

const FLOATS = [
  0, 0.1, 0.2, 0.30000000000000004, 1, 1.5, -1.5, 3, 1e-7, 1e21, 123456.789, -0.1, 1e15, 5e-324, 1e300,
]
const ODD_FLOATS = ['NaN', 'Infinity', '-Infinity', '-0'].map(tag.number)

const DECIMALS = [
  '0',
  '1',
  '-1',
  '0.1',
  '0.10',
  '3.5',
  '9.99',
  '10',
  '10.00',
  '0.0000001',
  '-0.000000000000000000000000000001',
  '12345678901234567890123456789012345.123456789012345678901234567891',
  '-99999999999999999999999999999999999',
  '1000000000000000000000',
].map(tag.decimal)
// SQLite keeps them as doubles; sums of what a double cannot hold say nothing.
const SHORT_DECIMALS = ['0', '1', '-1', '0.1', '0.10', '3.5', '9.99', '10', '0.0000001', '123456.789'].map(
  tag.decimal,
)

const DATES = [
  '0001-01-01T00:00:00.000Z',
  '1582-10-04T00:00:00.000Z',
  '1582-10-15T12:00:00.000Z',
  '1900-02-28T23:59:59.999Z',
  '1969-12-31T23:59:59.999Z',
  '1970-01-01T00:00:00.000Z',
  '2024-02-29T12:34:56.789Z',
  '2026-01-01T00:00:00.000Z',
  '2026-01-01T00:00:00.001Z',
  '2026-01-01T00:00:00.010Z',
  '2026-06-30T22:00:00.500Z',
  '2038-01-19T03:14:08.000Z',
  '9999-12-31T23:59:59.999Z',
].map(tag.date)
// MySQL's types begin with the year 1000, its TIMESTAMP ends in 2038.
const LATE_DATES = DATES.slice(1)
const STAMP_DATES = DATES.slice(6, 11)

const BYTES = ['', '00', 'ff', '00ff', 'deadbeef', '6162', '616263'].map(tag.bytes)

const JSONS = [
  {},
  [],
  'text',
  'Text',
  '',
  0,
  1,
  1.5,
  true,
  false,
  { a: 1 },
  { a: 1.0, b: 'x' },
  { b: 'x', a: 1 },
  { a: null },
  { a: 'Text', n: 5 },
  { a: 'text%', n: -1.5 },
  { a: [1, 2, 3] },
  { a: ['x', 'y', null] },
  { a: { b: [1, { c: 'deep' }] }, n: 10 },
  [1, 2, 3],
  [3, 'a', null],
  [[1], [2]],
  [{ a: 1 }],
  { 'x.y': 1, 'a b': 'c', '': 2 },
  { long: 'x'.repeat(40), aa: 1, b: 2 },
  1e-7,
  1e21,
  '💡',
]

const UUIDS = [1, 2, 3, 4, 10, 255].map((n) => `10000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`)

/** @param {number} length @param {string[]} texts */
const cut = (length, texts) => [...new Set(texts.map((text) => [...text].slice(0, length).join('')))]

const days = (/** @type {any[]} */ dates) =>
  [...new Set(dates.map(({ v }) => v.slice(0, 10)))].map((day) => tag.date(`${day}T00:00:00.000Z`))

const TIMES = ['00:00:00.000', '12:34:56.789', '23:59:59.999', '08:00:00.500'].map((time) =>
  tag.date(`1970-01-01T${time}Z`),
)

/**
 * Native types that hold less than their scalar does.
 * @type {Record<string, (args: string[], dates: any[]) => any[]>}
 */
const NATIVES = {
  Char: ([length]) =>
    length === '36' ? UUIDS : cut(Number(length), ['', 'a', 'A', 'ab', 'a b', 'abcde', 'é', '💡', 'Z']),
  VarChar: ([length]) => cut(Number(length), STRINGS),
  Inet: () => ['10.0.0.1', '10.0.0.0/8', '::1', '192.168.1.5', '9.0.0.1'],
  Uuid: () => UUIDS,
  TinyInt: () => [0, 1, -1, 127, -128],
  SmallInt: () => [0, 1, -1, 32_767, -32_768],
  UnsignedInt: () => [0, 1, 2, 2_147_483_647],
  UnsignedBigInt: () => ['0', '1', '9007199254740993', '9223372036854775807'].map(tag.bigint),
  Oid: () => [0, 1, 42, 2_147_483_647],
  Year: () => [1901, 1970, 2026, 2155],
  Real: () => [0, 0.1, 1.5, -1.5, 1e-7, 16_777_216, 3.4e38, 0.30000000000000004],
  Float: () => [0, 0.1, 1.5, -1.5, 16_777_216],
  Decimal: ([, scale]) =>
    (scale === '0'
      ? ['0', '1', '-1', '10', '999999']
      : ['0', '1.1', '1.10', '-0.01', '99999999.99', '10']
    ).map(tag.decimal),
  Date: (_, dates) => days(dates),
  Time: () => TIMES,
  // The last second rounds up into a year that no client reads.
  Timestamp: ([precision], dates) => (precision === '0' ? dates.slice(0, -1) : dates),
}

/**
 * @param {string} provider
 * @returns {(field: {type: string, kind: string, nativeType: [string, string[]] | null, values?: string[]}) => any[]}
 */
function valuesFor(provider) {
  const dates = provider === 'mysql' ? LATE_DATES : DATES
  /** @type {Record<string, any[]>} */
  const scalars = {
    Int: INTS,
    BigInt: BIGINTS,
    Float: provider === 'postgresql' ? [...FLOATS, ...ODD_FLOATS] : FLOATS,
    Decimal: provider === 'sqlite' ? SHORT_DECIMALS : DECIMALS,
    String: STRINGS,
    Boolean: [true, false],
    DateTime: dates,
    Bytes: BYTES,
    Json: JSONS,
  }
  return (field) => {
    if (field.kind === 'enum') return /** @type {string[]} */ (field.values)
    if (field.nativeType === null) return scalars[field.type]
    const [name, args] = field.nativeType
    if (name === 'Timestamp' && provider === 'mysql') return STAMP_DATES
    return NATIVES[name]?.(args, dates) ?? scalars[field.type]
  }
}

module.exports = { valuesFor }
