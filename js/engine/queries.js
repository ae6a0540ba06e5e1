/**
 * `$on('query')` and `log: ['query']` of the user's client: the statements that a block runs are told to the same
 * listeners as those of the main database, with another `target`. Nothing is noted while nobody listens.
 */

/** The `target` of the block's events. */
const TARGET = 'sharded'

/** @typedef {{ on: boolean }} Watch whether an emitter has 'query' listeners */
/** @type {WeakMap<object, Watch>} */
const watches = new WeakMap()

/** One watch per emitter: an app has one main client and many blocks. @param {any} emitter @returns {Watch} */
function watchOf(emitter) {
  const known = watches.get(emitter)
  if (known !== undefined) return known
  const watch = { on: emitter.listenerCount('query') > 0 }
  emitter.on('newListener', (/** @type {unknown} */ event) => {
    if (event === 'query') watch.on = true
  })
  emitter.on('removeListener', () => {
    watch.on = emitter.listenerCount('query') > 0
  })
  watches.set(emitter, watch)
  return watch
}

class Queries {
  /** @param {any} block the native block @param {any} emitter the main client's own */
  constructor(block, emitter) {
    this.block = block
    this.emitter = emitter
    this.watch = watchOf(emitter)
  }

  /** The statements of the next run will be asked for. */
  listen() {
    this.block.listen()
  }

  /**
   * Those of the run that has just ended. The listeners hear of them before whoever awaits the call goes on, but not in its
   * turn: what they throw is no part of it, and what they ask is not in its transaction.
   */
  tell() {
    this.emit(this.block.heard())
  }

  /** @param {string} heard */
  emit(heard) {
    for (const { at, duration, query, params } of JSON.parse(heard)) {
      const event = { timestamp: new Date(at), duration, query, params, target: TARGET }
      queueMicrotask(() => this.emitter.emit('query', event))
    }
  }
}

module.exports = { Queries }
