// The connections to Redis of this process: one per address, however many blocks use it. Nothing here keeps the process alive.

const { addon } = require('../binding')
const { encodeBlockId } = require('../blockid')
const { QueueError, NotSupportedError, fromNative, fromReport } = require('../errors')
const { Log } = require('./log')
const { nameOf } = require('./connection')

/** The oldest that has what the scripts need. */
const OLDEST = [6, 2]
/** So long a partition remembers its workers at least, as they themselves have it. */
const DUE_MS = 8_000
/** Blocks that are looked at, of each partition. */
const DUE_NAMES = 100

/**
 * @typedef {import('./connection').Address} Address
 * @typedef {object} Listener what a stream of names tells
 * @property {string} [only] the one block that it listens for; else all
 * @property {(blockId: string) => void} block
 * @property {() => void} connected it stands (again); what came meanwhile was not heard
 * @property {(why: string) => void} [lost]
 */

/** @type {Map<string, Redis>} */
const open = new Map()

class Redis {
  /** @param {Address} address */
  constructor(address) {
    this.name = nameOf(address)
    this.key = JSON.stringify(address)
    this.refs = 0
    /** @type {Map<number, {resolve: (answer: any) => void, reject: (error: Error) => void}>} */
    this.waiting = new Map()
    /** By stream, by block ('' for who listens for all). @type {Map<string, Map<string, Set<Listener>>>} */
    this.listeners = new Map()
    this.connected = false
    /** What the server says of itself, once asked. @type {{version: string, policy: string} | null} */
    this.server = null
    /** @type {Promise<void> | null} */
    this.checking = null
    this.warned = false
    this.native = new (addon().RedisQueue)(this.key, this.answer.bind(this))
  }

  /** @param {number} ticket @param {string | null} error @param {string | null} answer JSON */
  answer(ticket, error, answer) {
    const waiter = this.waiting.get(ticket)
    this.waiting.delete(ticket)
    if (error) waiter?.reject(fromReport(JSON.parse(error)))
    else waiter?.resolve(answer === null || answer === undefined ? null : JSON.parse(answer))
  }

  /**
   * @param {(native: any) => number} verb
   * @returns {Promise<any>}
   */
  ask(verb) {
    return new Promise((resolve, reject) => {
      try {
        this.waiting.set(verb(this.native), { resolve, reject })
      } catch (error) {
        reject(fromNative(error))
      }
    })
  }

  /** Resolves when the server is one that can be used; asked anew after each time the connection was lost. */
  ready() {
    if (this.server) return Promise.resolve()
    this.checking ??= this.check().finally(() => {
      this.checking = null
    })
    return this.checking
  }

  async check() {
    const info = (await this.ask((native) => native.info())) ?? {}
    if (info.cluster_enabled === '1')
      throw new NotSupportedError(`connection: ${this.name} is a Redis Cluster, which is not supported yet`)
    const version = info.redis_version ?? ''
    const [major, minor] = version.split('.').map(Number)
    if (version !== '' && (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])))
      throw new NotSupportedError(
        `connection: expected Redis ${OLDEST.join('.')} or later, ${this.name} is ${version}`,
      )
    this.server = { version, policy: info.maxmemory_policy ?? '' }
    if (this.server.policy !== '' && this.server.policy !== 'noeviction') this.warn(this.server.policy)
  }

  /** @param {string} policy */
  warn(policy) {
    if (this.warned) return
    this.warned = true
    const text =
      `${this.name} has maxmemory-policy ${policy}: when its memory is full it drops commits that are on their way. None is lost, ` +
      'they are sent again from the block files, but it costs time: set noeviction'
    process.emitWarning(text, { type: 'ShardedWarning', code: 'SHARDED_REDIS_EVICTS' })
  }

  /**
   * @param {{main: string, fingerprint: string}} realm @param {'bell' | 'told' | 'stale'} which @param {Listener} listener
   * @returns {() => void} ends it
   */
  listen({ main, fingerprint }, which, listener) {
    const key = `${which} ${main} ${fingerprint}`
    let listeners = this.listeners.get(key)
    if (!listeners) {
      listeners = new Map()
      this.listeners.set(key, listeners)
      this.native.listen(main, fingerprint, which, this.heard.bind(this, listeners))
    } else if (this.connected) queueMicrotask(() => listener.connected())
    return add(listeners, listener.only ?? '', listener)
  }

  /** @param {Map<string, Set<Listener>>} listeners @param {string} kind @param {string} text */
  heard(listeners, kind, text) {
    if (kind === 'block') {
      for (const id of ['', text]) for (const listener of [...(listeners.get(id) ?? [])]) listener.block(text)
      return
    }
    this.connected = kind === 'connected'
    if (!this.connected) this.server = null
    for (const listener of [...listeners.values()].flatMap((some) => [...some])) {
      if (this.connected) listener.connected()
      else listener.lost?.(text)
    }
  }

  /** @param {{main: string, fingerprint: string}} realm @param {string} blockId @param {string} name the id, encoded */
  log({ main, fingerprint }, blockId, name) {
    return new Log(this, this.native.log(main, fingerprint, blockId, name))
  }

  /**
   * Logs of other blocks that have commits.
   * @param {{main: string, fingerprint: string}} realm @param {string} blockId
   */
  async neighbours(realm, blockId) {
    const { main, fingerprint } = realm
    const due = await this.ask((native) => native.attend(main, fingerprint, [], DUE_MS, DUE_NAMES))
    const others = /** @type {string[]} */ (due).filter((id) => id !== blockId)
    return others.map((id) => this.log(realm, id, encodeBlockId(id)))
  }

  /** The last to give it back closes it. */
  release() {
    this.refs -= 1
    if (this.refs > 0) return
    open.delete(this.key)
    this.native.close()
    const error = new QueueError(`the connection to ${this.name} is closed`)
    for (const { reject } of this.waiting.values()) reject(error)
    this.waiting.clear()
  }
}

/**
 * @param {Map<string, Set<Listener>>} listeners @param {string} id @param {Listener} listener
 * @returns {() => void} takes it away
 */
function add(listeners, id, listener) {
  const known = listeners.get(id) ?? new Set()
  listeners.set(id, known.add(listener))
  return () => {
    known.delete(listener)
    if (known.size === 0 && listeners.get(id) === known) listeners.delete(id)
  }
}

/** @param {Address} address @returns {Redis} with one more reference */
function shareRedis(address) {
  const key = JSON.stringify(address)
  let redis = open.get(key)
  if (!redis) {
    redis = new Redis(address)
    open.set(key, redis)
  }
  redis.refs += 1
  return redis
}

module.exports = { Redis, shareRedis }
