const { neighbours } = require('../file')

/**
 * Does a commit in another block file of this folder make room for this one?
 * @param {any} block the native block @param {string} path of its file @param {string} fingerprint of the data model
 * @param {string} payload of a commit @returns {Promise<import('./dependency').Elsewhere>}
 */
async function nearby(block, path, fingerprint, payload) {
  const others = await neighbours(path, fingerprint)
  if (others.length === 0) return 'none'
  return (await block.pendingElsewhere(others, payload)) ? 'pending' : 'idle'
}

module.exports = { nearby }
