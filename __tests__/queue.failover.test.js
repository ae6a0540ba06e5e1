// A replica takes over: one address leads to whichever server is the master, as that of a managed Redis does. And what main has confirmed
// leaves Redis.
const net = require('node:net')
const { Block } = require('../js')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { FIRST_APP_MS } = require('./support/doors')
const { freePort } = require('./support/private-postgres')
const { startPrivateRedis } = require('./support/private-redis')
const { eventually } = require('./support/queue')

/** @type {any} */
let app
/** @type {{client: any, url: string, drop: () => Promise<void>}} */
let main
/** @type {Awaited<ReturnType<typeof startPrivateRedis>>[]} */
let servers = []
/** @type {any} */
let db

beforeAll(async () => {
  app = await makeApp()
}, FIRST_APP_MS)

beforeEach(async () => {
  main = await newMain(app)
  servers = [await startPrivateRedis(), await startPrivateRedis()]
})

afterEach(async () => {
  if (db.$block.status().open) await Block.shutdown({ timeout: 1 })
  await Promise.all(servers.map((server) => server.remove()))
  await main.drop()
})

/** An address that leads to one server, and later to another. @param {number} first */
async function addressOf(first) {
  let port = first
  /** @type {Set<net.Socket>} */
  const open = new Set()
  const server = net.createServer((socket) => {
    const there = net.connect(port, '127.0.0.1')
    for (const one of [socket, there]) {
      open.add(one)
      one.on('close', () => open.delete(one)).on('error', () => one.destroy())
    }
    socket.pipe(there)
    there.pipe(socket)
    there.on('close', () => socket.destroy())
    there.on('error', () => socket.destroy())
    socket.on('close', () => there.destroy())
  })
  const own = await freePort()
  await new Promise((resolve) => server.listen(own, '127.0.0.1', () => resolve(null)))
  return {
    url: `redis://127.0.0.1:${own}/0`,
    lead(/** @type {number} */ to) {
      port = to
      for (const socket of open) socket.destroy()
    },
    end() {
      for (const socket of open) socket.destroy()
      server.close()
    },
  }
}

/** @param {string} connection */
async function open(connection) {
  const common = { blockId: 'b', client: main.client, generated: app.generated, dir: temporaryDir() }
  db = await Block.create({ ...common, connection })
  db.$block.on('error', () => {})
  await db.slug.create({ data: { slug: 'hot' } })
  await db.$block.flush()
}

const hit = () => db.slug.update({ where: { slug: 'hot' }, data: { hits: { increment: 1 } } })
const hits = async () => (await main.client.slug.findUnique({ where: { slug: 'hot' } })).hits
const logLength = async (/** @type {any} */ server) => {
  const [key] = await server.command('KEYS', '*:b}:*:log')
  return key === undefined ? 0 : server.command('XLEN', key)
}

test.each([
  ['dies', (/** @type {any} */ old) => old.kill()],
  [
    'becomes a replica',
    (/** @type {any} */ old, /** @type {number} */ port) =>
      old.command('REPLICAOF', '127.0.0.1', String(port)),
  ],
])(
  'the master %s, with commits on their way: each arrives once',
  async (_how, end) => {
    const [first, second] = servers
    const address = await addressOf(first.port)
    try {
      await open(address.url)
      await second.command('REPLICAOF', '127.0.0.1', String(first.port))
      await main.client.$executeRawUnsafe('ALTER TABLE "Slug" RENAME TO "Slug_"')
      for (let at = 0; at < 10; at++) await hit()
      await eventually(async () => (await logLength(second)) === 10)
      await second.command('REPLICAOF', 'NO', 'ONE')
      await end(first, second.port)
      for (let at = 0; at < 10; at++) await hit()
      address.lead(second.port)
      await main.client.$executeRawUnsafe('ALTER TABLE "Slug_" RENAME TO "Slug"')
      await db.$block.flush({ timeout: 25_000 })
      expect(await hits()).toBe(20)
    } finally {
      address.end()
    }
  },
  60_000,
)

test('what main has confirmed leaves Redis', async () => {
  const [first] = servers
  await open(first.url)
  for (let at = 0; at < 500; at++) await hit()
  await db.$block.flush()
  await eventually(async () => (await logLength(first)) === 0)
  const receipts = await first.command('KEYS', '*:receipts:*')
  await eventually(async () => {
    const lengths = await Promise.all(receipts.map((/** @type {string} */ key) => first.command('XLEN', key)))
    return lengths.every((length) => length === 0)
  })
  expect(await hits()).toBe(500)
})
