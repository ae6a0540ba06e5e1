// A Prisma app as a user has one: a schema, a generated client, a generated block. Made once per content of its
// inputs in the system's temp folder, shared by all jest workers; and a main database of its own per test file.
const { execFileSync } = require('node:child_process')
const { createHash } = require('node:crypto')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { MAINS } = require('./mains')

const ROOT = path.resolve(__dirname, '../..')
const CACHE = path.join(os.tmpdir(), 'sharded-test-apps')
const KEEP_MS = 24 * 60 * 60 * 1_000
const CLI = path.join(ROOT, 'js/cli/index.js')

/** Every model of schema/models.prisma but AuditLog. */
const MODELS = [
  'User',
  'Profile',
  'Post',
  'Comment',
  'Category',
  'Team',
  'Membership',
  'Note',
  'Slug',
  'Counter',
  'Scalar',
  'ScalarList',
  'Native',
]

/** What differs between the supported versions of Prisma. @type {Record<Version, {prisma: string, client: string, adapter: Partial<Record<Provider, string>>, runtime: Record<string, string>, source: string, engine: string}>} */
const VERSIONS = {
  7: {
    prisma: 'prisma',
    client: '@prisma/client',
    adapter: {
      postgresql: '@prisma/adapter-pg',
      mysql: '@prisma/adapter-mariadb',
      sqlite: '@prisma/adapter-better-sqlite3',
    },
    runtime: { 'client-runtime-utils': '@prisma/client-runtime-utils' },
    source: '',
    engine: '',
  },
  6: {
    prisma: 'prisma-6',
    client: '@prisma/client-6',
    adapter: { postgresql: '@prisma/adapter-pg-6' },
    runtime: {},
    source: '  url = env("DATABASE_URL")\n',
    engine: '  engineType = "client"\n',
  },
}

/**
 * @typedef {'6' | '7'} Version
 * @typedef {'prisma-client-js' | 'prisma-client'} Generator
 * @typedef {'postgresql' | 'mysql' | 'sqlite'} Provider
 * @typedef {object} App
 * @property {Version} version
 * @property {Provider} provider
 * @property {any} PrismaClient
 * @property {any} Prisma
 * @property {string} dir the app's own folder
 * @property {string} schemaDir holds schema.prisma
 * @property {string} blocksDir holds template.sqlite and generated/
 * @property {string} generated the option of that name of Block.create
 */

/** @param {Version} version @param {Provider} provider @param {Generator} generator @param {string[]} preview */
function schemaText(version, provider, generator, preview) {
  const { source, engine } = VERSIONS[version]
  const format = generator === 'prisma-client' ? '  moduleFormat = "cjs"\n  importFileExtension = "js"\n' : ''
  const previews = preview.length > 0 ? `  previewFeatures = ${JSON.stringify(preview)}\n` : ''
  const head = `generator client {\n  provider = "${generator}"\n  output = "../client"\n${engine}${format}${previews}}\n\n`
  const datasource = `datasource db {\n  provider = "${provider}"\n${source}}\n\n`
  return head + datasource + MAINS[provider].models()
}

/** Source files below a folder, sorted. @param {string} folder @returns {string[]} */
function filesIn(folder) {
  const entries = fs.readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  return entries.flatMap((entry) => {
    const full = path.join(folder, entry.name)
    return entry.isDirectory() ? filesIn(full) : [full]
  })
}

/** The built addon: template.sqlite is its work. */
function addonFiles() {
  const names = fs.readdirSync(ROOT).filter((name) => name.endsWith('.node'))
  return names.map((name) => path.join(ROOT, name))
}

/** @param {Version} version @param {string} schema */
function cacheKey(version, schema) {
  const hash = createHash('sha256').update(schema)
  const { prisma, client } = VERSIONS[version]
  for (const name of [prisma, client]) {
    hash.update(fs.readFileSync(path.join(ROOT, 'node_modules', name, 'package.json')))
  }
  const made = [__filename, ...filesIn(path.join(ROOT, 'js/cli')), ...filesIn(path.join(ROOT, 'js/generate'))]
  for (const file of [...made, ...addonFiles()]) hash.update(file).update(fs.readFileSync(file))
  return hash.digest('hex').slice(0, 24)
}

/** node_modules of the app: this repository's packages under the names that a user installs. */
function linkPackages(/** @type {Version} */ version, /** @type {string} */ dir) {
  const { prisma, client } = VERSIONS[version]
  const scope = path.join(dir, 'node_modules/@prisma')
  fs.mkdirSync(scope, { recursive: true })
  const links = {
    '../prisma': prisma,
    client,
    'adapter-pg': String(VERSIONS[version].adapter.postgresql),
    ...VERSIONS[version].runtime,
  }
  for (const [name, target] of Object.entries(links)) {
    fs.symlinkSync(path.join(ROOT, 'node_modules', target), path.join(scope, name), 'junction')
  }
}

/** The generator `prisma-client` writes TypeScript; tests require JavaScript. @param {string} folder */
function transpile(folder) {
  const typescript = require('typescript')
  const { CommonJS } = typescript.ModuleKind
  for (const file of filesIn(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))) {
    const { outputText } = typescript.transpileModule(fs.readFileSync(file, 'utf8'), {
      compilerOptions: { module: CommonJS, target: typescript.ScriptTarget.ES2022, esModuleInterop: true },
    })
    fs.writeFileSync(file.replace(/\.ts$/, '.js'), outputText)
  }
}

