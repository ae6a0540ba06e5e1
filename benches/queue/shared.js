// What the sections about the queues have in common: rows, a client of main, a block, and a worker in a process of its own.
const { fork } = require('node:child_process')
const path = require('node:path')

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
 * A worker of its own, as on another machine. It goes with this process.
 * @param {any} context @param {string} connection
 */
async function startWorker(context, connection) {
  const child = fork(path.join(__dirname, 'worker.js'), { env: { ...process.env, NODE_ENV: 'production' } })
  const ask = (/** @type {any} */ request) =>
    new Promise((resolve, reject) => {
      const gone = (/** @type {any} */ code) => reject(new Error(`the worker ended (${code})`))
      child.once('exit', gone)
      child.once('message', (/** @type {any} */ { answer, error }) => {
        child.off('exit', gone)
        if (error === undefined) resolve(answer)
        else reject(new Error(error))
      })
      child.send(request)
    })
  await ask({ start: { ...context, connection } })
  return {
    /** RSS now, and the most there ever was, in MiB. @returns {Promise<{nowMiB: number, mostMiB: number}>} */
    memory: () => /** @type {any} */ (ask({ memory: true })),
    stop: () => new Promise((resolve) => child.once('exit', resolve).kill()),
  }
}

/** @param {NodeJS.MemoryUsage} [usage] */
const memory = ({ rss } = process.memoryUsage()) => ({
  nowMiB: rss / 2 ** 20,
  mostMiB: process.resourceUsage().maxRSS / 2 ** 10,
})

module.exports = { connect, memory, openBlock, startWorker, user }
