// Rows for the tests of aggregates: the ends of every numeric type, long decimals, values that are not finite.

const DIGITS = '123456789.123456789012345678901234567891'

/** @param {any} main */
async function seedNumbers(main) {
  const at = (/** @type {number} */ day) => new Date(Date.UTC(1969, 11, 30 + day, 12, 0, 0, day))
  await main.counter.createMany({
    data: [
      {
        id: 'a',
        n: 2_147_483_647,
        big: 9_223_372_036_854_775_807n,
        total: DIGITS,
        ratio: 0.1,
        label: 'x',
        at: at(0),
      },
      {
        id: 'b',
        n: 2_147_483_647,
        big: 9_223_372_036_854_775_807n,
        total: `-${DIGITS}`,
        ratio: 0.2,
        label: 'x',
      },
      {
        id: 'c',
        n: -2_147_483_648,
        big: -9_223_372_036_854_775_808n,
        total: '0.1',
        ratio: 0.3,
        label: 'X',
        at: at(4),
      },
      { id: 'd', n: 7, big: 1n, total: '1e-30', ratio: 1e21, at: at(2) },
      { id: 'e', n: 0, big: 0n, total: '99999999999999999999999999999999999', ratio: -1.5, label: '' },
      {
        id: 'f',
        n: 1,
        big: -7n,
        total: '0.000000000000000000000000000001',
        ratio: 5e-324,
        label: 'é',
        at: at(2),
      },
      { id: 'g', n: 1, big: 3n, total: '2', ratio: 3, label: 'é' },
      { id: 'h', n: -1, big: 3n, total: '-2.5', ratio: 7, label: 'z' },
    ],
  })
  const scalar = (/** @type {number} */ id, /** @type {object} */ rest) => ({
    id,
    int: id,
    bigInt: BigInt(id),
    float: id / 3,
    decimal: `${id}.5`,
    string: `s${id}`,
    boolean: id % 2 === 0,
    dateTime: at(id),
    bytes: new Uint8Array([id % 3]),
    json: { id: id % 2 },
    mood: ['SAD', 'CALM', 'HAPPY'][id % 3],
    ...rest,
  })
  await main.scalar.createMany({
    data: [
      scalar(1, { intN: 5, moodN: 'SAD', floatN: 1e308, decimalN: '0.3', bytesN: new Uint8Array([1]) }),
      scalar(2, { intN: 5, moodN: 'HAPPY', floatN: 2.5, decimalN: '10', booleanN: true, jsonN: { a: 1 } }),
      scalar(3, { intN: 6, floatN: -1e308, dateTimeN: at(3) }),
      scalar(4, { bigIntN: 12n, moodN: 'CALM', stringN: 'tall' }),
      scalar(5, { bigIntN: 12n }),
      scalar(6, { moodN: 'SAD' }),
    ],
  })
  await main.$executeRawUnsafe(`UPDATE scalars SET "float" = 'NaN' WHERE id = 5`)
  await main.$executeRawUnsafe(`UPDATE scalars SET "float" = '-Infinity' WHERE id = 6`)
  const uuid = (/** @type {number} */ n) => `10000000-0000-4000-8000-00000000000${n}`
  await main.native.createMany({
    data: [
      {
        id: uuid(1),
        small: 32_767,
        real: 0.1,
        price: '1.10',
        whole: 7,
        date: at(1),
        stampMicro: at(1),
        varChar: 'b',
      },
      {
        id: uuid(2),
        small: 32_767,
        real: 0.2,
        price: '2.25',
        whole: 8,
        date: at(1),
        stamp: at(2),
        varChar: 'B',
      },
      { id: uuid(3), small: -3, real: 16_777_216, price: '99999999.99', whole: 8, stampTz: at(3), char: 'q' },
      { id: uuid(4), jsonText: { a: 1 }, oid: 5, time: at(1) },
    ],
  })
}

/** @param {any} block @param {any} main */
async function loadNumbers(block, main) {
  for (const model of ['counter', 'scalar', 'native']) {
    await block[model].createMany({ data: await main[model].findMany() })
  }
}

module.exports = { loadNumbers, seedNumbers }
