// The end of the way: the block hears what became of its commits. Acknowledged ones leave the outbox, results of increments
// come back, refused ones are reverted and kept.

const { WriteBack } = require('./writeback')

/**
 * @typedef {import('./transaction').Work} Work
 * @typedef {import('./returned').Returned} Returned
 * @typedef {import('./transaction').RowRef} RowRef
 * @typedef {import('./classify').Described} Described
 *
 * @typedef {object} OutletSetup
 * @property {any} block the native block
 * @property {any} client the user's client under every extension
 * @property {any} manifest
 * @property {import('../transaction/journal').Journal} journal
 * @property {{blockId: string, onRejected?: 'revert' | 'keep'}} options
 * @property {(event: string, detail?: any) => void} emit
 */

class Outlet {
  /** @param {OutletSetup} setup @param {() => void} onHeld it will have to wait for a transaction of this process */
  constructor({ block, client, journal, manifest, options, emit }, onHeld) {
    this.block = block
    this.journal = journal
    this.options = options
    this.emit = emit
    this.writeBack = new WriteBack(block, client, manifest, onHeld)
  }

  /** Whether it may have to wait for a transaction of this process. */
  get isHeld() {
    return this.writeBack.isHeld
  }

  /** What a process that died has left comes first. */
  prepare() {
    return this.journal.settle()
  }

  /** @returns {{commits: number, bytes: number, firstSeq: number, lastSeq: number, oldestMs: number}} */
  pending() {
    return JSON.parse(this.block.pending())
  }

  /** Between which seqs commits are pending; costs the same however many there are. @returns {{first: number, last: number} | null} */
  span() {
    const span = JSON.parse(this.block.span())
    return span === null ? null : { first: span[0], last: span[1] }
  }

  /** @param {{origin: string, first: number, last: number}} window @param {Returned[]} returned */
  async applied({ origin, first, last }, returned) {
    await this.writeBack.deltas(returned)
    await this.acknowledged(origin, last)
    this.emit('applied', { blockId: this.options.blockId, origin, first, last })
  }

  /** @param {string} origin @param {number} seq */
  async acknowledged(origin, seq) {
    await this.writeBack.verb(() => this.block.ack(origin, seq))
    await this.revertRest()
  }

  async revertRest() {
    if (this.span() === null) await this.writeBack.revertRest()
  }

  /**
   * The refusal stands in the main database; the block follows. Before the last step a crash repeats all of it.
   * @param {Work} work one commit
   * @param {Described} error
   */
  async refused({ origin, last: seq, single }, error) {
    const { rows, changes } = /** @type {NonNullable<Work['single']>} */ (single)
    const reverted = this.options.onRejected !== 'keep'
    const left = reverted ? await this.writeBack.revert(rows, seq) : rows
    if (reverted && left.length > 0)
      await this.writeBack.keepUnreverted([...this.writeBack.unreverted(), ...left])
    await this.writeBack.verb(() => this.block.reject(origin, seq, JSON.stringify(error)))
    await this.revertRest()
    const message = `commit ${seq} was refused by the main database: ${error.message}`
    const { blockId } = this.options
    const { cause = null } = error
    this.emit('rejected', { blockId, origin, seq, ...error, cause, message, changes, reverted, left })
  }
}

module.exports = { Outlet }
