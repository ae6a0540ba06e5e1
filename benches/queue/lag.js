// How long after a call the row can be seen in main: another connection is told by a trigger when main has committed. In turn with the
// same call of the main client itself, which says what main and the machine take.
const { setTimeout: sleep } = require('node:timers/promises')
const { percentile } = require('../stats')
const { user } = require('./shared')

const CALLS = 300
/** Ids of the rows; each client has its own. */
const FIRST_IDS = [7_000_000, 8_000_000]

/**
 * @param {any} context @param {any} db @param {any} client
 * @returns {Promise<{ lagP50Ms: number, lagP99Ms: number, ownP50Ms: number }>}
 */
async function measureLag(context, db, client) {
  const { Client } = require('pg')
  const watcher = new Client({ connectionString: context.postgresUrl })
  await watcher.connect()
  await watcher.query(
    `CREATE FUNCTION seen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_notify('seen', NEW.id::text); RETURN NULL; END $$`,
  )
  await watcher.query('CREATE TRIGGER seen AFTER INSERT ON "User" FOR EACH ROW EXECUTE FUNCTION seen()')
  await watcher.query('LISTEN seen')
  /** @type {number[][]} */
  const samples = [[], []]
  for (let at = 0; at < CALLS; at++) {
    for (const [nth, one] of [db, client].entries()) {
      const seen = new Promise((resolve) => watcher.once('notification', resolve))
      const began = performance.now()
      await one.user.create({ data: user(FIRST_IDS[nth] + at) })
      await seen
      samples[nth].push(performance.now() - began)
      await sleep(10 + (at % 10) * 10)
    }
  }
  await watcher.query('DROP TRIGGER seen ON "User"')
  await watcher.query('DROP FUNCTION seen')
  await watcher.end()
  const [through, own] = samples
  return {
    lagP50Ms: percentile(through, 50),
    lagP99Ms: percentile(through, 99),
    ownP50Ms: percentile(own, 50),
  }
}

module.exports = { measureLag }
