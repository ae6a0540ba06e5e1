// `sharded status` and `sharded flush --all`: all blocks of a folder.
const fs = require('node:fs')
const { addon } = require('../js/binding')
const { Block } = require('../js')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { startChild } = require('./support/child')
const { CLI, clientModule, runCli } = require('./support/cli')
const { FIRST_APP_MS } = require('./support/doors')

/** @type {any} */
let app
/** @type {any} */
let main
/** @type {string} */
let dir

beforeAll(async () => {
  app = await makeApp({ provider: 'sqlite' })
}, FIRST_APP_MS)
beforeEach(async () => {
  main = await newMain(app)
  dir = temporaryDir()
})
afterEach(() => main.drop())

const place = () => ['--dir', dir, '--generated', app.generated]
const open = (/** @type {string} */ blockId) =>
  Block.create({ blockId, client: main.client, dir, generated: app.generated })
const LONG = `${'long/'.repeat(60)}id`

/** Three blocks: nothing pending, two commits pending, one of a long id pending. */
async function someBlocks() {
  for (const [id, commits] of /** @type {Array<[string, number]>} */ ([
    ['a', 0],
    ['B/é', 2],
    [LONG, 1],
  ])) {
    const db = await open(id)
    const file = db.$block.path
    await db.$disconnect()
    const lock = addon().FileLock.tryAcquire(`${file}.apply.lock`)
    const again = await open(id)
    for (let n = 0; n < commits; n++) await again.counter.create({ data: { id: `${id}-${n}` } })
    await Block.shutdown({ timeout: 50 })
    lock.release()
  }
}

test('each block is told with its size, rows and what is pending', async () => {
  await someBlocks()
  const { code, stderr, json } = await runCli(['status', '--json', ...place()])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const { blocks } = json()
  const of = (/** @type {string} */ id) => blocks.find((/** @type {any} */ one) => one.id === id)
  expect(blocks).toHaveLength(3)
  expect(of('a')).toMatchObject({
    rows: 0,
    current: true,
    stale: false,
    applier: null,
    rejected: 0,
    problem: null,
  })
  expect(of('a').pending.commits).toBe(0)
  expect(of('B/é')).toMatchObject({ rows: 2, models: { Counter: 2 }, pending: { commits: 2 } })
  expect(of('B/é').pending.oldestMs).toBeGreaterThan(0)
  expect(of(LONG)).toMatchObject({ rows: 1, pending: { commits: 1 } })
  expect(of('a').bytes).toBe(fs.statSync(of('a').path).size)
})

test('for people it is a table; one block, and none', async () => {
  await someBlocks()
  const all = await runCli(['status', '--no-rows', ...place()])
  expect(all.stdout.split('\n')[0]).toMatch(/^block +size +rows +pending +oldest +applier +rejected$/)
  expect(all.stdout).toMatch(/\nB\/é +\d+\.\d KiB +– +2 +\d+ m?s +– +0\n/)
  const one = await runCli(['status', 'B/é', ...place()])
  expect(one.stdout).toMatch(/^block.*\nB\/é +\d+\.\d KiB +2 +2 [^\n]*\n$/)
  const none = await runCli(['status', 'nobody', ...place()])
  expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining("no block 'nobody'") })
  const empty = await runCli(['status', '--generated', app.generated, '--dir', `${dir}/none`])
  expect(empty).toMatchObject({ code: 0, stdout: 'there are no blocks in this folder\n' })
})

test('a damaged block is told, and is exit code 1', async () => {
  await someBlocks()
  const { json } = await runCli(['status', '--json', ...place()])
  const [{ path: file, id }] = json().blocks
  fs.writeFileSync(file, 'nothing '.repeat(2_000))
  const { code, stdout } = await runCli(['status', ...place()])
  expect(code).toBe(1)
  expect(stdout).toContain(`${id} (damaged)`)
  expect(stdout).toMatch(/✘ .*not a database/)
})

test('a block that is open elsewhere says who applies, again and again until it is interrupted', async () => {
  const db = await open('a')
  await db.counter.create({ data: { id: 'x' } })
  await db.$block.flush()
  const child = startChild(CLI, { args: ['status', '--watch', '--interval', '0.1', '--json', ...place()] })
  await child.until(() => child.lines.length >= 3, 'three looks', 20_000)
  child.signal('SIGINT')
  expect(await child.exit()).toMatchObject({ code: 0, signal: null })
  for (const line of child.lines) expect(JSON.parse(line).blocks).toMatchObject([{ id: 'a', rows: 1 }])
  await db.$disconnect()
  const wrong = await runCli(['status', '--watch', '--interval', 'often', ...place()])
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining("given 'often'") })
})

test('flush --all sends what waits anywhere, and tells what it cannot', async () => {
  await someBlocks()
  const client = ['--client', clientModule(dir, app, main.url)]
  const { code, json } = await runCli(['flush', '--all', '--json', ...client, ...place()])
  expect(code).toBe(0)
  expect(json().blocks).toMatchObject([
    { block: 'B/é', flushed: 2 },
    { block: LONG, flushed: 1 },
  ])
  expect(await main.client.counter.count()).toBe(3)
  expect((await runCli(['flush', '--all', ...client, ...place()])).stdout).toBe('nothing is pending\n')
  const [{ path: file }] = (await runCli(['status', '--json', ...place()])).json().blocks
  fs.writeFileSync(file, 'nothing '.repeat(2_000))
  const broken = await runCli(['flush', '--all', ...client, ...place()])
  expect(broken).toMatchObject({ code: 1, stdout: expect.stringContaining('✘') })
  for (const args of [['flush'], ['flush', 'a', '--all']]) {
    const both = await runCli([...args, ...client, ...place()])
    expect(both).toMatchObject({ code: 1, stderr: expect.stringContaining('the id of a block, or --all') })
  }
})
