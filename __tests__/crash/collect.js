// After a trial: what is pending is sent, then the blocks and the main database are read.
const { setTimeout: sleep } = require('node:timers/promises')
const { Block } = require('../../js')
const { query } = require('../support/servers')
const { apart } = require('./audit/rest')
const { deafen } = require('./process')
const { coalesceOf, loader, rowsFor } = require('./world')

/** Several times: the processes of a busy machine may stand still, and then all their time is over at once. */
const FLUSH_MS = 20_000
/** So many flushes after which no commit less is pending. */
const IN_VAIN = 4
/** Rows of a refused write are read again when all is sent, which nobody waits for. */
const REST_MS = 5_000
const RECEIPT_MS = 30_000

/** @typedef {Record<string, any[]>} Tables by model */

/**
 * @typedef {object} BlockFile what a block file had to say
 * @property {string} folder
 * @property {string} block
 * @property {Tables} before its rows when all was sent
 * @property {Tables} mainBefore the rows of main then
 * @property {Tables | null} after its rows after a refresh
 * @property {Tables | null} mainAfter
 * @property {Array<{origin: string, seq: number, error: any}>} rejected
 * @property {number} pending
 * @property {string | null} stuck what kept it from sending all
 */

/**
 * Opens each block of a folder in this process, sends what is pending, reads it.
 * @param {any} trial @param {string} folder @param {{refresh: boolean}} options
 * @returns {Promise<BlockFile[]>}
 */
async function settle(trial, folder, { refresh }) {
  const { app, client, plan, servers } = trial
  const dir = trial.folder(folder)
  const files = []
  for (const block of folder === 'apart' ? plan.blocks.slice(0, 1) : plan.blocks) {
    const db = await Block.create({
      blockId: block,
      client,
      dir,
      generated: app.generated,
      durability: plan.durability,
      coalesce: coalesceOf(plan),
      connection: servers.redis ? servers.redis.url : false,
      loader: loader(block),
    })
    deafen(db.$block)
    files.push(await readBlock(db, client, { plan, folder, block, refresh }))
    await db.$disconnect()
  }
  return files
}

/**
 * Refusals are found one by one, which takes its time on a busy machine: what has to come to an end is that nothing moves.
 * @param {any} db @returns {Promise<string | null>} what is in the way
 */
async function sendAll(db) {
  let left = Infinity
  for (let inVain = 0; ; ) {
    try {
      await db.$block.flush({ timeout: FLUSH_MS })
      return null
    } catch (/** @type {any} */ error) {
      const { commits } = db.$block.pending()
      inVain = commits < left ? 0 : inVain + 1
      left = Math.min(left, commits)
      if (inVain === IN_VAIN) return `${error.message}: ${JSON.stringify(db.$block.status().applier)}`
    }
  }
}

/** A receipt may take a moment longer than the flush. @param {any} db */
async function leftOver(db) {
  const until = Date.now() + RECEIPT_MS
  while (db.$block.pending().commits > 0 && Date.now() < until) await sleep(20)
  return db.$block.pending().commits
}

/** @param {any} db @param {any} client @param {{plan: import('./plan').Plan, folder: string, block: string, refresh: boolean}} of @returns {Promise<BlockFile>} */
async function readBlock(db, client, { plan, folder, block, refresh }) {
  const stuck = await sendAll(db)
  let [before, mainBefore] = [await rowsFor(db, block), await rowsFor(client, block)]
  for (
    const until = Date.now() + REST_MS;
    Date.now() < until && apart(plan, { before, mainBefore }).length > 0;
  ) {
    await sleep(50)
    ;[before, mainBefore] = [await rowsFor(db, block), await rowsFor(client, block)]
  }
  if (refresh) await Block.invalidate(block)
  return {
    folder,
    block,
    before,
    mainBefore,
    after: refresh ? await rowsFor(db, block) : null,
    mainAfter: refresh ? await rowsFor(client, block) : null,
    rejected: db.$block.rejected(),
    pending: await leftOver(db),
    stuck,
  }
}

/**
 * @typedef {{at: number, xid: string, who: string, model: string, kind: string, old: any, new: any}} Change
 * @typedef {{origin: string, seq: number, code: string, error: string, changes: string}} Rejected
 * @typedef {{tables: Tables, history: Change[], rejected: Rejected[]}} MainState
 */

/** Numbers of 16 digits and more as texts: JSON has no others. @param {string | null} text */
const parse = (text) => (text === null ? null : JSON.parse(text.replace(/: (\d{16,})/g, ': "$1"')))

/** @param {string} url @param {any} client @param {string[]} blocks @returns {Promise<MainState>} */
async function readMain(url, client, blocks) {
  /** @type {Tables} */
  const tables = { Tally: [], Doc: [], Flip: [], Ticket: [], Mark: [], Entry: [] }
  for (const [at, block] of blocks.entries()) {
    const rows = /** @type {Tables} */ (await rowsFor(client, block))
    // Of all blocks.
    if (at > 0) rows.Tally = []
    for (const model of Object.keys(tables)) tables[model].push(...rows[model])
  }
  const history = await query(
    url,
    'SELECT at::int, xid::text, who, model, kind, old::text, new::text FROM audit.history ORDER BY at',
  )
  const [{ there }] = await query(url, "SELECT to_regclass('sharded.rejected') IS NOT NULL AS there")
  const rejected = there
    ? await query(
        url,
        'SELECT origin, seq::int, code, error, changes::text FROM sharded.rejected ORDER BY at',
      )
    : []
  return {
    tables,
    history: history.map((row) => ({ ...row, old: parse(row.old), new: parse(row.new) })),
    rejected,
  }
}

module.exports = { readMain, settle }
