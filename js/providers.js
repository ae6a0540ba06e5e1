// The main databases that a block can stand before, by Prisma's names.

/** @typedef {'postgresql' | 'mysql' | 'sqlite'} Provider */

const PROVIDERS = ['postgresql', 'mysql', 'sqlite']

const KNOWN = PROVIDERS.join(', ')

/** @param {string} name @returns {name is Provider} */
const isProvider = (name) => PROVIDERS.includes(name)

module.exports = { KNOWN, isProvider }
