// Two main databases in the same state, and a block over one of them that holds all of it.
const fs = require('node:fs')
const path = require('node:path')
const { Block } = require('../../../js/index.js')
const { temporaryDir } = require('../../support/app')
const { parityApp, parityMain } = require('../app')
const { inOrder, makeData } = require('../data')
const { dataModel } = require('../model')
const { revive } = require('../tags')
const { tables } = require('./ddl')
const { databaseOf } = require('./database')
const { Held } = require('./held')
const { isPartial, partOf } = require('./part')
const { emptyState } = require('./state')

const MODELS = path.join(__dirname, 'models.prisma')
const SIZES = {
  rows: /** @type {[number, number]} */ ([2, 6]),
  links: /** @type {[number, number]} */ ([1, 5]),
}

/**
 * @typedef {import('./state').State} State
 * @typedef {{client: any, url: string, raw: any, run: (statements: string[]) => Promise<void>, drop: () => Promise<void>}} Side raw: without Prisma
 *
 * @typedef {object} WriteWorld
 * @property {number} seed
 * @property {number} [digits] that Prisma 6 sends of a Float: docs/prisma-compatibility.md
 * @property {boolean} flat without relations and interactive transactions
 * @property {boolean} partial the block holds some rows only, with all that belongs to them
 * @property {Side} behind the main database behind the block
 * @property {Side} straight the one that is written directly
 * @property {any} block
 * @property {any} Prisma
 * @property {import('../model').DataModel} model
 * @property {import('../data').Data} data what operands are taken from
 * @property {State} start the state at the start
 * @property {import('./database').Database} database
 * @property {Held} held
 */

/** Prisma 6 takes NaN and the infinities for nothing at all. @param {(field: any) => any[]} valuesOf @returns {(field: any) => any[]} */
const finite = (valuesOf) => (field) => valuesOf(field).filter((value) => value?.$ !== 'number')

class WriteWorlds {
  /** @param {import('../schema').Provider} provider @param {'6' | '7'} [version] of Prisma */
  constructor(provider, version) {
    this.app = parityApp(provider, MODELS, version)
    this.model = dataModel(this.app.manifest)
    if (version === '6') this.model.valuesOf = finite(this.model.valuesOf)
    this.digits = version === '6' ? 16 : undefined
    this.database = databaseOf(this.model)
    this.nothing = emptyState(this.model)
    this.dir = temporaryDir()
    /** @type {Side[]} */
    this.sides = []
    this.blocks = 0
    /** @type {any} */
    this.block = null
    /** @type {WriteWorld | null} */
    this.world = null
  }

  /** @returns {Promise<Side>} */
  async side() {
    const main = await parityMain(this.app, tables(this.app.manifest), this.database)
    const raw = await this.database.connect(main.url)
    const drop = async () => {
      await raw.end()
      await main.drop()
    }
    return { ...main, raw, drop }
  }

  /** The world of a seed. @param {number} seed @returns {Promise<WriteWorld>} */
  async open(seed) {
    while (this.sides.length < 2) this.sides.push(await this.side())
    const [behind, straight] = this.sides
    await this.closeBlock()
    const data = makeData(this.model, seed, SIZES)
    await this.fill(straight, data)
    const start = await this.database.read(straight.raw)
    const { model, database, digits } = this
    const { Prisma } = this.app
    const held = new Held(model)
    this.world = {
      seed,
      digits,
      flat: false,
      partial: isPartial(seed),
      behind,
      straight,
      block: null,
      Prisma,
      model,
      data,
      start,
      database,
      held,
    }
    await this.restart(start)
    return this.world
  }

  /** Both databases in this state, and a new block. @param {State} state */
  async restart(state) {
    const world = /** @type {WriteWorld} */ (this.world)
    await this.closeBlock()
    await Promise.all(this.sides.map(({ raw }) => this.database.write(raw, state)))
    world.start = state
    this.blocks += 1
    world.block = await Block.create({
      blockId: `writes-${this.blocks}`,
      client: world.behind.client,
      dir: this.dir,
      generated: this.app.generated,
      durability: 'os',
      loader: (/** @type {any} */ block, /** @type {any} */ source) => this.load(block, source),
    })
    this.block = world.block
  }

  /** @param {Side} side @param {import('../data').Data} data */
  async fill({ client, raw }, { rows, links }) {
    await this.database.write(raw, this.nothing)
    for (const { name, accessor } of inOrder(this.model)) {
      const records = /** @type {any[]} */ (rows.get(name))
      await client[accessor].createMany({ data: revive(records, { Prisma: this.app.Prisma, main: client }) })
    }
    for (const { table, pairs } of links) await this.database.link(raw, table, pairs)
  }

  /** @param {any} block @param {any} source */
  async load(block, source) {
    const { seed, partial } = /** @type {WriteWorld} */ (this.world)
    const reads = this.model.models.map(({ name, accessor, relations }) => {
      const links = relations.filter((relation) => this.isLink(name, relation.name))
      return source[accessor].findMany(
        links.length > 0 ? { include: Object.fromEntries(links.map((link) => [link.name, true])) } : {},
      )
    })
    const all = await Promise.all(reads)
    const found = partial ? partOf(this.model, all, seed) : all
    for (const [at, { accessor }] of this.model.models.entries())
      await block[accessor].createMany({ data: found[at] })
  }

  /** @param {string} model @param {string} field */
  isLink(model, field) {
    return this.model.joinTables.some(({ a, b }) =>
      [a, b].some((end) => end.model === model && end.field === field),
    )
  }

  async closeBlock() {
    const { block } = this
    this.block = null
    await block?.$disconnect()
    for (const name of fs.readdirSync(this.dir))
      fs.rmSync(path.join(this.dir, name), { recursive: true, force: true })
  }

  async end() {
    await this.closeBlock()
    for (const side of this.sides.splice(0)) await side.drop()
  }
}

module.exports = { WriteWorlds }
