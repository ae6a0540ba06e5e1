// What misses may do to the block, as its engine does it.

const { native } = require('./plans.js')

/** @param {import('./index.js').Engine} engine @returns {import('./miss.js').Locking} */
function lockingOf(engine) {
  const { manifest, coverage } = engine.setup
  const scope = coverage?.scope ?? null
  return {
    run: (call) => engine.locked(call),
    look: native,
    note: () => {},
    markStale: () => engine.seams.markStale(),
    isHeld: () => engine.lock.isHeld,
    tellsRows: manifest.provider !== 'mysql',
    keepsAll: scope !== null,
    knowsSets: coverage === null || scope !== null,
    entrances: (name) => scope?.entrances.get(name),
    idsAscend: manifest.provider !== 'postgresql',
    oneMoment: manifest.provider === 'sqlite' ? 'Serializable' : 'RepeatableRead',
  }
}

module.exports = { lockingOf }
