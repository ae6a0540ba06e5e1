// What a block client carries as `$block`.

const { InvalidOptionError, NotSupportedError, mismatch, named } = require('../errors')
const { FLUSH_OPTIONS, checkOptions } = require('../options')
const { backup } = require('./backup')
const { isStale, refreshAnew } = require('../fresh/refresh')
const { dropOpen, rejectedOf, retryOpen } = require('./rejected')

/** @typedef {import('./open').OpenBlock} OpenBlock */

const EVENTS = ['applied', 'rejected', 'error', 'stale', 'progress', 'longReader']
const LATER = ['token', 'waitFor']

/** @param {unknown} event @param {unknown} listener */
function checkListener(event, listener) {
  if (!EVENTS.includes(/** @type {string} */ (event))) {
    throw new InvalidOptionError(mismatch('$block.on(event)', `one of ${EVENTS.join(', ')}`, event))
  }
  if (typeof listener !== 'function')
    throw new InvalidOptionError(mismatch('$block.on(event, listener)', 'a function', listener))
}

/** @template T @param {() => T} look at the file, which may be damaged @returns {T} */
function told(look) {
  try {
    return look()
  } catch (error) {
    throw named(error)
  }
}

/** @param {OpenBlock} block @param {() => any} clientStats */
function statusOf(block, clientStats) {
  const loadedAt = block.refusal ? null : block.native.meta('loadedAt')
  return {
    id: block.id,
    path: block.file,
    open: block.refusal === null,
    main: block.main,
    stale: block.refusal === null && isStale(block),
    loadedAt: loadedAt === null ? null : new Date(Number(loadedAt)),
    pending: block.refusal ? null : block.pending(),
    rejected: block.refusal ? null : rejectedOf(block.native).length,
    file: block.refusal ? null : JSON.parse(block.native.status()),
    checkpoint: block.refusal ? null : JSON.parse(block.native.checkpoint()),
    applier: block.applier ? block.applier.status() : null,
    client: clientStats(),
  }
}

/**
 * @param {OpenBlock} block
 * @param {import('../through/scope').ThroughScope} through
 * @param {() => any} clientStats how often each door served this client
 */
function createBlockApi(block, through, clientStats) {
  /** @type {Record<string, unknown>} */
  const api = {
    id: block.id,
    path: block.file,
    async flush(/** @type {unknown} */ options = {}) {
      const { timeout } = checkOptions(options, '$block.flush', FLUSH_OPTIONS)
      await block.flush({ timeoutMs: timeout })
    },
    async refresh(/** @type {unknown} */ options = {}) {
      const { timeout } = checkOptions(options, '$block.refresh', FLUSH_OPTIONS)
      if (block.refusal) throw block.refusal
      await refreshAnew(block, { flushMs: timeout })
    },
    backup: (/** @type {unknown} */ path) => backup(block, path),
    through: (/** @type {any} */ fn) => through.run(fn),
    status: () => told(() => statusOf(block, clientStats)),
    pending: () => told(() => block.pending()),
    rejected() {
      if (block.refusal) throw block.refusal
      return told(() => rejectedOf(block.native))
    },
    retry: (/** @type {unknown} */ which) => retryOpen(block, which),
    drop: (/** @type {unknown} */ which) => dropOpen(block, which),
    on(/** @type {any} */ event, /** @type {any} */ listener) {
      checkListener(event, listener)
      block.events.on(event, listener)
      return api
    },
    off(/** @type {any} */ event, /** @type {any} */ listener) {
      checkListener(event, listener)
      block.events.off(event, listener)
      return api
    },
  }
  for (const name of LATER) {
    api[name] = () => {
      throw new NotSupportedError(`$block.${name} is not supported yet`)
    }
  }
  return Object.freeze(api)
}

module.exports = { LATER, createBlockApi, statusOf }
