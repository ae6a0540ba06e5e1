// The main database of the trials: a generated client and block, tables whose every change is noted by a trigger, rows to start from.
const fs = require('node:fs')
const path = require('node:path')
const { appFolder } = require('../support/app')
const { modelNames, schemaText } = require('../parity/schema')

const MODELS = path.join(__dirname, 'models.prisma')
const TABLES = fs.readFileSync(path.join(__dirname, 'tables.sql'), 'utf8')
/** Names of writers: each has a column of Tally. */
const WRITERS = ['w0', 'w1', 'w2', 'w3']
/** Blocks of a trial: ids are of a process, and several trials end in one. @param {number} seed */
const blocksOf = (seed) => [`a${seed}`, `b${seed}`]
const TALLIES = ['t0', 't1', 't2', 't3']
/** Increments of one writer on one Tally: what a BIGINT has of digits of base 4. */
const DIGITS = 31
/** Docs whose labels a writer moves around. */
const SEATS = ['s0', 's1', 's2']
const FLIPS = ['f0', 'f1']
/** Codes that the direct writer took before a block could. */
const TAKEN = ['taken-0', 'taken-1']

/**
 * @typedef {{folder: string, generated: string}} App
 */

/** @returns {App} */
function crashApp() {
  const schema = schemaText('postgresql', MODELS)
  const folder = appFolder('7', 'prisma-client-js', schema, modelNames(schema))
  return { folder, generated: path.join(folder, 'prisma/blocks/generated') }
}

/**
 * A client of a database; `name` is what the history calls it.
 * @param {App} app @param {string} url @param {string} name @param {number} [max] connections
 */
function connect({ folder }, url, name, max = 5) {
  const { PrismaPg } = require('@prisma/adapter-pg')
  const { PrismaClient } = require(path.join(folder, 'client/index.js'))
  const adapter = new PrismaPg({ connectionString: url, application_name: name, max })
  return new PrismaClient({ adapter, errorFormat: 'minimal' })
}

/** @param {{everyChange: boolean}} plan */
const coalesceOf = ({ everyChange }) => (everyChange ? { Doc: 'none' } : undefined)

/** Rows that a block holds: its own and those of all. */
const loader =
  (/** @type {string} */ blockId) => async (/** @type {any} */ block, /** @type {any} */ main) => {
    const where = { block: blockId }
    await block.tally.createMany({ data: await main.tally.findMany() })
    await block.doc.createMany({ data: await main.doc.findMany({ where }) })
    await block.flip.createMany({ data: await main.flip.findMany({ where }) })
    await block.ticket.createMany({ data: await main.ticket.findMany({ where }) })
    await block.mark.createMany({ data: await main.mark.findMany({ where }) })
    await block.entry.createMany({ data: await main.entry.findMany({ where: { mark: { block: blockId } } }) })
  }

/** The rows of a block, or of main for it. @param {any} client @param {string} block */
async function rowsFor(client, block) {
  const [where, orderBy] = [{ block }, { id: 'asc' }]
  return {
    Tally: await client.tally.findMany({ orderBy }),
    Doc: await client.doc.findMany({ where, orderBy }),
    Flip: await client.flip.findMany({ where, orderBy }),
    Ticket: await client.ticket.findMany({ where, orderBy }),
    Mark: await client.mark.findMany({ where, orderBy }),
    Entry: await client.entry.findMany({ where: { mark: { block } }, orderBy }),
  }
}

/** @param {string} writer @param {string} name */
const ownId = (writer, name) => `${writer}-${name}`

/**
 * What stands in main before a trial. Pairs (`<block>-l`, `<block>-r`) are of all writers of a block.
 * @param {string[]} blocks @param {Record<string, string>} homes writer -> block
 */
function seedRows(blocks, homes) {
  const docs = blocks.flatMap((block) =>
    ['l', 'r'].map((side) => ({ id: `${block}-${side}`, block, label: null })),
  )
  const own = Object.entries(homes).flatMap(([writer, block]) => [
    { id: ownId(writer, 'd'), block, label: null },
    ...SEATS.map((seat) => ({ id: ownId(writer, seat), block, label: `label ${ownId(writer, seat)}` })),
  ])
  const flips = Object.entries(homes).flatMap(([writer, block]) =>
    FLIPS.map((flip) => ({ id: ownId(writer, flip), block })),
  )
  return { tally: TALLIES.map((id) => ({ id })), doc: [...docs, ...own], flip: flips }
}

module.exports = {
  DIGITS,
  FLIPS,
  SEATS,
  TABLES,
  TAKEN,
  TALLIES,
  WRITERS,
  blocksOf,
  coalesceOf,
  connect,
  crashApp,
  loader,
  ownId,
  rowsFor,
  seedRows,
}
