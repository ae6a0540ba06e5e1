// `Block.work`: a process that applies the commits of blocks it does not have open. It listens for the names of blocks that have
// commits, and looks from time to time at what waits: a bell that nobody heard, a block whose applier died.

const { randomUUID } = require('node:crypto')
const { EventEmitter } = require('node:events')
const { Applier } = require('../apply')
const { apart } = require('../apply/apart')
const { LogSource } = require('../apply/log')
const { loadArtifacts, locate } = require('./artifacts')
const { encodeBlockId } = require('../blockid')
const { InvalidOptionError, mismatch } = require('../errors')
const { mainIdentity } = require('../identity')
const { WORK_OPTIONS, checkOptions } = require('../options')
const { EXPECTED } = require('../queue/connection')
const { shareRedis } = require('../queue/redis')
const { checkProvider } = require('./recipe')
const { checkModels } = require('../through/scope')

/** Between two looks at what waits. */
const LOOK_MS = 2_000
/** An app's own process leaves a block to a worker that was seen within this time. */
const LIVE_MS = 8_000
/** Blocks that one look names, of each partition. */
const NAMES = 100
const EVENTS = ['applied', 'rejected', 'error']

/** @type {Set<Worker>} */
const workers = new Set()

/**
 * @typedef {object} WorkerSetup
 * @property {any} raw the main client under every extension
 * @property {import('./artifacts').Artifacts} artifacts
 * @property {string} identity of the main database
 * @property {any} options
 */

class Worker {
  /** @param {WorkerSetup} setup */
  constructor({ raw, artifacts, identity, options }) {
    this.raw = raw
    this.artifacts = artifacts
    this.options = options
    this.only = options.blocks ? new Set(options.blocks) : null
    this.realm = { main: encodeBlockId(identity), fingerprint: artifacts.manifest.fingerprint }
    this.redis = shareRedis(options.connection)
    this.token = randomUUID()
    this.events = new EventEmitter()
    this.emit = apart((event, detail) => this.tell(event, detail))
    /** Blocks that are applied now. @type {Map<string, Applier>} */
    this.busy = new Map()
    /** Blocks that wait for one of those to end. @type {Set<string>} */
    this.queue = new Set()
    this.counts = { applied: 0, rejected: 0 }
    this.stopped = false
    this.warned = new Set()
    this.lastError = ''
    // It is there to work: until it is stopped, the process stays.
    this.timer = setInterval(() => void this.look(), LOOK_MS)
    this.deaf = this.redis.listen(this.realm, 'bell', {
      block: (id) => this.wake(id),
      connected: () => void this.look(),
      lost: (why) => this.debug(`Redis lost: ${why}`),
    })
  }

  /** @param {string} event @param {any} detail */
  tell(event, detail) {
    if (event === 'applied') this.counts.applied += detail.last - detail.first + 1
    if (event === 'rejected') this.counts.rejected += 1
    if (this.events.listenerCount(event) > 0) return void this.events.emit(event, detail)
    if (event !== 'error' || this.warned.has(detail?.code)) return
    this.warned.add(detail?.code)
    process.emitWarning(String(detail?.message ?? detail), {
      type: 'ShardedWarning',
      code: String(detail?.code),
    })
  }

  /** @param {string} line */
  debug(line) {
    if (this.options.debug) process.stderr.write(`[sharded] worker: ${line}\n`)
  }

  /** Says that it lives, and takes on what waits. */
  async look() {
    if (this.stopped) return
    const blocks = this.only ? [...this.only] : ['*']
    const { main, fingerprint } = this.realm
    try {
      await this.redis.ready()
      const due = await this.redis.ask((native) => native.attend(main, fingerprint, blocks, LIVE_MS, NAMES))
      this.lastError = ''
      for (const id of due) this.wake(id)
    } catch (error) {
      this.missed(error)
    }
  }

