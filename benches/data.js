const EPOCH = Date.UTC(2026, 0, 1)
const MINUTE_MS = 60_000

const USERS = 1_000
const POSTS_PER_USER = 10
const POSTS = USERS * POSTS_PER_USER

const AUTHORS = 5_000
const ARTICLES_PER_AUTHOR = 20
const ARTICLES = AUTHORS * ARTICLES_PER_AUTHOR
/** Only the articles of the first authors have comments. */
const DISCUSSED_AUTHORS = 100
const COMMENTS_PER_ARTICLE = 5
const COUNTRIES = 20
const TOPICS = 20

/**
 * @typedef {{ id: number, email: string, name: string, age: number, createdAt: Date }} User
 * @typedef {{ id: number, userId: number, title: string, score: number, createdAt: Date }} Post
 * @typedef {{ table: string, model: string, rows: Record<string, any>[] }} Table
 * @typedef {'blog' | 'library'} DataSet
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

/** @param {number} n */
const country = (n) => `country ${n % COUNTRIES}`

/** @param {number} id */
const author = (id) => ({ id, name: `Author number ${id}`, country: country(id) })

/** @param {number} id */
const authorOf = (id) => 1 + ((id * 7919) % AUTHORS)

/** Topics of different sizes: their sums differ too. @param {number} id */
const topic = (id) => `topic ${Math.floor(Math.sqrt((id * 17) % (TOPICS * TOPICS)))}`

/** @param {number} id */
const article = (id) => ({
  id,
  authorId: authorOf(id),
  title: `Article ${id} of the bench, with a title of usual length`,
  topic: topic(id),
  score: (id * 31) % 100,
  views: (id * 7_877) % 1_009,
  createdAt: new Date(EPOCH + ((id * 613) % ARTICLES) * MINUTE_MS),
})

/** @template T @param {number} count @param {(id: number) => T} make */
const rows = (count, make) => Array.from({ length: count }, (_, i) => make(i + 1))

function comments() {
  const discussed = rows(ARTICLES, (id) => id).filter((id) => authorOf(id) <= DISCUSSED_AUTHORS)
  return rows(discussed.length * COMMENTS_PER_ARTICLE, (id) => ({
    id,
    articleId: discussed[(id * 3_001) % discussed.length],
    text: `Comment ${id}, as long as most of them are`,
  }))
}

/** What every adapter starts from, parents first. @type {Record<DataSet, () => Table[]>} */
const DATA = {
  blog: () => [
    { table: 'User', model: 'user', rows: rows(USERS, user) },
    { table: 'Post', model: 'post', rows: rows(POSTS, post) },
  ],
  library: () => [
    { table: 'Author', model: 'author', rows: rows(AUTHORS, author) },
    { table: 'Article', model: 'article', rows: rows(ARTICLES, article) },
    { table: 'Comment', model: 'comment', rows: comments() },
  ],
}

module.exports = {
  USERS,
  POSTS,
  POSTS_PER_USER,
  AUTHORS,
  ARTICLES,
  ARTICLES_PER_AUTHOR,
  COMMENTS_PER_ARTICLE,
  DISCUSSED_AUTHORS,
  DATA,
  country,
  post,
  user,
}
