// A process that applies and writes nothing: with Redis a worker that opens no block, else one that has the blocks open.
//   CRASH  JSON {app, url, connection, dir, blocks, durability, coalesce}
const { setTimeout: sleep } = require('node:timers/promises')
const { Block } = require('../../js')
const { deafen, openBlock, setUp } = require('./process')

const AGAIN_MS = 30

/** Until it starts: main or Redis may be away. @param {any} given @param {any} client */
async function work({ app, connection, coalesce }, client) {
  for (;;) {
    try {
      return await Block.work({ client, connection, coalesce, generated: app.generated })
    } catch (/** @type {any} */ error) {
      process.stdout.write(`failed ${error.code ?? error.name} ${String(error.message).split('\n')[0]}\n`)
      await sleep(AGAIN_MS)
    }
  }
}

setUp(async (given, client) => {
  if (given.connection) deafen(await work(given, client))
  else for (const block of given.blocks) await openBlock(given, client, block)
  // No idle block keeps a process alive.
  setInterval(() => {}, 60_000)
  process.stdout.write('open\n')
  return async () => {}
})
