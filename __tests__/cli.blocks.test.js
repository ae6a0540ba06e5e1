// `sharded flush`, `invalidate`, `delete` as an operator runs them.
const fs = require('node:fs')
const { Block } = require('../js')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { clientModule, runCli } = require('./support/cli')
const { FIRST_APP_MS } = require('./support/doors')

/** @type {any} */
let app
/** @type {any} */
let main
/** @type {string} */
let dir
/** @type {string} */
let module_

beforeAll(async () => {
  app = await makeApp({ provider: 'sqlite' })
}, FIRST_APP_MS)
beforeEach(async () => {
  main = await newMain(app)
  dir = temporaryDir()
  module_ = clientModule(dir, app, main.url)
})
afterEach(() => main.drop())

const place = () => ['--dir', dir, '--generated', app.generated]
const client = () => ['--client', module_]
const open = (/** @type {string} */ blockId) =>
  Block.create({ blockId, client: main.client, dir, generated: app.generated })
const files = () => fs.readdirSync(dir).filter((name) => /\.sqlite(-wal|-shm)?$/.test(name))

/** A closed block with commits that main was too late for. @param {string} blockId @param {number} commits */
async function leavePending(blockId, commits) {
  const db = await open(blockId)
  const file = db.$block.path
  const { FileLock } = require('../js/binding').addon()
  await db.$disconnect()
  const lock = FileLock.tryAcquire(`${file}.apply.lock`)
  const again = await open(blockId)
  for (let n = 0; n < commits; n++) await again.counter.create({ data: { id: `${blockId}-${n}`, n } })
  const { shutdown } = Block
  const { pending } = await shutdown({ timeout: 50 })
  expect(pending).toBe(commits)
  lock.release()
  return file
}

test('flush sends what is pending, and says how much that was', async () => {
  await leavePending('chat/1', 3)
  expect(await main.client.counter.count()).toBe(0)
  const { code, stdout, stderr } = await runCli(['flush', 'chat/1', ...client(), ...place()])
  expect({ code, stderr, stdout }).toEqual({
    code: 0,
    stderr: '',
    stdout: '✔ 3 commits of chat/1 reached the main database\n',
  })
  expect(await main.client.counter.count()).toBe(3)
  const again = await runCli(['flush', 'chat/1', '--json', ...client(), ...place()])
  expect(again.json()).toMatchObject({ block: 'chat/1', flushed: 0, rejected: [] })
})

test('flush names the client’s module by the environment or by package.json as well', async () => {
  await leavePending('a', 1)
  const env = { SHARDED_CLIENT: module_ }
  expect((await runCli(['flush', 'a', '--json', ...place()], { env })).json()).toMatchObject({ flushed: 1 })
  fs.writeFileSync(`${dir}/package.json`, JSON.stringify({ sharded: { client: module_ } }))
  expect((await runCli(['flush', 'a', '--json', ...place()], { cwd: dir })).json()).toMatchObject({
    flushed: 0,
  })
})

test('a commit that main refuses is exit code 1, and is named', async () => {
  await main.client.counter.create({ data: { id: 'a-0' } })
  await leavePending('a', 2)
  const { code, stdout } = await runCli(['flush', 'a', ...client(), ...place()])
  expect(code).toBe(1)
  expect(stdout).toContain('1 commit of a reached the main database')
  expect(stdout).toContain('1 refused: npx sharded rejected list --block a')
})

test.each([
  [['flush', 'nobody'], /no block 'nobody' on this machine/],
  [['flush', 'a'], /flush needs your PrismaClient/],
  [['flush', 'a', '--timeout', 'soon'], /--timeout: expected a number of seconds above 0, given 'soon'/],
  [
    ['flush', 'a', '--client', 'nowhere.js'],
    /--client: expected a module that exports a PrismaClient.*nowhere\.js/,
  ],
  [
    ['flush', 'a', '--client', require.resolve('./support/strings')],
    /--client: expected a module that exports/,
  ],
  [['invalidate', 'nobody'], /no block 'nobody' on this machine/],
  [['delete', 'nobody'], /no block 'nobody' on this machine/],
  [['delete'], /missing required argument 'blockId'/],
  [['delete', 'a', '--frce'], /unknown option '--frce'.*--force/s],
])('%j is refused by name', async (args, message) => {
  await (await open('a')).$disconnect()
  const { code, stderr, stdout } = await runCli([...args, ...place()])
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(message)
  expect(files().filter((name) => name.endsWith('.sqlite'))).toHaveLength(1)
})

test('a main database that does not answer is an error in time, and nothing is lost', async () => {
  await leavePending('a', 2)
  const broken = clientModule(dir, app, 'file:/nowhere/at/all.db')
  const { code, stderr } = await runCli(['flush', 'a', '--timeout', '0.5', '--client', broken, ...place()])
  expect(code).toBe(1)
  expect(stderr).toMatch(/^error: /m)
  module_ = clientModule(dir, app, main.url)
  expect((await runCli(['flush', 'a', '--json', ...client(), ...place()])).json()).toMatchObject({
    flushed: 2,
  })
})

test('invalidate has a block loaded again by who opens it', async () => {
  const loader = async (/** @type {any} */ block, /** @type {any} */ from) =>
    void (await block.counter.createMany({ data: await from.counter.findMany() }))
  const config = { blockId: 'a', client: main.client, dir, generated: app.generated, loader }
  await (await Block.create(config)).$disconnect()
  await main.client.counter.create({ data: { id: 'new' } })
  const { code, stdout } = await runCli(['invalidate', 'a', ...place()])
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('a is stale') })
  const db = await Block.create(config)
  expect(db.$block.status().stale).toBe(true)
  await Block.invalidate('a')
  expect(await db.counter.findMany({ select: { id: true } })).toEqual([{ id: 'new' }])
  await db.$disconnect()
})

test('delete keeps what is pending from being lost, unless it is forced', async () => {
  await leavePending('a', 2)
  const refused = await runCli(['delete', 'a', '--json', ...place()])
  expect(refused.code).toBe(1)
  expect(refused.json().error).toMatchObject({ code: 'SHARDED_PENDING_COMMITS' })
  expect(refused.stderr).toContain('give --client <module> to send them, or --force to drop them')
  expect(files().length).toBeGreaterThan(0)
  const sent = await runCli(['delete', 'a', ...client(), ...place()])
  expect(sent).toMatchObject({ code: 0, stdout: '✔ a is deleted\n' })
  expect(files()).toEqual([])
  expect(await main.client.counter.count()).toBe(2)
})

test('delete --force says how much was dropped', async () => {
  await leavePending('b', 2)
  const { code, stdout } = await runCli(['delete', 'b', '--force', ...place()])
  expect(code).toBe(0)
  expect(stdout).toBe('✔ b is deleted\n! 2 commits were dropped that had not reached the main database\n')
  expect(files()).toEqual([])
  expect(await main.client.counter.count()).toBe(0)
})
