// Builds the file of a block from the template and the user's loader, beside the place where it will stand.

const path = require('node:path')
const { collationFacts } = require('../collation/index.js')
const { check, openNative, writeMeta } = require('../file/native')
const { loadScope } = require('../scope/load.js')
const { textOfBounds } = require('../scope/window.js')
const { copyTemplate, draftPath, publish, removeFiles } = require('../file')
const { mainIdentity } = require('../identity')
const { runLoader, wholeMain } = require('./index')
const { loading } = require('./nested')

/**
 * @typedef {object} Recipe
 * @property {string} file
 * @property {import('../block/artifacts').Artifacts} artifacts
 * @property {any} options
 * @property {import('../scope/declare.js').Scope | null} scope
 * @property {(progress: import('../scope/load.js').Progress) => void} [tell] of what a scope has loaded
 * @property {() => Promise<void>} [breathe] between the pages of a scope
 * @property {Promise<never>} [ended] rejects when the load is given up
 * @property {object} raw the main client under every extension
 */

/**
 * @typedef {object} Draft
 * @property {string} path
 * @property {boolean} tellsBoot whether it can be told later that the machine was started anew since it was loaded
 */

const atOnce = () => Promise.resolve()

/** @template T @param {Promise<T>} work @param {Promise<never>} [ended] @returns {Promise<T>} */
const unless = (work, ended) => (ended ? Promise.race([work, ended]) : work)

/** What fills a block: its scope, then the user's loader. @param {Recipe} recipe @param {any} native @returns {Function | undefined} */
function loaderOf({ options, scope, tell, raw, breathe = atOnce }, native) {
  if (scope === null) return options.loader
  return async (/** @type {any} */ block, /** @type {any} */ main) => {
    const told = (/** @type {import('../scope/load.js').Progress} */ progress) => {
      options.progress?.(progress)
      tell?.(progress)
    }
    // What an extension leaves out would be taken for what is not there.
    const windows = await loadScope(scope, block, wholeMain(raw), told, breathe)
    writeMeta(native, { windows: textOfBounds(windows) })
    await options.loader?.(block, main)
  }
}

/**
 * Writes the draft: template, identity of the main database, the loader's rows. Called under the load lock.
 * @param {Recipe} recipe
 * @param {(native: any) => void} [fill]
 * @returns {Promise<Draft>} closed and complete
 */
async function buildDraft(recipe, fill) {
  const { file, artifacts, options, scope, raw, ended } = recipe
  const draft = draftPath(file)
  const main = await unless(mainIdentity(raw, options.ledger), ended)
  const collation = await unless(collationFacts(raw, artifacts.manifest, options, path.dirname(file)), ended)
  const loadedAt = Date.now()
  await copyTemplate(artifacts.template, draft)
  const native = openNative(artifacts.schema, draft, { durability: 'os', load: true })
  try {
    writeMeta(native, {
      blockId: options.blockId,
      identity: main.identity,
      collation,
      loadedAt: String(loadedAt),
      ...(options.ledger ? {} : { ledger: 'false' }),
    })
    if (scope !== null) writeMeta(native, { scope: scope.text })
    fill?.(native)
    check(native, native.begin())
    const loader = loaderOf(recipe, native)
    if (loader) {
      const given = (/** @type {any[]} */ ...clients) =>
        unless(
          loading(file, () => loader(...clients)),
          ended,
        )
      await runLoader({ native, manifest: artifacts.manifest, client: options.client, loader: given })
    }
    check(native, native.commit())
    return { path: draft, tellsBoot: native.meta('loadedBoot') !== null }
  } finally {
    await native.close()
  }
}

/**
 * Builds a draft and hands it to `use`; whatever happens, nothing half made stays behind.
 * @template T
 * @param {Recipe} recipe
 * @param {(draft: Draft) => Promise<T>} use
 * @param {(native: any) => void} [fill]
 * @returns {Promise<T>}
 */
async function withDraft(recipe, use, fill) {
  try {
    return await use(await buildDraft(recipe, fill))
  } finally {
    await removeFiles(draftPath(recipe.file))
  }
}

/**
 * Creates the file of a block that does not exist yet, or takes its place. Called under the load lock.
 * @param {Recipe} recipe
 * @param {{fill?: (native: any) => void, beforePublish?: () => Promise<void>}} [more] `fill`: writes to the draft, besides the loader
 */
const createFile = (recipe, { fill, beforePublish } = {}) =>
  withDraft(
    recipe,
    async (draft) => {
      await beforePublish?.()
      // One that a power cut tears is loaded again, if that can be told. What was saved from another file is nowhere else, and without a
      // ledger nobody could say what a torn one still has to send.
      const mayTear = draft.tellsBoot && fill === undefined && recipe.options.ledger
      await publish(draft.path, recipe.file, { isSynced: !mayTear })
    },
    fill,
  )

module.exports = { createFile, withDraft }
