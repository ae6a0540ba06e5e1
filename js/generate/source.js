const { GenerateError } = require('./errors.js')

/**
 * What concerns a block in the options that Prisma hands to a generator.
 * @param {Pick<import('@prisma/generator-helper').GeneratorOptions, 'dmmf' | 'datasources' | 'datamodel'>} options
 * @param {string} prismaVersion
 * @returns {import('./manifest.js').Source}
 */
function sourceOf({ dmmf, datasources, datamodel }, prismaVersion) {
  const [datasource] = datasources
  if (!datasource)
    throw new GenerateError('NO_DATASOURCE', 'the schema has no datasource block: a block needs its provider')
  return {
    datamodel: dmmf.datamodel,
    provider: datasource.activeProvider,
    schemaText: datamodel,
    prismaVersion,
  }
}

module.exports = { sourceOf }
