// Where an interactive transaction of a block meets what is outside it: the outer client, the main database, the applier, the
// end of its client and of its process.
const path = require('node:path')
const { setTimeout: sleep } = require('node:timers/promises')
const { Block, BlockClosedError, TransactionError } = require('..')
const { connectMain, makeApp, newMain, temporaryDir } = require('./support/app')
const { startChild } = require('./support/child')
const { loadAll, seed } = require('./support/seed')

const add = (id) => ({ where: { id }, data: { n: { increment: 1 } } })
/** Long before it would time out. */
const AT_ONCE_MS = 1_500

describe.each(['fast', 'shell'])('through the %s door', (door) => {
  const dir = temporaryDir()
  /** @type {any} */
  let app
  /** @type {any} */
  let database
  /** @type {any} */
  let db
  const main = () => database.client
  const loader = async (block, client) => {
    await loadAll(block, client)
    await block.counter.createMany({ data: await client.counter.findMany() })
  }
  const open = (blockId = 'boundary') =>
    Block.create({ blockId, client: main(), dir, generated: app.generated, loader })

  /** What another request of the same server would do while a transaction is open. @type {((value: any) => void)[]} */
  const asOthers = []
  async function serveOthers() {
    const answer = asOthers.shift()
    if (answer === undefined) return
    const written = db.counter.update(add('warm'))
    const [hot] = await db.counter.findMany({ where: { id: { in: ['hot'] } } })
    answer({ written, read: hot.n })
  }
  /** @type {NodeJS.Timeout} */
  let others

  beforeAll(async () => {
    if (door === 'shell') process.env.SHARDED_FAST_DOOR = 'off'
    app = await makeApp()
    database = await newMain(app)
    await seed(main())
    await main().counter.createMany({ data: [{ id: 'hot' }, { id: 'warm' }] })
    db = await open()
    others = setInterval(serveOthers, 20)
    // Twice: the second call of a form is the fast door's.
    for (const id of ['hot', 'warm']) await db.$transaction((tx) => tx.counter.update(add(id)))
    for (const id of ['a0', 'a1']) await db.$transaction((tx) => tx.counter.create({ data: { id } }))
  })
  afterAll(async () => {
    delete process.env.SHARDED_FAST_DOOR
    clearInterval(others)
    await db?.$disconnect()
    await database?.drop()
  })

  /** @param {Promise<unknown>} promise @param {RegExp} says */
  async function refusedAtOnce(promise, says) {
    const began = performance.now()
    const error = await promise.then(
      () => null,
      (/** @type {any} */ error) => error,
    )
    expect(error).toBeInstanceOf(TransactionError)
    expect(error.code).toBe('SHARDED_TRANSACTION')
    expect(error.message).toMatch(says)
    expect(performance.now() - began).toBeLessThan(AT_ONCE_MS)
  }

  test('a write outside waits for the end of a transaction, a read does not', async () => {
    const order = []
    let outside
    await db.$transaction(async (tx) => {
      await tx.counter.update(add('hot'))
      setImmediate(() => order.push('later'))
      // Not of this callback: as another request of the same server.
      outside = await new Promise((resolve) => asOthers.push(resolve))
      order.push('inside')
    })
    await outside.written
    order.push('written')
    expect(outside.read).toBe(1)
    expect(order).toEqual(['later', 'inside', 'written'])
  })

  test('a write outside, awaited in the callback, is refused at once', async () => {
    const inside = (work) => db.$transaction(async (tx) => work(tx))
    await refusedAtOnce(
      inside(async (tx) => {
        await tx.counter.update(add('hot'))
        await db.counter.update(add('warm'))
      }),
      /Use the client that the callback is given/,
    )
    await refusedAtOnce(
      inside(async (tx) => {
        await tx.counter.update(add('hot'))
        await db.$transaction([db.counter.update(add('warm'))])
      }),
      /callback/,
    )
    await refusedAtOnce(
      inside(async (tx) => {
        await tx.counter.update(add('hot'))
        await db.$transaction((other) => other.counter.update(add('warm')))
      }),
      /callback/,
    )
    // Whoever comes first: both, or an error that says why not.
    const began = performance.now()
    const [together] = await Promise.allSettled([
      inside((tx) => Promise.all([tx.counter.findMany(), db.counter.update(add('warm'))])),
    ])
    expect(together.status).toBe('fulfilled')
    const [atOnce] = await Promise.allSettled([
      inside(async (tx) => {
        await Promise.all([tx.counter.update(add('hot')), db.counter.update(add('warm'))])
        throw new TransactionError('undone')
      }),
    ])
    expect(atOnce.status === 'rejected' && atOnce.reason).toBeInstanceOf(TransactionError)
    expect(performance.now() - began).toBeLessThan(AT_ONCE_MS)
    // Before the first write nobody waits for anybody.
    await inside(async (tx) => {
      await tx.counter.findUnique({ where: { id: 'hot' } })
      await db.counter.update(add('warm'))
      await tx.counter.update(add('warm'))
    })
    expect((await db.counter.findUnique({ where: { id: 'hot' } })).n).toBe(2)
  })

  test('an array of calls that is asked for beside it is no part of its callback', async () => {
    // Calls of a new client take the way on which Prisma gathers those of several callers and sends them in the turn of the first.
    const fresh = await open('beside')
    const inside = fresh.$transaction(async (tx) => {
      await tx.counter.update(add('hot'))
      await tx.counter.update(add('warm'))
    })
    const beside = fresh.$transaction([fresh.counter.update(add('hot')), fresh.counter.update(add('warm'))])
    const ended = await Promise.allSettled([inside, beside])
    expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
    await fresh.$block.flush()
    await fresh.$disconnect()
    await Block.delete_block('beside', { client: main(), dir, generated: app.generated })
  })

  test('reads outside go on in the callback, those that main answers too', async () => {
    await main().counter.create({ data: { id: `there-${door}` } })
    await db.$transaction(async (tx) => {
      await tx.counter.update(add('warm'))
      expect(await db.counter.findUnique({ where: { id: `there-${door}` } })).not.toBeNull()
      expect(await db.$transaction([db.counter.count({ where: { id: 'hot' } })])).toEqual([1])
      expect(await db.auditLog.count()).toBe(0)
    })
  })

  test('before its first write it asks main from outside, after it within main’s part of it', async () => {
    await main().counter.createMany({ data: [{ id: 'far1' }, { id: 'far2', label: 'far' }, { id: 'far3' }] })
    await db.$transaction(async (tx) => {
      expect(await tx.auditLog.count()).toBe(0)
      expect(await tx.$queryRaw`SELECT 1 AS one`).toEqual([{ one: 1 }])
      expect(await tx.counter.findUnique({ where: { id: 'far1' } })).not.toBeNull()
      // Its first write, of a row that is not held.
      expect(await tx.counter.update(add('far2'))).toMatchObject({ id: 'far2', n: 1 })
      // By key it can be taken over even now; what the transaction has taken away stays away.
      expect(await tx.counter.findUnique({ where: { id: 'far3' } })).toMatchObject({ id: 'far3', n: 0 })
      expect(await tx.counter.delete({ where: { id: 'far1' } })).toMatchObject({ id: 'far1' })
      expect(await tx.counter.findUnique({ where: { id: 'far1' } })).toBeNull()
      expect(await tx.counter.findMany({ where: { label: 'nobody' } })).toEqual([])
      await expect(tx.counter.update(add('far1'))).rejects.toMatchObject({ code: 'P2025' })
      expect(await main().counter.count({ where: { id: 'far1' } })).toBe(1)
      expect(await tx.auditLog.count()).toBe(0)
      expect(await tx.$queryRaw`SELECT count(*)::int AS rows FROM "Counter" WHERE id = 'far1'`).toEqual([
        { rows: 0 },
      ])
      // Until it ends, nobody else sees it.
      expect(await main().counter.count({ where: { id: 'far1' } })).toBe(1)
      expect(await tx.counter.findMany({ where: { label: 'farther' }, cursor: { id: 'far3' } })).toEqual([])
    })
    expect(await db.counter.findUnique({ where: { id: 'far2' } })).toMatchObject({ n: 1 })
    await db.$block.flush()
    expect(
      await main().counter.findMany({ where: { id: { startsWith: 'far' } }, orderBy: { id: 'asc' } }),
    ).toEqual([expect.objectContaining({ id: 'far2', n: 1 }), expect.objectContaining({ id: 'far3', n: 0 })])
    await main().counter.deleteMany({ where: { id: 'far3' } })
  })

  test('a row taken over inside is no change, and need not have its parents', async () => {
    await main().user.create({ data: { id: 'parent', email: 'parent@x' } })
    await main().membership.create({ data: { userId: 'parent', teamId: 't1' } })
    await db.$block.flush()
    await db.$transaction(async (tx) => {
      await tx.counter.update(add('warm'))
      const where = { userId_teamId: { userId: 'parent', teamId: 't1' } }
      expect(await tx.membership.findUnique({ where })).toMatchObject({ userId: 'parent' })
    })
    expect(db.$block.pending().commits).toBeLessThanOrEqual(1)
    await db.$block.flush()
    expect(db.$block.rejected()).toEqual([])
    await main()
      .user.delete({ where: { id: 'parent' } })
      .catch(() => {})
  })

  test('flush() in the callback waits for commits, not for the lock', async () => {
    for (let at = 0; at < 5; at++) {
      await db.counter.update(add('hot'))
      await db.$transaction(async (tx) => {
        await tx.counter.update(add('warm'))
        const began = performance.now()
        await db.$block.flush({ timeout: 3_000 })
        expect(performance.now() - began).toBeLessThan(2_000)
      })
    }
  })

  test('flush() in the callback, while another process applies', async () => {
    const child = startChild(path.join(__dirname, 'support/dies-inside.js'), {
      env: { DIES: JSON.stringify({ url: database.url, dir, applies: true }) },
    })
    await child.line('applying')
    try {
      for (let at = 0; at < 3; at++) {
        await db.counter.update(add('hot'))
        await db.$transaction(
          async (tx) => {
            await tx.counter.update(add('warm'))
            await db.$block.flush({ timeout: 4_000 })
          },
          { maxWait: 5_000 },
        )
      }
    } finally {
      await child.kill()
    }
    await db.$block.flush()
  })

  test('the applier goes on after a long one', async () => {
    await db.counter.update(add('hot'))
    await db.$transaction(async (tx) => {
      await tx.counter.update(add('warm'))
      await sleep(300)
    })
    await db.$block.flush({ timeout: 5_000 })
    expect(db.$block.pending().commits).toBe(0)
    const rows = { where: { id: { in: ['hot', 'warm'] } }, orderBy: { id: 'asc' } }
    expect(await main().counter.findMany(rows)).toEqual(await db.counter.findMany(rows))
  })

  test('maxWait bounds the wait for the lock, and the wait is none of its time', async () => {
    const holds = db.$transaction(async (tx) => {
      await tx.counter.update(add('hot'))
      await sleep(400)
    })
    const late = db.$transaction((tx) => tx.counter.update(add('warm')), { maxWait: 50 })
    const patient = db.$transaction((tx) => tx.counter.update(add('warm')), { maxWait: 5_000, timeout: 200 })
    await expect(late).rejects.toMatchObject({
      code: 'P2028',
      message: expect.stringContaining(
        'Transaction API error: Unable to start a transaction in the given time.',
      ),
    })
    await holds
    await patient
  })

  test('transactionOptions of the main client hold for the block', async () => {
    const client = connectMain(app, database.url, { transactionOptions: { timeout: 40 } })
    const own = await Block.create({ blockId: 'options', client, dir, generated: app.generated })
    const late = (on) =>
      on.$transaction(async (tx) => {
        await sleep(120)
        return tx.counter.count()
      })
    for (const on of [own, client]) {
      const error = await late(on).catch((error) => error)
      expect(error).toMatchObject({ code: 'P2028', meta: { operation: 'query', timeout: 40 } })
    }
    await own.$disconnect()
    await client.$disconnect()
  })

  test('acknowledgements do not pass an open snapshot', async () => {
    const level = { isolationLevel: 'Serializable' }
    for (let at = 0; at < 5; at++) {
      await db.counter.update(add('hot'))
      await db.$transaction(async (tx) => {
        const { n } = await tx.counter.findUnique({ where: { id: 'warm' } })
        await sleep(60)
        await tx.counter.update({ where: { id: 'warm' }, data: { n: n + 1 } })
      }, level)
    }
    await db.$block.flush()
    expect(db.$block.pending().commits).toBe(0)
  })

  test('expiry gives the lock to the next', async () => {
    const stuck = db.$transaction(
      async (tx) => {
        await tx.counter.update(add('hot'))
        await sleep(300)
      },
      { timeout: 50 },
    )
    await sleep(10)
    const began = performance.now()
    await db.counter.update(add('warm'))
    expect(performance.now() - began).toBeLessThan(250)
    await expect(stuck).rejects.toMatchObject({ code: 'P2028' })
  })

  test.each([true, false])('a process that ends inside leaves nothing (exits: %s)', async (exits) => {
    const before = await db.counter.findUnique({ where: { id: 'hot' } })
    const child = startChild(path.join(__dirname, 'support/dies-inside.js'), {
      env: { DIES: JSON.stringify({ url: database.url, dir, exits }) },
    })
    await child.line('written')
    if (exits) await child.exit()
    else await child.kill()
    await db.counter.update(add('warm'))
    await db.$block.flush()
    expect(await db.counter.findUnique({ where: { id: 'hot' } })).toEqual(before)
    expect(await db.counter.findUnique({ where: { id: 'lost' } })).toBeNull()
    expect(await main().counter.findUnique({ where: { id: 'lost' } })).toBeNull()
  })

  test('$disconnect rolls back what is open', async () => {
    const other = await open()
    let inside
    const running = db.$transaction(async (tx) => {
      await tx.counter.update(add('hot'))
      inside = tx
      await db.$disconnect()
      await tx.counter.update(add('hot'))
    })
    const before = await other.counter.findUnique({ where: { id: 'hot' } })
    await expect(running).rejects.toMatchObject({ code: 'P2028' })
    await expect(inside.counter.count()).rejects.toMatchObject({ code: 'P2028' })
    expect(await other.counter.findUnique({ where: { id: 'hot' } })).toEqual(before)
    const closing = other.$transaction(async (tx) => {
      await tx.counter.update(add('hot'))
      await other.$disconnect()
      await tx.counter.count()
    })
    await expect(closing).rejects.toThrow(BlockClosedError)
    db = await open()
    expect(await db.counter.findUnique({ where: { id: 'hot' } })).toEqual(before)
  })
})
