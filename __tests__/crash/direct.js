// Somebody else who writes the rows of the blocks, with a client of main's own: what it counts must not be lost to a block's writes.
const { setTimeout: sleep } = require('node:timers/promises')
const { TALLIES } = require('./world')

const PAUSE_MS = 12

class DirectWriter {
  /** @param {any} client @param {string[]} docs @param {string} block */
  constructor(client, docs, block) {
    this.client = client
    this.docs = docs
    this.block = block
    /** @type {Record<string, {done: number, unknown: number}>} what was added to which row */
    this.counts = {}
    this.tickets = 0
    this.running = true
    this.work = this.run()
  }

  /** @param {'tally' | 'doc'} model @param {string} id */
  async touch(model, id) {
    this.counts[`${model} ${id}`] ??= { done: 0, unknown: 0 }
    const count = this.counts[`${model} ${id}`]
    try {
      await this.client[model].update({ where: { id }, data: { touched: { increment: 1 } } })
      count.done += 1
    } catch {
      // Main was away: whether it happened, its history tells.
      count.unknown += 1
      await sleep(PAUSE_MS)
    }
  }

  async ticket() {
    this.tickets += 1
    // An id that a block holds as well would be refused, in one of both places.
    const data = { block: this.block, op: `direct.${this.tickets}` }
    await this.client.ticket.create({ data }).catch((/** @type {any} */ error) => {
      if (error.code === 'P2002') throw error
    })
  }

  async run() {
    for (let at = 0; this.running; at++) {
      await this.touch('tally', TALLIES[at % TALLIES.length])
      await this.touch('doc', this.docs[at % this.docs.length])
      if (at % 8 === 0) await this.ticket()
      await sleep(PAUSE_MS)
    }
  }

  async stop() {
    this.running = false
    await this.work
  }
}

module.exports = { DirectWriter }
