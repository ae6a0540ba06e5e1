/**
 * Block files that are not what was written to them. Where SQLite says so, the file is looked at as a whole; when it is damaged the
 * block closes with an error of that name and leaves a mark beside the file. Who opens it next builds it anew: what the old file still
 * holds of commits goes into the new one, under its old numbers, and is sent before the rows are read from main; the old file is kept.
 */
const fs = require('node:fs')
const path = require('node:path')
const { appliedSeq } = require('../apply/transaction')
const { DamagedBlockError, MainDatabaseMismatchError, fromNative, named, onDamage } = require('../errors')
const { exists, lifeLock, moveAside, syncFolder, withLoadLock } = require('../file')
const { mainIdentity } = require('../identity')
const { hasLedger, ledgerSql } = require('../apply/ledger')
const { whenFree } = require('../file/native')
const { createFile } = require('../load/publish')
const { hasSource, refresh } = require('../fresh/refresh')
const { all } = require('./registry')

/** @typedef {import('./open').OpenBlock} OpenBlock @typedef {import('../load/publish').Recipe} Recipe */

const FLUSH_MS = 30_000

/** Left beside a file that is to be built anew. @param {string} file */
const markOf = (file) => `${file}.damaged`

/** @param {string} blockId @param {string} file @param {string} why */
const damagedError = (blockId, file, why) =>
  new DamagedBlockError(
    `block '${blockId}': its file is damaged (${why}): ${file}. Open it again with Block.create: it is built anew, with the commits that can ` +
      'still be read',
  )

/**
 * Looks at the file of an open block, beside the loop; closes it when it is damaged.
 * @param {OpenBlock} block @param {boolean} full indexes too
 */
async function examine(block, full) {
  if (block.refusal || block.examining) return
  block.examining = true
  try {
    const why = await block.native.examine(full)
    if (why === null || block.refusal) return
    fs.writeFileSync(markOf(block.file), why, { mode: 0o600 })
    const error = damagedError(block.id, block.file, why)
    block.emit('error', error)
    await block.shut(error)
  } catch (error) {
    block.emit('error', fromNative(error))
  } finally {
    block.examining = false
  }
}

// An error of SQLite does not say of which block it is: those that are sound stay open.
onDamage(() => {
  for (const block of all()) void examine(block, true)
})

/** Is there a mark that says so? @param {string} file */
const isMarked = (file) => exists(markOf(file))

/**
 * Up to where the ledger has each origin.
 * @param {Recipe} recipe @param {string[]} origins
 */
async function appliedOf({ artifacts, options, raw }, origins) {
  /** @type {Record<string, number>} */
  const applied = {}
  if (origins.length === 0 || !(await hasLedger(options.client))) return applied
  const main = { client: raw, sql: ledgerSql(artifacts.manifest.provider), blockId: options.blockId }
  for (const origin of origins) {
    const seq = await appliedSeq(/** @type {any} */ (main), origin)
    if (seq !== null) applied[origin] = seq
  }
  return applied
}

/** Nobody may write to the old file any more, in whatever process. @param {Recipe} recipe @param {unknown} cause */
function lockLife({ file, options }, cause) {
  const lock = lifeLock(file)
  if (lock) return lock
  throw new DamagedBlockError(
    `block '${options.blockId}': its file is damaged, and other processes have it open: end them, then open it again (${file})`,
    { cause },
  )
}

/** @param {Recipe} recipe @returns {Promise<any>} what was found in the old file, and where that is now */
async function build(recipe) {
  const { artifacts, file, options, raw } = recipe
  if (!options.ledger) {
    throw new DamagedBlockError(
      `block '${options.blockId}': its file is damaged, and without a ledger nobody knows which of its commits have arrived: ${file}. Look ` +
        'at them with sqlite3 (.recover), then delete the block with {force: true} and create it again',
    )
  }
  const { identity, origins } = JSON.parse(await artifacts.schema.salvage(file))
  const main = await mainIdentity(raw)
  if (identity !== null && identity !== main.identity) {
    throw new MainDatabaseMismatchError(
      `block '${options.blockId}': its damaged file belongs to the main database ${identity}, the client is connected to ${main.identity}. ` +
        `Nothing was changed (file: ${file})`,
    )
  }
  const applied = await appliedOf(recipe, origins)
  /** @type {any} */
  let found
  /** @type {string} */
  let kept = file
  await createFile(recipe, {
    fill: (native) => {
      found = JSON.parse(native.restore(file, JSON.stringify(applied)))
      if (found.commits > 0) native.setMeta('salvaged', '1')
    },
    beforePublish: async () => {
      kept = await moveAside(file)
    },
  })
  await fs.promises.rm(markOf(file), { force: true })
  await syncFolder(path.dirname(file))
  return { ...found, kept }
}

/** @param {{commits: number, lost: number, unsure: number}} found */
function wordsOf({ commits, lost, unsure }) {
  const parts = [`${commits} commits that waited for main were found`]
  if (lost > 0) parts.push(`${lost} between them were not`)
  if (unsure > 0) parts.push(`${unsure} may have arrived or not and are among the refused ones`)
  return parts.join(', ')
}

/**
 * Builds the file of a block anew, under the load lock.
 * @param {Recipe} recipe @param {unknown} cause
 * @returns {Promise<Error | null>} what to tell of it; null when somebody else has done it
 */
async function rebuild(recipe, cause) {
  const { file, options } = recipe
  const before = fs.statSync(file, { throwIfNoEntry: false })?.ino
  return withLoadLock(file, async () => {
    if (!exists(file) || fs.statSync(file).ino !== before) return null
    const lock = lockLife(recipe, cause)
    try {
      const found = await build(recipe)
      return new DamagedBlockError(
        `block '${options.blockId}': its file was damaged and has been built anew; ${wordsOf(found)}. The old file is ${found.kept}`,
        { cause },
      )
    } catch (error) {
      throw named(error)
    } finally {
      lock.release()
    }
  })
}

/**
 * What was found is sent, then the rows are read from main: until then the block would tell of neither.
 * @param {OpenBlock} block
 */
async function afterSalvage(block) {
  if (block.native.meta('salvaged') !== '1') return
  try {
    await block.flush({ timeoutMs: FLUSH_MS })
    if (hasSource(block)) await refresh(block)
    await whenFree(block.native, block.id, () => block.native.setMeta('salvaged', ''))
  } catch (cause) {
    await block.shut()
    throw new DamagedBlockError(
      `block '${block.id}': its file was damaged; the commits found in it have to reach the main database before it can serve, and did not yet`,
      { cause },
    )
  }
}

/**
 * A power cut may have taken from the file what the main database had given it: it is loaded again before it serves, unless it was closed
 * before and had all on the disk.
 * When that fails, as without a main database, it serves what it has, and the next opening tries again.
 * @param {OpenBlock} block
 */
async function afterReboot(block) {
  const how = block.native.meta('rebooted')
  if (how === null || how === '') return
  void examine(block, false)
  try {
    if ((how === 'torn' || block.options.durability === 'os') && hasSource(block)) await refresh(block)
    await whenFree(block.native, block.id, () => block.native.setMeta('rebooted', ''))
  } catch (error) {
    block.emit('error', error)
  }
}

module.exports = { afterReboot, afterSalvage, examine, isMarked, markOf, rebuild }
