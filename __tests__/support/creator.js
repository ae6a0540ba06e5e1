// Creates a block as an app of its own would, for tests with two processes: prints when it loads and what it has.
const { Block } = require('../../js/index')
const { connectMain, makeApp } = require('./app')

const { BLOCK_DIR: dir, BLOCK_ID: blockId, DATABASE_URL: url, HANG: hang } = process.env

async function loader(block, main) {
  console.log('loading')
  await block.slug.createMany({ data: await main.slug.findMany() })
  if (hang) await new Promise((resolve) => setTimeout(resolve, 60_000))
}

async function run() {
  const app = await makeApp()
  const client = connectMain(app, url)
  const db = await Block.create({ blockId, client, dir, generated: app.generated, loader })
  console.log(`rows ${await db.slug.count()}`)
  await db.$disconnect()
  await client.$disconnect()
}

run()
