/** The library's reads as a person writes them who measures: one statement per level, stitching in JS. */

const AUTHOR = 'SELECT * FROM Author WHERE id = ?'
const ARTICLES = 'SELECT * FROM Article WHERE authorId = ?'
const COMMENTS =
  'SELECT Comment.* FROM Comment JOIN Article ON Article.id = Comment.articleId WHERE Article.authorId = ?'
/** As a join it takes SQLite eight times as long: without statistics it begins at the articles. */
const RELATED = `SELECT * FROM Article WHERE authorId IN (SELECT id FROM Author WHERE country = ?) AND score >= ?
ORDER BY views DESC, id LIMIT ? OFFSET ?`
const SOME = `SELECT * FROM Author
WHERE EXISTS (SELECT 1 FROM Article WHERE authorId = Author.id AND score >= ? AND views >= ?)
ORDER BY id DESC LIMIT ? OFFSET ?`
const AGGREGATE = `SELECT COUNT(*) AS count, SUM(views) AS views, AVG(score) AS score, MIN(createdAt) AS oldest,
MAX(createdAt) AS newest FROM Article WHERE score >= ?`
const GROUP_BY = `SELECT topic, COUNT(*) AS count, SUM(views) AS views, AVG(score) AS score, MAX(createdAt) AS newest
FROM Article WHERE score >= ? GROUP BY topic ORDER BY SUM(views) DESC`

/** @param {any[]} articles @param {any[]} comments */
function stitch(articles, comments) {
  const byId = new Map()
  for (const article of articles) {
    article.createdAt = new Date(article.createdAt)
    article.comments = []
    byId.set(article.id, article)
  }
  for (const comment of comments) byId.get(comment.articleId).comments.push(comment)
  return articles
}

/** @param {import('better-sqlite3').Database} db */
function libraryByHand(db) {
  const [author, articles, comments] = [AUTHOR, ARTICLES, COMMENTS].map((text) => db.prepare(text))
  const [related, some, aggregate, groupBy] = [RELATED, SOME, AGGREGATE, GROUP_BY].map((text) =>
    db.prepare(text),
  )
  return {
    tree(/** @type {number} */ id) {
      const found = /** @type {any} */ (author.get(id))
      if (found) found.articles = stitch(articles.all(id), comments.all(id))
      return found ?? null
    },
    related(/** @type {any} */ { country, minScore, take, skip }) {
      const rows = /** @type {any[]} */ (related.all(country, minScore, take, skip))
      for (const row of rows) row.createdAt = new Date(row.createdAt)
      return rows
    },
    some: (/** @type {any} */ { minScore, minViews, take, skip }) => some.all(minScore, minViews, take, skip),
    aggregate(/** @type {number} */ minScore) {
      const { count, views, score, oldest, newest } = /** @type {any} */ (aggregate.get(minScore))
      return {
        _count: { _all: count },
        _sum: { views },
        _avg: { score },
        _min: { createdAt: new Date(oldest) },
        _max: { createdAt: new Date(newest) },
      }
    },
    groupBy: (/** @type {number} */ minScore) =>
      groupBy.all(minScore).map((/** @type {any} */ { topic, count, views, score, newest }) => ({
        topic,
        _count: { _all: count },
        _sum: { views },
        _avg: { score },
        _max: { createdAt: new Date(newest) },
      })),
  }
}

module.exports = { libraryByHand }
