// Invalidations from other processes and machines, by way of Redis. What comes while Redis is away is not lost: each invalidation gives
// the block another version, the file remembers the one that it was loaded for, and the two are compared whenever the connection
// stands (again). A Redis that has forgotten its versions has another memory: then the block is loaded again to be sure.

const { encodeBlockId } = require('../blockid')
const { fromNative } = require('../errors')
const { shareRedis } = require('../queue/redis')
const { refreshAnew } = require('./refresh')
const { whenFree } = require('../file/native')

const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 30_000
/** The version in the file. */
const HEARD = 'heard'

/**
 * @typedef {import('../block/open').OpenBlock} OpenBlock
 * @typedef {import('../queue/connection').Address} Address
 * @typedef {{memory: string, version: string | null}} Freshness what Redis knows of a block's invalidations
 */

/** May an invalidation have passed that the file does not know of? @param {Freshness | null} known @param {Freshness} found */
function isMissed(known, found) {
  if (known === null) return found.version !== null
  if (known.memory !== found.memory) return true
  return found.version !== null && found.version !== known.version
}

/** @param {import('../queue/redis').Redis} redis @param {string} identity @param {string} fingerprint @param {string} blockId */
const logOf = (redis, identity, fingerprint, blockId) =>
  redis.log({ main: encodeBlockId(identity), fingerprint }, blockId, encodeBlockId(blockId))

class Follower {
  /** @param {OpenBlock} block @param {Address} address */
  constructor(block, address) {
    const identity = String(block.native.meta('identity'))
    const { fingerprint } = block.artifacts.manifest
    this.block = block
    this.redis = shareRedis(address)
    this.log = logOf(this.redis, identity, fingerprint, block.id)
    this.stopped = false
    this.again = false
    this.retryMs = FIRST_RETRY_MS
    /** @type {NodeJS.Timeout | undefined} */
    this.timer = undefined
    /** @type {Promise<void> | null} */
    this.looking = null
    const look = () => this.look()
    const realm = { main: encodeBlockId(identity), fingerprint }
    this.deaf = this.redis.listen(realm, 'stale', { only: block.id, block: look, connected: look })
  }

  /** Compares, one time after the other. */
  look() {
    this.again = true
    this.looking ??= this.lookAll().finally(() => {
      this.looking = null
    })
  }

  async lookAll() {
    while (this.again && !this.stopped) {
      this.again = false
      try {
        await this.lookOnce()
        this.retryMs = FIRST_RETRY_MS
      } catch (error) {
        if (this.stopped || this.block.refusal) return
        const { code } = /** @type {any} */ (error)
        // Redis away is no news: it is asked again when it is back.
        if (code === 'SHARDED_QUEUE')
          this.block.debug(`invalidations: ${/** @type {Error} */ (error).message}`)
        else this.block.emit('error', fromNative(error))
        return this.later()
      }
    }
  }

  async lookOnce() {
    const { block } = this
    await this.redis.ready()
    const found = /** @type {Freshness} */ (await this.log.freshness())
    const text = block.native.meta(HEARD)
    const known = text === null ? null : JSON.parse(text)
    if (!isMissed(known, found)) {
      if (known === null)
        await whenFree(block.native, block.id, () => block.native.setMeta(HEARD, JSON.stringify(found)))
      return
    }
    block.emit('stale', { blockId: block.id })
    try {
      await refreshAnew(block, { heard: JSON.stringify(found) })
    } catch (error) {
      if (!block.refusal) await block.markStale()
      throw error
    }
  }

  later() {
    this.timer = setTimeout(() => this.look(), this.retryMs).unref()
    this.retryMs = Math.min(this.retryMs * 2, LONGEST_RETRY_MS)
  }

  stop() {
    if (this.stopped) return
    this.stopped = true
    clearTimeout(this.timer)
    this.deaf()
    this.redis.release()
  }
}

/** @type {WeakMap<OpenBlock, Follower>} */
const followers = new WeakMap()

/** Ends with the block. @param {OpenBlock} block @param {Address} address @returns {Follower | null} null when it is followed already */
function follow(block, address) {
  if (block.refusal || followers.has(block)) return null
  const follower = new Follower(block, address)
  const stop = () => follower.stop()
  followers.set(block, follower)
  block.cleanups.add(stop)
  return follower
}

/** @param {Follower} follower */
function unfollow(follower) {
  follower.stop()
  followers.delete(follower.block)
}

/**
 * Tells every process that has the block open. Resolves when Redis has it; rejects with a QueueError when it does not answer.
 * @param {{address: Address, identity: string, fingerprint: string, blockId: string}} what
 * @returns {Promise<string>} what a file that is loaded from now on has heard
 */
async function tellAll({ address, identity, fingerprint, blockId }) {
  const redis = shareRedis(address)
  try {
    await redis.ready()
    return JSON.stringify(await logOf(redis, identity, fingerprint, blockId).invalidate())
  } finally {
    redis.release()
  }
}

module.exports = { Follower, follow, tellAll, unfollow }
