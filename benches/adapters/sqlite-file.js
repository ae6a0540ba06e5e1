const fs = require('node:fs')
const path = require('node:path')
const Database = require('better-sqlite3')
const { seed } = require('../data')

const SCHEMA = path.join(__dirname, '..', 'schema', 'sqlite.sql')

/**
 * Opens a database as its documentation recommends for speed: WAL, synchronous NORMAL.
 * @param {string} file
 */
function openDatabase(file) {
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = NORMAL')
  return db
}

/**
 * A new file with the bench's tables and rows.
 * @param {string} dir
 * @param {(date: Date) => number | string} store how the library that will read it stores a DateTime
 * @returns {string} its path
 */
function createFile(dir, store) {
  const file = path.join(dir, 'bench.sqlite')
  const db = openDatabase(file)
  db.exec(fs.readFileSync(SCHEMA, 'utf8'))
  const user = db.prepare('INSERT INTO User VALUES (?, ?, ?, ?, ?)')
  const post = db.prepare('INSERT INTO Post VALUES (?, ?, ?, ?, ?)')
  const { users, posts } = seed()
  db.transaction(() => {
    for (const { id, email, name, age, createdAt } of users) user.run(id, email, name, age, store(createdAt))
    for (const { id, userId, title, score, createdAt } of posts)
      post.run(id, userId, title, score, store(createdAt))
  })()
  db.close()
  return file
}

module.exports = { openDatabase, createFile }
