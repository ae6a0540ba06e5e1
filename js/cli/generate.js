// `sharded generate`
const path = require('node:path')
const { askPrisma } = require('../generate/ask.js')
const { GenerateError } = require('../generate/errors.js')
const { generate, remarksOf } = require('../generate/index.js')
const { locateSchema } = require('../generate/locate.js')
const { defaultOutput } = require('../generate/places.js')
const { selectionFromConfig, selectionFromFlags } = require('../generate/select.js')
const { createTemplate } = require('../generate/template.js')
const { colorsOf } = require('./output.js')

/** @typedef {{schema?: string, models?: string, allModels?: boolean, output?: string}} GenerateFlags */

/** @param {import('../generate/select.js').Selection | undefined} flagged @param {import('../generate/ask.js').Answer['block']} block */
function selectionOf(flagged, block) {
  if (flagged !== undefined) return flagged
  if (block) return selectionFromConfig(block.models)
  throw new GenerateError(
    'EMPTY_SELECTION',
    'no models were chosen: pass --models=User,Order or --all-models, or add a `generator sharded` block to the schema',
  )
}

/** @param {import('../generate/index.js').Generated} result @param {string} cwd */
function textOf(result, cwd) {
  const { green, dim } = colorsOf(process.stdout)
  const count = result.models.length === 1 ? '1 model' : `${result.models.length} models`
  const head = `${green('✔')} A block of ${count} (${result.models.join(', ')}) was generated in ${path.relative(cwd, result.output) || '.'}`
  return [head, ...remarksOf(result).map((remark) => dim(`  ${remark}`))].join('\n')
}

/** @param {GenerateFlags} flags @returns {Promise<import('./output.js').Report>} */
async function run(flags) {
  const cwd = process.cwd()
  const flagged = selectionFromFlags(flags)
  const schemaPath = await locateSchema(flags.schema, cwd)
  const given = flags.output === undefined ? undefined : path.resolve(cwd, flags.output)
  const usual = defaultOutput(schemaPath, cwd)
  const { source, block } = await askPrisma(schemaPath, cwd, given ?? usual)
  const selection = selectionOf(flagged, block)
  const output = given ?? block?.output ?? usual
  const result = generate({ source, selection, schemaPath, output, cwd, createTemplate })
  return { text: textOf(result, cwd), data: result }
}

/** @type {import('./program.js').CliCommand} */
const generateCommand = {
  name: 'generate',
  summary: 'generate the files of a block from the Prisma schema',
  options: [
    ['--schema <path>', "the schema's file or folder (default: where Prisma finds it)"],
    ['--models <names>', 'the models to hold, separated by commas'],
    ['--all-models', 'hold every model'],
    ['--output <folder>', 'where to write (default: prisma/blocks)'],
  ],
  run,
}

module.exports = { generateCommand }
