// The option table of Block.create, the encoding of block ids and the errors: nothing here needs the addon.
const { execFileSync } = require('node:child_process')
const path = require('node:path')
const { checkBlockId, encodeBlockId } = require('../js/blockid')
const errors = require('../js/errors')
const { WATCH_OPTIONS, checkOptions } = require('../js/options')

const { InvalidOptionError, NotSupportedError, ShardedError } = errors
const client = { $transaction() {} }
const given = (more) => checkOptions({ blockId: 'a', client, ...more }, 'Block.create')

describe('options', () => {
  test('have the documented defaults', () => {
    expect(given({})).toMatchObject({
      node: 'worker',
      durability: 'full',
      fallback: 'missing',
      coverage: 'loaded',
      stale: 'serve',
      collation: 'exact',
      onRejected: 'revert',
      ledger: true,
      forwardTimeout: 5_000,
      dependencyTimeout: 30_000,
      maxCommit: 100_000,
      outbox: { maxCommits: 2_000_000, maxBytes: 4 * 2 ** 30, whenFull: 'wait', timeout: 30_000 },
      ttl: undefined,
      loader: undefined,
    })
  })

  test('undefined is the default, null is a wrong value', () => {
    expect(given({ node: undefined }).node).toBe('worker')
    expect(() => given({ node: null })).toThrow("node: expected one of 'worker', 'master', given null")
  })

  test.each([
    ['ttl', 0, 'ttl: expected a number of seconds above 0, given 0'],
    ['ttl', '5', "ttl: expected a number of seconds above 0, given '5'"],
    ['loader', {}, 'loader: expected a function'],
    ['debug', 1, 'debug: expected a boolean, given 1'],
    ['client', 3, 'client: expected your PrismaClient, given 3'],
    ['forwardTimeout', Infinity, 'forwardTimeout: expected a number of milliseconds'],
    ['maxCommit', 1.5, 'maxCommit: expected a whole number of changes, at least 1, given 1.5'],
    ['through', 'User', "through: expected an array of model names, given 'User'"],
    [
      'outbox',
      { maxCommits: 0 },
      'outbox.maxCommits: expected a whole number of commits, at least 1, given 0',
    ],
    ['dir', '', "dir: expected the path of a folder, given ''"],
  ])('%s = %p is refused by name', (name, value, message) => {
    expect(() => given({ [name]: value })).toThrow(message)
    expect(() => given({ [name]: value })).toThrow(InvalidOptionError)
  })

  test.each([
    ['blockId', undefined],
    ['client', undefined],
  ])('%s is required', (name, value) => {
    expect(() => given({ [name]: value })).toThrow(new RegExp(`^${name}: expected .*: it is required$`))
  })

  test.each([['prismaOptions', { log: [] }]])('%s = %p is not supported yet and says so', (name, value) => {
    expect(() => given({ [name]: value })).toThrow(NotSupportedError)
    expect(() => given({ [name]: value })).toThrow(new RegExp(`^${name}: .* is not supported yet`))
  })

  test('empty or default forms of what comes later are accepted', () => {
    const empty = {
      through: [],
      coalesce: { User: 'none' },
      prismaOptions: {},
      outbox: { whenFull: 'wait' },
      ledger: true,
    }
    expect(given(empty)).toMatchObject(empty)
  })

  test('an unknown option names the nearest one', () => {
    expect(() => given({ blokId: 'a' })).toThrow('unknown option blokId. Did you mean blockId?')
    expect(() => given({ outbox: { maxCommit: 1 } })).toThrow('Did you mean outbox.maxCommits?')
    expect(() => given({ zzzzzzzzzzzz: 1 })).not.toThrow('Did you mean')
    expect(() => given({ zzzzzzzzzzzz: 1 })).toThrow('unknown option zzzzzzzzzzzz. Known: blockId, client,')
  })

  test.each(['__proto__', 'constructor', 'toString'])('%s is an unknown option', (name) => {
    const config = JSON.parse(`{"blockId":"a","${name}":{}}`)
    expect(() => checkOptions({ ...config, client }, 'Block.create')).toThrow(`unknown option ${name}`)
  })

  test.each([undefined, null, 'x', []])('a config of %p is refused', (config) => {
    expect(() => checkOptions(config, 'Block.create')).toThrow(
      'Block.create(config): expected an object of options',
    )
  })

  test('Block.watch has a table of its own', () => {
    expect(checkOptions({}, 'Block.watch', WATCH_OPTIONS)).toEqual({ interval: 10_000, connection: null })
    expect(() => checkOptions({ blockId: 'a' }, 'Block.watch', WATCH_OPTIONS)).toThrow(
      'unknown option blockId',
    )
  })
})

