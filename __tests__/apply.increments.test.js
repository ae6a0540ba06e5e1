// An increment is added to what the main database has, and the block is told the result, unless it has written over it since.
const { setTimeout: sleep } = require('node:timers/promises')
const { Block } = require('..')
const registry = require('../js/block/registry')
const { makeApp, newMain, temporaryDir } = require('./support/app')

const dir = temporaryDir()
let app
let main
let db
let ids = 0
/** Runs once, in the middle of a load. */
let during = async () => undefined

beforeAll(async () => {
  app = await makeApp()
  main = await newMain(app)
  db = await Block.create({
    blockId: 'increments',
    client: main.client,
    dir,
    generated: app.generated,
    durability: 'os',
    async loader(block, mainClient) {
      await block.counter.createMany({ data: await mainClient.counter.findMany() })
      const now = during
      during = async () => undefined
      await now()
    },
  })
})
afterAll(async () => {
  await db?.$disconnect()
  await main?.drop()
})

/** A row that both have with these values, and of which somebody else has added 100 to `n` and `ratio` in main. */
async function elsewhere(data = {}) {
  ids += 1
  const id = `row ${ids}`
  await db.counter.create({ data: { id, n: 1, ratio: 1, ...data } })
  await db.$block.flush()
  await main.client.counter.update({
    where: { id },
    data: { n: { increment: 100 }, ratio: { increment: 100 } },
  })
  return id
}

/** @param {string} id @param {any} expected */
async function bothHave(id, expected) {
  await db.$block.flush()
  for (const client of [main.client, db])
    expect(await client.counter.findUnique({ where: { id } })).toMatchObject(expected)
}

const update = (id, data) => db.counter.update({ where: { id }, data })

const WAITING = `SELECT count(*)::int AS n FROM pg_stat_activity
  WHERE datname = current_database() AND wait_event_type = 'Lock'`

/** Does the work while the applier waits in main, so that all of it goes in the window after. @param {() => Promise<any>} work */
async function whileMainIsHeld(work) {
  const id = await elsewhere()
  await main.client.$transaction(async (tx) => {
    await tx.counter.update({ where: { id }, data: { label: 'held' } })
    await update(id, { label: 'waits' })
    while ((await main.client.$queryRawUnsafe(WAITING))[0].n === 0) await sleep(5)
    await work()
  })
}

test('the result is what main has', async () => {
  const id = await elsewhere()
  await update(id, { n: { increment: 1 }, ratio: { increment: 0.5 } })
  await bothHave(id, { n: 102, ratio: 101.5 })
})

test('what the same transaction sets afterwards stays', async () => {
  const id = await elsewhere()
  await db.$transaction([
    update(id, { n: { increment: 1 }, ratio: { increment: 0.5 } }),
    update(id, { n: 7, ratio: { multiply: 10 } }),
  ])
  await bothHave(id, { n: 7, ratio: 15 })
})

test('two increments of a transaction, and a field that only one of them has', async () => {
  const id = await elsewhere()
  await db.$transaction([
    update(id, { n: { increment: 1 }, ratio: { increment: 0.5 } }),
    update(id, { n: { increment: 2 }, label: 'x' }),
  ])
  await bothHave(id, { n: 104, ratio: 101.5, label: 'x' })
})

test('a later commit on its way with the first, of another field', async () => {
  const id = await elsewhere()
  await whileMainIsHeld(async () => {
    await update(id, { n: { increment: 1 } })
    await update(id, { label: 'y' })
  })
  await bothHave(id, { n: 102, label: 'y' })
})

test('a row that gets another key, and one that gets its key', async () => {
  const [one, two] = [await elsewhere(), await elsewhere()]
  await db.$transaction([
    update(one, { n: { increment: 1 } }),
    update(one, { id: `${one} moved` }),
    update(two, { id: one }),
  ])
  await bothHave(`${one} moved`, { n: 102 })
  expect(await db.counter.findUnique({ where: { id: one } })).toMatchObject({ n: 1 })
})

test('a row that is deleted and made again', async () => {
  const id = await elsewhere()
  await db.$transaction([
    update(id, { n: { increment: 1 } }),
    db.counter.delete({ where: { id } }),
    db.counter.create({ data: { id, n: 5 } }),
  ])
  await bothHave(id, { n: 5 })
})

describe('what comes from main while a refresh reads it', () => {
  const late = (id, n, seq) =>
    registry.named('increments')[0].native.replaceRow('Counter', JSON.stringify(['id', 'n']), [id, n], seq)

  test('a result of an increment that had arrived before does not outlive what is read', async () => {
    const id = await elsewhere()
    await update(id, { n: { increment: 1 } })
    await bothHave(id, { n: 102 })
    const arrived = registry.named('increments')[0].native.lastSeq()
    await main.client.counter.update({ where: { id }, data: { n: 200 } })
    during = async () => expect(late(id, 102, arrived)).toBe(1)
    await Block.invalidate('increments')
    await bothHave(id, { n: 200 })
  })

  test('what a refresh that failed had remembered does not keep the next one from a row', async () => {
    const id = await elsewhere()
    during = async () => {
      const [{ native }] = registry.named('increments')
      // As a row that main does not have any more, and then has again.
      expect(native.deleteRow('Counter', [id], native.lastSeq())).toBe(1)
      throw new Error('the loader fails')
    }
    await expect(Block.invalidate('increments')).rejects.toThrow('the loader fails')
    expect(await db.counter.count({ where: { id } })).toBe(0)
    await Block.invalidate('increments')
    expect(await db.counter.count({ where: { id } })).toBe(1)
  })
})
