const fs = require('node:fs')
const path = require('node:path')
const Database = require('better-sqlite3')
const { DATA } = require('../data')

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

/** @param {import('better-sqlite3').Database} db @param {import('../data').Table} table @param {(date: Date) => number | string} store */
function insert(db, { table, rows }, store) {
  const columns = Object.keys(rows[0])
  const statement = db.prepare(
    `INSERT INTO "${table}" (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  )
  const stored = (/** @type {any} */ value) => (value instanceof Date ? store(value) : value)
  for (const row of rows) statement.run(columns.map((column) => stored(row[column])))
}

/**
 * A new file with the bench's tables and rows.
 * @param {string} dir
 * @param {import('../data').DataSet} data
 * @param {(date: Date) => number | string} store how the library that will read it stores a DateTime
 * @returns {string} its path
 */
function createFile(dir, data, store) {
  const file = path.join(dir, 'bench.sqlite')
  const db = openDatabase(file)
  db.exec(fs.readFileSync(SCHEMA, 'utf8'))
  db.transaction(() => {
    for (const table of DATA[data]()) insert(db, table, store)
  })()
  db.close()
  return file
}

module.exports = { openDatabase, createFile }
