// PostgreSQL's native types: how filters, orders, groups and ends read their values, and lists of every scalar.
const { throughBothDoors } = require('./support/doors')

const id = (/** @type {number} */ n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const at = (/** @type {string} */ text) => new Date(text)

const ROWS = [
  { char: 'ab', varChar: 'ab', text: 'ab ', small: 0, oid: 1, real: 0.1, price: '19.995', whole: '12.5' },
  {
    char: 'ab  c',
    varChar: 'ab  ',
    text: 'AB',
    small: -32_768,
    oid: 2,
    real: -0.1,
    price: '0',
    whole: '-12.5',
  },
  { char: '', varChar: '', text: '', small: 32_767, oid: 3, real: 1e30, price: '-0.005', whole: '999999' },
  { char: 'AB', varChar: 'abcdefgh', text: 'ä', real: 16_777_217, price: '99999999.99', whole: '0' },
  { char: 'äöü', varChar: 'äöüäöüäö', real: 1.5, price: '0.01', whole: '1' },
  { real: 3.4e38, uuid: 'ABCDEF01-2345-4789-8ABC-DEF012345678' },
  {},
].map((row, n) => ({ id: id(n), ...row }))

const TIMES = [
  '2026-02-03T04:05:06.789Z',
  '2026-02-03T23:59:59.999Z',
  '2026-02-04T00:00:00.000Z',
  '1969-12-31T23:59:59.500Z',
  '1970-01-01T00:00:00.000Z',
  '0001-01-01T00:00:00.001Z',
  '9999-12-31T23:59:59.499Z',
]

const INSTANTS = TIMES.map((text, n) => ({
  id: id(100 + n),
  date: at(text),
  time: at(text),
  stamp: at(text),
  stampSecond: at(text),
  stampMicro: at(text),
  stampTz: at(text),
}))

async function seed(/** @type {any} */ main) {
  await main.native.createMany({ data: [...ROWS, ...INSTANTS] })
}

async function load(/** @type {any} */ block, /** @type {any} */ main) {
  await block.native.createMany({ data: await main.native.findMany() })
}

const NUMBERS = [0, 0.1, -0.1, 1.5, 16_777_216, 16_777_217, 1e30, 3.4e38, 0.10000000149011612, 1e-300, 1e300]
const DECIMALS = [
  '19.995',
  '20',
  '20.00',
  '0.005',
  '0',
  '-0.01',
  '12.5',
  '13',
  '-13',
  '99999999.99',
  '1e2',
  '123456789012.345',
]
const TEXTS = ['ab', 'ab ', 'ab  c', '', ' ', 'AB', 'äöü', 'abcdefghi', 'a', 'b']
const UUIDS = [
  'ABCDEF01-2345-4789-8ABC-DEF012345678',
  'abcdef01-2345-4789-8abc-def012345678',
  'ABCDEF0123454789-8ABCDEF012345678',
  'no',
]
const SMALLS = [0, -32_768, 32_767, 32_768, -40_000, 2_147_483_647]
const DATES = [...TIMES, '2026-02-03T04:05:07.000Z', '2026-02-03T00:00:00Z', '9999-12-31T23:59:59.999Z'].map(
  at,
)

/** @type {[string, any[]][]} */
const COLUMNS = [
  ['real', NUMBERS],
  ['price', DECIMALS],
  ['whole', DECIMALS],
  ['small', SMALLS],
  ['oid', [0, 1, 3]],
  ['char', TEXTS],
  ['varChar', TEXTS],
  ['text', TEXTS],
  ['uuid', UUIDS],
  ['date', DATES],
  ['time', DATES],
  ['stamp', DATES],
  ['stampSecond', DATES],
  ['stampMicro', DATES],
  ['stampTz', DATES],
]

const orderBy = { id: /** @type {const} */ ('asc') }

throughBothDoors({ seed, load }, (pair) => {
  test('the rows themselves', () => pair.ask((db) => db.native.findMany({ orderBy })))

  test.each(COLUMNS)('a filter of %s', async (name, values) => {
    const find = (/** @type {any} */ filter) =>
      pair.ask((db) => db.native.findMany({ where: { [name]: filter }, orderBy, select: { id: true } }))
    for (const value of values) {
      for (const operator of ['equals', 'not', 'lt', 'lte', 'gt', 'gte']) await find({ [operator]: value })
      await find({ in: [value] })
      await find({ notIn: [value, values[0]] })
    }
    await find({ in: values })
  })

  test.each(COLUMNS)('order, ends and groups by %s', async (name) => {
    await pair.ask((db) => db.native.findMany({ orderBy: [{ [name]: 'asc' }, orderBy] }))
    await pair.ask((db) =>
      db.native.findMany({ orderBy: [{ [name]: { sort: 'desc', nulls: 'last' } }, orderBy], take: 4 }),
    )
    await pair.ask((db) =>
      db.native.aggregate({ _min: { [name]: true }, _max: { [name]: true }, _count: { [name]: true } }),
    )
    await pair.ask((db) => db.native.groupBy({ by: [name], _count: true, orderBy: { [name]: 'asc' } }))
  })

  test.each(['char', 'varChar', 'text'])('parts of %s', async (name) => {
    for (const part of TEXTS) {
      for (const operator of ['contains', 'startsWith', 'endsWith']) {
        await pair.ask((db) => db.native.findMany({ where: { [name]: { [operator]: part } }, orderBy }))
      }
    }
  })

  test('sums of numbers', async () => {
    for (const name of ['small', 'real', 'price', 'whole', 'oid']) {
      await pair.ask((db) =>
        db.native.aggregate({
          _sum: { [name]: true },
          _avg: { [name]: true },
          where: { real: { lt: 1e20 } },
        }),
      )
    }
  })
})
