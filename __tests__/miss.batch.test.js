// Look-ups by key of one turn that miss: main is asked once for all of them.
const { Block } = require('..')
const { makeApp, newMain, temporaryDir } = require('./support/app')
const { deepSame } = require('./support/parity')

const IDS = Array.from({ length: 20 }, (_, n) => `k${n}`)
const UNKNOWN = 'nobody'

describe.each(['fast', 'shell'])('through the %s door', (door) => {
  /** @type {any} */
  let app
  /** @type {any} */
  let main
  /** @type {any} */
  let db
  /** @type {string[]} */
  const selects = []

  beforeAll(async () => {
    if (door === 'shell') process.env.SHARDED_FAST_DOOR = 'off'
    app = await makeApp()
    main = await newMain(app, { clientOptions: { log: [{ emit: 'event', level: 'query' }] } })
    await main.client.counter.createMany({ data: IDS.map((id, n) => ({ id, n })) })
    main.client.$on('query', (/** @type {any} */ { query, target }) => {
      if (target !== 'sharded' && query.includes('"Counter"')) selects.push(query)
    })
    db = await Block.create({
      blockId: 'b',
      client: main.client,
      dir: temporaryDir(),
      generated: app.generated,
      loader: async () => undefined,
    })
    // The form is learned, so that the fast door is the one that misses.
    await db.counter.findUnique({ where: { id: 'k0' } })
    await db.counter.findUniqueOrThrow({ where: { id: 'k0' } })
  })
  afterAll(async () => {
    delete process.env.SHARDED_FAST_DOOR
    await db.$disconnect()
    await main.drop()
  })

  /** @param {any} client @param {(client: any, id: string) => Promise<any>} call @param {string[]} ids */
  const all = (client, call, ids) => Promise.allSettled(ids.map(async (id) => call(client, id)))

  /** @param {any} result */
  const shown = ({ value, reason }) => (reason ? { name: reason.name, code: reason.code } : value)

  test.each([
    [
      'findUnique',
      (/** @type {any} */ c, /** @type {string} */ id) => c.counter.findUnique({ where: { id } }),
      IDS.slice(1, 10),
    ],
    [
      'findUniqueOrThrow',
      (/** @type {any} */ c, /** @type {string} */ id) => c.counter.findUniqueOrThrow({ where: { id } }),
      IDS.slice(10),
    ],
  ])('%s', async (_, call, ids) => {
    const asked = [...ids, UNKNOWN]
    const expected = await all(main.client, call, asked)
    selects.length = 0
    const answers = await all(db, call, asked)
    // One, but for look-ups that a busy machine has sent beside the loop.
    expect(selects.length).toBeLessThan(ids.length / 2)
    deepSame(answers.map(shown), expected.map(shown))
    selects.length = 0
    deepSame((await all(db, call, ids)).map(shown), expected.slice(0, -1).map(shown))
    expect(selects).toEqual([])
  })
})
