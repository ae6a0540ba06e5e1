// What a block leaves on the disk is its owner's alone, and its name is one file's in one folder.
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const fc = require('fast-check')
const { checkBlockId, encodeBlockId } = require('../js/blockid')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { FIRST_APP_MS } = require('./support/doors')

const CHILD = path.join(__dirname, 'support/damaged.js')

test.each(['000', '022', '077'])(
  'under umask %s folders are 0700 and files 0600, while the block is open and after a kill',
  async (umask) => {
    const app = await makeApp({ provider: 'sqlite' })
    const main = await newMain(app)
    const dir = path.join(temporaryDir(), 'made', 'here')
    const env = { ...process.env, TASK: 'prepare', DIR: dir, MAIN: main.url, IDS: 'a' }
    const run = () =>
      execFileSync('sh', ['-c', `umask ${umask} && exec "$0" "$1"`, process.execPath, CHILD], { env })
    expect(run).toThrow(expect.objectContaining({ signal: 'SIGKILL' }))
    await main.drop()
    const modeOf = (/** @type {string} */ file) => (fs.statSync(file).mode & 0o777).toString(8)
    expect(modeOf(dir)).toBe('700')
    const files = fs.readdirSync(dir)
    expect(files).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/\.sqlite$/),
        expect.stringMatching(/-wal$/),
        expect.stringMatching(/-shm$/),
        expect.stringMatching(/\.sqlite\.lock$/),
        expect.stringMatching(/\.load\.lock$/),
        expect.stringMatching(/\.apply\.lock$/),
      ]),
    )
    expect(files.map((name) => [name, modeOf(path.join(dir, name))])).toEqual(
      files.map((name) => [name, '600']),
    )
  },
  FIRST_APP_MS,
)

describe('the name of a file', () => {
  const anyId = fc
    .oneof(
      fc.fullUnicodeString({ minLength: 1, maxLength: 120 }),
      fc.stringOf(
        fc.constantFrom(
          '/',
          '\\',
          '.',
          '%',
          '~',
          ':',
          'a',
          'A',
          'ß',
          'é',
          'e\u0301',
          '\u212a',
          'İ',
          'ſ',
          '\n',
          ' ',
        ),
        {
          minLength: 1,
          maxLength: 300,
        },
      ),
    )
    .filter((id) => !id.includes('\0') && Buffer.byteLength(id) <= 512)

  test('leads nowhere else, and has one form in every case and normal form', () => {
    fc.assert(
      fc.property(anyId, (id) => {
        const name = encodeBlockId(checkBlockId(id))
        expect(name).toMatch(/^[a-z0-9_%~-]{1,160}$/)
        expect(name.normalize('NFC').toLowerCase()).toBe(name)
        expect(path.dirname(path.join('dir', `${name}.0.sqlite`))).toBe('dir')
      }),
    )
  })

  test('is another one for another id', () => {
    fc.assert(
      fc.property(anyId, anyId, (a, b) => {
        expect(encodeBlockId(a) === encodeBlockId(b)).toBe(a === b)
      }),
    )
    for (const [a, b] of [
      ['é', 'e\u0301'],
      ['K', '\u212a'],
      ['k', 'K'],
      ['ß', 'ss'],
      ['a', 'a '],
      ['a', 'a.'],
    ])
      expect(encodeBlockId(a)).not.toBe(encodeBlockId(b))
  })
})
