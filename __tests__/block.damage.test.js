// What an outside hand does to a block file, to its rows on the way to the main database, and to the values that a call
// brings: nothing acknowledged is lost, nothing else is written. Each case was once a loss.
const fs = require('node:fs')
const Database = require('better-sqlite3')
const { addon } = require('../js/binding')
const { Block } = require('../js/index')
const { makeApp, newMain, temporaryDir } = require('./support/app')

let app
let main
const dir = temporaryDir()

beforeAll(async () => {
  app = await makeApp()
  main = await newMain(app)
  await main.client.$executeRawUnsafe('ALTER TABLE "Counter" ADD CONSTRAINT small CHECK (n < 1000)')
})
afterAll(() => main.drop())
beforeEach(async () => {
  await main.client.counter.deleteMany()
  await main.client.counter.create({ data: { id: 'k' } })
})

const place = () => ({ dir, generated: app.generated, client: main.client })
const loader = async (block, from) =>
  void (await block.counter.createMany({ data: await from.counter.findMany() }))
const open = (blockId, more = {}) => Block.create({ blockId, loader, ...place(), ...more })
const counter = (client, id = 'k') => client.counter.findUnique({ where: { id } })

async function createMany(db, prefix, count) {
  for (let at = 0; at < count; at++) await db.counter.create({ data: { id: `${prefix}${at}` } })
}

test.each(['', 'with its lock file: '])(
  '%sa file that is overwritten in place by an older copy of itself loses no later write',
  async (whole) => {
    const blockId = `restored ${whole}`
    let db = await open(blockId)
    await createMany(db, `before ${whole}`, 1)
    await db.$disconnect()
    const files = [db.$block.path, ...(whole ? [`${db.$block.path}.lock`] : [])]
    const copies = files.map((file) => fs.readFileSync(file))
    db = await open(blockId)
    await createMany(db, `lost from the file ${whole}`, 5)
    await db.$disconnect()
    for (const [at, file] of files.entries()) fs.writeFileSync(file, copies[at])
    db = await open(blockId)
    await createMany(db, `after ${whole}`, 8)
    await db.$block.flush()
    expect(await main.client.counter.count({ where: { id: { startsWith: 'after' } } })).toBe(8)
    await db.$disconnect()
  },
)

test('a block that is deleted and made again while another holder has the old file sends its commits', async () => {
  const first = await open('again')
  const schema = new (addon().Schema)(fs.readFileSync(`${app.generated}/manifest.json`, 'utf8'))
  const other = addon().Block.open(
    schema,
    first.$block.path,
    JSON.stringify({ durability: 'os', load: false }),
  )
  await Block.delete_block('again', place())
  const second = await open('again')
  await createMany(second, 'again', 6)
  await second.$block.flush()
  expect(await main.client.counter.count({ where: { id: { startsWith: 'again' } } })).toBe(6)
  await second.$disconnect()
  await other.close()
})

test('a deletion whose process died after its mark leaves a block that can be made again', async () => {
  const db = await open('half deleted')
  await db.$disconnect()
  const schema = new (addon().Schema)(fs.readFileSync(`${app.generated}/manifest.json`, 'utf8'))
  const native = addon().Block.open(schema, db.$block.path, JSON.stringify({ durability: 'os', load: false }))
  expect(native.setMeta('deleted', '1')).toBe(0)
  await native.close()
  await main.client.counter.create({ data: { id: 'since' } })
  const again = await open('half deleted')
  expect(await again.counter.count()).toBe(2)
  await again.$disconnect()
})

test('a block that somebody else deleted is made anew by the next create', async () => {
  const db = await open('deleted elsewhere')
  const schema = new (addon().Schema)(fs.readFileSync(`${app.generated}/manifest.json`, 'utf8'))
  const other = addon().Block.open(schema, db.$block.path, JSON.stringify({ durability: 'os', load: false }))
  expect(other.setMeta('deleted', '1')).toBe(0)
  await expect(db.counter.update({ where: { id: 'k' }, data: { n: 1 } })).rejects.toMatchObject({
    code: 'SHARDED_BLOCK_DELETED',
  })
  await other.close()
  const again = await open('deleted elsewhere')
  await again.counter.update({ where: { id: 'k' }, data: { n: 2 } })
  await again.$block.flush()
  expect((await counter(main.client)).n).toBe(2)
  await again.$disconnect()
})

