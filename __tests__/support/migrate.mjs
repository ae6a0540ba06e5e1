// node migrate.mjs URL SCHEMA: Prisma Migrate's own engine on a PostgreSQL or SQLite (file:…) database. Applies a migration that makes
// the schema's tables, once, and prints what `prisma migrate dev` and `prisma db push` would do then, as JSON. A process of its own:
// Jest has no ES modules, of which the engine is made.
import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import pg from 'pg'

// The package's own entry wants a bundler.
const PACKAGE = new URL('../../node_modules/@prisma/schema-engine-wasm/', import.meta.url)
/** The oid of PostgreSQL's internal `"char"`, which the driver adapter does not know, and that of `character`. */
const [INTERNAL_CHAR, CHARACTER] = [18, 1042]
const FILTERS = { externalTables: [], externalEnums: [] }

async function loadEngine() {
  const bindings = await import(new URL('schema_engine_bg.js', PACKAGE).href)
  const wasm = fs.readFileSync(new URL('schema_engine_bg.wasm', PACKAGE))
  const { instance } = await WebAssembly.instantiate(wasm, { './schema_engine_bg.js': bindings })
  bindings.__wbg_set_wasm(instance.exports)
  const { __wbindgen_start: start } = /** @type {any} */ (instance.exports)
  start()
  return bindings.SchemaEngine
}

/** @param {string} url */
function connect(url) {
  const pool = new pg.Pool({ connectionString: url })
  const ask = /** @type {any} */ (pool.query.bind(pool))
  pool.query = /** @type {any} */ (
    async (/** @type {any[]} */ ...given) => {
      const result = await ask(...given)
      for (const field of result.fields ?? [])
        if (field.dataTypeID === INTERNAL_CHAR) field.dataTypeID = CHARACTER
      return result
    }
  )
  pools.push(pool)
  return new PrismaPg(pool).connect()
}

/** @type {string[]} */
const shadows = []
/** @type {pg.Pool[]} */
const pools = []

/** @param {string} url */
async function postgres(url) {
  const owner = new pg.Pool({ connectionString: url })
  const factory = {
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: () => connect(url),
    async connectToShadowDb() {
      const shadow = `sharded_shadow_${randomUUID().slice(0, 8)}`
      shadows.push(shadow)
      await owner.query(`CREATE DATABASE ${shadow} TEMPLATE template0`)
      const there = new URL(url)
      there.pathname = shadow
      return connect(there.href)
    },
  }
  const end = async () => {
    await Promise.all(pools.map((pool) => pool.end()))
    for (const shadow of shadows) await owner.query(`DROP DATABASE ${shadow}`)
    await owner.end()
  }
  return { factory, end }
}

const [url, schemaFile] = process.argv.slice(2)
const isFile = url.startsWith('file:')
const { factory, end } = isFile
  ? { factory: new PrismaBetterSqlite3({ url }), end: async () => {} }
  : await postgres(url)
const schema = fs.readFileSync(schemaFile, 'utf8')
const files = [{ path: 'schema.prisma', content: schema }]
const SchemaEngine = await loadEngine()
const engine = await SchemaEngine.new(
  { datamodels: [['schema.prisma', schema]] },
  () => {},
  bindMigrationAwareSqlAdapterFactory(/** @type {any} */ (factory)),
)
const diffFrom = async (/** @type {object} */ from) => {
  const to = { tag: 'schemaDatamodel', files }
  return (await engine.diff({ from, to, script: true, exitCode: null, filters: FILTERS })).stdout
}
const script = await diffFrom({ tag: 'empty' })
const migrationsList = {
  baseDir: 'migrations',
  lockfile: { path: 'migration_lock.toml', content: `provider = "${isFile ? 'sqlite' : 'postgresql'}"\n` },
  shadowDbInitScript: '',
  migrationDirectories: [
    {
      path: '20260101000000_init',
      migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: script } },
    },
  ],
}
await engine.applyMigrations({ migrationsList, filters: FILTERS })
// Its shadow database in memory does not take the migration.
const { action } = isFile
  ? { action: null }
  : await engine.devDiagnostic({ migrationsList, filters: FILTERS })
const push = await diffFrom({ tag: 'schemaDatasource', files, configDir: '.' })
await end()
process.stdout.write(JSON.stringify({ action, push }), () => process.exit(0))
