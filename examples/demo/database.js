const fs = require('node:fs/promises')
const path = require('node:path')
const { PGlite } = require('@electric-sql/pglite')
const { PrismaPGlite } = require('pglite-prisma-adapter')
const { fillStatements } = require('./data')
const { withLatency } = require('./latency')

/**
 * A PostgreSQL in this process, in memory, with the demo's tables and rows.
 * @param {{ chats: number, messages: number }} size
 */
async function startDatabase(size) {
  const postgres = await PGlite.create()
  await postgres.exec(await fs.readFile(path.join(__dirname, 'schema', 'tables.sql'), 'utf8'))
  for (const sql of fillStatements(size)) await postgres.exec(sql)
  return postgres
}

/**
 * Two ordinary PrismaClients on the same database: one beside it, one `latency` ms away from it.
 * @param {any} PrismaClient
 * @param {import('@electric-sql/pglite').PGlite} postgres
 * @param {number} latency
 */
function connectClients(PrismaClient, postgres, latency) {
  const factory = new PrismaPGlite(postgres)
  return {
    near: new PrismaClient({ adapter: factory }),
    far: new PrismaClient({ adapter: withLatency(factory, latency) }),
  }
}

module.exports = { startDatabase, connectClients }
