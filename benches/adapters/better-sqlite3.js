const { libraryByHand } = require('./library-by-hand')
const { createFile, openDatabase } = require('./sqlite-file')

const PAGE = 'SELECT * FROM Post WHERE score >= ? AND createdAt < ? ORDER BY createdAt DESC LIMIT ? OFFSET ?'

/** @param {any} row @returns {any} */
function withDate(row) {
  if (row) row.createdAt = new Date(row.createdAt)
  return row ?? null
}

/** @param {any[]} rows */
function withDates(rows) {
  for (const row of rows) row.createdAt = new Date(row.createdAt)
  return rows
}

/** @param {string} file */
function prepare(file) {
  const db = openDatabase(file)
  const createMany = db.prepare('INSERT INTO User VALUES (?, ?, ?, ?, ?)')
  const createPost = db.prepare('INSERT INTO Post VALUES (?, ?, ?, ?, ?)')
  const user = db.prepare('SELECT * FROM User WHERE id = ?')
  const update = db.prepare('UPDATE User SET name = ? WHERE id = ?')
  return {
    db,
    user,
    posts: db.prepare('SELECT * FROM Post WHERE userId = ?'),
    users: db.prepare('SELECT * FROM User'),
    page: db.prepare(PAGE),
    create: db.prepare('INSERT INTO User VALUES (?, ?, ?, ?, ?)'),
    createNested: db.transaction((/** @type {any} */ { id, email, name, age, createdAt, posts }) => {
      createMany.run(id, email, name, age, createdAt.getTime())
      for (const post of posts) createPost.run(post.id, id, post.title, post.score, post.createdAt.getTime())
    }),
    update,
    transaction: db.transaction((/** @type {number} */ id, /** @type {string} */ name) => {
      const found = withDate(user.get(id))
      update.run(name, id)
      return found
    }),
    createMany: db.transaction((/** @type {import('../data').User[]} */ rows) => {
      for (const { id, email, name, age, createdAt } of rows)
        createMany.run(id, email, name, age, createdAt.getTime())
    }),
  }
}

/** Hand-written: prepared statements, WAL, synchronous NORMAL, a Date made of each DateTime. @type {import('./index').Adapter} */
module.exports = {
  name: 'better-sqlite3',
  title: 'better-sqlite3 by hand',

  async setup({ dir, data }) {
    const file = createFile(dir, data, (date) => date.getTime())
    let by = prepare(file)
    return {
      ops: {
        findUnique: (id) => withDate(by.user.get(id)),
        findUniqueInclude(id) {
          const user = withDate(by.user.get(id))
          if (user) user.posts = withDates(by.posts.all(id))
          return user
        },
        findMany: () => withDates(by.users.all()),
        page: ({ minScore, before, skip, take }) =>
          withDates(by.page.all(minScore, before.getTime(), take, skip)),
        create: ({ id, email, name, age, createdAt }) =>
          by.create.run(id, email, name, age, createdAt.getTime()),
        createNested: (row) => by.createNested(row),
        update: (id, name) => by.update.run(name, id),
        transaction: (id, name) => by.transaction(id, name),
        createMany: (rows) => by.createMany(rows),
        ...libraryByHand(by.db),
        close: () => by.db.close(),
        open() {
          by = prepare(file)
        },
      },
      async teardown() {
        by.db.close()
      },
    }
  },
}
