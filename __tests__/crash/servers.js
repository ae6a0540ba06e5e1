// The servers of one line of trials: a PostgreSQL and a Redis that it may crash, each behind a proxy that fails on demand.
const { setTimeout: sleep } = require('node:timers/promises')
const { startPrivatePostgres } = require('../support/private-postgres')
const { startPrivateRedis } = require('../support/private-redis')
const { createDatabase, query, withDatabase } = require('../support/servers')
const { startProxy } = require('./proxy')
const { TABLES, TAKEN } = require('./world')

const TEMPLATE = 'crash_template'

class Servers {
  /**
   * @param {Awaited<ReturnType<typeof startPrivatePostgres>>} postgres @param {import('./proxy').FaultProxy} toMain
   * @param {Awaited<ReturnType<typeof startPrivateRedis>> | null} redis @param {import('./proxy').FaultProxy | null} toRedis
   */
  constructor(postgres, toMain, redis, toRedis) {
    this.postgres = postgres
    this.toMain = toMain
    this.redis = redis
    this.toRedis = toRedis
    /** One fault of a server at a time. @type {Promise<void>} */
    this.turn = Promise.resolve()
  }

  /** @param {() => Promise<void>} fault @returns {Promise<void>} */
  alone(fault) {
    this.turn = this.turn.then(fault)
    return this.turn
  }

  /** A database of its own. @param {{tally: any[], doc: any[], flip: any[]}} rows that stand in it */
  async newMain(rows) {
    const database = await createDatabase({ template: TEMPLATE, serverUrl: this.postgres.url })
    const lists = [
      ...rows.tally.map((row) => ['Tally', row]),
      ...rows.doc.map((row) => ['Doc', row]),
      ...rows.flip.map((row) => ['Flip', row]),
    ]
    await query(
      database.url,
      `SET session_replication_role = replica; ${lists
        .map(([table, row]) => {
          const names = Object.keys(row)
          const values = names.map((name) => (row[name] === null ? 'NULL' : `'${row[name]}'`))
          return `INSERT INTO "${table}" (${names.join(', ')}) VALUES (${values.join(', ')})`
        })
        .join('; ')}`,
    )
    const { port } = this.toMain
    const far = new URL(database.url)
    far.port = String(port)
    return { url: database.url, far: far.href, name: database.name, drop: database.drop }
  }

  /** What processes connect to. */
  get connection() {
    return this.toRedis ? `redis://127.0.0.1:${this.toRedis.port}/0` : false
  }

  /** @param {number} ms */
  crashMain(ms) {
    return this.alone(async () => {
      await this.postgres.end('SIGQUIT')
      await sleep(ms)
      await this.postgres.start()
    })
  }

  /** @param {number} ms */
  standMain(ms) {
    return this.alone(async () => {
      this.postgres.sigstop()
      await sleep(ms)
      this.postgres.sigcont()
    })
  }

  /** Comes back empty. @param {number} ms */
  restartRedis(ms) {
    return this.alone(async () => {
      await this.redis?.kill()
      await sleep(ms)
      await this.redis?.start()
    })
  }

  /** @param {number} ms */
  standRedis(ms) {
    return this.alone(async () => {
      this.redis?.stall()
      await sleep(ms)
      this.redis?.resume()
    })
  }

  emptyRedis() {
    return this.alone(async () => void (await this.redis?.command('FLUSHALL')))
  }

  /** Everything passes again; what had been cut off hears of it. */
  async heal() {
    await this.turn
    for (const proxy of [this.toMain, this.toRedis]) {
      if (!proxy) continue
      proxy.traps.length = 0
      proxy.heal({ cut: true })
    }
  }

  async remove() {
    for (const proxy of [this.toMain, this.toRedis]) proxy?.close()
    await this.redis?.remove()
    await this.postgres.remove()
  }
}

/** @param {import('./plan').Queue} queue */
async function startServers(queue) {
  const postgres = await startPrivatePostgres()
  await query(postgres.url, `CREATE DATABASE ${TEMPLATE} TEMPLATE template0`)
  const template = withDatabase(postgres.url, TEMPLATE)
  await query(template, TABLES)
  // RESTART IDENTITY: a sequence has logged numbers ahead, of which its copy in a new database knows nothing after a crash: they
  // would be given twice (PostgreSQL 15).
  await query(
    template,
    `INSERT INTO "Mark" VALUES ('theirs', '-', '-', 0); INSERT INTO "Entry" VALUES ${TAKEN.map((code) => `('${code}', 'theirs', '${code}')`).join(', ')}; TRUNCATE audit.history RESTART IDENTITY`,
  )
  const redis = queue === 'redis' ? await startPrivateRedis() : null
  return new Servers(
    postgres,
    await startProxy(postgres.port),
    redis,
    redis && (await startProxy(redis.port)),
  )
}

module.exports = { Servers, startServers }
