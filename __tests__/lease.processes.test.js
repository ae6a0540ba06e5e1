// Ids that the main database gives in advance, beside other processes and other writers; and what a crash costs.
const path = require('node:path')
const Database = require('better-sqlite3')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { startChild } = require('./support/child')

const CHILD = path.join(__dirname, 'support/lease-app.js')
const EACH = 4_000
const WAIT_MS = 300_000

/** @type {any} */
let app
/** @type {{client: any, url: string, drop: () => Promise<void>}} */
let main
/** @type {string} */
let dir

beforeAll(async () => {
  app = await makeApp()
}, 120_000)

beforeEach(async () => {
  main = await newMain(app)
  dir = temporaryDir()
  await main.client.user.create({ data: { id: 'u1', email: 'u1@x' } })
})

/** @type {ReturnType<typeof startChild>[]} */
const started = []

afterEach(async () => {
  for (const child of started.splice(0)) await child.kill()
  await main.drop()
})

/** @param {object} lease */
function start(lease) {
  const child = startChild(CHILD, { env: { LEASE: JSON.stringify({ url: main.url, dir, ...lease }) } })
  started.push(child)
  return child
}

/** Ids that a block's file still has. No process has it open. @param {string} blockId */
function remaining(blockId) {
  const { fingerprint } = require(path.join(app.generated, 'manifest.json'))
  const file = new Database(path.join(dir, `${blockId}.${fingerprint}.sqlite`), { readonly: true })
  const { left } = file.prepare('SELECT coalesce(sum(remaining), 0) AS left FROM _sharded_lease').get()
  file.close()
  return left
}

const given = async () =>
  Number((await main.client.$queryRaw`SELECT last_value AS n FROM "Post_id_seq"`)[0].n)

/** @returns {Promise<number[]>} */
async function idsInMain() {
  const rows = await main.client.post.findMany({ orderBy: { id: 'asc' }, select: { id: true } })
  return rows.map((/** @type {any} */ row) => row.id)
}

test('four processes, two of them on one file, and a direct writer: 20,000 rows, every id accounted for', async () => {
  const blocks = ['shared', 'shared', 'own-1', 'own-2']
  const children = [
    ...blocks.map((blockId) => start({ blockId, count: EACH, concurrent: 4 })),
    start({ direct: true, count: EACH }),
  ]
  for (const child of children) await child.line('open', WAIT_MS)
  for (const child of children) child.send('go')
  const times = []
  for (const child of children) times.push(await child.line('made', WAIT_MS))
  for (const child of children) expect(await child.exit(WAIT_MS)).toMatchObject({ code: 0, errors: '' })

  const ids = await idsInMain()
  expect(ids).toHaveLength(5 * EACH)
  expect(await main.client.$queryRaw`SELECT count(*)::int AS n FROM sharded.rejected`).toEqual([{ n: 0 }])
  const left = ['shared', 'own-1', 'own-2'].map(remaining)
  const sum = left.reduce((total, n) => total + n)
  // No id was lost: what the sequence gave and no row has is still in the files.
  expect((await given()) - ids.length).toBe(sum)
  const gaps = ids.map((id, i) => id - (ids[i - 1] ?? 0) - 1)
  console.log(
    `4 blocks and a direct writer: ${ids.length} rows, made in ${times.join(', ')} ms (the last: direct); ` +
      `largest gap ${Math.max(...gaps)}, ids left in the files ${left.join(', ')}`,
  )
  expect(Math.max(...gaps)).toBeLessThanOrEqual(sum)
}, 600_000)

test('kill -9 costs at most the ids that the file had', async () => {
  const total = { lost: 0, most: 0 }
  const seen = new Set()
  for (let crash = 0; crash < 5; crash++) {
    const child = start({ blockId: 'crash', count: 1_000_000, tell: true })
    await child.line('open', WAIT_MS)
    child.send('go')
    await child.until(() => child.lines.length > 30 + 50 * crash, 'some ids', WAIT_MS)
    await child.kill()
    for (const line of child.lines.filter((line) => line.startsWith('id '))) {
      expect(seen.has(line)).toBe(false)
      seen.add(line)
    }
  }
  const last = start({ blockId: 'crash', count: 10, tell: true })
  await last.line('open', WAIT_MS)
  last.send('go')
  expect(await last.exit(WAIT_MS)).toMatchObject({ code: 0, errors: '' })

  const ids = await idsInMain()
  const known = new Set(ids)
  const toldIds = [...seen].map((line) => Number(line.slice(3)))
  // Under `os` what was told survives a crash of the process.
  expect(toldIds.filter((id) => !known.has(id))).toEqual([])
  total.lost = (await given()) - ids.length - remaining('crash')
  total.most = Math.max(...ids.map((id, i) => id - (ids[i - 1] ?? 0) - 1))
  console.log(`5 x kill -9: ${ids.length} rows, ${total.lost} ids lost in all, largest gap ${total.most}`)
  expect(total.most).toBeLessThanOrEqual(total.lost)
  // A file never has more than what was asked for last and half of that before.
  expect(total.lost).toBeLessThanOrEqual(5 * 1.5 * 640)
}, 600_000)
