// The end of a block, a thread or a process while reads go on beside the event loop.
const path = require('node:path')
const { Block, BlockClosedError } = require('../js/index.js')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { startChild } = require('./support/child')

const READER = path.join(__dirname, 'support', 'long-reader.js')
const ROWS = 20_000
const FOUND = Array.from({ length: ROWS }, (_, n) => n).filter((n) => `${n}`.includes('99')).length
const dir = temporaryDir()
/** @type {any} */
let app
/** @type {any} */
let main

/** @param {any} block */
async function loader(block) {
  const zero = { n: 0, big: 0n, total: 0, ratio: 0, at: null }
  const data = Array.from({ length: ROWS }, (_, n) => ({ ...zero, id: `k${n}`, label: `number ${n}` }))
  await block.counter.createMany({ data })
}

/** @param {string} blockId */
const open = (blockId) =>
  Block.create({ blockId, client: main.client, dir, generated: app.generated, loader })

/** @param {any} db */
const search = (db) => db.counter.findMany({ where: { label: { contains: '99' } } })

/** @param {any} db */
const pooled = (db) => db.$block.status().client.pooled

beforeAll(async () => {
  app = await makeApp()
  main = await newMain(app)
})
afterAll(() => main.drop())

test('$disconnect waits for the reads that run', async () => {
  const db = await open('waits')
  for (const first of [search(db), db.counter.findMany()]) await first
  const before = pooled(db)
  const reading = [search(db), search(db), db.counter.findMany()].map(async (rows) => rows)
  await db.$disconnect()
  expect(pooled(db)).toBe(before + 3)
  const found = await Promise.all(reading)
  expect(found.map((rows) => rows.length)).toEqual([FOUND, FOUND, ROWS])
  await expect(search(db)).rejects.toBeInstanceOf(BlockClosedError)
})

test('a block that is closed under its reads says so', async () => {
  const db = await open('closed')
  await search(db)
  expect(pooled(db)).toBe(1)
  const reading = Array.from({ length: 30 }, async () => search(db))
  const ended = Promise.allSettled(reading)
  await db._engine.block.close()
  for (const { status, reason } of await ended)
    if (status === 'rejected') expect(reason).toBeInstanceOf(BlockClosedError)
  expect((await ended).some(({ status }) => status === 'rejected')).toBe(true)
  await db.$disconnect().catch(() => {})
})

test('deletion waits for them too', async () => {
  const db = await open('deleted')
  const reading = search(db).then((/** @type {any[]} */ rows) => rows.length)
  const { deleted } = await Block.delete_block('deleted', { dir, generated: app.generated })
  expect(deleted).toBe(true)
  expect(await reading).toBe(FOUND)
})

describe('in another process', () => {
  /** @param {string} mode */
  const child = (mode) =>
    startChild(READER, { env: { READER: JSON.stringify({ url: main.url, dir, blockId: 'other', mode }) } })

  beforeAll(async () => (await open('other')).$disconnect())

  test('a read keeps it until it is answered, and no longer', async () => {
    const { code, lines, errors } = await child('waits').exit()
    expect({ code, lines, errors }).toEqual({ code: 0, lines: [`found ${FOUND}`], errors: '' })
  })

  test('process.exit does not wait', async () => {
    const { code, errors } = await child('exits').exit()
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
  })

  test('a worker thread that is terminated leaves the others alone', async () => {
    const { code, lines, errors } = await child('threads').exit(60_000)
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    expect(lines).toEqual(['worker reads', 'worker done', 'over'])
  })
})
