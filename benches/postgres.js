const fs = require('node:fs/promises')
const path = require('node:path')
const { Client } = require('pg')
const { seed } = require('./data')

const URL_OF_SERVER = process.env.POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres'

/** @param {string} database */
function urlOf(database) {
  const url = new URL(URL_OF_SERVER)
  url.pathname = `/${database}`
  return url.href
}

/**
 * @template T
 * @param {string} url
 * @param {(client: import('pg').Client) => Promise<T>} work
 */
async function connected(url, work) {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** @param {import('pg').Client} client @param {string} table @param {any[]} rows */
const insert = (client, table, rows) =>
  client.query(`INSERT INTO "${table}" SELECT * FROM json_populate_recordset(NULL::"${table}", $1::json)`, [
    JSON.stringify(rows),
  ])

/** @param {string} url */
const fill = (url) =>
  connected(url, async (client) => {
    const { users, posts } = seed()
    await client.query("SET TIME ZONE 'UTC'")
    await client.query(await fs.readFile(path.join(__dirname, 'schema', 'postgres.sql'), 'utf8'))
    await insert(client, 'User', users)
    await insert(client, 'Post', posts)
    await client.query('VACUUM ANALYZE')
  })

/**
 * A filled database to copy from, and a fresh copy for each cell: no cell sees another's writes.
 */
async function startPostgres() {
  const template = `sharded_bench_${process.pid}`
  const copies = new Set()
  /** @param {string} sql */
  const admin = (sql) => connected(URL_OF_SERVER, (client) => client.query(sql))
  /** @param {string} name */
  const drop = (name) => admin(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`)
  const version = await connected(
    URL_OF_SERVER,
    async (client) => (await client.query('SHOW server_version')).rows[0],
  )
  await admin(`CREATE DATABASE "${template}"`)
  await fill(urlOf(template)).catch(async (error) => {
    await drop(template)
    throw error
  })
  let made = 0
  return {
    version: /** @type {string} */ (version.server_version),
    async copy() {
      const name = `${template}_${++made}`
      await admin(`CREATE DATABASE "${name}" TEMPLATE "${template}"`)
      copies.add(name)
      return { url: urlOf(name), drop: () => drop(name).then(() => copies.delete(name)) }
    },
    async stop() {
      for (const name of copies) await drop(name)
      await drop(template)
    },
  }
}

module.exports = { startPostgres }
