const USERS = 1_000
const POSTS_PER_USER = 10
const POSTS = USERS * POSTS_PER_USER
const EPOCH = Date.UTC(2026, 0, 1)
const MINUTE_MS = 60_000

/**
 * @typedef {{ id: number, email: string, name: string, age: number, createdAt: Date }} User
 * @typedef {{ id: number, userId: number, title: string, score: number, createdAt: Date }} Post
 */

/** @param {number} id @returns {User} */
const user = (id) => ({
  id,
  email: `user${id}@example.com`,
  name: `User number ${id}`,
  age: 18 + (id % 60),
  createdAt: new Date(EPOCH + id * MINUTE_MS + (id % 1_000)),
})

/** @param {number} id @returns {Post} */
const post = (id) => ({
  id,
  userId: 1 + ((id * 7919) % USERS),
  title: `Post ${id} of the bench, with a title of usual length`,
  score: (id * 31) % 100,
  createdAt: new Date(EPOCH + id * MINUTE_MS),
})

/** @template T @param {number} count @param {(id: number) => T} make */
const rows = (count, make) => Array.from({ length: count }, (_, i) => make(i + 1))

/** The rows every adapter starts from: 1,000 users with 10 posts each. */
const seed = () => ({ users: rows(USERS, user), posts: rows(POSTS, post) })

module.exports = { USERS, POSTS, POSTS_PER_USER, user, post, seed }
