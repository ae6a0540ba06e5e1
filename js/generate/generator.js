// `generator sharded { … }` in the user's schema: Prisma starts us and talks JSON-RPC over stdin and stderr.
const path = require('node:path')
const { generatorHandler } = require('@prisma/generator-helper')
const { version } = require('../../package.json')
const { generate, remarksOf } = require('./index.js')
const { defaultOutput } = require('./places.js')
const { prismaVersion } = require('./prisma.js')
const { selectionFromConfig } = require('./select.js')
const { sourceOf } = require('./source.js')
const { createTemplate } = require('./template.js')

/** @param {import('@prisma/generator-helper').GeneratorConfig} config */
function onManifest(config) {
  return {
    prettyName: `sharded block (${version})`,
    defaultOutput: defaultOutput(path.dirname(config.sourceFilePath), process.cwd()),
  }
}

/** @param {import('@prisma/generator-helper').GeneratorOptions} options */
async function onGenerate(options) {
  const { generator, schemaPath } = options
  const cwd = process.cwd()
  const result = generate({
    source: sourceOf(options, prismaVersion([cwd, path.dirname(schemaPath)])),
    selection: selectionFromConfig(generator.config.models),
    schemaPath,
    output: generator.output?.value ?? defaultOutput(schemaPath, cwd),
    cwd,
    createTemplate,
  })
  // stdout is the terminal's: Prisma listens to stderr.
  for (const remark of remarksOf(result)) console.log(`sharded: ${remark}`)
}

function serve() {
  generatorHandler({ onManifest, onGenerate })
}

module.exports = { serve }
