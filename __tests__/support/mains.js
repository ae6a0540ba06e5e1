// The main databases of the tests, one row per provider: the data model in its terms, a database of its own, an adapter.
const fs = require('node:fs')
const path = require('node:path')
const { createDatabase, query } = require('./servers')
const mysql = require('./mysql')
const { createTables } = require('./ddl')

/** It has no types. @param {string} name @returns {any} */
const load = (name) => require(name)

const SCHEMA = path.join(__dirname, 'schema')

/** What only PostgreSQL has: lists, its native types, its functions. @param {string} text */
function plain(text) {
  return text
    .replace(/^(\/\/\/.*\n)?model (ScalarList|Native) \{[\s\S]*?^\}\n/gm, '')
    .replace(
      /^ {2}\w+ +(String|Int|BigInt|Float|Decimal|Boolean|DateTime|Bytes|Json|Mood|Role)\[\].*\n/gm,
      '',
    )
    .replace(/ @db\.\w+(\([^)]*\))?/g, '')
    .replace(/dbgenerated\("gen_random_uuid\(\)"\)/g, 'uuid()')
}

/** @param {string} name */
const read = (name) => fs.readFileSync(path.join(SCHEMA, name), 'utf8')

/**
 * @typedef {object} Database
 * @property {string} url
 * @property {() => Promise<void>} drop
 *
 * @typedef {object} Main
 * @property {string} adapter the package without its scope
 * @property {(url: string, module: any) => any} connect an adapter for a database
 * @property {() => string} models the text of the data model
 * @property {(options: {serverUrl?: string, collation?: string, icu?: string}) => Promise<Database>} create an empty database
 * @property {(url: string, manifest: () => any) => Promise<void>} fill makes its tables
 */

/** @type {Record<string, Main>} */
const MAINS = {
  postgresql: {
    adapter: 'adapter-pg',
    connect: (url, { PrismaPg }) => new PrismaPg({ connectionString: url, max: 5 }),
    models: () => read('models.prisma'),
    create: createDatabase,
    fill: async (url) => void (await query(url, read('schema.sql'))),
  },
  mysql: {
    adapter: 'adapter-mariadb',
    connect: (url, { PrismaMariaDb }) => new PrismaMariaDb(url),
    models: () => `${plain(read('models.prisma'))}\n${read('native.mysql.prisma')}`,
    create: mysql.createDatabase,
    fill: async (url, manifest) =>
      void (await mysql.run(url, ['SET foreign_key_checks = 0', ...createTables(manifest())])),
  },
  sqlite: {
    adapter: 'adapter-better-sqlite3',
    connect: (url, { PrismaBetterSqlite3 }) => new PrismaBetterSqlite3({ url }),
    models: () => plain(read('models.prisma')),
    create: async () => {
      const { temporaryDir } = require('./app')
      return { url: `file:${path.join(temporaryDir(), 'main.db')}`, drop: async () => {} }
    },
    fill: async (url, manifest) => {
      const Sqlite = load('better-sqlite3')
      const database = new Sqlite(url.slice('file:'.length))
      try {
        database.pragma('journal_mode = WAL')
        for (const statement of createTables(manifest())) database.exec(statement)
      } finally {
        database.close()
      }
    },
  },
}

module.exports = { MAINS }
