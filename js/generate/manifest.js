// Prisma's data model + the chosen models -> the manifest. Pure: no clock, no path, no order of files.
const { NotSupportedError } = require('../errors.js')
const { fingerprintOf } = require('./fingerprint.js')
const { manifestModel } = require('./model.js')
const { joinTablesOf, outsideOf } = require('./relations.js')
const { KNOWN, isProvider } = require('../providers.js')

/**
 * @typedef {import('./types.js').Manifest} Manifest
 * @typedef {import('./model.js').Datamodel} Datamodel
 *
 * What a generator is told by Prisma, as far as it concerns a block.
 * @typedef {object} Source
 * @property {Datamodel} datamodel
 * @property {string} provider the datasource's provider
 * @property {string} schemaText all files of the schema, as Prisma formats them
 * @property {string} prismaVersion
 */

/** @param {{name: string}} a @param {{name: string}} b */
const byName = (a, b) => (a.name < b.name ? -1 : 1)

/** Composite types exist with MongoDB only, so they never get here. @param {Source} source */
function providerOf({ provider }) {
  if (isProvider(provider)) return provider
  throw new NotSupportedError(`datasource provider: expected one of ${KNOWN}, given ${provider}`)
}

/**
 * The DMMF has no schema for enums, so it is read from Prisma's formatted text, where a block begins and ends
 * at the start of a line.
 * @param {string} schemaText @param {string} name @returns {string | null}
 */
function enumSchema(schemaText, name) {
  const block = new RegExp(`^enum ${name} \\{$([\\s\\S]*?)^\\}`, 'm').exec(schemaText)
  const schema = block && /^\s*@@schema\((?:map:\s*)?"([^"]+)"\)/m.exec(block[1])
  return schema ? schema[1] : null
}

/** @param {Source} source @param {import('./types.js').ManifestModel[]} models only enums in use belong to the block */
function enumsOf({ datamodel, schemaText }, models) {
  const used = new Set(
    models.flatMap(({ fields }) => fields.filter(({ kind }) => kind === 'enum').map(({ type }) => type)),
  )
  return datamodel.enums
    .filter(({ name }) => used.has(name))
    .map(({ name, dbName, values }) => ({
      name,
      dbName: dbName ?? null,
      schema: enumSchema(schemaText, name),
      values: values.map((value) => ({ name: value.name, dbName: value.dbName ?? null })),
    }))
    .sort(byName)
}

/**
 * @param {Source} source
 * @param {Set<string>} chosen names of models that exist
 * @returns {Manifest}
 */
function buildManifest(source, chosen) {
  const provider = providerOf(source)
  const all = [...source.datamodel.models].sort(byName)
  const models = all
    .filter(({ name }) => chosen.has(name))
    .map((model) => manifestModel(source.datamodel, model, chosen))
  const content = {
    provider,
    prismaVersion: source.prismaVersion,
    enums: enumsOf(source, models),
    models,
    joinTables: joinTablesOf(models),
    outside: outsideOf(all, chosen),
  }
  const version = /** @type {const} */ (1)
  // Only what a block file is made of: a new Prisma, or a model that no block holds, is no reason to load all blocks again.
  const { prismaVersion: _, outside: __, ...stored } = content
  return { version, fingerprint: fingerprintOf({ version, ...stored }), ...content }
}

module.exports = { buildManifest }