test('a row that main made while a refresh was reading stays in set reads', async () => {
  let during = async () => {}
  const slow = async (block, from) => {
    const categories = await from.category.findMany()
    await during()
    await block.category.createMany({ data: categories })
  }
  const db = await open('through', { loader: slow })
  during = () => db.category.create({ data: { name: 'during' } })
  await Block.invalidate('through', { dir, generated: app.generated })
  const made = await main.client.category.findMany()
  expect(made).toHaveLength(1)
  expect(await db.category.findMany()).toEqual(made)
  await db.$disconnect()
})

test('an update travels also where it changes nothing here', async () => {
  const db = await open('unchanged')
  await main.client.counter.update({ where: { id: 'k' }, data: { label: 'direct' } })
  await db.counter.update({ where: { id: 'k' }, data: { label: null } })
  await db.$block.flush()
  expect((await counter(main.client)).label).toBeNull()
  await db.$disconnect()
})

test.each(['loaded', 'adopted'])(
  'an accepted write after a refused one of a row that was %s arrives, and the row becomes main’s',
  async (how) => {
    const db = await open(`refused ${how}`, how === 'loaded' ? {} : { loader: async () => {} })
    await counter(db)
    const rejected = []
    db.$block.on('rejected', (event) => rejected.push(event))
    await db.counter.update({ where: { id: 'k' }, data: { n: 5000, label: 'both' } })
    await db.counter.update({ where: { id: 'k' }, data: { label: 'both' } })
    await db.$block.flush()
    expect(rejected).toHaveLength(1)
    expect(await counter(main.client)).toMatchObject({ n: 0, label: 'both' })
    expect(await counter(db)).toEqual(await counter(main.client))
    await db.$disconnect()
  },
)

const CLOSED = "UPDATE _sharded_meta SET value = 'another-boot 1:1 name 1.1 clean' WHERE key = 'life'"
const OPEN = "UPDATE _sharded_meta SET value = 'another-boot 1:1 name' WHERE key = 'life'"
const UNOPENED = "DELETE FROM _sharded_meta WHERE key = 'life'"
const ELSEWHERE = "UPDATE _sharded_meta SET value = 'another-boot' WHERE key = 'loadedBoot'"

test.each([
  ['os, that was closed before,', 'os', CLOSED, 7],
  ['os, that was open,', 'os', OPEN, 7],
  ['full, that was closed before,', 'full', CLOSED, 0],
  ['full, that was open,', 'full', OPEN, 7],
  ['full, whose first log was lost,', 'full', `${UNOPENED}; ${ELSEWHERE}`, 7],
  ['full, that had just been loaded in this boot,', 'full', UNOPENED, 0],
])(
  'after another boot a block of durability %s is loaded again before it serves or not',
  async (name, durability, left, n) => {
    let db = await open(`rebooted ${name}`, { durability })
    await db.$disconnect()
    const file = new Database(db.$block.path)
    file.exec(left)
    file.close()
    await main.client.counter.update({ where: { id: 'k' }, data: { n: 7 } })
    db = await open(`rebooted ${name}`, { durability })
    expect((await counter(db)).n).toBe(n)
    await db.$disconnect()
  },
)

describe('values that no database holds', () => {
  const bad = [
    ['a day that does not exist', { at: '2020-02-30T00:00:00Z' }],
    ['an hour that does not exist', { at: '2020-01-01T24:00:00Z' }],
    ['a leap second', { at: '2016-12-31T23:59:60Z' }],
    ['the year 0', { at: new Date(-62135596800001) }],
  ]

  test.each(bad)('%s is refused, the first time and the second, and changes nothing', async (_, data) => {
    const db = await open('bad values')
    await db.counter.update({ where: { id: 'k' }, data: { at: '2020-02-03T04:05:06Z' } })
    for (let time = 0; time < 2; time++) {
      await expect(db.counter.update({ where: { id: 'k' }, data })).rejects.toThrow()
    }
    expect((await counter(db)).at).toEqual(new Date('2020-02-03T04:05:06Z'))
    await db.$disconnect()
  })

  test('NaN and Infinity in a filter are not null', async () => {
    const db = await open('not null')
    for (const ratio of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const where = { ratio }
      expect(await db.counter.findMany({ where })).toEqual(await main.client.counter.findMany({ where }))
      expect(await db.counter.deleteMany({ where })).toEqual({ count: 0 })
    }
    await expect(db.counter.deleteMany({ where: { at: null, n: Number.NaN } })).rejects.toThrow()
    await db.$block.flush()
    expect(await main.client.counter.count()).toBe(1)
    await db.$disconnect()
  })
})
