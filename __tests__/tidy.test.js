// The walls between the rooms (docs/architecture.md), checked by reading the sources: who may know whom, who may name
// which library, and what does not get into the repository at all.
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const ROOT = path.resolve(__dirname, '..')
const MAX_LINES = 400

/** Longer than MAX_LINES, each with the reason why it is one thing that cannot be cut. @type {Record<string, string>} */
const LONG_FILES = {
  'src/schema/manifest.rs': 'one wire format and its checks, read from top to bottom',
  'index.d.ts': 'the whole public surface in one place, as an editor shows it',
}

/** What each room of src/ may name, beside itself and the leaves. lib.rs, native/, rows.rs and params.rs are the surface: they see all. */
const KNOWS = {
  block: ['exec', 'sql', 'outbox', 'plan', 'collation', 'schema'],
  collation: ['schema'],
  exec: ['sql', 'outbox', 'plan', 'collation', 'schema'],
  sql: ['plan', 'collation', 'schema'],
  outbox: ['plan', 'schema'],
  plan: ['collation', 'schema'],
  schema: [],
  sync: ['outbox', 'schema'],
}
const SURFACE = ['lib', 'rows', 'params', 'native']
/** The same of the folders of js/: beside themselves and the files at the top. Those whose verbs a user calls see nearly all. */
const JS_KNOWS = {
  apply: ['engine', 'file', 'shell'],
  block: [
    ...['apply', 'durability', 'engine', 'file', 'fresh', 'identity', 'lease', 'load', 'queue'],
    ...['scope', 'shell', 'through', 'transaction'],
  ],
  cli: ['apply', 'block', 'file', 'generate', 'queue', 'shell'],
  collation: [],
  durability: [],
  engine: ['fast', 'scope', 'through', 'transaction'],
  fast: ['engine', 'scope'],
  file: ['engine'],
  fresh: ['collation', 'engine', 'file', 'load', 'queue'],
  generate: [],
  identity: ['apply', 'shell'],
  lease: ['apply', 'file'],
  load: ['collation', 'file', 'identity', 'scope', 'shell'],
  queue: ['apply', 'engine'],
  refusals: [],
  scope: ['engine', 'load'],
  shell: ['engine', 'fast', 'fresh', 'refusals'],
  through: ['engine'],
  transaction: ['apply', 'engine', 'file', 'refusals', 'scope', 'through'],
}
/** At the top, and yet of no use to the rooms: what a user requires, and the table that checks an address as well. */
const JS_SURFACE = { 'js/index.js': ['block'], 'js/index.mjs': [], 'js/options.js': ['queue'] }
const NAPI_FILES = /^(build\.rs|src\/(lib|rows|params)\.rs|src\/native\/.*\.rs)$/
const UNSAFE_FILES = /^src\/(rows|exec\/capture|exec\/sync)\.rs$/
const NO_SQLITE_ROOMS = /^src\/(plan|sql|schema|collation)[/.]/
const PRIVATE_FIELDS =
  /\b_(originalClient|engine|requestHandler|extensions|engineConfig|runtimeDataModel|activeProvider|clientVersion|previewFeatures|globalOmit|errorFormat|tracingHelper|createPrismaPromise|transactionWithArray|transactionWithCallback|request)\b/
const PLATFORM_PACKAGE = /^sharded-(linux|darwin|win32)-(x64|arm64)(-(gnu|musl|msvc))?$/
const SHELL_FILES = /^(js\/shell\/.*|__tests__\/.*|benches\/.*)$/

function trackedFiles() {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  return listed.split('\n').filter((file) => file !== '' && fs.existsSync(path.join(ROOT, file)))
}

const FILES = trackedFiles()
const RUST = FILES.filter((file) => file.endsWith('.rs'))
const JS = FILES.filter((file) => /\.(js|mjs|d\.ts)$/.test(file))
const SOURCES = [...RUST, ...JS]

/** @param {string} file */
function read(file) {
  return fs.readFileSync(path.join(ROOT, file), 'utf8')
}

/** Rust and JS share their line comments: what they mention is not what the code names. @param {string} file */
function code(file) {
  return read(file)
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ''))
    .replace(/(^|\s)\/\/.*$/gm, '')
}

