// A process that writes to a block and kills itself at a named point on the way to the main database. Its steps are
// printed as they are acknowledged; the test audits the main database against them.
//   CRASH  JSON {url, provider, dir, point, hits, writes}
const fs = require('node:fs')
const { makeApp } = require('./app')
const { MAINS } = require('./mains')
const { Block } = require('../../js')

const { url, provider, dir, point, hits, writes } = JSON.parse(/** @type {string} */ (process.env.CRASH))

let left = hits

/** Dies at the `hits`-th time that this point is passed. @param {string} name */
function pass(name) {
  if (name !== point) return
  left--
  if (left === 0) process.kill(process.pid, 'SIGKILL')
}

/** A write that reaches the pipe even when the next instruction kills the process. @param {string} line */
function say(line) {
  fs.writeSync(1, `${line}\n`)
}

/** @param {any} transaction of the driver adapter */
function watchTransaction(transaction) {
  let applies = false
  /** @param {() => Promise<any>} commit */
  const watched = async (commit) => {
    if (applies) pass('before-main-commit')
    const result = await commit()
    if (applies) pass('after-main-commit')
    return result
  }
  // An adapter commits by itself, or is told to by a statement and has then only to let go.
  const commitsItself = transaction.options.usePhantomQuery
  return new Proxy(transaction, {
    get(target, name) {
      const value = target[name]
      if (typeof value !== 'function') return value
      if (name === 'commit' && commitsItself) return () => watched(() => target.commit())
      if (name !== 'executeRaw') return value.bind(target)
      return async (/** @type {{sql: string}} */ query) => {
        applies ||= query.sql.includes('sharded_ledger') || query.sql.includes('sharded.ledger')
        const run = () => target.executeRaw(query)
        return query.sql === 'COMMIT' ? watched(run) : run()
      }
    },
  })
}

/** @param {any} adapter */
function watchAdapter(adapter) {
  return new Proxy(adapter, {
    get(target, name) {
      const value = target[name]
      if (typeof value !== 'function') return value
      if (name !== 'startTransaction') return value.bind(target)
      return async (/** @type {any[]} */ ...args) => watchTransaction(await target.startTransaction(...args))
    },
  })
}

/** @param {any} factory */
function watchFactory(factory) {
  return new Proxy(factory, {
    get(target, name) {
      const value = target[name]
      if (typeof value !== 'function') return value
      if (name !== 'connect') return value.bind(target)
      return async () => watchAdapter(await target.connect())
    },
  })
}

let lastSeq = 0

/** Passes the point between a commit and its promise. @param {any} db @param {Promise<void>} write */
async function committed(db, write) {
  let settled = false
  const done = write.then(() => {
    settled = true
  })
  while (!settled && (db.$block.pending().lastSeq ?? 0) <= lastSeq) await new Promise(setImmediate)
  pass('after-local-commit')
  lastSeq = Math.max(lastSeq, db.$block.pending().lastSeq ?? 0)
  await done
  pass('after-sync')
}

/** @param {any} db @param {number} at */
async function step(db, at) {
  const create = db.counter.create({ data: { id: `row-${process.pid}-${at}`, n: at } })
  await committed(
    db,
    create.then(() => say('created')),
  )
  const increment = db.counter.update({ where: { id: 'hot' }, data: { n: { increment: 1 } } })
  await committed(
    db,
    increment.then(() => say('incremented')),
  )
}

async function main() {
  const app = await makeApp({ provider })
  const { adapter, connect } = MAINS[provider]
  const module = require(`@prisma/${adapter}`)
  const client = new app.PrismaClient({ adapter: watchFactory(connect(url, module)) })
  const db = await Block.create({
    blockId: 'crash',
    client,
    dir,
    generated: app.generated,
    durability: 'full',
    loader: async (/** @type {any} */ block, /** @type {any} */ main) => {
      for (const row of await main.counter.findMany()) await block.counter.create({ data: row })
    },
  })
  db.$block.on('applied', () => pass('after-acknowledgement'))
  say('open')
  for (let at = 0; at < writes; at++) await step(db, at)
  await db.$block.flush({ timeout: 20_000 })
  const hot = await db.counter.findUnique({ where: { id: 'hot' } })
  const rejected = db.$block.rejected().length
  say(`flushed ${JSON.stringify({ n: hot.n, rows: await db.counter.count(), rejected })}`)
  await db.$disconnect()
  await client.$disconnect()
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