/** @param {string[]} args @param {string} cwd */
function runNode(args, cwd) {
  // The engine binaries are downloads that no client here uses.
  const env = {
    ...process.env,
    DATABASE_URL: 'postgresql://unused@127.0.0.1:1/unused',
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_QUERY_ENGINE_LIBRARY: process.execPath,
    NO_COLOR: '1',
  }
  try {
    execFileSync(process.execPath, args, { cwd, env, stdio: 'pipe', encoding: 'utf8' })
  } catch (error) {
    const { stdout, stderr } = /** @type {{stdout: string, stderr: string}} */ (error)
    throw new Error(`node ${args.join(' ')} failed:\n${stdout}${stderr}`)
  }
}

/** @param {Version} version @param {Generator} generator @param {string} schema @param {string[]} models @param {string} dir */
function makeFolder(version, generator, schema, models, dir) {
  fs.mkdirSync(path.join(dir, 'prisma'), { recursive: true })
  fs.writeFileSync(path.join(dir, 'package.json'), '{"name":"app","version":"1.0.0"}\n')
  fs.writeFileSync(path.join(dir, 'prisma/schema.prisma'), schema)
  linkPackages(version, dir)
  runNode(['node_modules/prisma/build/index.js', 'generate', '--schema=prisma/schema.prisma'], dir)
  if (generator === 'prisma-client') transpile(path.join(dir, 'client'))
  runNode([CLI, 'generate', '--schema=prisma/schema.prisma', `--models=${models.join(',')}`], dir)
  // PostgreSQL's tables are in schema.sql; another main's are made for all models, which are more than the block's.
  if (!schema.includes('provider = "postgresql"'))
    runNode([CLI, 'generate', '--schema=prisma/schema.prisma', '--all-models', '--output=prisma/whole'], dir)
}

/** Folders of earlier contents. */
function removeOld() {
  for (const name of fs.readdirSync(CACHE)) {
    const folder = path.join(CACHE, name)
    const { mtimeMs } = fs.statSync(folder, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() }
    if (Date.now() - mtimeMs > KEEP_MS) fs.rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Made under a name of its own and published by renaming: workers that race make it twice and one wins.
 * @param {string} dir @param {(dir: string) => void} make
 */
function publish(dir, make) {
  if (fs.existsSync(dir)) return
  fs.mkdirSync(CACHE, { recursive: true })
  removeOld()
  const draft = fs.mkdtempSync(`${dir}.`)
  try {
    make(draft)
    fs.renameSync(draft, dir)
  } catch (error) {
    fs.rmSync(draft, { recursive: true, force: true })
    if (!fs.existsSync(dir)) throw error
  }
}

/**
 * The folder of an app with this schema: its client in client/, its block in prisma/blocks/.
 * @param {Version} version @param {Generator} generator @param {string} schema @param {string[]} models of the block
 */
function appFolder(version, generator, schema, models) {
  const dir = path.join(CACHE, cacheKey(version, schema))
  publish(dir, (draft) => makeFolder(version, generator, schema, models, draft))
  return dir
}

/**
 * A generated client and block for the test schema.
 * @param {{version?: Version, provider?: Provider, generator?: Generator, preview?: string[]}} [options] preview: features of the generator
 * @returns {Promise<App>}
 */
async function makeApp({
  version = '7',
  provider = 'postgresql',
  generator = 'prisma-client-js',
  preview = [],
} = {}) {
  const schema = schemaText(version, provider, generator, preview)
  const known = MODELS.filter((name) => new RegExp(`^model ${name} `, 'm').test(schema))
  const dir = appFolder(version, generator, schema, known)
  const { PrismaClient, Prisma } = require(
    path.join(dir, 'client', generator === 'prisma-client' ? 'client.js' : 'index.js'),
  )
  const schemaDir = path.join(dir, 'prisma')
  const blocksDir = path.join(schemaDir, 'blocks')
  return {
    version,
    provider,
    PrismaClient,
    Prisma,
    dir,
    schemaDir,
    blocksDir,
    generated: path.join(blocksDir, 'generated'),
  }
}

/**
 * A client of the app for a database that exists.
 * @param {App} app @param {string} url @param {object} [options] further options of the PrismaClient
 */
function connectMain(app, url, options = {}) {
  const adapter = MAINS[app.provider].connect(
    url,
    require(String(VERSIONS[app.version].adapter[app.provider])),
  )
  return new app.PrismaClient({ ...options, adapter })
}

/**
 * A fresh main database with the test schema, and a client for it.
 * @param {App} app
 * @param {{serverUrl?: string, collation?: string, icu?: string, clientOptions?: object}} [options]
 * @returns {Promise<{client: any, url: string, drop: () => Promise<void>}>}
 */
async function newMain(app, { serverUrl, collation, icu, clientOptions } = {}) {
  const database = await MAINS[app.provider].create({ serverUrl, collation, icu })
  const whole = path.join(app.schemaDir, 'whole/generated/manifest.json')
  await MAINS[app.provider].fill(database.url, () => JSON.parse(fs.readFileSync(whole, 'utf8')))
  const client = connectMain(app, database.url, clientOptions)
  const drop = async () => {
    await client.$disconnect()
    await database.drop()
  }
  return { client, url: database.url, drop }
}

const dataPrefix = () => `sharded-data-${process.env.SHARDED_TEST_RUN}-`

/**
 * A folder for block data, removed at the end of the run: a file's own `afterAll` would run before those that close the
 * blocks in it.
 */
function temporaryDir() {
  return fs.mkdtempSync(path.join(os.tmpdir(), dataPrefix()))
}

/** Every folder that this run's files were given. */
function removeTemporaryDirs() {
  for (const name of fs.readdirSync(os.tmpdir())) {
    if (name.startsWith(dataPrefix()))
      fs.rmSync(path.join(os.tmpdir(), name), { recursive: true, force: true })
  }
}

module.exports = {
  MODELS,
  VERSIONS,
  appFolder,
  connectMain,
  makeApp,
  newMain,
  removeTemporaryDirs,
  temporaryDir,
}
