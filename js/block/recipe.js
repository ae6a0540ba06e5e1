// From checked options to what a block is made of: its file, the generated files, the main client under its extensions.

const { loadArtifacts, locate } = require('./artifacts')
const { scopeOf } = require('../scope/declare.js')
const { NotSupportedError } = require('../errors')
const { blockPath } = require('../file')
const { describeClient } = require('../shell')

/** @typedef {import('../load/publish').Recipe} Recipe */

/**
 * @param {any} client
 * @param {import('./artifacts').Artifacts} artifacts
 * @returns {any} the main client under every extension
 */
function checkProvider(client, artifacts) {
  const { provider, raw } = describeClient(client)
  if (provider === artifacts.manifest.provider) return raw
  throw new NotSupportedError(
    `client: expected a PrismaClient of provider '${artifacts.manifest.provider}', for which the block was generated, given one of '${provider}'`,
  )
}

/** @param {any} options @returns {Recipe} */
function recipeFor(options) {
  const { generated, dir } = locate(options)
  const artifacts = loadArtifacts(generated)
  const raw = checkProvider(options.client, artifacts)
  const scope = options.scope === undefined ? null : scopeOf(options.scope, artifacts.manifest)
  const file = blockPath(dir, options.blockId, artifacts.manifest.fingerprint)
  return { file, artifacts, options, scope, raw }
}

module.exports = { checkProvider, recipeFor }
