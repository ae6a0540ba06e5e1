// A refresh while commits wait that collide with what main got meanwhile; and one refresh at a time over processes.
const path = require('node:path')
const { Block } = require('../js/index.js')
const { startChild } = require('./support/child')
const { around } = require('./support/refusals')

const REFRESHER = path.join(__dirname, 'support', 'refresher.js')

const world = around('postgresql', 'local')
afterEach(() => Block.shutdown())

/** @param {any} block @param {any} main */
async function loader(block, main) {
  for (const model of ['user', 'profile']) {
    await block[model].createMany({ data: await main[model].findMany() })
  }
}
const ORDER = { orderBy: { id: 'asc' } }
/** @param {any} client */
const names = async (client) =>
  (await client.user.findMany(ORDER)).map((/** @type {any} */ { id, email, name }) => [id, email, name])
/** @param {any} client */
const owners = async (client) =>
  (await client.profile.findMany(ORDER)).map((/** @type {any} */ { userId }) => userId)
/** @param {any} db */
const refused = (db) => db.$block.rejected().map((/** @type {any} */ { error }) => error.databaseCode)

describe('a refresh beside commits that main will refuse', () => {
  test('a unique value that main has given to another row', async () => {
    const main = world.main.client
    await main.user.create({ data: { id: 'old', email: 'old' } })
    const db = await world.open('b', { loader, dependencyTimeout: 100 })
    const goOn = await world.holdBack('b')
    await db.user.create({ data: { id: 'mine', email: 'wanted' } })
    await main.user.create({ data: { id: 'new', email: 'new' } })
    await main.user.create({ data: { id: 'theirs', email: 'wanted' } })
    await main.user.update({ where: { id: 'old' }, data: { name: 'changed' } })
    await db.$block.refresh({ timeout: 300 })
    expect(await names(db)).toEqual([
      ['mine', 'wanted', null],
      ['new', 'new', null],
      ['old', 'old', 'changed'],
    ])
    expect(db.$block.pending().commits).toBe(1)
    await goOn()
    await db.$block.flush()
    expect(refused(db)).toEqual(['23505'])
    await db.$block.refresh()
    expect(await names(db)).toEqual(await names(main))
    expect(await names(db)).toHaveLength(3)
  })

  test('a foreign key whose row main has deleted', async () => {
    const main = world.main.client
    await main.user.createMany({ data: ['a', 'b'].map((id) => ({ id, email: id })) })
    const db = await world.open('b', { loader, dependencyTimeout: 100 })
    const goOn = await world.holdBack('b')
    await db.profile.create({ data: { userId: 'a', bio: 'mine' } })
    await db.profile.create({ data: { userId: 'b', bio: 'fits' } })
    await main.user.delete({ where: { id: 'a' } })
    await main.user.create({ data: { id: 'c', email: 'c' } })
    await db.$block.refresh({ timeout: 300 })
    expect((await names(db)).map(([id]) => id)).toEqual(['b', 'c'])
    expect((await owners(db)).sort()).toEqual(['a', 'b'])
    await goOn()
    await db.$block.flush()
    expect(refused(db)).toEqual(['23503'])
    await db.$block.refresh()
    expect(await owners(db)).toEqual(['b'])
    expect(await owners(main)).toEqual(['b'])
    expect(await names(db)).toEqual(await names(main))
  })

  test('what was written before it and arrives after it is not undone', async () => {
    const main = world.main.client
    await main.user.createMany({ data: ['a', 'b'].map((id) => ({ id, email: id })) })
    const db = await world.open('b', { loader })
    const goOn = await world.holdBack('b')
    await db.user.update({ where: { id: 'a' }, data: { name: 'mine' } })
    await db.user.delete({ where: { id: 'b' } })
    await db.$block.refresh({ timeout: 300 })
    expect(await names(db)).toEqual([['a', 'a', 'mine']])
    await goOn()
    await db.$block.flush()
    expect([await names(main), refused(db)]).toEqual([[['a', 'a', 'mine']], []])
  })
})

test('one at a time over processes: three that find the block stale at once load it once', async () => {
  const { main, dir } = world
  await main.client.slug.create({ data: { slug: 'a' } })
  const env = { REFRESHER: JSON.stringify({ url: main.url, dir, blockId: 'shared' }) }
  const apps = [1, 2, 3].map(() => startChild(REFRESHER, { env }))
  await Promise.all(apps.map((app) => app.line('ready')))
  const loads = () => apps.flatMap(({ lines }) => lines.filter((line) => line === 'load')).length
  // Created together too, by one of them.
  expect(loads()).toBe(1)
  await main.client.slug.update({ where: { slug: 'a' }, data: { hits: 7 } })
  const db = await world.open('shared')
  await db._engine.seams.markStale()
  for (const app of apps) app.send('read')
  expect(await Promise.all(apps.map((app) => app.line('read')))).toEqual(['7', '7', '7'])
  expect(loads()).toBe(2)
  for (const app of apps) app.send('leave')
  for (const app of apps) expect(await app.exit()).toMatchObject({ code: 0, errors: '' })
})

describe('a loader that never comes to an end', () => {
  /** @param {string} blockId */
  async function hanging(blockId) {
    let loads = 0
    const slow = async (/** @type {any} */ block, /** @type {any} */ main) => {
      loads += 1
      if (loads === 2) await new Promise(() => {})
      await loader(block, main)
    }
    const db = await world.open(blockId, { loader: slow })
    const refreshed = db.$block.refresh().catch((/** @type {any} */ error) => error.code)
    while (loads < 2) await new Promise((next) => setTimeout(next, 5))
    return { db, refreshed }
  }
  const place = () => ({ dir: world.dir, generated: world.app.generated })

  test('is given up for a deletion, after as long as pending commits have', async () => {
    const { refreshed } = await hanging('endless')
    const removed = await Block.delete_block('endless', { force: true, timeout: 100, ...place() })
    expect(removed).toEqual({ deleted: true, dropped: 0 })
    expect(await refreshed).toBe('SHARDED_BLOCK_DELETED')
  })

  test('and when its block closes: one that opens it again can load it', async () => {
    const { db, refreshed } = await hanging('reopened')
    await world.main.client.user.create({ data: { id: 'later', email: 'later' } })
    await db.$disconnect()
    expect(await refreshed).toBe('SHARDED_BLOCK_CLOSED')
    const again = await world.open('reopened', { loader })
    await again.$block.refresh()
    expect(await names(again)).toEqual(await names(world.main.client))
  })
})
