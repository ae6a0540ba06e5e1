// A generated client and a generated block per provider, made once per content, and a main database for them.
const fs = require('node:fs')
const path = require('node:path')
const { randomBytes } = require('node:crypto')
const support = require('../support/app')
const { createDatabase, query } = require('../support/servers')
const { ddl } = require('./ddl')
const { modelNames, schemaText } = require('./schema')

/**
 * @typedef {import('./schema').Provider} Provider
 * @typedef {{provider: Provider, PrismaClient: any, Prisma: any, generated: string, manifest: any}} App
 * @typedef {{client: any, execute: (sql: string) => Promise<unknown>, drop: () => Promise<void>}} Main
 */

/** @param {Provider} provider @returns {App} */
function parityApp(provider) {
  const schema = schemaText(provider)
  const dir = support.appFolder('7', 'prisma-client-js', schema, modelNames(schema))
  const { PrismaClient, Prisma } = require(path.join(dir, 'client/index.js'))
  const generated = path.join(dir, 'prisma/blocks/generated')
  const manifest = JSON.parse(fs.readFileSync(path.join(generated, 'manifest.json'), 'utf8'))
  return { provider, PrismaClient, Prisma, generated, manifest }
}

/** Adapters name types that are not installed. @param {string} name @returns {any} */
const load = (name) => require(name)

// Connections of the main client: how many calls it has under way at once.
const CONNECTIONS = 4
const CLIENT_OPTIONS = { errorFormat: 'colorless', log: [] }

/** @param {App} app @returns {Promise<Main>} */
async function postgresMain(app) {
  const { PrismaPg } = load('@prisma/adapter-pg')
  const database = await createDatabase()
  await query(database.url, 'CREATE EXTENSION IF NOT EXISTS citext')
  const adapter = new PrismaPg({ connectionString: database.url, max: CONNECTIONS })
  const client = new app.PrismaClient({ ...CLIENT_OPTIONS, adapter })
  return {
    client,
    execute: (sql) => query(database.url, sql),
    drop: closing(client, database.drop),
  }
}

const MARIADB = new URL(process.env.SHARDED_TEST_MYSQL ?? 'mysql://root@127.0.0.1:3306/')

/** @param {App} app @returns {Promise<Main>} */
async function mariadbMain(app) {
  const { PrismaMariaDb } = load('@prisma/adapter-mariadb')
  const mariadb = load('mariadb')
  const database = `sharded_parity_${process.pid}_${randomBytes(4).toString('hex')}`
  const server = {
    host: MARIADB.hostname,
    port: Number(MARIADB.port || 3306),
    user: MARIADB.username || 'root',
    password: decodeURIComponent(MARIADB.password),
    multipleStatements: true,
  }
  const connection = await mariadb.createConnection(server)
  const execute = (/** @type {string} */ sql) => connection.query(sql)
  // What Prisma Migrate gives every table of MySQL.
  await execute(
    `CREATE DATABASE ${database} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci; USE ${database}`,
  )
  const adapter = new PrismaMariaDb({ ...server, database, connectionLimit: CONNECTIONS })
  const client = new app.PrismaClient({ ...CLIENT_OPTIONS, adapter })
  const drop = async () => {
    await execute(`DROP DATABASE ${database}`)
    await connection.end()
  }
  return { client, execute, drop: closing(client, drop) }
}

/** @param {App} app @returns {Promise<Main>} */
async function sqliteMain(app) {
  const { PrismaBetterSqlite3 } = load('@prisma/adapter-better-sqlite3')
  const Database = load('better-sqlite3')
  const file = path.join(support.temporaryDir(), 'main.sqlite')
  const database = new Database(file)
  database.pragma('journal_mode = WAL')
  const client = new app.PrismaClient({
    ...CLIENT_OPTIONS,
    adapter: new PrismaBetterSqlite3({ url: `file:${file}` }),
  })
  const execute = async (/** @type {string} */ sql) => database.exec(sql)
  return { client, execute, drop: closing(client, async () => database.close()) }
}

/** @param {any} client @param {() => Promise<unknown>} drop */
function closing(client, drop) {
  return async () => {
    await client.$disconnect()
    await drop()
  }
}

const MAINS = { postgresql: postgresMain, mysql: mariadbMain, sqlite: sqliteMain }

/** A fresh main database with the tables of the app. @param {App} app @returns {Promise<Main>} */
async function parityMain(app) {
  const main = await MAINS[app.provider](app)
  await main.execute(ddl(app.manifest))
  return main
}

module.exports = { parityApp, parityMain }
