// The generator that `sharded generate` adds to a copy of the schema: writes down what Prisma tells generators, so that
// everything else runs in the command's own process, with its own errors.
const fs = require('node:fs')
const { generatorHandler } = require('@prisma/generator-helper')

/** As written in the schema: later Prisma resolves it beside the copy. @type {import('@prisma/generator-helper').EnvValue | null} */
let output = null

generatorHandler({
  onManifest(config) {
    output = config.output
    // Prisma insists on a place; nothing is written there.
    return { prettyName: 'data model for sharded', defaultOutput: '.' }
  },
  async onGenerate({ dmmf, datasources, datamodel, generator }) {
    const target = process.env.SHARDED_DUMP
    if (!target) throw new Error('SHARDED_DUMP is not set: this generator is run by `sharded generate` only')
    const { config, sourceFilePath } = generator
    const block = { models: config.models, output, sourceFilePath }
    fs.writeFileSync(
      target,
      JSON.stringify({ dmmf: { datamodel: dmmf.datamodel }, datasources, datamodel, block }),
    )
  },
})
