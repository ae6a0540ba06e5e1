// Reads that take long, or have many rows, go on beside the event loop: with the same answers, of the moment of the call.
// How long the loop is held is measured by `npm run bench -- loop`; a busy test machine would say little about it.
const { loadAll } = require('./support/seed')
const { throughBothDoors } = require('./support/doors')
const { bothThrow } = require('./support/parity')
const { sqlOf } = require('./support/sql')

/** A search among so many takes longer than a call has on the loop, on a fast machine too. */
const COUNTERS = 16_000
const POSTS = 600

const at = (/** @type {number} */ n) => new Date(Date.UTC(2026, 0, 1) + n * 1_001)

/** @param {any} main */
async function seed(main) {
  const counters = Array.from({ length: COUNTERS }, (_, n) => ({
    id: `k${n}`,
    n,
    big: BigInt(n) * 1_000_000_007n,
    total: `${n}.25`,
    ratio: n / 8,
    label: n % 3 === 0 ? null : `number ${n} 💡`,
    at: at(n),
  }))
  for (let from = 0; from < COUNTERS; from += 3_000)
    await main.counter.createMany({ data: counters.slice(from, from + 3_000) })
  await main.user.create({
    data: {
      id: 'u',
      email: 'u@example.com',
      settings: { deep: [null, 1] },
      avatar: new Uint8Array([0, 255]),
    },
  })
  const posts = Array.from({ length: POSTS }, (_, n) => ({
    title: `post ${n}`,
    authorId: 'u',
    createdAt: at(n),
  }))
  await main.post.createMany({ data: posts })
  const ids = await main.post.findMany({ select: { id: true }, orderBy: { createdAt: 'asc' } })
  await main.comment.createMany({
    data: ids.flatMap((/** @type {any} */ { id }, /** @type {number} */ n) =>
      [0, 1].map((c) => ({
        id: `c${n}-${c}`,
        text: `${c}`,
        postId: id,
        authorId: c ? 'u' : null,
        at: at(n),
      })),
    ),
  })
}

/** @param {any} block @param {any} main */
async function load(block, main) {
  await loadAll(block, main)
  await block.counter.createMany({ data: await main.counter.findMany() })
}

throughBothDoors({ seed, load }, (pair) => {
  const pooled = () => pair.block.$block.status().client.pooled
  const last = { orderBy: { n: 'desc' }, take: 1 }
  /** As long as one read can be made of these rows. @param {any} db @param {string} [text] */
  const search = (db, text = '997') =>
    db.counter.findMany({ where: { label: { contains: text } }, orderBy: { n: 'asc' } })

  test('many rows, and a long search for few', async () => {
    const before = pooled()
    await pair.ask((db) => db.counter.findMany({ orderBy: { id: 'asc' } }))
    await pair.ask((db) => search(db))
    await pair.ask((db) => db.counter.count({ where: { label: { contains: '7' }, ratio: { gt: 100 } } }))
    expect(pooled() - before).toBeGreaterThanOrEqual(4)
  })

  test('levels of relations, Json and Bytes', async () => {
    const include = {
      posts: { orderBy: { createdAt: 'asc' }, include: { comments: { orderBy: { id: 'asc' } } } },
    }
    await pair.ask((db) => db.user.findMany({ include }))
    await pair.ask((db) =>
      db.post.findMany({
        include: { author: true, comments: { orderBy: { id: 'asc' } } },
        orderBy: { createdAt: 'asc' },
      }),
    )
  })

  test('fluent calls', async () => {
    const before = pooled()
    const args = { orderBy: { createdAt: 'asc' }, include: { author: true } }
    await pair.ask((db) => db.user.findUnique({ where: { id: 'u' } }).posts(args))
    expect(pooled()).toBeGreaterThan(before)
  })

  test('reads of one plan that overlap keep their rows apart', async () => {
    const texts = Array.from({ length: 12 }, (_, n) => String(n))
    const apart = []
    for (const text of texts) apart.push(await search(pair.block, text))
    const together = await Promise.all(texts.map((text) => search(pair.block, text)))
    expect(together).toEqual(apart)
  })

  test('a read sees what was committed when it was called, and nothing later', async () => {
    const { block } = pair
    const row = { id: 'later', label: 'number 997 later' }
    const before = await search(block)
    const [reads, , seen, , again] = await Promise.all([
      search(block),
      block.counter.create({ data: row }),
      search(block),
      block.counter.delete({ where: { id: 'later' } }),
      search(block),
    ])
    expect(reads).toEqual(before)
    expect(seen).toHaveLength(before.length + 1)
    expect(again).toEqual(before)
  })

  test('more reads at once than there are threads, with writes between', async () => {
    const { block } = pair
    const before = await search(block)
    const runs = Array.from({ length: 80 }, async (_, n) => {
      const rows = search(block)
      if (n % 10 === 0) await block.counter.update({ where: { id: 'k0' }, data: { n: { increment: 1 } } })
      return rows
    })
    for (const rows of await Promise.all(runs)) expect(rows).toEqual(before)
    await block.counter.update({ where: { id: 'k0' }, data: { n: 0 } })
  })

  test('a read of several levels that leaves the loop leaves no transaction there', async () => {
    const { block } = pair
    const before = pooled()
    // Each a plan of its own, which is tried on the loop once. SQLite looks at the clock every 500 instructions, a ROLLBACK's among them.
    for (let n = 1; n <= 200; n += 1) {
      const where = { OR: Array.from({ length: n }, () => ({ title: { contains: 'post' } })) }
      await block.post.findMany({ where, select: { id: true, comments: { select: { id: true } } } })
    }
    // How many depends on the machine.
    expect(pooled() - before).toBeGreaterThan(0)
    await block.counter.update({ where: { id: 'k0' }, data: { n: 0 } })
  }, 120_000)

  test('what is found nowhere is asked of main', async () => {
    await pair.ask((db) => search(db, 'no such text'))
    await pair.ask((db) => db.counter.findFirst({ where: { label: { contains: 'no such text' } } }))
    await bothThrow(pair.main, pair.block, (db) =>
      db.counter.findFirstOrThrow({ where: { label: { contains: 'no such text' } } }),
    )
  })

  test('an error on the way', async () => {
    await bothThrow(pair.main, pair.block, (db) =>
      db.counter.findMany({ where: { label: { endsWith: 'number 997\\' } }, orderBy: { n: 'asc' } }),
    )
  })

  test('in a transaction a read stays where its rows are', async () => {
    await pair.ask((db) =>
      db.$transaction([db.counter.findMany({ orderBy: { id: 'asc' } }), db.counter.findFirst(last)]),
    )
  })

  test('listeners hear of it once', async () => {
    for (const _ of ['first', 'again']) expect(await sqlOf(pair.block, (db) => search(db))).toHaveLength(1)
  })

  test('point reads go on meanwhile', async () => {
    const { block } = pair
    let done = false
    const long = block.counter.findMany({ orderBy: { label: 'asc' } }).then((/** @type {any[]} */ rows) => {
      done = true
      return rows
    })
    let reads = 0
    while (!done) {
      await block.counter.findUnique({ where: { id: `k${reads % COUNTERS}` } })
      reads += 1
      await new Promise(setImmediate)
    }
    expect(await long).toHaveLength(COUNTERS)
    expect(reads).toBeGreaterThan(5)
  })
})
