const { PrismaPg } = require('@prisma/adapter-pg')
const { prismaOperations } = require('./prisma')

/** @type {import('./index').Adapter} */
module.exports = {
  name: 'prisma-postgres',
  title: 'Prisma + PostgreSQL',
  postgres: true,

  async setup({ postgresClient, postgresUrl }) {
    const { PrismaClient } = require(postgresClient)
    const client = new PrismaClient({ adapter: new PrismaPg({ connectionString: postgresUrl }) })
    return { ops: prismaOperations(client), teardown: () => client.$disconnect() }
  },
}
