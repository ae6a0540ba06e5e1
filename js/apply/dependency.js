// A foreign key or a unique value that the main database refuses may be a matter of time: another block's commit that creates the
// row, or gives up the value, is still on its way. Blocks have no order between them, so the refused commit waits for that one, and
// what comes after it in its own block with it: the order within a block is kept.

const { databaseCode } = require('./classify')

/** @typedef {import('./transaction').Work} Work */
/** @typedef {'none' | 'idle' | 'pending'} Elsewhere no other block; none with a commit that makes room for this one; one with such */

const FIRST_PAUSE_MS = 25
const LONGEST_PAUSE_MS = 500

/** What other rows have to do with: foreign keys and unique values. */
const CODES = new Set([
  // PostgreSQL
  '23001',
  '23503',
  '23505',
  // MySQL, MariaDB
  '1022',
  '1062',
  '1216',
  '1217',
  '1451',
  '1452',
  '1586',
  '1761',
  '1762',
  // SQLite
  'SQLITE_CONSTRAINT_FOREIGNKEY',
  'SQLITE_CONSTRAINT_PRIMARYKEY',
  'SQLITE_CONSTRAINT_ROWID',
  'SQLITE_CONSTRAINT_UNIQUE',
])
const PRISMA_CODES = new Set(['P2002', 'P2003'])

/** @param {any} error */
function isOfOthers(error) {
  const code = databaseCode(error)
  return code === null ? PRISMA_CODES.has(error?.code) : CODES.has(code)
}

class Dependency {
  /** @param {number} timeoutMs */
  constructor(timeoutMs) {
    this.timeoutMs = timeoutMs
    /** The commit that was refused last. @type {{origin: string, seq: number, until: number, pauseMs: number, isLast: boolean} | null} */
    this.waiting = null
  }

  /**
   * @param {Work} work a commit that stands alone @param {any} error how it was refused
   * @param {(work: Work) => Promise<Elsewhere>} elsewhere
   * @returns {Promise<number | null>} after how many ms it is tried again; null: it is refused
   */
  async pauseFor(work, error, elsewhere) {
    if (!isOfOthers(error)) return null
    const { origin, last: seq } = work
    if (this.waiting?.origin !== origin || this.waiting.seq !== seq) {
      const until = Date.now() + this.timeoutMs
      this.waiting = { origin, seq, until, pauseMs: FIRST_PAUSE_MS, isLast: false }
    }
    const { waiting } = this
    if (waiting.isLast || Date.now() >= waiting.until) return null
    const found = await elsewhere(work)
    if (found === 'none') return null
    if (found === 'idle') {
      // What was on its way when it was refused may have arrived before we looked: once more decides.
      waiting.isLast = true
      return 0
    }
    const ms = Math.min(waiting.pauseMs, Math.max(1, waiting.until - Date.now()))
    waiting.pauseMs = Math.min(waiting.pauseMs * 2, LONGEST_PAUSE_MS)
    return ms
  }
}

module.exports = { Dependency }
