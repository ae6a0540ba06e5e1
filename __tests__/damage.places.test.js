// A disk that is full, a folder or a file that may not be written: a process of its own meets each, in a namespace of its own (Linux:
// `unshare`, of util-linux, which needs no root where user namespaces are allowed). An error by name, and nothing acknowledged is lost.
const { execFile, execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { FIRST_APP_MS } = require('./support/doors')

const CHILD = path.join(__dirname, 'support/damaged.js')
const PATIENCE_MS = 120_000
const IS_ROOT = process.getuid?.() === 0
const SOMEBODY = 12_345

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
afterEach(async () => {
  if (IS_ROOT) execFileSync('chown', ['-R', '0', dir])
  await main.drop()
})

/**
 * Runs a task of the child after a shell command, in namespaces of its own.
 * @param {string} task @param {string} before @param {string[]} [namespaces]
 * @returns {Promise<{code: number, signal: string | null, lines: string[], stderr: string}>}
 */
function confined(task, before, namespaces = IS_ROOT ? ['-m'] : ['-r', '-m']) {
  const env = { ...process.env, TASK: task, DIR: dir, MAIN: main.url, IDS: 'a' }
  const script = `${before} && exec "$0" "$1"`
  const args = [...namespaces, 'sh', '-c', script, process.execPath, CHILD]
  return new Promise((resolve) => {
    execFile('unshare', args, { env, timeout: PATIENCE_MS }, (error, stdout, stderr) =>
      resolve({
        code: error ? Number(error.code) : 0,
        signal: error?.signal ?? null,
        lines: stdout.trimEnd().split('\n'),
        stderr,
      }),
    )
  })
}

/** What the child says of itself when it could not go on. @param {string[]} lines */
const failureOf = (lines) => JSON.parse(lines.find((line) => line.startsWith('failed '))?.slice(7) ?? 'null')

/** A block that was closed well. */
async function aBlock() {
  const { Block } = require('../js')
  const db = await Block.create({ blockId: 'a', client: main.client, dir, generated: app.generated })
  await db.counter.create({ data: { id: 'a-0' } })
  await db.$block.flush()
  await db.$disconnect()
  return db.$block.path
}

test(
  'a full disk is an error by name; what was acknowledged stays, arrives, and writes go on when there is room',
  async () => {
    const { code, signal, lines, stderr } = await confined('fill', 'mount -t tmpfs -o size=24m tmpfs "$DIR"')
    expect({ code, signal, last: lines.at(-1), stderr }).toMatchObject({ code: 0, signal: null, last: 'end' })
    const { made, held, refused, sent } = JSON.parse(
      lines.find((line) => line.startsWith('full '))?.slice(5) ?? '{}',
    )
    expect(refused).toMatchObject({ name: 'DiskFullError', code: 'SHARDED_DISK_FULL' })
    expect(made).toBeGreaterThan(50)
    expect(held).toBe(made)
    expect(sent).toBe(made + 1)
    expect(stderr).toContain('SHARDED_VOLATILE_FOLDER')
  },
  PATIENCE_MS,
)

test(
  'a folder that may not be written: neither a block that is there opens nor a new one is made',
  async () => {
    const readOnly = 'mount --bind "$DIR" "$DIR" && mount -o remount,ro,bind "$DIR"'
    const none = await confined('only', readOnly)
    expect(none).toMatchObject({ code: 0, signal: null })
    expect(failureOf(none.lines)).toMatchObject({
      code: 'SHARDED_STORAGE',
      message: expect.stringContaining(dir),
    })
    const file = await aBlock()
    const before = fs.readFileSync(file)
    const some = await confined('only', readOnly)
    expect(some).toMatchObject({ code: 0, signal: null })
    expect(failureOf(some.lines)).toMatchObject({
      name: 'StorageError',
      message: expect.stringMatching(/Read-only file system/),
    })
    expect(fs.readFileSync(file).equals(before)).toBe(true)
    expect(await confined('only', 'true')).toMatchObject({ lines: ['opened 1', 'end'] })
  },
  PATIENCE_MS,
)

test.each(['.lock', ''])(
  'a file of somebody else (%s) is named, and is left as it is',
  async (suffix) => {
    const file = await aBlock()
    // Root may write everybody's files, but for those of users that its namespace does not know.
    if (IS_ROOT) fs.chownSync(`${file}${suffix}`, SOMEBODY, SOMEBODY)
    else fs.chmodSync(`${file}${suffix}`, 0)
    const { code, signal, lines } = await confined('only', 'true', IS_ROOT ? ['-r'] : ['-r', '-m'])
    expect({ code, signal }).toEqual({ code: 0, signal: null })
    expect(failureOf(lines)).toMatchObject({
      name: 'StorageError',
      code: 'SHARDED_STORAGE',
      message: expect.stringContaining(file),
    })
  },
  PATIENCE_MS,
)
