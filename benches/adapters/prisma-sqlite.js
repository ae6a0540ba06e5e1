const { PrismaBetterSqlite3 } = require('@prisma/adapter-better-sqlite3')
const { prismaOperations } = require('./prisma')
const { createFile } = require('./sqlite-file')

/** @type {import('./index').Adapter} */
module.exports = {
  name: 'prisma-sqlite',
  title: 'Prisma + better-sqlite3',

  async setup({ dir, data, sqliteClient }) {
    const file = createFile(dir, data, (date) => date.toISOString().replace('Z', '+00:00'))
    const { PrismaClient } = require(sqliteClient)
    const client = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: `file:${file}` }) })
    // The same durability as by hand. WAL is a property of the file and already set.
    await client.$queryRawUnsafe('PRAGMA synchronous = NORMAL')
    return { ops: prismaOperations(client), teardown: () => client.$disconnect() }
  },
}
