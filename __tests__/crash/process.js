// What the processes of a trial share: their client, their blocks, how they stop.
const fs = require('node:fs')
const { setTimeout: sleep } = require('node:timers/promises')
const { Block } = require('../../js')
const { connect, loader } = require('./world')

const AGAIN_MS = 30
const LEAVE_MS = 1_500

/** Faults are told to nobody here: the audit finds what came of them. @param {any} emitter */
function deafen(emitter) {
  for (const event of ['error', 'rejected']) emitter.on(event, () => {})
}

/** A byte in a file for each time that it has run. @param {ReturnType<typeof loader>} load @param {string | undefined} log */
const noted = (load, log) => async (/** @type {any} */ block, /** @type {any} */ main) => {
  await load(block, main)
  if (log !== undefined) fs.appendFileSync(`${log}.loads`, '.')
}

/** Until it opens: main or Redis may be away. @param {any} given @param {any} client @param {string} blockId */
async function openBlock({ app, connection, dir, durability, coalesce, log, ttl }, client, blockId) {
  for (;;) {
    try {
      const common = { client, connection, dir, durability, coalesce, generated: app.generated }
      const fresh = ttl === undefined ? {} : { ttl, node: 'master' }
      const db = await Block.create({ ...common, ...fresh, blockId, loader: noted(loader(blockId), log) })
      deafen(db.$block)
      return db
    } catch (/** @type {any} */ error) {
      process.stdout.write(`failed ${error.code ?? error.name} ${String(error.message).split('\n')[0]}\n`)
      await sleep(AGAIN_MS)
    }
  }
}

/**
 * @param {(given: any, client: any) => Promise<() => Promise<void>>} start resolves with what is to be done at SIGTERM
 */
async function setUp(start) {
  const given = JSON.parse(/** @type {string} */ (process.env.CRASH))
  const client = connect(given.app, given.url, given.name, 3)
  // Whoever started it holds the other end: without him it would write for ever.
  process.stdin.once('close', () => process.exit(1)).resume()
  // It may be told to stop before it has anything open.
  let leave = async () => {}
  process.once('SIGTERM', async () => {
    await leave()
    await Block.shutdown({ timeout: LEAVE_MS })
    process.exit(0)
  })
  try {
    leave = await start(given, client)
  } catch (error) {
    console.error(error)
    process.exit(1)
  }
}

module.exports = { deafen, openBlock, setUp }
