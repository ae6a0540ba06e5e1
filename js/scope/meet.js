// What a file holds completely is what it was loaded by: a client that thinks otherwise would be told lies, or would tell them to
// others by its refresh.

const { InvalidOptionError } = require('../errors')

/** @param {import('../block/open').OpenBlock} block @param {import('./declare.js').Scope | null} scope that a client has given */
function checkScope(block, scope) {
  const loaded = block.native.meta('scope')
  if (loaded === (scope?.text ?? null)) return
  throw new InvalidOptionError(
    `scope: block '${block.id}' was loaded ${loaded === null ? 'without one' : `by ${loaded}`}, given ` +
      `${scope === null ? 'none' : scope.text}; give the block another blockId, or remove it first with Block.delete_block('${block.id}')`,
  )
}

module.exports = { checkScope }
