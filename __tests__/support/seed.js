// Rows for the tests of reads, written to main by its own client, and the loader that puts all of them into a block.

const at = (/** @type {number} */ minute) => new Date(Date.UTC(2026, 0, 1, 12, minute, 30, 7 * minute))

const uuid = (/** @type {number} */ n) => `10000000-0000-4000-8000-${String(n).padStart(12, '0')}`

/** Names with the letters that collations, LIKE and case folding trip over. */
const NAMES = ['Ann', 'ann', 'ANN', 'Émile', 'emile', 'z%_\\', null, '', '日本', '💡 idea']

/** @param {any} main */
async function seedUsers(main) {
  const hasLists = main.user.fields.tags !== undefined
  const users = NAMES.map((name, n) => ({
    id: `u${n}`,
    email: `u${n}@example.com`,
    name,
    role: ['ADMIN', 'USER', 'GUEST'][n % 3],
    age: n % 4 === 3 ? null : 20 + (n % 5),
    balance: ['0', '-1.50', '10.00', '9.99', '1000000000.01'][n % 5],
    score: [0, -1.5, null, 1e21, 0.1][n % 5],
    views: [0n, -5n, 9_007_199_254_740_993n, 7n][n % 4],
    active: n % 2 === 0,
    avatar: n % 3 === 0 ? null : new Uint8Array([n, 0, 255]),
    settings: [{ a: [1, { b: null }] }, 'text', 0, [], true][n % 5],
    ...(hasLists ? { tags: ['a', 'b', 'c'].slice(0, n % 4) } : {}),
    createdAt: at(n % 7),
    managerId: n > 2 ? `u${n % 3}` : null,
  }))
  await main.user.createMany({ data: users })
  const profiles = users.filter((_, n) => n % 2 === 0)
  await main.profile.createMany({
    data: profiles.map(({ id }, n) => ({
      id: uuid(n),
      userId: id,
      bio: `bio ${n}`,
      birthday: new Date(Date.UTC(1990, n, 1)),
    })),
  })
}

/** @param {any} main */
async function seedPosts(main) {
  for (const [n, name] of ['news', 'code', 'empty'].entries())
    await main.category.create({ data: { id: uuid(n), name } })
  for (let n = 0; n < 12; n += 1) {
    await main.post.create({
      data: {
        title: `post ${n}`,
        body: n % 3 === 0 ? null : `body of ${n}`,
        published: n % 2 === 0,
        rating: n % 5 === 0 ? null : n % 5,
        createdAt: at(n % 4),
        authorId: `u${n % 4}`,
        reviewerId: n % 3 === 1 ? `u${n % 6}` : null,
        categories: { connect: [{ name: 'news' }, { name: 'code' }].slice(0, n % 3) },
        comments: { create: [0, 1, 2].slice(0, n % 4).map((c) => commentOf(n, c)) },
      },
    })
  }
}

/** @param {number} post @param {number} n */
function commentOf(post, n) {
  return { id: `c${post}-${n}`, text: `comment ${n}`, authorId: n === 1 ? null : `u${n}`, at: at(post + n) }
}

/** @param {any} main */
async function seedTeams(main) {
  await main.team.createMany({
    data: [
      { id: 't1', name: 'core', region: 'eu' },
      { id: 't2', name: 'core', region: 'us' },
      { id: 't3', name: 'lone', region: 'eu' },
    ],
  })
  const pairs = ['u0', 'u1', 'u2'].flatMap((userId) => ['t1', 't2'].map((teamId) => ({ userId, teamId })))
  await main.membership.createMany({ data: pairs.map((pair, n) => ({ ...pair, joinedAt: at(n) })) })
  await main.note.createMany({ data: [1, 2, 3].map((number) => ({ ...pairs[number % 2], number })) })
  await main.slug.createMany({
    data: [
      { slug: 'a', target: null },
      { slug: 'B', target: '/b', hits: 3 },
    ],
  })
}

/** @param {any} main */
async function seed(main) {
  await seedUsers(main)
  await seedPosts(main)
  await seedTeams(main)
}

/** Loads every row of the seeded models, many-to-many links by a nested include. @param {any} block @param {any} main */
async function loadAll(block, main) {
  for (const model of ['user', 'profile', 'category', 'comment', 'team', 'membership', 'note', 'slug']) {
    await block[model].createMany({ data: await main[model].findMany() })
  }
  for (const post of await main.post.findMany({ include: { categories: true } })) {
    await block.post.create({ data: post })
  }
}

module.exports = { loadAll, seed }
