const { HEADER } = require('./header.js')

/** Prisma's rule for the client's property of a model. @param {string} model */
const delegateOf = (model) => model[0].toLowerCase() + model.slice(1)

/** @param {string[]} names */
const union = (names) => names.map((name) => `'${name}'`).join(' | ')

/** Types naming what is in the block. @param {import('./types.js').Manifest} manifest */
function typingsOf({ models }) {
  const names = models.map(({ name }) => name)
  return `${HEADER}
/** The models held by this app's blocks; every other model is asked of the main database. */
export type BlockModels = ${union(names)}

/** The same, as properties of the client. */
export type BlockDelegates = ${union(names.map(delegateOf))}
`
}

module.exports = { typingsOf }
