const fs = require('node:fs')
const path = require('node:path')
const { isDeepStrictEqual } = require('node:util')
const { PrismaPg } = require('@prisma/adapter-pg')
const { prismaOperations } = require('./prisma')

/** @param {any} block @param {any} main */
async function loader(block, main) {
  await block.user.createMany({ data: await main.user.findMany() })
  await block.post.createMany({ data: await main.post.findMany() })
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

/** @param {'os' | 'full'} durability @returns {import('./index').Adapter} */
const withDurability = (durability) => ({
  name: `sharded-${durability}`,
  title: `sharded (${durability})`,
  opens: true,
  postgres: true,

  async setup({ dir, generated, postgresClient, postgresUrl }) {
    const { PrismaClient } = require(postgresClient)
    const { Block } = require('sharded')
    const client = new PrismaClient({ adapter: new PrismaPg({ connectionString: postgresUrl }) })
    const open = () => Block.create({ blockId: 'bench', client, loader, durability, dir, generated })
    let db = await open()
    return {
      ops: {
        ...prismaOperations(db),
        close: () => db.$disconnect(),
        open: async () => {
          db = await open()
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
  },
})

const full = withDurability('full')

/** What a durable write costs by itself. @type {import('./index').Adapter} */
const held = {
  ...full,
  name: 'sharded-full-held',
  title: 'sharded (full), applier held back',
  only: ['update'],

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

module.exports = { os: withDurability('os'), full, held }