  /** Redis away is no news to those who listen for errors: it is tried again; what can never work is told, once. @param {any} error */
  missed(error) {
    if (this.stopped) return
    this.debug(error.message)
    if (error.code !== 'SHARDED_QUEUE' && this.lastError !== error.message) this.emit('error', error)
    this.lastError = error.message
  }

  /** @param {string} blockId */
  wake(blockId) {
    if (this.stopped || (this.only && !this.only.has(blockId))) return
    const applier = this.busy.get(blockId)
    if (applier) applier.wake()
    else if (this.busy.size < this.options.concurrency) this.apply(blockId)
    else this.queue.add(blockId)
  }

  /** @param {string} blockId */
  apply(blockId) {
    const { artifacts, emit, raw, realm, redis, token } = this
    const log = redis.log(realm, blockId, encodeBlockId(blockId))
    const applier = new Applier({
      client: raw,
      manifest: artifacts.manifest,
      blockId,
      coalesce: this.options.coalesce,
      dependencyTimeout: this.options.dependencyTimeout,
      emit,
      sourceOf: () =>
        new LogSource({
          log,
          schema: artifacts.schema,
          token,
          emit,
          blockId,
          neighbours: () => redis.neighbours(realm, blockId),
        }),
      onIdle: () => this.done(blockId),
    })
    this.busy.set(blockId, applier)
    applier.wake()
  }

  /** @param {string} blockId */
  done(blockId) {
    this.busy.delete(blockId)
    const [next] = this.queue
    if (next === undefined || this.stopped) return
    this.queue.delete(next)
    this.apply(next)
  }

  status() {
    const blocks = [...this.busy].map(([id, applier]) => ({ id, ...applier.status() }))
    return {
      redis: this.redis.name,
      connected: this.redis.connected,
      server: this.redis.server,
      blocks,
      waiting: this.queue.size,
      ...this.counts,
      lastError: this.lastError || null,
    }
  }

  /** Resolves when the transactions under way have ended; what is left another applier takes on. */
  async stop() {
    if (this.stopped) return
    this.stopped = true
    workers.delete(this)
    clearInterval(this.timer)
    this.deaf()
    this.queue.clear()
    await Promise.all([...this.busy.values()].map((applier) => applier.stop()))
    this.redis.release()
  }
}

/** @param {Worker} worker */
function handleOf(worker) {
  const listen =
    (/** @type {'on' | 'off'} */ verb) => (/** @type {any} */ event, /** @type {any} */ listener) => {
      if (!EVENTS.includes(event))
        throw new InvalidOptionError(mismatch(`${verb}(event)`, `one of ${EVENTS.join(', ')}`, event))
      if (typeof listener !== 'function')
        throw new InvalidOptionError(mismatch(`${verb}(event, listener)`, 'a function', listener))
      worker.events[verb](event, listener)
      return handle
    }
  /** @type {any} */
  const handle = Object.freeze({
    on: listen('on'),
    off: listen('off'),
    status: () => worker.status(),
    stop: () => worker.stop(),
  })
  return handle
}

/** @param {unknown} config */
async function work(config) {
  const options = checkOptions(config, 'Block.work', WORK_OPTIONS)
  if (options.connection === null)
    throw new InvalidOptionError(
      `${mismatch('connection', EXPECTED.replace(', or false', ''), /** @type {any} */ (config).connection)}: it is required, unless REDIS_URL or REDIS_HOST is set`,
    )
  const artifacts = loadArtifacts(locate(options).generated)
  checkModels('coalesce', Object.keys(options.coalesce), artifacts.manifest)
  const raw = checkProvider(options.client, artifacts)
  const { identity } = await mainIdentity(raw, true)
  const worker = new Worker({ raw, artifacts, identity, options })
  workers.add(worker)
  // From here on the apps' own processes leave the work to it, unless Redis could not be told yet.
  await worker.look()
  return handleOf(worker)
}

/** Those of this process. */
const allWorkers = () => [...workers]

module.exports = { allWorkers, work }