describe('blockId', () => {
  test.each([
    ['', "''"],
    [7, '7'],
    [null, 'null'],
    ['a\0b', "'a\\x00b'"],
    ['\ud800', "'\\ud800'"],
  ])('%p is refused', (id, shown) => {
    expect(() => checkBlockId(id)).toThrow(InvalidOptionError)
    expect(() => checkBlockId(id)).toThrow(`given ${shown}`)
  })

  test('512 bytes are the limit', () => {
    expect(checkBlockId('x'.repeat(512))).toHaveLength(512)
    expect(() => checkBlockId('ü'.repeat(257))).toThrow(InvalidOptionError)
  })

  test('is encoded without path characters', () => {
    expect(encodeBlockId('chat-1_a')).toBe('chat-1_a')
    expect(encodeBlockId('../../etc/passwd')).toBe('%2e%2e%2f%2e%2e%2fetc%2fpasswd')
    expect(encodeBlockId('C:\\x')).toBe('%43%3a%5cx')
    expect(encodeBlockId('ü😀')).toBe('%c3%bc%f0%9f%98%80')
    expect(encodeBlockId('con')).toBe('%63on')
  })

  test('is encoded injectively, also where file names have no case and no normal form', () => {
    const ids = [
      'a',
      'A',
      '%41',
      'a%',
      'é',
      'e\u0301',
      'con',
      'CON',
      '%63on',
      '.',
      '..',
      ' ',
      'a.',
      'a ',
      '~',
    ]
    const long = 'x'.repeat(300)
    const all = [...ids, long, `${long}y`, long.toUpperCase(), encodeBlockId(long)]
    const names = all.map((id) => encodeBlockId(id).toLowerCase())
    expect(new Set(names).size).toBe(all.length)
    for (const name of names) expect(name).toMatch(/^[a-z0-9_%~-]{1,160}$/)
  })
})

describe('errors', () => {
  test('have a stable name and code, and one base class', () => {
    for (const [name, Class] of Object.entries(errors.errors)) {
      const error = new Class('text', { cause: 1 })
      expect(error).toBeInstanceOf(ShardedError)
      expect(error).toBeInstanceOf(Error)
      expect(error).toMatchObject({
        name,
        message: 'text',
        cause: 1,
        code: expect.stringMatching(/^SHARDED_/),
      })
      expect(String(error)).toBe(`${name}: text`)
    }
  })

  test('native reports become the class of their code', () => {
    const report = (code) => errors.fromNative(new Error(JSON.stringify({ code, message: 'm' })))
    expect(report('SHARDED_BLOCK_DELETED')).toBeInstanceOf(errors.BlockDeletedError)
    expect(report('SHARDED_OTHER')).toMatchObject({
      name: 'ShardedError',
      code: 'SHARDED_OTHER',
      message: 'm',
    })
    expect(errors.fromNative(new Error('closed'))).toBeInstanceOf(errors.BlockClosedError)
    expect(errors.fromNative(new Error('odd'))).toMatchObject({ code: 'SHARDED_NATIVE', message: 'odd' })
  })

  test('the public entry exports them all', () => {
    const { Block, ...exported } = require('../js/index')
    expect(exported).toEqual(errors.errors)
    expect(Object.keys(Block)).toEqual([
      'configure',
      'create',
      'invalidate',
      'list',
      'status',
      'delete_block',
      'deleteBlock',
      'rejected',
      'retry',
      'drop',
      'watch',
      'work',
      'shutdown',
    ])
  })

  test('the ESM entry is the same module', () => {
    const root = path.resolve(__dirname, '..')
    const script = `
      import * as esm from './js/index.mjs'
      import { createRequire } from 'node:module'
      const { default: whole, ...names } = esm
      const cjs = createRequire(import.meta.url)('./js/index.js')
      const same = whole === cjs && Object.keys(cjs).every((name) => cjs[name] === names[name])
      console.log(same, Object.keys(cjs).length === Object.keys(names).length)`
    const flags = ['--input-type=module', '-e', script]
    expect(execFileSync(process.execPath, flags, { cwd: root, encoding: 'utf8' })).toBe('true true\n')
  })
})

describe('binding', () => {
  const { claim, load } = require('../js/binding')

  test('a platform without an addon is named', () => {
    expect(() => load('plan9-mips', undefined)).toThrow('the addon for plan9-mips does not exist')
  })

  test('an addon that is not installed says how to build it', () => {
    const missing = () => {
      throw Object.assign(new Error('x'), { code: 'MODULE_NOT_FOUND' })
    }
    expect(() => load('linux-x64', [missing, missing])).toThrow(/linux-x64 is not installed.*npm run build/)
    expect(load('linux-x64', [missing, () => 'addon'])).toBe('addon')
  })

  test('a second copy in one process is refused by name', () => {
    // The mark outlives this file in jest's worker, so the first copy is the real one.
    const home = path.dirname(require.resolve('../js/binding'))
    claim(home)
    claim(home)
    expect(() => claim('/second/js')).toThrow(
      `sharded is installed twice in this process, in ${home} and in /second/js`,
    )
  })
})
