// What the tests of leased ids share: a main database with one user, blocks on it, posts in them.
const { Block } = require('../../js/index.js')
const { makeApp, newMain, temporaryDir } = require('./app')

/** @typedef {import('./app').Provider} Provider */

class LeaseWorld {
  /** @param {Provider} provider */
  constructor(provider) {
    this.provider = provider
    /** @type {any[]} */
    this.open = []
    this.titles = 0
    beforeAll(async () => {
      this.app = await makeApp({ provider })
    }, 120_000)
    beforeEach(() => this.begin())
    afterEach(() => this.end())
  }

  async begin() {
    this.main = await newMain(/** @type {any} */ (this.app))
    this.dir = temporaryDir()
    await this.main.client.user.create({ data: { id: 'u1', email: 'u1@x' } })
  }

  async end() {
    for (const db of this.open.splice(0)) await db.$disconnect()
    await this.main?.drop()
  }

  /** @param {object} [options] @returns {Promise<any>} */
  async block(options = {}) {
    const own = { blockId: 'b', client: this.main?.client, dir: this.dir, generated: this.app?.generated }
    const db = await Block.create(/** @type {any} */ ({ ...own, durability: 'os', ...options }))
    this.open.push(db)
    return db
  }

  /** @param {any} db */
  async close(db) {
    this.open = this.open.filter((other) => other !== db)
    await db.$disconnect()
  }

  /** @param {any} db @param {object} [data] @returns {Promise<number>} its id */
  async add(db, data = {}) {
    this.titles += 1
    const post = await db.post.create({ data: { title: `title ${this.titles}`, authorId: 'u1', ...data } })
    return post.id
  }

  /** @param {any} db @param {number} count */
  async addMany(db, count) {
    /** @type {number[]} */
    const ids = []
    for (let i = 0; i < count; i++) ids.push(await this.add(db))
    return ids
  }

  /** @returns {Promise<number[]>} */
  async idsInMain() {
    const rows = await this.main?.client.post.findMany({ orderBy: { id: 'asc' }, select: { id: true } })
    return rows.map((/** @type {any} */ row) => row.id)
  }
}

module.exports = { LeaseWorld }
