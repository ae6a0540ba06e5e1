// Names and values of arguments are never SQL and never properties of a prototype: whatever a key is called, block and main client
// say the same of it, and nothing is changed.
const { throughBothDoors } = require('./support/doors')

const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '__defineGetter__',
  'id"; DROP TABLE "Counter"; --',
  "id'; DELETE FROM _sharded_outbox; --",
  'n) OR (1=1',
  '"',
  "'",
  '`',
  '\\',
  'a\u0000b',
  '',
  ' ',
  '$1',
  '?',
  ':id',
  'rowid',
  '_adopted',
  'sqlite_master',
  'é',
]

/** An own property, whatever its name. @param {string} key @param {unknown} value */
function own(key, value) {
  const made = {}
  Object.defineProperty(made, key, { value, enumerable: true, configurable: true, writable: true })
  return made
}

/** Where a key may stand. @type {Array<[string, (db: any, key: string) => unknown]>} */
const PLACES = [
  ['where', (db, key) => db.counter.findMany({ where: own(key, 1) })],
  ['a filter', (db, key) => db.counter.findMany({ where: { n: own(key, 1) } })],
  ['select', (db, key) => db.counter.findMany({ select: own(key, true) })],
  ['orderBy', (db, key) => db.counter.findMany({ orderBy: own(key, 'asc') })],
  ['arguments', (db, key) => db.counter.findMany(own(key, { n: 1 }))],
  ['data', (db, key) => db.counter.update({ where: { id: 'k' }, data: own(key, 5) })],
  ['a unique where', (db, key) => db.counter.findUnique({ where: { ...own(key, 'k'), id: 'k' } })],
  ['by', (db, key) => db.counter.groupBy({ by: [key] })],
  ['distinct', (db, key) => db.counter.findMany({ distinct: [key] })],
]

throughBothDoors(
  {
    seed: (/** @type {any} */ main) =>
      main.counter.createMany({
        data: [
          { id: 'k', n: 1 },
          { id: 'l', n: 2 },
        ],
      }),
    load: async (/** @type {any} */ block, /** @type {any} */ main) => {
      await block.counter.createMany({ data: await main.counter.findMany() })
    },
  },
  (pair) => {
    test('a call as any other', async () => {
      expect(await pair.ask((db) => db.counter.findMany({ where: { n: 1 } }))).toHaveLength(1)
      expect(await pair.ask((db) => db.counter.findMany({ where: { n: 1 } }))).toHaveLength(1)
    })

    test.each(PLACES)('strange keys in %s', async (_, call) => {
      for (const key of KEYS) {
        await pair.ask((db) => call(db, key))
      }
      expect(/** @type {any} */ ({}).n).toBeUndefined()
      expect(Object.keys(Object.prototype)).toEqual([])
      expect(await pair.ask((db) => db.counter.findMany({ orderBy: { id: 'asc' } }))).toMatchObject([
        { id: 'k', n: 1 },
        { id: 'l', n: 2 },
      ])
    })

    test.each(KEYS.filter((key) => !key.includes('\u0000')))('%j as a value is a value', async (value) => {
      expect(await pair.ask((db) => db.counter.findMany({ where: { label: value } }))).toEqual([])
      expect(
        await pair.ask((db) => db.counter.findMany({ where: { id: { in: [value, 'k'] } } })),
      ).toHaveLength(1)
      expect(await pair.ask((db) => db.counter.count({ where: { label: { contains: value } } }))).toBe(0)
    })
  },
)
