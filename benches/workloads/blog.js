const { USERS, POSTS, post, user } = require('../data')

/** @typedef {import('./index').Operations} Operations */

const someUser = (/** @type {number} */ n) => 1 + ((n * 6_151) % USERS)

const somePage = (/** @type {number} */ n) => ({
  minScore: 30,
  before: new Date(Date.UTC(2026, 0, 1) + (POSTS / 2 + (n % 1_000) * 5) * 60_000),
  skip: 20,
  take: 20,
})

/** Ids that the seed does not use. Checks take the first block of them, timed calls the rest. */
const NEW_IDS = 1_000_000
const CHECKED_IDS = NEW_IDS - 10_000
const newUser = (/** @type {number} */ n) => user(NEW_IDS + n)
const newUsers = (/** @type {number} */ first) => Array.from({ length: 1_000 }, (_, i) => user(first + i))

/** A user with three posts, whose `userId` the nested write gives. @param {number} id */
function newAuthor(id) {
  const posts = [0, 1, 2].map((n) => {
    const { userId: _, ...row } = post(id * 3 + n)
    return row
  })
  return { ...user(id), posts }
}

const TWENTY = Array.from({ length: 20 }, (_, n) => n)

/** @param {any[]} rows */
const byId = (rows) => rows.sort((a, b) => a.id - b.id)

/** @param {any} owner */
const withSortedPosts = (owner) => ({ ...owner, posts: byId(owner.posts) })

/** @param {(n: number) => any} call */
const twenty = (call) => Promise.all(TWENTY.map(async (n) => call(n)))

const update = {
  kind: /** @type {const} */ ('write'),
  prepare: (/** @type {number} */ n) => ({ id: someUser(n), name: `renamed ${n}` }),
  run: (/** @type {Operations} */ ops, /** @type {{ id: number, name: string }} */ { id, name }) =>
    ops.update(id, name),
  async check(/** @type {Operations} */ ops) {
    for (const n of TWENTY) await ops.update(someUser(n), `checked ${n}`)
    return byId(await ops.findMany())
  },
}

/** Rows that Prisma refuses before it asks the database. @type {Record<string, { what: string, spoil: (row: any) => any }>} */
const WRONG = {
  unknown: { what: 'an unknown field', spoil: (row) => ({ ...row, nickname: row.name }) },
  type: { what: 'a wrong type', spoil: (row) => ({ ...row, age: row.name }) },
  missing: { what: 'a missing field', spoil: ({ name: _, ...row }) => row },
}

/** Its message is compared whole with the other clients'. @param {Operations} ops @param {any} row */
async function refusal(ops, row) {
  try {
    await ops.create(row)
  } catch (/** @type {any} */ error) {
    return { name: error.name, message: error.message }
  }
  throw new Error('a wrong row was taken')
}

/** A create that is refused, beside `create`. @type {import('./index').Workload[]} */
const REFUSED = Object.entries(WRONG).map(([name, { what, spoil }]) => ({
  name: `refused-${name}`,
  title: `create refused for ${what}`,
  kind: 'write',
  groups: ['core', 'refused'],
  adapters: ['sharded-os', 'sharded-full', 'prisma-postgres', 'prisma-sqlite'],
  maxCalls: 3_000,
  prepare: (n) => spoil(newUser(n)),
  run: refusal,
  check: (ops) => Promise.all(TWENTY.map((n) => refusal(ops, spoil(user(CHECKED_IDS + n))))),
}))

/** @type {import('./index').Workload[]} */
const BLOG_WORKLOADS = [
  {
    name: 'findUnique',
    title: 'findUnique by id',
    kind: 'read',
    maxCalls: 20_000,
    prepare: someUser,
    run: (ops, id) => ops.findUnique(id),
    check: async (ops) => [...(await twenty((n) => ops.findUnique(someUser(n)))), await ops.findUnique(-1)],
  },
  {
    name: 'include',
    title: 'findUnique + include of 10',
    kind: 'read',
    groups: ['core', 'read'],
    maxCalls: 10_000,
    prepare: someUser,
    run: (ops, id) => ops.findUniqueInclude(id),
    check: async (ops) => (await twenty((n) => ops.findUniqueInclude(someUser(n)))).map(withSortedPosts),
  },
  {
    name: 'findMany',
    title: 'findMany, 1,000 rows',
    kind: 'read',
    maxCalls: 1_000,
    prepare: () => null,
    run: (ops) => ops.findMany(),
    check: async (ops) => byId(await ops.findMany()),
  },
  {
    name: 'page',
    title: 'filter + order + page of 20',
    kind: 'read',
    maxCalls: 10_000,
    prepare: somePage,
    run: (ops, page) => ops.page(page),
    check: async (ops) => (await twenty((n) => ops.page(somePage(n)))).flat(),
  },
  {
    name: 'create',
    title: 'create',
    kind: 'write',
    groups: ['core', 'refused'],
    maxCalls: 3_000,
    prepare: newUser,
    run: (ops, row) => ops.create(row),
    async check(ops) {
      for (const n of TWENTY) await ops.create(user(CHECKED_IDS + n))
      return byId(await ops.findMany())
    },
  },
  {
    name: 'create-nested',
    title: 'create with three nested children',
    kind: 'write',
    maxCalls: 3_000,
    prepare: (n) => newAuthor(NEW_IDS + n),
    run: (ops, row) => ops.createNested(row),
    async check(ops) {
      for (const n of TWENTY) await ops.createNested(newAuthor(CHECKED_IDS + n))
      return (await twenty((n) => ops.findUniqueInclude(CHECKED_IDS + n))).map(withSortedPosts)
    },
  },
  ...REFUSED,
  { name: 'update', title: 'update by id', maxCalls: 3_000, ...update },
  {
    ...update,
    name: 'transaction',
    title: 'interactive transaction: read, update',
    groups: ['core', 'transaction'],
    adapters: ['sharded-os', 'sharded-full', 'prisma-postgres', 'prisma-sqlite', 'better-sqlite3'],
    maxCalls: 3_000,
    run: (ops, { id, name }) => ops.transaction?.(id, name),
    async check(ops) {
      for (const n of TWENTY) await ops.transaction?.(someUser(n), `checked ${n}`)
      return byId(await ops.findMany())
    },
  },
  {
    name: 'createMany',
    title: 'createMany, 1,000 rows',
    kind: 'write',
    maxCalls: 20,
    prepare: (n) => newUsers(NEW_IDS + n * 1_000),
    run: (ops, rows) => ops.createMany(rows),
    async check(ops) {
      await ops.createMany(newUsers(CHECKED_IDS))
      return byId(await ops.findMany())
    },
  },
  { name: 'update-x1', title: 'update, 1 caller', maxCalls: 3_000, callers: 1, ...update },
  { name: 'update-x64', title: 'update, 64 callers at once', maxCalls: 9_600, callers: 64, ...update },
  {
    name: 'open',
    title: 'open an existing block',
    kind: 'read',
    adapters: ['sharded-os', 'sharded-full', 'better-sqlite3'],
    maxCalls: 100,
    prepare: (_, ops) => ops.close?.(),
    run: (ops) => ops.open?.(),
    check: async (ops) => [await ops.findUnique(1)],
  },
]

module.exports = { BLOG_WORKLOADS }
