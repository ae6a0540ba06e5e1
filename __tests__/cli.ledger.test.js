// `sharded ledger`: for those whose app may not make tables.
const path = require('node:path')
const { Block } = require('../js')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { clientModule, runCli } = require('./support/cli')
const { FIRST_APP_MS } = require('./support/doors')
const { LEDGERS, rowsOf } = require('./support/ledger')

/** @type {Array<['postgresql' | 'mysql' | 'sqlite']>} */
const MAINS = [['postgresql'], ['mysql'], ['sqlite']]

describe.each(MAINS)('before %s', (provider) => {
  /** @type {any} */
  let app
  /** @type {any} */
  let main
  beforeAll(async () => {
    app = await makeApp({ provider })
    main = await newMain(app)
  }, FIRST_APP_MS)
  afterAll(() => main.drop())

  test('what is printed is what a block finds there and uses', async () => {
    const printed = await runCli(['ledger', '--print', '--json', '--generated', app.generated])
    const { provider: told, statements } = printed.json()
    expect(told).toBe(provider)
    for (const statement of statements) await main.client.$executeRawUnsafe(statement)
    const dir = temporaryDir()
    const db = await Block.create({ blockId: 'a', client: main.client, dir, generated: app.generated })
    await db.counter.create({ data: { id: 'a' } })
    await db.$block.flush()
    expect(await rowsOf(main.client, LEDGERS[provider].applied)).toEqual([{ seq: 1 }])
    await db.$disconnect()
  })

  test('it is applied by the user’s client, as often as one likes', async () => {
    const folder = temporaryDir()
    const place = ['--generated', app.generated]
    const client = ['--client', clientModule(folder, app, main.url)]
    for (let time = 0; time < 2; time++) {
      const { code, stdout, stderr } = await runCli(['ledger', '--apply', ...client, ...place])
      expect({ code, stdout, stderr }).toEqual({
        code: 0,
        stdout: '✔ the ledger is in the main database\n',
        stderr: '',
      })
    }
    const doctor = await runCli(['doctor', '--json', ...client, ...place, '--dir', folder])
    const found = doctor.json().findings.filter((/** @type {any} */ { name }) => name === 'ledger')
    expect(found).toEqual([{ name: 'ledger', state: 'ok', detail: 'is there' }])
  })
})

test('what cannot be done is said', async () => {
  const cwd = temporaryDir()
  const print = await runCli(['ledger', '--print', '--provider', 'mongodb'], { cwd })
  expect(print).toMatchObject({ code: 1, stderr: expect.stringContaining("given 'mongodb'") })
  const neither = await runCli(['ledger'], { cwd })
  expect(neither).toMatchObject({ code: 1, stderr: expect.stringContaining('one of --print and --apply') })
  const nowhere = await runCli(['ledger', '--print'], { cwd })
  expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining('npx sharded generate') })
  const sqlite = await runCli(['ledger', '--print', '--provider', 'sqlite'], { cwd })
  expect(sqlite.stdout).toMatch(/\n-- the same as models of schema.prisma[^\n]*\n-- model \w+ \{\n/)
  const text = await runCli(['ledger', '--print', '--provider', 'mysql'], { cwd: path.dirname(cwd) })
  expect(text.stdout).toMatch(
    /^CREATE DATABASE IF NOT EXISTS sharded[^\n]*;\nCREATE TABLE [\s\S]*;\n-- what the app's user/,
  )
})
