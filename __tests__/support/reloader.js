// Has a block with a scope open that others have too, and loads it again when told to: prints when its rows are read and when they are in.
//   RELOADER  JSON {url, dir, blockId, scope}. Each line of input is a load, but 'leave'
const readline = require('node:readline')
const { Block } = require('../../js/index')
const { connectMain, makeApp } = require('./app')

const { url, dir, blockId, scope } = JSON.parse(/** @type {string} */ (process.env.RELOADER))

async function run() {
  const app = await makeApp()
  const client = connectMain(app, url)
  const { generated } = app
  const db = await Block.create({ blockId, client, dir, generated, scope, durability: 'os' })
  let loads = 0
  db.$block.on('progress', (/** @type {any} */ { done }) => done && console.log(`read-${loads}`))
  console.log('open')
  for await (const line of readline.createInterface({ input: process.stdin })) {
    if (line === 'leave') break
    loads += 1
    await db.$block.refresh()
    console.log(`in-${loads}`)
  }
  await db.$disconnect()
  await client.$disconnect()
  process.exit(0)
}

run()
