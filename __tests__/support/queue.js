// Native blocks with the queue on Redis: what support/native.js does for the local one.
const path = require('node:path')
const { Journal } = require('../../js/transaction/journal')
const { Relay } = require('../../js/queue/relay')
const { connectionOf } = require('../../js/queue/connection')
const { shareRedis } = require('../../js/queue/redis')
const { startChild } = require('./child')

/**
 * As `applierFor`: a relay that applies its own commits.
 * @param {() => {url: any, identity: string}} place where Redis is, and the name of the main database there
 */
const relayFor =
  (place) =>
  /** @param {any} client @param {any} native @param {any} [options] */
  (
    client,
    { block, schema, manifest, file },
    { lock = '', blockId = 'b', onRejected = /** @type {const} */ ('revert') } = {},
  ) => {
    const { url, identity } = place()
    /** @type {Array<[string, any]>} */
    const events = []
    const applier = new Relay({
      client,
      schema,
      manifest,
      block,
      journal: new Journal({ native: block, file, blockId, durability: 'os' }),
      path: file + lock,
      options: { blockId, onRejected },
      emit: (event, detail) => events.push([event, detail]),
      redis: shareRedis(/** @type {any} */ (connectionOf(url))),
      identity,
    })
    return {
      applier,
      events,
      of: (/** @type {string} */ name) =>
        events.filter(([event]) => event === name).map(([, detail]) => detail),
    }
  }

const APP = path.join(__dirname, 'queue-app.js')
const WAIT_MS = 25_000

/**
 * A process of its own: `ask` tells it what to do and resolves with what it answers.
 * @param {{url: string, connection: any, dir?: string, worker?: object, loads?: boolean, watches?: string}} setup
 */
async function startApp(setup) {
  const child = startChild(APP, { env: { QUEUE: JSON.stringify(setup) } })
  await child.line('ready', WAIT_MS)
  let asked = 0
  const answers = () => child.lines.filter((line) => /^(done|failed) /.test(line))
  /** @param {string} verb @param {any} [given] */
  const ask = async (verb, given = {}) => {
    const mine = asked++
    child.send(JSON.stringify({ verb, ...given }))
    await child.until(() => answers().length > mine, `answer to ${verb}`, WAIT_MS)
    const line = answers()[mine]
    const answer = JSON.parse(line.slice(line.indexOf(' ') + 1))
    if (line.startsWith('failed')) throw Object.assign(new Error(answer.message), { code: answer.code })
    return answer
  }
  return Object.assign(child, { ask })
}

/**
 * Until it holds; the test's own time limit ends it otherwise.
 * @param {() => any} holds
 */
async function eventually(holds) {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20))
}

module.exports = { eventually, relayFor, startApp }
