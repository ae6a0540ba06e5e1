// Every scalar type, required, nullable, in lists and with native types: what a block loads, and what it writes, comes
// back with main's values and JavaScript types.
const { throughBothDoors } = require('./support/doors')
const { deepSame } = require('./support/parity')

const date = new Date('2026-02-03T04:05:06.789Z')
const REQUIRED = {
  int: 0,
  bigInt: 0n,
  float: 0,
  decimal: '0',
  string: '',
  boolean: false,
  dateTime: new Date(0),
  bytes: new Uint8Array(),
  json: {},
  mood: 'HAPPY',
}
const ROWS = [
  { ...REQUIRED },
  {
    ...REQUIRED,
    int: 2_147_483_647,
    bigInt: 9_223_372_036_854_775_807n,
    float: 1.5e300,
    decimal: '12345678901234567890.123456789012345678',
    string: 'ünïcödé 💡 \u{10ffff}\n"quoted" \\',
    boolean: true,
    dateTime: date,
    bytes: new Uint8Array([0, 1, 127, 128, 255]),
    json: { z: 1, a: [null, true, 1.5, 'x', { b: [] }], 'key with "quotes"': '' },
    mood: 'SAD',
  },
  {
    ...REQUIRED,
    int: -2_147_483_648,
    bigInt: -9_223_372_036_854_775_808n,
    float: 2.5e-300,
    decimal: '-0.000000000000000000000000000001',
    dateTime: new Date('0001-01-01T00:00:00.001Z'),
    json: [],
  },
  { ...REQUIRED, float: 0.1, decimal: '1e20', dateTime: new Date('9999-12-31T23:59:59.999Z'), json: 'text' },
  { ...REQUIRED, json: 0, float: -1.5, decimal: '100.00' },
  {
    ...REQUIRED,
    json: false,
    intN: 1,
    bigIntN: 2n,
    floatN: 3.5,
    decimalN: '4.25',
    stringN: 's',
    booleanN: false,
  },
  { ...REQUIRED, dateTimeN: date, bytesN: new Uint8Array([9]), jsonN: { n: null }, moodN: 'CALM' },
].map((row, n) => ({ id: n + 1, ...row }))

const LISTS = [
  { id: 1 },
  {
    id: 2,
    ints: [1, -1, 2_147_483_647],
    bigInts: [9_007_199_254_740_993n, -1n],
    floats: [0.1, 1e300, -5],
    decimals: ['1.10', '-99999999999999999999.5'],
    strings: ['', 'a,b', '{"x"}', 'NULL', '💡'],
    booleans: [true, false],
    dateTimes: [date, new Date(0)],
    bytes: [new Uint8Array([0, 255]), new Uint8Array()],
    jsons: [{ a: 1 }, 'x', 2, [null]],
    moods: ['SAD', 'HAPPY'],
    roles: ['USER', 'ADMIN', 'USER'],
  },
  { id: 3, ints: [], strings: [], jsons: [] },
]

const NATIVES = [
  { id: '0F8FAD5B-D9CB-469F-A165-70867728950E' },
  {
    id: '11111111-2222-4333-8444-555555555555',
    char: 'ab',
    varChar: 'abcdefgh',
    text: 'text',
    small: -32_768,
    oid: 7,
    real: 0.1,
    price: '19.995',
    whole: '12.5',
    date: new Date('2026-02-03T23:59:59Z'),
    time: new Date('1970-01-01T12:34:56.789Z'),
    stamp: date,
    stampSecond: date,
    stampMicro: date,
    stampTz: date,
    jsonText: { b: 1, a: 2 },
    uuid: 'ABCDEF01-2345-4789-8ABC-DEF012345678',
  },
]

async function seed(main) {
  await main.scalar.createMany({ data: ROWS })
  await main.scalarList.createMany({ data: LISTS })
  await main.native.createMany({ data: NATIVES })
}

async function load(block, main) {
  for (const model of ['scalar', 'scalarList', 'native']) {
    await block[model].createMany({ data: await main[model].findMany() })
  }
}

throughBothDoors({ seed, load }, (pair, door) => {
  test.each(['scalar', 'scalarList', 'native'])('loaded rows of %s', async (model) => {
    await pair.ask((db) => db[model].findMany({ orderBy: { id: 'asc' } }))
  })

  test('each row by its key, each column alone', async () => {
    for (const { id } of ROWS) await pair.ask((db) => db.scalar.findUnique({ where: { id } }))
    for (const field of Object.keys(REQUIRED)) {
      await pair.ask((db) => db.scalar.findMany({ select: { [field]: true }, orderBy: { id: 'asc' } }))
    }
  })

  test.each(Object.keys(REQUIRED).filter((field) => field !== 'json'))(
    'a filter by each value of %s',
    async (field) => {
      for (const row of ROWS) {
        await pair.ask((db) => db.scalar.findMany({ where: { [field]: row[field] }, orderBy: { id: 'asc' } }))
      }
    },
  )

  /** Written to the block, read from it at once, and the same from main after the flush. */
  async function writeAndCompare(model, data) {
    await pair.block[model].create({ data })
    const { id } = data
    const local = await pair.block[model].findUnique({ where: { id } })
    await pair.block.$block.flush()
    deepSame(local, await pair.main[model].findUnique({ where: { id } }), `${model} ${id}`)
  }

  const offset = door === 'fast' ? 100 : 200
  test('what the block writes is what main then holds', async () => {
    for (const row of ROWS) await writeAndCompare('scalar', { ...row, id: row.id + offset })
    for (const row of LISTS) await writeAndCompare('scalarList', { ...row, id: row.id + offset })
  })

  test('native types round, pad and fold as main does', async () => {
    const [, full] = NATIVES
    const id = `0000000${door === 'fast' ? 'A' : 'B'}-0000-4000-8000-000000000000`
    await writeAndCompare('native', { ...full, id })
  })

  test('values out of range are the same error', async () => {
    const data = { ...REQUIRED, id: offset + 50 }
    await pair.ask((db) => db.scalar.create({ data: { ...data, int: 2_147_483_648 } }))
    await pair.ask((db) => db.scalar.create({ data: { ...data, dateTime: new Date(Number.NaN) } }))
    await pair.ask((db) => db.scalar.create({ data: { ...data, dateTime: '2026-01-01' } }))
    await pair.ask((db) => db.scalar.create({ data: { ...data, mood: 'ANGRY' } }))
    await pair.ask((db) => db.scalar.create({ data: { ...data, string: null } }))
    await pair.ask((db) =>
      db.native.create({ data: { id: '11111111-2222-4333-8444-555555555556', small: 32_768 } }),
    )
    await pair.ask((db) => db.native.create({ data: { id: 'no uuid' } }))
  })
})
