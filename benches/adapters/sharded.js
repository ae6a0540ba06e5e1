const fs = require('node:fs')
const path = require('node:path')
const { isDeepStrictEqual } = require('node:util')
const { PrismaPg } = require('@prisma/adapter-pg')
const { DATA } = require('../data')
const { prismaOperations } = require('./prisma')

/** @param {import('../data').DataSet} data */
const loaderOf = (data) => async (/** @type {any} */ block) => {
  for (const { model, rows } of DATA[data]()) await block[model].createMany({ data: rows })
}

/** How many calls main's own engine has answered. @param {any} client */
function countMain(client) {
  const engine = client._originalClient._engine
  const { request } = engine
  let asked = 0
  engine.request = (/** @type {any[]} */ ...args) => {
    asked += 1
    return request.apply(engine, args)
  }
  return () => asked
}

/** @param {any} db */
const rowsOf = async (db) =>
  (await db.user.findMany()).sort((/** @type {any} */ a, /** @type {any} */ b) => a.id - b.id)

/** @param {any} block @param {any} main */
async function compareWithMain(block, main) {
  const [local, remote] = [await rowsOf(block), await rowsOf(main)]
  if (isDeepStrictEqual(local, remote)) return null
  return `after flush() block (${local.length} users) and main (${remote.length} users) differ`
}

/** Takes the applier's place, as another process could: nothing travels to main while it is held. @param {string} dir */
function holdApplier(dir) {
  const { addon } = require('../../js/binding')
  const [block] = fs.readdirSync(dir).filter((name) => name.endsWith('.sqlite'))
  const lock = addon().FileLock.tryAcquire(path.join(dir, `${block}.apply.lock`))
  if (lock === null) throw new Error('the applier is at work')
  return lock
}

/**
 * @param {import('./index').Context} context
 * @param {'os' | 'full'} durability
 * @param {any[]} log of the PrismaClient
 * @returns {Promise<import('./index').Instance>}
 */
async function open({ dir, data, generated, postgresClient, postgresUrl }, durability, log) {
  const { PrismaClient } = require(postgresClient)
  const { Block } = require('sharded')
  const client = new PrismaClient({ adapter: new PrismaPg({ connectionString: postgresUrl }), log })
  const asked = countMain(client)
  const loader = loaderOf(data)
  const openBlock = () => Block.create({ blockId: 'bench', client, loader, durability, dir, generated })
  let db = await openBlock()
  const native = db._engine.block
  return {
    db,
    doors: () => {
      const { fast, shell, fallbacks } = db.$block.status().client
      return { fast, shell, fallbacks, main: asked() }
    },
    ops: {
      ...prismaOperations(db),
      compile: (query) => native.compile(query),
      close: () => db.$disconnect(),
      open: async () => {
        db = await openBlock()
      },
    },
    settle: () => db.$block.flush(),
    async verify() {
      await db.$block.flush()
      return compareWithMain(db, client)
    },
    async teardown() {
      await db.$disconnect()
      await client.$disconnect()
    },
  }
}

/** @param {'os' | 'full'} durability @returns {import('./index').Adapter} */
const withDurability = (durability) => ({
  name: `sharded-${durability}`,
  title: `sharded (${durability})`,
  postgres: true,
  block: true,
  setup: (context) => open(context, durability, []),
})

/** @param {import('./index').Context} context @param {any[]} log */
const openFull = (context, log) => open(context, 'full', log)

const full = withDurability('full')

/** What a durable write costs by itself. @type {import('./index').Adapter} */
const held = {
  ...full,
  name: 'sharded-full-held',
  title: 'sharded (full), applier held back',
  only: ['update'],
  aside: true,

  async setup(context) {
    const { settle, ...instance } = await full.setup(context)
    const lock = holdApplier(context.dir)
    return {
      ...instance,
      async verify() {
        lock.release()
        return instance.verify?.() ?? null
      },
    }
  },
}

module.exports = { os: withDurability('os'), full, held, openFull }
