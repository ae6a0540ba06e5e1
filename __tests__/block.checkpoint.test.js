// The log of a block's file stays short, whoever writes; who keeps it from that is told of.
const fs = require('node:fs')
const path = require('node:path')
const { Block, InvalidOptionError } = require('../js/index.js')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { startChild } = require('./support/child')
const { FIRST_APP_MS } = require('./support/doors')
const { eventually } = require('./support/queue')
const { heard } = require('./support/refusals')

const READER = path.join(__dirname, 'support', 'long-reader.js')
const MIB = 2 ** 20
const maxWal = 2 * MIB
/** @type {any} */
let app
/** @type {any} */
let main
let dir = ''

beforeAll(async () => {
  app = await makeApp()
  main = await newMain(app)
}, FIRST_APP_MS)
afterAll(() => main.drop())
beforeEach(async () => {
  dir = temporaryDir()
  await main.client.counter.deleteMany()
})
afterEach(() => Block.shutdown())

/** @param {string} blockId @param {object} [more] */
const open = (blockId, more = {}) =>
  Block.create({ blockId, client: main.client, dir, generated: app.generated, maxWal, ...more })
/** @param {any} db */
const walBytes = (db) => fs.statSync(`${db.$block.path}-wal`).size

/**
 * Commits of some 64 KiB each, whose outbox entries are as large.
 * @param {any} db @param {string} name @param {number} count
 * @returns {Promise<number>} the longest that the log was
 */
async function write(db, name, count) {
  let longest = 0
  for (let n = 0; n < count; n++) {
    await db.counter.create({ data: { id: `${name}${n}`, label: 'x'.repeat(64 * 1024) } })
    longest = Math.max(longest, walBytes(db))
  }
  return longest
}

test('many writes keep it under its bound, also when they are fewer than a checkpoint waits for', async () => {
  const db = await open('short')
  const longest = await write(db, 'k', 200)
  // 200 commits of 128 KiB would be 25 MiB.
  expect(longest).toBeLessThan(12 * MIB)
  await eventually(() => walBytes(db) <= maxWal)
  expect(db.$block.status()).toMatchObject({ checkpoint: { maxBytes: maxWal, lastError: null } })
  expect(await db.counter.count()).toBe(200)
  await db.$block.flush()
  expect(await main.client.counter.count()).toBe(200)
})

test('a reader of another process is told of once; nothing fails, and after it the log is short again', async () => {
  const db = await open('held')
  const told = heard(db, 'longReader')
  await write(db, 'before', 2)
  const env = {
    READER: JSON.stringify({ url: main.url, dir, blockId: 'held', mode: 'holds', options: { maxWal } }),
  }
  const reader = startChild(READER, { env })
  await reader.line('holds')
  await write(db, 'during', 60)
  expect(walBytes(db)).toBeGreaterThan(maxWal)
  await eventually(() => told.length > 0)
  await write(db, 'more', 5)
  expect(told).toEqual([
    {
      blockId: 'held',
      code: 'SHARDED_LONG_READER',
      message: expect.stringMatching(/^block 'held': a read or transaction.*maxWal: 2\.0 MiB/),
      walBytes: expect.any(Number),
      blockedMs: expect.any(Number),
    },
  ])
  expect(told[0].walBytes).toBeGreaterThan(maxWal)
  expect(told[0].blockedMs).toBeGreaterThanOrEqual(1_000)
  expect(db.$block.status().checkpoint.blockedMs).toBeGreaterThanOrEqual(told[0].blockedMs)
  expect(await db.counter.count()).toBe(67)
  reader.send('stop')
  // It saw the moment at which it began.
  expect(await reader.line('saw')).toBe('2,2')
  // Nobody writes, and the other process keeps the file open.
  await eventually(() => walBytes(db) <= maxWal && db.$block.status().checkpoint.blockedMs === null)
  reader.send('leave')
  await reader.exit()
  expect(reader.errors).toBe('')
  expect(told).toHaveLength(1)
})

test('a transaction of the same process too; where nobody listens it is a warning of the process', async () => {
  const db = await open('own')
  await write(db, 'before', 1)
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const seen = await db.$transaction(
    async (/** @type {any} */ tx) => {
      const before = await tx.counter.count()
      await write(db, 'during', 40)
      await eventually(() => warn.mock.calls.length > 0)
      return [before, await tx.counter.count()]
    },
    { isolationLevel: 'RepeatableRead', timeout: 100_000 },
  )
  const warnings = warn.mock.calls
  warn.mockRestore()
  const how = { type: 'ShardedWarning', code: 'SHARDED_LONG_READER' }
  expect(warnings).toEqual([[expect.stringMatching(/^block 'own': a read or transaction/), how]])
  expect(seen).toEqual([1, 1])
  await eventually(() => walBytes(db) <= maxWal)
})

test('a log that a killed process left long is emptied when the block opens', async () => {
  const env = { READER: JSON.stringify({ url: main.url, dir, blockId: 'left', mode: 'leaves' }) }
  const writer = startChild(READER, { env })
  await writer.line('written')
  await writer.kill()
  const [left] = fs.readdirSync(dir).filter((name) => name.endsWith('.sqlite-wal'))
  expect(fs.statSync(path.join(dir, left)).size).toBeGreaterThan(maxWal)
  const db = await open('left')
  await eventually(() => walBytes(db) <= maxWal)
  expect(await db.counter.count()).toBe(30)
})

test('names a wrong bound, and another one of a block that is open', async () => {
  await expect(open('wrong', { maxWal: 0 })).rejects.toThrow(
    'maxWal: expected a whole number of bytes, at least 1, given 0',
  )
  await open('wrong')
  await expect(open('wrong', { maxWal: 5 })).rejects.toThrow(InvalidOptionError)
})
