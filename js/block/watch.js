// Who refreshes a stale block, and when: a `master` with a ttl refreshes its own block at its time; Block.watch
// looks at every open block of this process from time to time. No timer keeps the process alive.

const { fromNative } = require('../errors')
const { follow, unfollow } = require('../fresh/follow')
const { WATCH_OPTIONS, checkOptions } = require('../options')
const { all } = require('./registry')
const { isStale, refreshBehind, staleSince } = require('../fresh/refresh')

/** @typedef {import('./open').OpenBlock} OpenBlock */

const SOONEST_MS = 50
const RETRY_MS = 5_000
// The longest delay a Node timer keeps; a later time is approached in steps.
const LATEST_MS = 2 ** 31 - 1

/** @param {OpenBlock} block */
function keepFresh(block) {
  if (block.options.node !== 'master') return
  /** @type {NodeJS.Timeout} */
  let timer
  /** @param {number} soonest */
  const arm = (soonest) => {
    const delay = Math.min(Math.max(staleSince(block) - Date.now(), soonest), LATEST_MS)
    timer = setTimeout(tick, delay).unref()
  }
  const tick = () => look().catch((error) => block.emit('error', fromNative(error)))
  const look = async () => {
    if (block.refusal) return
    const due = isStale(block)
    if (due) await refreshBehind(block)
    // Still stale after a refresh means that it failed: not again at once.
    if (!block.refusal) arm(due && isStale(block) ? RETRY_MS : SOONEST_MS)
  }
  block.cleanups.add(() => clearTimeout(timer))
  arm(SOONEST_MS)
}

/** @param {number | undefined} ttl seconds; without it each block's own */
async function refreshStale(ttl) {
  for (const block of all()) {
    try {
      if (!block.refusal && isStale(block, ttl)) await refreshBehind(block, ttl)
    } catch (error) {
      block.emit('error', fromNative(error))
    }
  }
}

/** Those that hear invalidations from Redis for blocks that have no connection of their own. @type {Set<Watch>} */
const watches = new Set()

class Watch {
  /** @param {import('../queue/connection').Address} address */
  constructor(address) {
    this.address = address
    /** @type {Set<import('../fresh/follow').Follower>} */
    this.followers = new Set()
    watches.add(this)
    for (const block of all()) this.follow(block)
  }

  /** @param {OpenBlock} block */
  follow(block) {
    const follower = follow(block, this.address)
    if (follower === null) return
    this.followers.add(follower)
    block.cleanups.add(() => this.followers.delete(follower))
  }

  stop() {
    watches.delete(this)
    for (const follower of this.followers) unfollow(follower)
    this.followers.clear()
  }
}

/** A block was opened. @param {OpenBlock} block */
function followWatched(block) {
  for (const one of watches) one.follow(block)
}

/**
 * Refreshes the stale ones of this process's open blocks until stopped.
 * @param {unknown} [config]
 */
function watch(config = {}) {
  const { connection, ttl, interval } = checkOptions(config, 'Block.watch', WATCH_OPTIONS)
  const heard = connection === null ? null : new Watch(connection)
  let running = false
  const timer = setInterval(async () => {
    if (running) return
    running = true
    await refreshStale(ttl).finally(() => {
      running = false
    })
  }, interval).unref()
  return {
    stop() {
      clearInterval(timer)
      heard?.stop()
    },
  }
}

module.exports = { followWatched, keepFresh, watch }
