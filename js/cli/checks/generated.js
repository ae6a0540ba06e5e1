// `sharded doctor`: the files that `sharded generate` wrote, and whether the schema is still theirs.
const path = require('node:path')
const { loadArtifacts, locate } = require('../../block/artifacts')
const { askPrisma } = require('../../generate/ask.js')
const { locateSchema } = require('../../generate/locate.js')
const { buildManifest } = require('../../generate/manifest.js')
const { placeOf } = require('../place.js')
const { fail, ok, reasonOf, warn } = require('./finding.js')

/** @typedef {import('./finding.js').Finding} Finding */

const COMMAND = 'npx sharded generate'

/** @param {any} manifest */
const describe = ({ models, provider, fingerprint }) =>
  `${models.length === 1 ? '1 model' : `${models.length} models`} of ${provider}, data model ${fingerprint}`

/** Asks the user's Prisma for the data model of now. @param {any} manifest @param {string} generated @param {string} [schema] @returns {Promise<Finding>} */
async function checkSchema(manifest, generated, schema) {
  const cwd = process.cwd()
  let source
  try {
    const schemaPath = await locateSchema(schema, cwd)
    source = (await askPrisma(schemaPath, cwd, path.dirname(generated))).source
  } catch (error) {
    return warn(
      'schema',
      `not compared: ${reasonOf(error)}`,
      'run doctor where the schema and prisma are, or name it with --schema',
    )
  }
  const names = manifest.models.map((/** @type {{name: string}} */ { name }) => name)
  const known = new Set(source.datamodel.models.map(({ name }) => name))
  const gone = names.filter((/** @type {string} */ name) => !known.has(name))
  if (gone.length > 0) return fail('schema', `it has no ${gone.join(', ')} any more`, `run ${COMMAND}`)
  const now = buildManifest(source, new Set(names))
  if (now.fingerprint === manifest.fingerprint) return ok('schema', 'the generated files are in step with it')
  return fail('schema', `it has changed: its data model is ${now.fingerprint} now`, `run ${COMMAND}`)
}

/**
 * @param {{dir?: string, generated?: string, schema?: string}} flags
 * @returns {Promise<{findings: Finding[], manifest: any, dir: string | null}>}
 */
async function checkGenerated(flags) {
  try {
    const { generated, dir } = locate(placeOf(flags))
    const { manifest } = loadArtifacts(generated)
    const findings = [ok('generated files', `${generated}: ${describe(manifest)}`)]
    return { findings: [...findings, await checkSchema(manifest, generated, flags.schema)], manifest, dir }
  } catch (error) {
    const findings = [fail('generated files', reasonOf(error), `run ${COMMAND}`)]
    return { findings, manifest: null, dir: flags.dir ?? process.env.SHARDED_DIR ?? null }
  }
}

module.exports = { checkGenerated }
