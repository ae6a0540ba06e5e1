// A main database filled from a seed, and a block that holds all of it, or (partial) some of it.
const fs = require('node:fs')
const { Block } = require('../../js/index.js')
const { temporaryDir } = require('../support/app')
const { parityApp, parityMain } = require('./app')
const { inOrder, makeData, parameter } = require('./data')
const { quoter } = require('../support/columns')
const { emptyAll } = require('./ddl')
const { dataModel } = require('./model')
const { Rng } = require('./rng')
const { revive } = require('./tags')

/**
 * @typedef {object} World
 * @property {number} seed
 * @property {boolean} panicked main's client can answer nothing more
 * @property {boolean} partial the block holds some rows only: asked by key alone
 * @property {any} main
 * @property {any} block
 * @property {any} Prisma
 * @property {import('./model').DataModel} model
 * @property {import('./data').Data} data
 */

class Worlds {
  /** @param {import('./schema').Provider} provider */
  constructor(provider) {
    this.app = parityApp(provider)
    this.model = dataModel(this.app.manifest)
    /** @type {import('./app').Main | null} */
    this.database = null
    /** @type {any} */
    this.block = null
    this.dir = temporaryDir()
    /** @type {World | null} the open one */
    this.world = null
  }

  /**
   * @param {number} seed
   * @param {{partial?: boolean, scope?: (data: import('./data').Data) => Record<string, any>}} [options] scope: as text, of a
   *   block that is loaded by it
   * @returns {Promise<World>}
   */
  async open(seed, { partial = false, scope } = {}) {
    if (this.world?.panicked) await this.end()
    this.database ??= await parityMain(this.app)
    await this.close()
    const { client: main } = this.database
    const data = makeData(this.model, seed)
    await this.fill(main, data)
    const { generated, Prisma } = this.app
    const loader = (/** @type {any} */ block, /** @type {any} */ source) =>
      this.load(block, source, partial ? Rng.of(seed) : null)
    this.block = await Block.create({
      blockId: `seed-${seed}`,
      client: main,
      dir: this.dir,
      generated,
      durability: 'os',
      ...(scope === undefined ? { loader } : { scope: revive(scope(data), { Prisma, main }) }),
    })
    this.world = { seed, partial, panicked: false, main, block: this.block, Prisma, model: this.model, data }
    return this.world
  }

  /** @param {any} main @param {import('./data').Data} data */
  async fill(main, { rows, links }) {
    const { database, model } = this
    await /** @type {import('./app').Main} */ (database).run(emptyAll(model.manifest))
    for (const { name, accessor } of inOrder(model)) {
      const records = /** @type {any[]} */ (rows.get(name))
      await main[accessor].createMany({ data: revive(records, { Prisma: this.app.Prisma, main }) })
    }
    const q = quoter(model.provider)
    const mark = (/** @type {number} */ n) => (model.provider === 'postgresql' ? `$${n}` : '?')
    for (const { table, pairs } of links) {
      const tuples = pairs.map((_, n) => `(${mark(2 * n + 1)}, ${mark(2 * n + 2)})`).join(', ')
      const text = `INSERT INTO ${q(table)} (${q('A')}, ${q('B')}) VALUES ${tuples}`
      await main.$executeRawUnsafe(text, ...pairs.flat().map(parameter))
    }
  }

  /** @param {any} block @param {any} source @param {Rng | null} rng chooses the rows of a partial block */
  async load(block, source, rng) {
    for (const { name, accessor, relations } of this.model.models) {
      const links = relations
        .filter((relation) => this.isLink(name, relation.name))
        .map((relation) => [relation.name, true])
      const rows = await source[accessor].findMany(
        links.length > 0 && !rng ? { include: Object.fromEntries(links) } : {},
      )
      await block[accessor].createMany({ data: rng ? rows.filter(() => rng.chance(50)) : rows })
    }
  }

  /** @param {string} model @param {string} field */
  isLink(model, field) {
    return this.model.joinTables.some(({ a, b }) =>
      [a, b].some((end) => end.model === model && end.field === field),
    )
  }

  async close() {
    await this.block?.$disconnect()
    this.block = null
    this.world = null
    for (const name of fs.readdirSync(this.dir))
      fs.rmSync(`${this.dir}/${name}`, { recursive: true, force: true })
  }

  async end() {
    await this.close()
    await this.database?.drop()
    this.database = null
  }
}

module.exports = { Worlds }