/** @param {string[]} files @param {RegExp} pattern @returns {string[]} `file:line text` of every hit */
function hits(files, pattern) {
  return files.flatMap((file) =>
    code(file)
      .split('\n')
      .map((line, at) => (pattern.test(line) ? `${file}:${at + 1} ${line.trim()}` : ''))
      .filter(Boolean),
  )
}

/** The room of a file: `src/exec/read/mod.rs` -> exec, `src/ids.rs` -> ids. @param {string} file */
function roomOf(file) {
  return file.split('/')[1].replace(/\.rs$/, '')
}

/** The rooms that a Rust file names, by `crate::room` and by `use crate::{room::…, …}`. @param {string} file */
function roomsNamedBy(file) {
  const text = code(file)
  const single = [...text.matchAll(/\bcrate::([a-z_]+)/g)].map((match) => match[1])
  const grouped = [...text.matchAll(/\bcrate::\{([\s\S]*?)\};/g)].flatMap((match) => topLevelNames(match[1]))
  return [...new Set([...single, ...grouped])]
}

/** `a::{x, y}, b::c` -> a, b. @param {string} group */
function topLevelNames(group) {
  let flat = group
  while (/\{[^{}]*\}/.test(flat)) flat = flat.replace(/\{[^{}]*\}/g, '')
  return flat
    .split(',')
    .map((one) => one.trim().split('::')[0])
    .filter(Boolean)
}

/** @param {string} room @param {string} named */
function mayKnow(room, named) {
  if (room === named || SURFACE.includes(room)) return true
  const isLeaf = !(named in KNOWS) && !SURFACE.includes(named)
  return isLeaf || (KNOWS[room] ?? []).includes(named)
}

test('there is something to check', () => {
  expect(RUST.filter((file) => file.startsWith('src/')).map(roomOf)).toEqual(
    expect.arrayContaining(['exec', 'outbox', 'plan', 'schema', 'sql', 'sync']),
  )
  expect(JS).toContain('js/shell/index.js')
  expect(roomsNamedBy('src/exec/read/mod.rs')).toContain('sql')
  expect(topLevelNames('plan::{Plan, read::{Read}}, sql::Text')).toEqual(['plan', 'sql'])
})

describe('rooms of the native core', () => {
  test('knowledge flows one way', () => {
    const wrong = RUST.filter((file) => file.startsWith('src/')).flatMap((file) =>
      roomsNamedBy(file)
        .filter((named) => !mayKnow(roomOf(file), named))
        .map((named) => `${file} names ${named}`),
    )
    expect(wrong).toEqual([])
  })

  test('plan, sql and schema do not know SQLite', () => {
    expect(
      hits(
        RUST.filter((file) => NO_SQLITE_ROOMS.test(file)),
        /rusqlite|libsqlite3_sys/,
      ),
    ).toEqual([])
  })

  test('only lib, native, rows and params speak to Node', () => {
    expect(
      hits(
        RUST.filter((file) => !NAPI_FILES.test(file)),
        /\bnapi(_derive|_build)?\b/,
      ),
    ).toEqual([])
  })

  test('only src/sync/redis names the Redis client', () => {
    expect(
      hits(
        RUST.filter((file) => !file.startsWith('src/sync/redis/')),
        /(?<!\b(super|self)::)\bredis::/,
      ),
    ).toEqual([])
  })

  test('unsafe stays in its three files', () => {
    expect(
      hits(
        RUST.filter((file) => !UNSAFE_FILES.test(file)),
        /\bunsafe\b/,
      ),
    ).toEqual([])
  })

  test('no static state: every Jest file and worker thread loads the same image', () => {
    const state =
      /\bstatic\s+mut\b|\bstatic\s+\w+:.*\b(Mutex|RwLock|Atomic\w+|OnceLock|OnceCell|LazyLock|RefCell)\b|thread_local!/
    const addon = RUST.filter((file) => file.startsWith('src/'))
    expect(hits(addon, state)).toEqual([])
  })
})

/** The room of a file of js/, or '' at its top. @param {string} file */
const jsRoomOf = (file) => file.split('/').slice(1, -1)[0] ?? ''

