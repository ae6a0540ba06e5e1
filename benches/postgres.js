const fs = require('node:fs/promises')
const path = require('node:path')
const { Client } = require('pg')
const { DATA } = require('./data')

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

/** @param {string} url @param {import('./data').DataSet} data */
const fill = (url, data) =>
  connected(url, async (client) => {
    await client.query("SET TIME ZONE 'UTC'")
    await client.query(await fs.readFile(path.join(__dirname, 'schema', 'postgres.sql'), 'utf8'))
    for (const { table, rows } of DATA[data]()) await insert(client, table, rows)
    await client.query('VACUUM ANALYZE')
  })

/** @param {string} sql */
const admin = (sql) => connected(URL_OF_SERVER, (client) => client.query(sql))

/** @param {string} name */
const drop = (name) => admin(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`)

/**
 * A filled database per data set to copy from, made when first needed, and a fresh copy for each cell: no cell sees
 * another's writes.
 */
async function startPostgres() {
  const names = new Set()
  const version = await connected(
    URL_OF_SERVER,
    async (client) => (await client.query('SHOW server_version')).rows[0],
  )
  let made = 0
  /** @param {string} [template] */
  const make = async (template) => {
    const name = `sharded_bench_${process.pid}_${++made}`
    names.add(name)
    await admin(`CREATE DATABASE "${name}"${template ? ` TEMPLATE "${template}"` : ''}`)
    return name
  }
  /** @type {Map<import('./data').DataSet, string>} */
  const templates = new Map()
  /** @param {import('./data').DataSet} data */
  const templateOf = async (data) => {
    const known = templates.get(data)
    if (known !== undefined) return known
    const name = await make()
    await fill(urlOf(name), data)
    templates.set(data, name)
    return name
  }
  return {
    version: /** @type {string} */ (version.server_version),
    /** @param {import('./data').DataSet} data */
    async copy(data) {
      const name = await make(await templateOf(data))
      return { url: urlOf(name), drop: () => drop(name).then(() => names.delete(name)) }
    },
    async stop() {
      for (const name of names) await drop(name)
    },
  }
}

module.exports = { startPostgres }
