// Ids of `autoincrement()`, which the main database gives in advance. One per open block of a process; the ranges themselves
// lie in the block file, for all processes that have it open (src/exec/ids.rs).

const postgres = require('./postgres')
const sqlite = require('./sqlite')
const { whenFree } = require('../file/native')

/** How many are asked for: few at first, then as many as were used up in the last seconds. */
const FEWEST = 10
const MOST = 10_000
const FAST_MS = 1_000
const QUICK_MS = 5_000
const SLOW_MS = 60_000

/**
 * @typedef {object} Sequences how a main database gives ids
 * @property {(raw: any, model: any, field: any) => Promise<any>} findSequence null when there is none that ids could be taken from
 * @property {(raw: any, sequence: any, count: number, above: bigint) => Promise<string | null>} takeIds null when it has not so many
 * @property {(error: unknown) => boolean} isRefusal
 * @property {boolean} besideWrites whether it gives ids while another transaction writes
 */
/** @type {Record<string, Sequences>} */
const SEQUENCES = { postgresql: postgres, sqlite }

/**
 * @typedef {object} LeaseSetup
 * @property {string} blockId
 * @property {any} native
 * @property {any} manifest
 * @property {any} raw the main client
 * @property {() => Promise<void>} ensureMain resolves when that client's database is the block's own
 * @property {(line: string) => void} debug
 */
/** @typedef {{ model: number, field: number, count: number, above: string | null }} Lack positions in the manifest; ids have to be above */

/** The ids of one field. */
class Lease {
  /** @param {LeaseSetup} setup @param {number} model @param {number} field */
  constructor(setup, model, field) {
    this.setup = setup
    this.position = /** @type {[number, number]} */ ([model, field])
    this.model = setup.manifest.models[model]
    this.field = this.model.fields[field]
    this.sequences = SEQUENCES[setup.manifest.provider]
    /** @type {any} */
    this.sequence = null
    this.size = FEWEST
    this.askedAt = 0
    this.refused = false
    /** @type {Promise<void> | null} */
    this.asking = null
  }

  /** One question at a time: whoever comes meanwhile shares its answer. @param {number} count @param {bigint} above @returns {Promise<void>} */
  ask(count, above) {
    this.asking ??= this.fill(count, above).finally(() => {
      this.asking = null
    })
    return this.asking
  }

  /** @param {number} count @param {bigint} above */
  async fill(count, above) {
    const { blockId, native } = this.setup
    await this.give(count, above, (ids) =>
      whenFree(native, blockId, () => native.grantIds(0, ...this.position, ids)),
    )
  }

  /** @param {number} count @param {bigint} above @param {(ids: string) => unknown} keep not called when the main database gives none */
  async give(count, above, keep) {
    const { ensureMain, native, debug } = this.setup
    await ensureMain()
    const ids = await this.taken(Math.max(count, this.nextSize()), above)
    if (ids === null) {
      this.refused = true
      native.refuseIds(...this.position)
      debug(`${this.name}: the main database gives no ids in advance, rows are written through`)
      return
    }
    await keep(ids)
  }

  get name() {
    return `${this.model.name}.${this.field.name}`
  }

  nextSize() {
    const now = performance.now()
    const sinceMs = now - this.askedAt
    if (this.askedAt === 0) this.size = FEWEST
    else if (sinceMs < FAST_MS) this.size = Math.min(this.size * 4, MOST)
    else if (sinceMs < QUICK_MS) this.size = Math.min(this.size * 2, MOST)
    else if (sinceMs > SLOW_MS) this.size = Math.max(Math.round(this.size / 2), FEWEST)
    this.askedAt = now
    return this.size
  }

  /** @param {number} count @param {bigint} above @returns {Promise<string | null>} null when the main database gives none */
  async taken(count, above) {
    const { raw } = this.setup
    try {
      this.sequence ??= await this.sequences.findSequence(raw, this.model, this.field)
      return this.sequence === null ? null : await this.sequences.takeIds(raw, this.sequence, count, above)
    } catch (error) {
      this.sequence = null
      if (this.sequences.isRefusal(error)) return null
      throw error
    }
  }
}

class Leases {
  /** @param {LeaseSetup} setup */
  constructor(setup) {
    this.setup = setup
    /** @type {Map<string, Lease>} */
    this.known = new Map()
    setup.native.onLowIds((/** @type {number} */ model, /** @type {number} */ field) => {
      void this.refill(model, field)
    })
  }

  /** Whether ids are to be had while a transaction of the main database is open. */
  get besideWrites() {
    return SEQUENCES[this.setup.manifest.provider]?.besideWrites === true
  }

  /** @param {number} model @param {number} field */
  of(model, field) {
    const key = `${model}.${field}`
    const known = this.known.get(key)
    if (known !== undefined) return known
    const made = new Lease(this.setup, model, field)
    this.known.set(key, made)
    return made
  }

  /**
   * A write found too few ids.
   * @param {Lack} lack @returns {Promise<boolean>} false when the main database gives none, so that the write goes through
   */
  async supply({ model, field, count, above }) {
    const lease = this.of(model, field)
    if (!lease.refused) await lease.ask(count, BigInt(above ?? 0))
    return !lease.refused
  }

  /**
   * The same of a transaction that has the write lock: nobody else could keep the ids before it ends.
   * @param {Lack} lack @param {(model: number, field: number, ids: string) => void} keep
   */
  async supplyWithin({ model, field, count, above }, keep) {
    const lease = this.of(model, field)
    if (!lease.refused) await lease.give(count, BigInt(above ?? 0), (ids) => keep(model, field, ids))
    return !lease.refused
  }

  /** A commit has left few. When this fails, the write that finds none says so. @param {number} model @param {number} field */
  async refill(model, field) {
    const lease = this.of(model, field)
    try {
      // Another process may have done it.
      if (!lease.refused && this.setup.native.wantsIds(model, field)) await lease.ask(0, 0n)
    } catch (error) {
      this.setup.debug(`${lease.name}: no ids in advance: ${/** @type {Error} */ (error).message}`)
    }
  }
}

module.exports = { Leases }
