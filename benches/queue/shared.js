// What the sections about the queues have in common: rows, a client of main, a block.

const AT = Date.UTC(2026, 0, 1)

/** @param {number} id */
const user = (id) => ({
  id,
  email: `user${id}@example.com`,
  name: `A name of usual length, ${id}`,
  age: id % 100,
  createdAt: new Date(AT + (id % 1_000_000) * 1_000),
})

/** @param {any} context @param {any} [log] */
function connect({ postgresClient, postgresUrl }, log = []) {
  const { PrismaPg } = require('@prisma/adapter-pg')
  const { PrismaClient } = require(postgresClient)
  return new PrismaClient({ adapter: new PrismaPg({ connectionString: postgresUrl }), log })
}

/** @param {any} context @param {any} client @param {{blockId: string, connection: any, durability?: string, loader?: Function}} options */
function openBlock({ dir, generated }, client, { durability = 'os', loader = async () => {}, ...options }) {
  const { Block } = require('sharded')
  return Block.create({ client, loader, dir, generated, durability, ...options })
}

/**
 * A block of so many users, which main gets first.
 * @param {any} context @param {any} client @param {{blockId: string, connection: any, durability?: string}} options
 * @param {{from: number, count: number}} ids
 */
async function openUsers(context, client, options, { from, count }) {
  await client.user.createMany({ data: Array.from({ length: count }, (_, at) => user(from + at)) })
  // A Redis that comes back empty may have forgotten an invalidation: the block is loaded again.
  const loader = async (/** @type {any} */ block, /** @type {any} */ main) =>
    block.user.createMany({
      data: await main.user.findMany({ where: { id: { gte: from, lt: from + count } } }),
    })
  return openBlock(context, client, { ...options, loader })
}

/** @param {NodeJS.MemoryUsage} [usage] */
const memory = ({ rss } = process.memoryUsage()) => ({
  nowMiB: rss / 2 ** 20,
  mostMiB: process.resourceUsage().maxRSS / 2 ** 10,
})

module.exports = { connect, memory, openBlock, openUsers, user }