/** The rooms that it requires. @param {string} file */
const jsRoomsNamedBy = (file) =>
  [...code(file).matchAll(/\b(?:require\(|from )'(\.[^']*)'/g)]
    .map((match) => path.posix.join(path.posix.dirname(file), match[1]))
    .map((target) => (target.slice('js/'.length) in JS_KNOWS ? `${target}/index` : target))
    .map(jsRoomOf)

describe('the JavaScript side', () => {
  test('its rooms know only each other, as listed', () => {
    const published = JS.filter((file) => /^js\/.*\.m?js$/.test(file))
    const listed = (/** @type {string} */ file) => JS_SURFACE[file] ?? JS_KNOWS[jsRoomOf(file)] ?? []
    const wrong = published.flatMap((file) =>
      jsRoomsNamedBy(file)
        .filter((room) => room !== '' && room !== jsRoomOf(file) && !listed(file).includes(room))
        .map((room) => `${file} requires ${room}`),
    )
    expect(wrong).toEqual([])
    expect([...new Set(published.map(jsRoomOf))].sort()).toEqual(['', ...Object.keys(JS_KNOWS)])
    // What nobody uses any more is not allowed either.
    const used = (/** @type {string} */ room) =>
      published.filter((file) => jsRoomOf(file) === room).flatMap(jsRoomsNamedBy)
    const unused = Object.entries(JS_KNOWS).flatMap(([room, rooms]) =>
      rooms.filter((known) => !used(room).includes(known)).map((known) => `${room}: ${known}`),
    )
    expect(unused).toEqual([])
  })

  test('only js/shell touches the private fields of a Prisma client', () => {
    expect(
      hits(
        JS.filter((file) => !SHELL_FILES.test(file)),
        PRIVATE_FIELDS,
      ),
    ).toEqual([])
  })

  test('published files require nothing from tests, benches or examples', () => {
    const published = JS.filter((file) => file.startsWith('js/'))
    expect(hits(published, /(require\(|from )['"][^'"]*(__tests__|benches|examples|scripts)\//)).toEqual([])
  })

  test('published files require only what package.json declares', () => {
    const { dependencies, peerDependencies } = require('../package.json')
    const { builtinModules } = require('node:module')
    const declared = new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies)])
    const undeclared = JS.filter((file) => /^js\/.*\.m?js$/.test(file)).flatMap((file) =>
      [...code(file).matchAll(/\brequire\('([^.'][^']*)'\)/g)]
        .map((match) => match[1])
        .filter((name) => !name.startsWith('node:') && !builtinModules.includes(name))
        .filter((name) => !PLATFORM_PACKAGE.test(name))
        .map((name) =>
          name
            .split('/')
            .slice(0, name.startsWith('@') ? 2 : 1)
            .join('/'),
        )
        .filter((name) => !declared.has(name))
        .map((name) => `${file} requires ${name}`),
    )
    expect(undeclared).toEqual([])
  })
})

describe('every source file', () => {
  test('is finished', () => {
    const unfinished = SOURCES.filter((file) => file !== '__tests__/tidy.test.js').flatMap((file) =>
      read(file)
        .split('\n')
        .map((line, at) =>
          /\b(TODO|FIXME|XXX)\b|todo!\(|unimplemented!\(/.test(line) ? `${file}:${at + 1}` : '',
        )
        .filter(Boolean),
    )
    expect(unfinished).toEqual([])
  })

  test('skips no test', () => {
    const tests = JS.filter((file) => file.startsWith('__tests__/') && file !== '__tests__/tidy.test.js')
    expect(
      hits(
        tests,
        /\b(it|test|describe)\.(skip|only|todo|failing)\b|\bx(it|test|describe)\(|\bf(it|describe)\(/,
      ),
    ).toEqual([])
    expect(hits(RUST, /#\[ignore/)).toEqual([])
  })

  test(`has at most ${MAX_LINES} lines, or a reason`, () => {
    const long = SOURCES.filter((file) => read(file).split('\n').length - 1 > MAX_LINES)
    expect(long.filter((file) => !(file in LONG_FILES))).toEqual([])
  })

  test('holds no path of the machine that it was written on', () => {
    expect(
      hits(
        SOURCES.filter((file) => file !== '__tests__/tidy.test.js'),
        /['"`](\/tmp\/|\/work\/|\/root\/|\/home\/)/,
      ),
    ).toEqual([])
  })
})
