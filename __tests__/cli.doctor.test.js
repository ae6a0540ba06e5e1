// `sharded doctor`: healthy, and with one thing wrong at a time.
const { execFileSync, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { Block } = require('../js')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { CLI, clientModule, runCli } = require('./support/cli')
const { FIRST_APP_MS } = require('./support/doors')
const { startPrivateRedis } = require('./support/private-redis')
const { redisUrl } = require('./support/redis')

/** @type {any} */
let app
/** @type {any} */
let main
/** @type {string} */
let dir

beforeAll(async () => {
  app = await makeApp()
  main = await newMain(app)
}, FIRST_APP_MS)
afterAll(() => main.drop())
beforeEach(() => {
  dir = temporaryDir()
})

/** A folder of an app whose schema is elsewhere: it is not compared, which takes a run of Prisma. */
function bare() {
  const folder = temporaryDir()
  fs.symlinkSync(path.join(app.dir, 'node_modules'), path.join(folder, 'node_modules'))
  return folder
}

/** @param {string[]} more @param {{env?: Record<string, string>, cwd?: string}} [where] */
async function doctor(more = [], { env = {}, cwd = bare() } = {}) {
  const args = ['doctor', '--json', '--generated', app.generated, '--dir', dir, ...more]
  const run = await runCli(args, { cwd, env })
  expect({ signal: run.signal, stderr: run.stderr }).toEqual({ signal: null, stderr: '' })
  const { ok, findings } = run.json()
  expect(run.code).toBe(ok ? 0 : 1)
  return {
    ok,
    of: (/** @type {string} */ name) => findings.find((/** @type {any} */ one) => one.name === name),
    findings,
  }
}

test('a healthy app has nothing wrong, and each thing is named', async () => {
  const client = clientModule(dir, app, main.url)
  const db = await Block.create({ blockId: 'a', client: main.client, dir, generated: app.generated })
  const { ok, findings, of } = await doctor(['--client', client, '--connection', redisUrl()], {
    cwd: app.dir,
  })
  await db.$disconnect()
  expect(findings.filter((/** @type {any} */ { state }) => state === 'fail')).toEqual([])
  expect(ok).toBe(true)
  expect(of('Node')).toEqual({ name: 'Node', state: 'ok', detail: process.version })
  expect(of('addon').detail).toContain(`${process.platform}-${process.arch}`)
  expect(of('SQLite').detail).toMatch(/^3\.\d+\.\d+, compiled in$/)
  expect(of('open files').detail).toMatch(
    /^(\d+|Infinity) by the limit of this shell: \d+ blocks awake at a time/,
  )
  expect(of('@prisma/client')).toMatchObject({ state: 'ok', detail: '7.10.0' })
  expect(of('prisma')).toMatchObject({ state: 'ok' })
  expect(of('generated files').detail).toContain('models of postgresql')
  expect(of('schema')).toMatchObject({ state: 'ok' })
  for (const name of ['file system', 'space', 'permissions', 'modes', 'Redis', 'main database', 'ledger'])
    expect(of(name)).toMatchObject({ name, state: expect.stringMatching(/^(ok|warn)$/) })
  expect(of('Redis').detail).toMatch(/version \d+\.\d+.*, maxmemory-policy noeviction/)
  expect(fs.readdirSync(dir).filter((name) => name.startsWith('.doctor'))).toEqual([])
})

test('for people it ends in a count, and what is not looked at is said', async () => {
  const args = ['doctor', '--generated', app.generated, '--dir', dir]
  const { code, stdout } = await runCli(args, { cwd: bare() })
  expect(code).toBe(0)
  expect(stdout).toMatch(/^✔ Node {2}v\d+/)
  expect(stdout).toContain('– main database  not checked: name the module')
  expect(stdout).toMatch(/\n\d+ ok, \d+ to look at, 0 wrong\n$/)
})

test('a schema that has changed since the files were generated fails, with the command', async () => {
  const schema = path.join(dir, 'schema.prisma')
  const text = fs.readFileSync(path.join(app.schemaDir, 'schema.prisma'), 'utf8')
  fs.writeFileSync(schema, text.replace(/model Counter \{/, 'model Counter {\n  added Int?\n'))
  const { ok, of } = await doctor(['--schema', schema])
  expect(ok).toBe(false)
  expect(of('schema')).toMatchObject({ state: 'fail', fix: 'run npx sharded generate' })
  fs.writeFileSync(schema, text.replaceAll(/\bCounter\b/g, 'Renamed'))
  expect((await doctor(['--schema', schema])).of('schema').detail).toBe('it has no Counter any more')
})

test('without generated files it says how to make them', async () => {
  const { code, stdout } = await runCli(['doctor'], { cwd: temporaryDir() })
  expect(code).toBe(1)
  expect(stdout).toMatch(
    /✘ generated files {2}no prisma\/blocks\/generated.*\n {4}→ run npx sharded generate/,
  )
  expect(stdout).toMatch(/✘ @prisma\/client {2}not installed/)
})

test('rows that others of the machine may read are warned about', async () => {
  const db = await Block.create({ blockId: 'a', client: main.client, dir, generated: app.generated })
  await db.$disconnect()
  fs.chmodSync(db.$block.path, 0o644)
  const { ok, of } = await doctor()
  expect(ok).toBe(true)
  expect(of('modes')).toMatchObject({ state: 'warn', fix: `chmod -R go= ${dir}` })
  expect(of('modes').detail).toContain('is 0644')
  execFileSync('chmod', ['-R', 'go=', dir])
  expect((await doctor()).of('modes')).toMatchObject({ state: 'ok' })
})

test('a folder that does not exist yet is no fault', async () => {
  const { ok, of } = await doctor(['--dir', path.join(dir, 'not/yet')])
  expect(ok).toBe(true)
  expect(of('block folder').detail).toContain('made with the first block')
  expect(of('modes')).toBeUndefined()
})

test('a folder that is a file fails', async () => {
  fs.writeFileSync(path.join(dir, 'file'), '')
  const { ok, of } = await doctor(['--dir', path.join(dir, 'file')])
  expect(ok).toBe(false)
  expect(of('block folder')).toMatchObject({ state: 'fail', detail: expect.stringContaining('not a folder') })
})

test('Redis that is away fails; one that evicts is warned about', async () => {
  const away = await doctor(['--connection', 'redis://127.0.0.1:1'])
  expect(away.of('Redis')).toMatchObject({ state: 'fail', detail: expect.stringContaining('127.0.0.1:1') })
  const wrong = await doctor([], { env: { REDIS_URL: 'http://secret@localhost' } })
  expect(wrong.of('Redis')).toMatchObject({ state: 'fail', detail: expect.stringContaining('REDIS_URL') })
  expect(JSON.stringify(wrong.findings)).not.toContain('secret')
  const redis = await startPrivateRedis()
  try {
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
    const evicting = await doctor(['--connection', redis.url])
    expect(evicting.of('Redis')).toMatchObject({ state: 'warn', fix: expect.stringContaining('noeviction') })
    expect(evicting.ok).toBe(true)
  } finally {
    await redis.remove()
  }
})

test('a main database that is away, of another kind, or without a ledger', async () => {
  const away = clientModule(dir, app, 'postgresql://postgres@127.0.0.1:1/none')
  const { ok, of } = await doctor(['--client', away])
  expect(ok).toBe(false)
  expect(of('main database')).toMatchObject({ state: 'fail', fix: expect.stringContaining('DATABASE_URL') })
  const fresh = await newMain(app)
  const without = await doctor(['--client', clientModule(dir, app, fresh.url)])
  expect(without.of('ledger')).toMatchObject({ state: 'warn', detail: 'is not there yet' })
  await fresh.drop()
  const sqlite = await makeApp({ provider: 'sqlite' })
  const other = await newMain(sqlite)
  const kind = await doctor(['--client', clientModule(dir, sqlite, other.url)])
  expect(kind.of('main database').detail).toBe(
    'the client is for sqlite, the generated files are for postgresql',
  )
  await other.drop()
  const missing = await doctor(['--client', path.join(dir, 'nowhere.js')])
  expect(missing.of('main database')).toMatchObject({
    state: 'fail',
    fix: expect.stringContaining('--client'),
  })
})

test('few open files are told, with how to raise the limit', () => {
  const line = 'ulimit -n 1024 && exec "$0" "$@"'
  const args = ['doctor', '--json', '--generated', app.generated, '--dir', dir]
  const { stdout } = spawnSync('sh', ['-c', line, process.execPath, CLI, ...args], { cwd: bare() })
  const { findings } = JSON.parse(String(stdout))
  expect(findings.find((/** @type {any} */ { name }) => name === 'open files')).toEqual({
    name: 'open files',
    state: 'warn',
    detail:
      '1024 by the limit of this shell: 40 blocks awake at a time, 419 more keep their place while they sleep',
    fix: 'raise it where the app starts: ulimit -n 20000, or LimitNOFILE of systemd',
  })
})
