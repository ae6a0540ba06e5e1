// Has a block open that others have too, and refreshes it when told to: prints each load.
//   REFRESHER  JSON {url, dir, blockId}
const { Block } = require('../../js/index')
const { connectMain, makeApp } = require('./app')

const { url, dir, blockId } = JSON.parse(/** @type {string} */ (process.env.REFRESHER))

/** @param {any} block @param {any} main */
async function loader(block, main) {
  console.log('load')
  await block.slug.createMany({ data: await main.slug.findMany() })
}

async function run() {
  const app = await makeApp()
  const client = connectMain(app, url)
  const db = await Block.create({ blockId, client, dir, generated: app.generated, loader, stale: 'wait' })
  console.log('ready')
  await new Promise((resolve) => process.stdin.once('data', resolve))
  // The block is stale: this read waits for the refresh.
  const { hits } = await db.slug.findUnique({ where: { slug: 'a' } })
  console.log(`read ${hits}`)
  await new Promise((resolve) => process.stdin.once('data', resolve))
  await db.$disconnect()
  await client.$disconnect()
  process.exit(0)
}

run()
