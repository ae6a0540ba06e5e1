// The main databases that a block can stand before, by Prisma's names. `commits`: there is a ledger and a dialect, so that
// writes can be carried there; a block over another one is for reads.

/** @typedef {'postgresql' | 'mysql' | 'sqlite'} Provider */

/** @type {Record<Provider, {commits: boolean}>} */
const PROVIDERS = {
  postgresql: { commits: true },
  mysql: { commits: false },
  sqlite: { commits: false },
}

const KNOWN = Object.keys(PROVIDERS).join(', ')

/** @param {string} name @returns {name is Provider} */
const isProvider = (name) => Object.hasOwn(PROVIDERS, name)

/** @param {Provider} name */
const carriesCommits = (name) => PROVIDERS[name].commits

module.exports = { KNOWN, carriesCommits, isProvider }
