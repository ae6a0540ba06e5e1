// Durability 'queue' and 'main': a write that is on the disk resolves when its commit is in Redis as well, or when the main database
// has dealt with it. A promise that waited too long rejects; its commit stays, and goes on its way.

const { setTimeout: sleep } = require('node:timers/promises')
const { ConfirmationTimeoutError, RejectedError, fromNative } = require('../errors')

/** Between two looks at a main database that was not reached yet, and at a block that is told what became of a commit. */
const LOOK_MS = 5

/** @typedef {import('../block/open').OpenBlock} OpenBlock */

class Confirmations {
  /** @param {OpenBlock} block @param {'queue' | 'main'} durability */
  constructor(block, durability) {
    this.block = block
    this.durability = durability
  }

  /** @param {Promise<void> | null} synced the disk has it @param {number} seq */
  async after(synced, seq) {
    await synced
    const limitMs = this.block.options.forwardTimeout
    const deadline = performance.now() + limitMs
    const late = () => this.late(seq, limitMs)
    await this.until(() => this.block.applier !== null, deadline, late)
    const leftMs = Math.max(1, deadline - performance.now())
    if (this.durability === 'queue') return this.block.applier.sentUpTo(seq, leftMs, late)
    await this.block.applier.arrivedUpTo(seq, leftMs, late)
    // Who applied it may have to wait with its word to the block, and it may have been refused.
    await this.until(() => this.fate(seq) !== 'pending', deadline, late)
    const fate = this.fate(seq)
    if (fate !== null) throw this.refused(seq, JSON.parse(fate))
  }

  /** @param {number} seq @returns {string | null} */
  fate(seq) {
    if (this.block.refusal) throw this.block.refusal
    try {
      return this.block.native.fate(seq)
    } catch (error) {
      throw fromNative(error)
    }
  }

  /** @param {() => boolean} holds @param {number} deadline @param {() => Error} late */
  async until(holds, deadline, late) {
    while (!holds()) {
      if (this.block.refusal) throw this.block.refusal
      if (performance.now() >= deadline) throw late()
      await sleep(LOOK_MS)
    }
  }

  /** @param {number} seq @param {number} limitMs */
  late(seq, limitMs) {
    const { id, applier } = this.block
    const where = this.durability === 'queue' ? 'in Redis' : 'in the main database'
    const cause = applier?.lastError ?? undefined
    const why = cause ? ` (last error: ${cause.message ?? cause})` : ''
    return new ConfirmationTimeoutError(
      `block '${id}': commit ${seq} is on the disk here, and was not ${where} after ${limitMs} ms (forwardTimeout)${why}. It stays ` +
        'and is tried again: do not repeat the call',
      { cause },
    )
  }

  /** @param {number} seq @param {import('../apply/classify').Described} error */
  refused(seq, error) {
    const text = `block '${this.block.id}': commit ${seq} was refused by the main database: ${error.message}`
    return Object.assign(new RejectedError(text), { seq, databaseCode: error.databaseCode ?? null })
  }
}

module.exports = { Confirmations }
