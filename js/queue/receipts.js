// What applied commits leave for the block file: read, followed, thrown away. Following twice is harmless.

const { ahead } = require('../apply/mismatch')
const { Owed, within } = require('../apply/owed')
const { EACH } = require('../apply/split')
const { Waiters } = require('../apply/waiters')

/** How long the block's own writes to the file wait for a transaction that has it, before the relay goes on. */
const PATIENCE_MS = 20

/**
 * @typedef {object} Receipt
 * @property {string} origin
 * @property {number} first
 * @property {number} last
 * @property {import('../apply/returned').Returned[]} [returned]
 * @property {import('../apply/classify').Described} [rejected]
 */

class Receipts {
  /** @param {any} block the native block @param {import('./log').Log} log */
  constructor(block, log) {
    this.block = block
    this.log = log
    this.waiters = new Waiters()
    this.owed = new Owed()
    /** Up to this seq commits are known to be in the main database, or rejected there. */
    this.arrived = 0
    /** The origins that were offered, and the last receipt of each that was seen. @type {Map<string, string | undefined>} */
    this.origins = new Map()
    /** There may be some that were not seen. */
    this.told = false
    /** @type {import('../apply/outlet').Outlet | null} */
    this.outlet = null
    /** Refused commits of which the outbox has not heard: until then nothing that comes after them is offered. */
    this.refusing = 0
    /** There was one since somebody asked. */
    this.refused = false
  }

  /** Who flushes must not wait for a transaction that perhaps waits for him. */
  settle() {
    this.waiters.settle(this.arrived)
  }

  /** @param {string} origin one whose commits were offered: what was left for it while nobody was here is read too */
  follow(origin) {
    if (this.origins.has(origin)) return
    this.origins.set(origin, undefined)
    this.told = true
  }

  /**
   * Reads what lies there. What a transaction keeps from the file is followed when it lets go.
   * @returns {Promise<boolean>} whether there was any
   */
  async read() {
    if (!this.told) return false
    this.told = false
    let any = false
    for (const origin of this.origins.keys()) any = (await this.readOf(origin)) || any
    if (this.owed.count === 0) return any
    if (this.outlet?.isHeld) this.settle()
    else await within(this.paid(), PATIENCE_MS)
    return any
  }

  /** @param {string} origin */
  async readOf(origin) {
    for (let any = false; ; any = true) {
      const receipts = await this.log.heard(origin, this.origins.get(origin))
      const id = receipts.at(-1)?.id
      if (id === undefined) return any
      for (const { text } of receipts) this.owe(JSON.parse(text))
      this.owed.add(() => this.log.forget(origin, id))
      this.origins.set(origin, id)
    }
  }

  /** @param {Receipt} receipt */
  owe(receipt) {
    const { origin } = receipt
    const end = this.block.lastSeq()
    if (receipt.last > end) throw ahead(origin, receipt.last, end)
    // The other of two files, one a copy of the other, may go on as this origin: here its numbers are another's.
    const last = Math.min(receipt.last, this.block.lastOf(origin))
    this.arrived = Math.max(this.arrived, last)
    if (receipt.rejected) {
      this.refused = true
      this.refusing += 1
    }
    this.owed.add(async () => {
      await this.tell(receipt)
      if (receipt.rejected) this.refusing -= 1
      this.waiters.settle(last)
    })
  }

  /** After a failure they are read again. */
  async paid() {
    try {
      await this.owed.paid()
    } catch (error) {
      for (const origin of this.origins.keys()) this.origins.set(origin, undefined)
      this.told = true
      this.refusing = 0
      throw error
    }
  }

  /** @param {Receipt} receipt */
  async tell({ origin, first, last, returned = [], rejected }) {
    const outlet = /** @type {import('../apply/outlet').Outlet} */ (this.outlet)
    if (!rejected) return outlet.applied({ origin, first, last }, returned)
    const text = await this.block.nextWork(1, last - 1, JSON.stringify(EACH))
    const work = text === null ? null : JSON.parse(text)
    // Another process of this machine may have followed it.
    if (work?.origin === origin && work.last === last) await outlet.refused(work, rejected)
  }
}

module.exports = { Receipts }
