/**
 * The journal of transactions that the main database has a part of (js/transaction/companion.js). Main commits first, then the
 * block; a process that dies in between leaves a block that is behind. So before main's commit the rows in question are written
 * to a file beside the block, under an id that the block's own commit then carries:
 *
 *   journal's id = the block's `joint`   both have committed, or what was left of it is in `unreverted`
 *   journal's id elsewhere               main may have committed: the rows are to be read from it again
 *
 * It is written by whoever has the block's write lock, so there is one at a time.
 */
const fs = require('node:fs')
const path = require('node:path')
const { randomUUID } = require('node:crypto')
const { syncFolder } = require('../file')
const { whenFree } = require('../file/native')

/** @typedef {import('../apply/transaction').RowRef} RowRef */
/** @typedef {{ id: string, rows: RowRef[], stale: boolean }} Entry stale: rows that nobody named may differ too */

class Journal {
  /** @param {{ native: any, file: string, blockId: string, durability: string }} setup */
  constructor({ native, file, blockId, durability }) {
    this.native = native
    this.path = `${file}.joint`
    this.blockId = blockId
    this.isSynced = durability !== 'os'
    /** The entry that was read last, and which file that was. @type {{ file: string, entry: Entry | null }} */
    this.known = { file: '', entry: null }
  }

  /** What somebody has begun to commit, and not ended. Asked before every window: most blocks never have a file. @returns {Entry | null} */
  unfinished() {
    const stat = fs.statSync(this.path, { throwIfNoEntry: false, bigint: true })
    if (stat === undefined) return null
    const file = `${stat.ino} ${stat.mtimeNs}`
    if (this.known.file !== file) this.known = { file, entry: this.read() }
    const { entry } = this.known
    return entry === null || entry.id === this.native.meta('joint') ? null : entry
  }

  /** @returns {Entry | null} */
  read() {
    try {
      return JSON.parse(fs.readFileSync(this.path, 'utf8'))
    } catch (/** @type {any} */ error) {
      if (error.code === 'ENOENT') return null
      // It is renamed into place: only a power cut under `os` leaves half of it.
      if (error instanceof SyntaxError) return { id: '', rows: [], stale: true }
      throw error
    }
  }

  /**
   * Before main's commit, with the block's write lock.
   * @param {{ rows: RowRef[], stale: boolean }} entry @returns {Promise<string>} its id
   */
  async write({ rows, stale }) {
    const id = randomUUID()
    // The last one is overwritten: what it stood for must not be lost any more.
    if (this.isSynced) await this.native.sync()
    const draft = `${this.path}.tmp`
    const handle = await fs.promises.open(draft, 'w', 0o600)
    try {
      await handle.writeFile(JSON.stringify({ id, rows, stale }))
      if (this.isSynced) await handle.sync()
    } finally {
      await handle.close()
    }
    await fs.promises.rename(draft, this.path)
    if (this.isSynced) await syncFolder(path.dirname(this.path))
    return id
  }

  /** Rows that are to be read from main again, with those of an unfinished entry. @param {Entry} entry */
  withUnreverted({ rows }) {
    return JSON.stringify([...JSON.parse(this.native.meta('unreverted') ?? '[]'), ...rows])
  }

  /** What is unfinished becomes a task of the block's: rows to be read again (`WriteBack.revertRest`). Needs no main database. */
  async settle() {
    if (this.unfinished() === null) return
    await whenFree(this.native, this.blockId, () => this.settleNow())
  }

  /** @returns {number} BUSY while somebody has the write lock: he may be between the two commits */
  settleNow() {
    const { native } = this
    const entry = this.unfinished()
    if (entry === null) return 0
    const code = native.setMeta('unreverted', this.withUnreverted(entry))
    if (code < 0) return code
    if (this.unfinished()?.id !== entry.id) return 0
    const staleSince = entry.stale ? native.setMeta('invalidatedAt', String(Date.now())) : 0
    return staleSince < 0 ? staleSince : native.setMeta('joint', entry.id)
  }
}

module.exports = { Journal }
