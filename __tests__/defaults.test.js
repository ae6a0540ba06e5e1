// What fills a field that a create leaves out: the same as Prisma's, by form where it is made anew each time.
const fs = require('node:fs')
const path = require('node:path')
const { Block } = require('../js/index.js')
const { appFolder, connectMain, temporaryDir } = require('./support/app')
const { deepSame } = require('./support/parity')
const { withMainDown } = require('./support/local')
const { createDatabase, query } = require('./support/servers')

const SCHEMA = path.join(__dirname, 'support/schema')
const HEAD = `generator client {\n  provider = "prisma-client-js"\n  output = "../client"\n}\n\ndatasource db {\n  provider = "postgresql"\n}\n\n`

/** Made anew for each row. @type {Record<string, RegExp>} */
const FORMS = {
  cuid: /^c[a-z0-9]{24}$/,
  cuid1: /^c[a-z0-9]{24}$/,
  cuid2: /^[a-z][a-z0-9]{23}$/,
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  uuid4: /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  uuid7: /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  ulid: /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/,
  nanoid: /^[\w-]{21}$/,
  nanoid2: /^[\w-]{2}$/,
  nanoid99: /^[\w-]{99}$/,
}
/** The request's instant, as the column keeps it. */
const INSTANTS = ['now', 'nowTz', 'updated', 'updatedNow', 'updatedN']
const ROUNDED = ['nowSecond', 'nowDate']

/** @type {any} */
let app
/** @type {{url: string, drop: () => Promise<void>}[]} */
let databases
/** @type {any} */
let main
/** @type {any} */
let behind
/** @type {any} */
let block

beforeAll(async () => {
  const text = HEAD + fs.readFileSync(path.join(SCHEMA, 'defaults.prisma'), 'utf8')
  const dir = appFolder('7', 'prisma-client-js', text, ['Made'])
  const { PrismaClient } = require(path.join(dir, 'client', 'index.js'))
  app = { version: '7', provider: 'postgresql', PrismaClient }
  databases = [await createDatabase(), await createDatabase()]
  const sql = fs.readFileSync(path.join(SCHEMA, 'defaults.sql'), 'utf8')
  for (const { url } of databases) await query(url, sql)
  ;[main, behind] = databases.map(({ url }) => connectMain(app, url))
  const generated = path.join(dir, 'prisma/blocks/generated')
  block = await Block.create({
    blockId: 'd',
    client: behind,
    dir: temporaryDir(),
    generated,
    durability: 'os',
  })
}, 120_000)

afterAll(async () => {
  await block?.$disconnect()
  for (const client of [main, behind]) await client?.$disconnect()
  for (const database of databases ?? []) await database.drop()
})

/** A row without what differs from one to the next, after a look at it. @param {any} row */
function settled(row) {
  const rest = { ...row }
  for (const [name, form] of Object.entries(FORMS)) {
    expect([name, row[name]]).toEqual([name, expect.stringMatching(form)])
    delete rest[name]
  }
  const instant = row.now.getTime()
  expect(Math.abs(Date.now() - instant)).toBeLessThan(60_000)
  for (const name of INSTANTS) {
    expect([name, row[name].getTime()]).toEqual([name, instant])
    delete rest[name]
  }
  expect(row.nowSecond.getTime()).toBe(Math.round(instant / 1_000) * 1_000)
  expect(row.nowDate.getTime()).toBe(Math.floor(instant / 86_400_000) * 86_400_000)
  for (const name of ROUNDED) delete rest[name]
  return rest
}

/** @param {any} actual @param {any} expected */
const alike = (actual, expected) => deepSame(settled(actual), settled(expected))

test('create: through the shell, then fast, then without main', async () => {
  for (let i = 0; i < 3; i++)
    alike(await block.made.create({ data: {} }), await main.made.create({ data: {} }))
  await block.$block.flush()
  const data = { string: 'given', int: 1 }
  await block.made.create({ data })
  await main.made.create({ data })
  await withMainDown(behind, async () => {
    const row = await block.made.create({ data: { int: 2 } })
    alike(row, await main.made.create({ data: { int: 2 } }))
  })
  await block.$block.flush()
  // What arrived is what was answered.
  const rows = (/** @type {any} */ client) => client.made.findMany({ orderBy: { id: 'asc' } })
  const here = await rows(block)
  deepSame(await rows(behind), here)
  const there = await rows(main)
  for (const [i, row] of here.entries()) alike(row, there[i])
})

test('each row has its own', async () => {
  const data = Array.from({ length: 200 }, (_, i) => ({ label: `row ${i}` }))
  for (const client of [block, main]) await client.made.createMany({ data })
  const where = { label: { startsWith: 'row' } }
  const here = await block.made.findMany({ where, orderBy: { id: 'asc' } })
  const there = await main.made.findMany({ where, orderBy: { id: 'asc' } })
  for (const [i, row] of here.entries()) alike(row, there[i])
  for (const name of Object.keys(FORMS).filter((name) => name !== 'nanoid2')) {
    expect([name, new Set(here.map((/** @type {any} */ row) => row[name])).size]).toEqual([name, 200])
  }
  // One instant for all of a request.
  expect(new Set(here.map((/** @type {any} */ row) => row.now.getTime())).size).toBe(1)
  // These forms keep the order in which they were made within a millisecond too, as Prisma's do. (ulid's does not: there
  // the rows are in order only where each took a millisecond of its own.)
  const inOrder = (/** @type {any[]} */ rows, /** @type {string} */ name) =>
    rows.every((row, i) => i === 0 || rows[i - 1][name] < row[name])
  for (const name of ['uuid7', 'cuid'])
    expect([name, inOrder(here, name), inOrder(there, name)]).toEqual([name, true, true])
})

test('upsert; and an update stamps @updatedAt alone', async () => {
  for (const client of [block, main]) {
    const { created, first } = await client.made
      .upsert({ where: { label: 'u' }, create: { label: 'u' }, update: {} })
      .then((/** @type {any} */ first) => ({ first, created: first.now }))
    settled(first)
    await new Promise((resolve) => setTimeout(resolve, 5))
    const next = await client.made.update({ where: { label: 'u' }, data: { int: 6 } })
    expect(next.now).toEqual(created)
    for (const name of ['updatedNow', 'updatedN']) expect(next[name]).toEqual(next.updated)
    expect(next.updated.getTime()).toBeGreaterThan(created.getTime())
    const given = await client.made.update({ where: { label: 'u' }, data: { updated: created } })
    expect(given.updated).toEqual(created)
    expect(given.updatedN.getTime()).toBeGreaterThan(created.getTime())
    const same = await client.made.update({ where: { label: 'u' }, data: {} })
    expect(same).toEqual(given)
  }
})
