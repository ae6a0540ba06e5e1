// A process that creates posts as fast as it can, in a block or straight in the main database, and prints what it made.
//   LEASE  JSON {provider, url, blockId, dir, count, direct, hold, concurrent}
const { connectMain, makeApp } = require('./app')
const { Block } = require('../../js')

const lease = JSON.parse(/** @type {string} */ (process.env.LEASE))

async function open() {
  const app = await makeApp({ provider: lease.provider })
  const client = connectMain(app, lease.url)
  if (lease.direct) return { db: client, client }
  const { blockId, dir } = lease
  const db = await Block.create({ blockId, client, dir, generated: app.generated, durability: 'os' })
  return { db, client }
}

/** Under a lock that others hold for too long nothing is written. @param {any} db @param {string} title */
async function create(db, title) {
  for (;;) {
    try {
      const { id } = await db.post.create({ data: { title, authorId: 'u1' }, select: { id: true } })
      return id
    } catch (error) {
      if (error.code !== 'SHARDED_WRITE_LOCK_TIMEOUT') throw error
    }
  }
}

async function run() {
  const { db, client } = await open()
  console.log('open')
  await new Promise((resolve) => process.stdin.once('data', resolve))
  const started = performance.now()
  let made = 0
  const one = async () => {
    while (made < lease.count) {
      made += 1
      const title = `${process.pid} ${made}`
      const id = await create(db, title)
      // Others want the file's lock too.
      await new Promise((resolve) => setImmediate(resolve))
      if (lease.tell) console.log(`id ${id}`)
    }
  }
  await Promise.all(Array.from({ length: lease.concurrent ?? 1 }, one))
  console.log(`made ${Math.round(performance.now() - started)}`)
  if (lease.hold) await new Promise((resolve) => process.stdin.once('data', resolve))
  if (db !== client) await db.$disconnect()
  await client.$disconnect()
  console.log(`done ${Math.round(performance.now() - started)}`)
  process.exit(0)
}

run()
