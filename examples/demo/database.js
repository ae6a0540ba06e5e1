const fs = require('node:fs/promises')
const path = require('node:path')
const { fillStatements } = require('./data')
const { withLatency } = require('./latency')
const { startRemote } = require('./remote')

/**
 * A PostgreSQL with the demo's tables and rows.
 * @param {{ chats: number, messages: number }} size
 */
async function startDatabase(size) {
  const tables = await fs.readFile(path.join(__dirname, 'schema', 'tables.sql'), 'utf8')
  return startRemote([tables, ...fillStatements(size)])
}

/**
 * Two ordinary PrismaClients on the same database: one beside it, one `latency` ms away from it.
 * @param {any} PrismaClient
 * @param {any} factory of driver adapters
 * @param {number} latency
 */
function connectClients(PrismaClient, factory, latency) {
  return {
    near: new PrismaClient({ adapter: factory }),
    far: new PrismaClient({ adapter: withLatency(factory, latency) }),
  }
}

module.exports = { startDatabase, connectClients }
