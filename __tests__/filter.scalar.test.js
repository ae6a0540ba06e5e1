// Scalar filters: for each operator, the rows that main returns.
const { ALL_MAINS, throughBothDoors } = require('./support/doors')
const { withMainDown } = require('./support/local')
const { loadAll, seed } = require('./support/seed')

const orderBy = { id: 'asc' }
const select = { id: true }

const FILTERS = {
  'an equal string': { email: 'u1@example.com' },
  'equals, spelled out': { name: { equals: 'ann' } },
  'strings by case': { name: 'ANN' },
  'the empty string': { name: '' },
  null: { name: null },
  'equals null': { name: { equals: null } },
  'not null': { name: { not: null } },
  'not a value leaves null out': { name: { not: 'ann' } },
  'nested not': { age: { not: { gt: 21 } } },
  in: { name: { in: ['ann', 'Émile', 'nobody'] } },
  'in nothing': { name: { in: [] } },
  notIn: { name: { notIn: ['ann', ''] } },
  'notIn nothing': { name: { notIn: [] } },
  'lt of an Int': { age: { lt: 22 } },
  'lte of an Int': { age: { lte: 22 } },
  'gt and lt together': { age: { gt: 20, lt: 23 } },
  'gte of a BigInt beyond 2^53': { views: { gte: 9_007_199_254_740_993n } },
  'a BigInt given as number': { views: { lt: 0 } },
  'a Float': { score: { gt: 0.05, lte: 1e21 } },
  'a Decimal as string': { balance: { gt: '9.99' } },
  'a Decimal as number': { balance: 9.99 },
  'a Decimal of another scale': { balance: { equals: '10' } },
  'Decimals in a list': { balance: { in: ['10.0', '-1.5'] } },
  'a Boolean': { active: false },
  'not a Boolean': { active: { not: true } },
  'a DateTime': { createdAt: { gte: new Date(Date.UTC(2026, 0, 1, 12, 3)) } },
  'a DateTime as text with a zone': { createdAt: { lt: '2026-01-01T15:03:00+02:00' } },
  'an enum': { role: 'ADMIN' },
  'enums in a list': { role: { in: ['USER', 'GUEST'] } },
  'not an enum': { role: { not: 'USER' } },
  Bytes: { avatar: new Uint8Array([1, 0, 255]) },
  'strings in byte order': { name: { gte: 'a', lt: 'é' } },
  contains: { name: { contains: 'n' } },
  startsWith: { name: { startsWith: 'A' } },
  endsWith: { name: { endsWith: 'e' } },
  'contains with letters outside ASCII': { name: { contains: '本' } },
  'contains with a wildcard': { email: { contains: 'u_@' } },
  'contains nothing': { name: { contains: '' } },
  'undefined, which is no filter': { name: undefined },
  AND: { AND: [{ active: true }, { age: { gt: 20 } }] },
  'AND of one object': { AND: { active: true } },
  'AND of nothing': { AND: [] },
  OR: { OR: [{ name: 'ann' }, { age: null }] },
  'OR of nothing': { OR: [] },
  NOT: { NOT: { role: 'ADMIN' } },
  'NOT with null in the column': { NOT: { age: 21 } },
  'NOT of a list': { NOT: [{ role: 'ADMIN' }, { active: true }] },
  'NOT of nothing': { NOT: [] },
  nested: { OR: [{ AND: [{ active: true }, { NOT: { age: 20 } }] }, { name: { in: ['', 'ann'] } }] },
}

throughBothDoors({ providers: ALL_MAINS, seed, load: loadAll }, (pair) => {
  test.each(Object.entries(FILTERS))('%s', async (_, where) => {
    await pair.ask((db) => db.user.findMany({ where, orderBy, select }))
    await pair.ask((db) => db.user.count({ where }))
  })

  test('the same shape with other values', async () => {
    for (const name of ['Ann', 'ann', null, 'nobody', '💡 idea']) {
      await pair.ask((db) => db.user.findMany({ where: { name }, orderBy, select }))
    }
    for (const names of [[], ['ann'], ['ann', 'Ann', '']]) {
      await pair.ask((db) => db.user.findMany({ where: { name: { in: names } }, orderBy, select }))
    }
  })

  test('a Decimal of more digits than its column has', async () => {
    const digits = ['9.989999999999999999999', '9.99', '9.990000000000000000001', '9999999999.995', '1e30']
    for (const operator of ['gt', 'gte', 'lt', 'lte', 'equals', 'not']) {
      for (const value of digits) {
        const where = { balance: { [operator]: value } }
        await pair.ask((db) => db.user.findMany({ where, orderBy, select }))
      }
    }
    for (const list of [digits, digits.slice(1, 2), digits.slice(2)]) {
      await pair.ask((db) => db.user.findMany({ where: { balance: { in: list } }, orderBy, select }))
      await pair.ask((db) => db.user.findMany({ where: { balance: { notIn: list } }, orderBy, select }))
    }
  })

  test('more values than a statement takes: main knows', async () => {
    const OR = Array.from({ length: 30_001 }, (_, n) => ({ id: `u${n}` }))
    const alone = withMainDown(pair.main, async () => pair.block.user.findMany({ where: { OR }, select }))
    await expect(alone).rejects.toThrow('asked the main database')
  })

  test('an unknown operator, field or type is the same validation error', async () => {
    await pair.ask((db) => db.user.findMany({ where: { name: { resembles: 'a' } } }))
    await pair.ask((db) => db.user.findMany({ where: { nickname: 'a' } }))
    await pair.ask((db) => db.user.findMany({ where: { age: 'old' } }))
    await pair.ask((db) => db.user.findMany({ where: { role: 'KING' } }))
    await pair.ask((db) => db.user.findMany({ where: { email: null } }))
  })
})
