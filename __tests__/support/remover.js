// A process that takes a row out of a block's file as the applier does when main does not have it, and stays.
//   REMOVER  JSON {url, dir, blockId}
const { Block } = require('../../js/index')
const { connectMain, makeApp } = require('./app')

const { url, dir, blockId } = JSON.parse(/** @type {string} */ (process.env.REMOVER))

async function main() {
  const app = await makeApp()
  const client = connectMain(app, url)
  const db = await Block.create({ blockId, client, dir, generated: app.generated })
  const { block } = db._engine
  const removed = block.deleteRow('User', ['u3'], block.lastSeq())
  console.log(removed === 1 ? 'removed' : `deleteRow answered ${removed}`)
  process.stdin.once('data', async () => {
    await db.$disconnect()
    await client.$disconnect()
    process.exit(0)
  })
}

main()
