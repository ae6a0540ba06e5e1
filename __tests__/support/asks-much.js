// A process of its own for arguments that are too deep or too many: whatever it is told, it must end by itself.
const { Block } = require('../../js')
const { connectMain, makeApp } = require('./app')

const { DIR, MAIN } = /** @type {Record<string, string>} */ (process.env)

/** @param {number} depth @param {string} key */
function nested(depth, key) {
  /** @type {any} */
  let where = { n: 1 }
  for (let at = 0; at < depth; at++) where = { [key]: key === 'NOT' ? where : [where] }
  return where
}

const many = (/** @type {number} */ count) => Array.from({ length: count }, (_, at) => `id-${at}`)

/** @type {Record<string, (db: any) => Promise<unknown>>} */
const CALLS = {}
for (const depth of [10, 60, 400, 5_000, 100_000])
  for (const key of ['AND', 'OR', 'NOT'])
    CALLS[`${key} ${depth}`] = (db) => db.counter.findMany({ where: nested(depth, key) })
for (const count of [1_000, 40_000, 500_000])
  CALLS[`in ${count}`] = (db) => db.counter.findMany({ where: { id: { in: many(count) } } })
for (const count of [900, 20_000])
  CALLS[`OR of ${count}`] = (db) => db.counter.findMany({ where: { OR: many(count).map((id) => ({ id })) } })
CALLS['a text of 20 MB'] = (db) => db.counter.findMany({ where: { label: 'x'.repeat(20_000_000) } })

/** @param {Promise<unknown>} answer */
const told = (answer) =>
  answer.then(
    (value) => ({ rows: /** @type {any} */ (value).length }),
    (error) => ({
      error: error?.constructor?.name,
      code: error?.code,
      message: String(error?.message).slice(-300),
    }),
  )

async function main() {
  const app = await makeApp({ provider: 'sqlite' })
  const client = connectMain(app, MAIN)
  const place = { dir: DIR, generated: app.generated, connection: false, fallback: 'never' }
  const db = await Block.create({ blockId: 'a', client, loader: async () => {}, ...place })
  await db.counter.create({ data: { id: 'id-7', n: 1 } })
  await db.$block.flush()
  for (const [name, call] of Object.entries(CALLS)) {
    for (const door of ['first', 'again']) {
      // In a function of its own: a stack that overflows is an error of the call.
      const answer = await told((async () => call(db))())
      console.log(`told ${JSON.stringify({ name, door, ...answer })}`)
    }
    console.log(`main ${JSON.stringify({ name, ...(await told((async () => call(client))())) })}`)
  }
  console.log(`held ${JSON.stringify(await db.counter.findMany({ select: { id: true } }))}`)
  await db.$disconnect()
  await client.$disconnect()
  console.log('end')
}

main().catch((error) => console.log(`failed ${error.stack}`))
