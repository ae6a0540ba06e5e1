const fs = require('node:fs/promises')
const path = require('node:path')
const color = require('picocolors')
const { compareChat } = require('./compare')
const { chatId } = require('./data')
const { connectClients, startDatabase } = require('./database')
const { generateApp, makeFolder } = require('./generate')
const { chatLoader } = require('./loader')
const { compareSides } = require('./measure')
const { READS, WRITES } = require('./operations')
const { HELP, parseOptions } = require('./options')
const { speedTable, step } = require('./report')

/** @typedef {import('./options').Options} Options */
/** @typedef {{ chatId: string, db: any }} OpenBlock */

/**
 * A block for every chat but the last. The last one is where the main clients do their writes,
 * since a block cannot know what others change in the main database behind its back.
 * @param {any} client
 * @param {number} chats
 * @param {{ dir: string, generated: string }} folders
 */
async function openBlocks(client, chats, folders) {
  const { Block } = require('sharded')
  /** @type {OpenBlock[]} */
  const blocks = []
  for (let chat = 0; chat < chats - 1; chat++) {
    const id = chatId(chat)
    blocks.push({
      chatId: id,
      db: await Block.create({ blockId: id, client, loader: chatLoader(id), ...folders }),
    })
  }
  return blocks
}

/**
 * @param {OpenBlock[]} blocks
 * @param {{ near: any, far: any }} main
 * @param {Options} options
 */
function placesToMeasure(blocks, main, options) {
  const messages = Math.floor(options.messages / options.chats)
  const spare = { chat: options.chats - 1, chatId: chatId(options.chats - 1), messages }
  return [
    {
      place: { name: 'block', client: blocks[0].db, chat: 0, chatId: blocks[0].chatId, messages },
      calls: options.calls,
      settle: () => blocks[0].db.$block.flush(),
    },
    { place: { name: 'near', client: main.near, ...spare }, calls: Math.ceil(options.calls / 5) },
    {
      place: { name: 'far', client: main.far, ...spare },
      calls: Math.min(20, Math.ceil(options.calls / 5)),
    },
  ]
}

/** What the table holds, for who wants to judge it. @param {number[]} calls */
const measured = ([
  block,
  near,
  far,
]) => `one call at a time: ${block} per line on the block, ${near} and ${far} on main.
  A write on the block resolves when it is on the disk (durability 'full'); this main database keeps its rows in memory.
  While the block is measured its writes already travel to main, from the same event loop; that cost is in its numbers.
  Before main is measured it has them all: that wait is in no number.`

/** @param {OpenBlock[]} blocks @param {any} main */
async function compareAll(blocks, main) {
  let rows = 0
  for (const { db, chatId: id } of blocks) {
    const result = await compareChat(db, main, id)
    if (result.difference) throw new Error(`${id} differs: ${result.difference}`)
    rows += result.rows
  }
  return rows
}

/** @param {import('./operations').Place} place */
async function writeOnce(place) {
  for (const { run } of WRITES) await run(place, 1)
}

/** @param {OpenBlock[]} blocks */
async function writeOnEveryBlock(blocks) {
  const places = blocks.map(({ db, chatId: id }, chat) => ({
    name: 'every',
    client: db,
    chat,
    chatId: id,
    messages: 1,
  }))
  await Promise.all(places.map(writeOnce))
}

/** @param {OpenBlock[]} blocks */
const pendingCommits = (blocks) => blocks.reduce((sum, { db }) => sum + db.$block.pending().commits, 0)

/** @param {Options} options @param {(undo: () => Promise<unknown>) => void} onExit */
async function demo(options, onExit) {
  console.log(color.bold('\nsharded: a chat app whose reads and writes are local\n'))

  const app = await makeFolder()
  onExit(() => fs.rm(app, { recursive: true, force: true }))

  const { generated, PrismaClient } = await step(
    'Generate: `prisma generate`, then `sharded generate`',
    async () => ['a PrismaClient as ever, and the template of a block beside it', await generateApp(app)],
  )

  const postgres = await step(
    'Start the main database: PostgreSQL (PGlite), in a thread of its own',
    async () => {
      const started = await startDatabase(options)
      onExit(() => started.stop())
      return [`${options.messages} messages in ${options.chats} chats`, started]
    },
  )
  const main = connectClients(PrismaClient, postgres.factory, options.latency)
  onExit(() => Promise.all([main.near.$disconnect(), main.far.$disconnect()]))

  const blocks = await step('Open a block for each chat but the last', async () => {
    const opened = await openBlocks(main.near, options.chats, { dir: path.join(app, 'blocks'), generated })
    onExit(() => Promise.all(opened.map(({ db }) => db.$disconnect())))
    return [`${opened.length} blocks, each filled by its loader`, opened]
  })

  await step('Run the same calls on a block, on main, and on main with added latency', async () => {
    const rows = []
    for (const operation of [...READS, ...WRITES]) {
      rows.push({
        title: operation.title,
        timings: await compareSides(operation, placesToMeasure(blocks, main, options)),
      })
    }
    console.log(speedTable(rows, options.latency))
    return [measured(rows[0].timings.map(({ calls }) => calls)), null]
  })

  await step('Write on every block at once, then wait until main has everything: flush()', async () => {
    await writeOnEveryBlock(blocks)
    const waiting = pendingCommits(blocks)
    await Promise.all(blocks.map(({ db }) => db.$block.flush()))
    return [`${waiting} commits were on their way, ${pendingCommits(blocks)} are now`, null]
  })

  await step('Compare every row of every chat on both sides', async () => {
    const rows = await compareAll(blocks, main.near)
    return [color.green(`equal: ${rows} rows in ${blocks.length} chats`), null]
  })
}

async function run() {
  // As in a server: elsewhere Prisma, and a block too, captures a stack trace for each call.
  process.env.NODE_ENV ??= 'production'
  const options = parseOptions(process.argv.slice(2))
  if (options.help) return console.log(HELP)
  /** @type {(() => Promise<unknown>)[]} */
  const undo = []
  try {
    await demo(options, (step) => undo.push(step))
  } finally {
    for (const step of undo.reverse()) await step()
  }
}

run().catch((error) => {
  console.error(color.red(`\n${error.stack}`))
  process.exitCode = 1
})
