// Asks the user's Prisma for the data model of a schema.
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { copySchema } = require('./copy.js')
const { GenerateError } = require('./errors.js')
const { folderOf } = require('./places.js')
const { prismaVersion, runGenerate } = require('./prisma.js')
const { sourceOf } = require('./source.js')

/**
 * @typedef {object} Answer
 * @property {import('./manifest.js').Source} source
 * @property {{models: unknown, output: string | null} | null} block the schema's own `generator sharded`, if it has one
 */

const CHATTER = /^(Prisma schema loaded from|Loaded Prisma config from|Prisma config detected|warn )/

/**
 * Prisma's message without its greetings, and about the user's file instead of the copy.
 * @param {string} output @param {string} cwd @param {string} copied @param {string} shown
 */
function rewordMessage(output, cwd, copied, shown) {
  const lines = output.split('\n').filter((line) => !CHATTER.test(line) && line.trim() !== '')
  const text = lines.join('\n').trim()
  return text.replaceAll(path.relative(cwd, copied), shown).replaceAll(copied, shown)
}

/** @param {string} schemaPath @param {string} cwd @param {string} output @param {string} folder for the copy @returns {Promise<Answer>} */
async function askFrom(schemaPath, cwd, output, folder) {
  const target = path.join(folder, 'schema')
  const dump = path.join(folder, 'dump.json')
  fs.mkdirSync(target)
  const copy = copySchema(schemaPath, target, output)
  const run = await runGenerate(cwd, copy, dump)
  if (run.code !== 0 || !fs.existsSync(dump)) {
    const shown = path.relative(cwd, schemaPath) || '.'
    const words = rewordMessage(run.output, cwd, copy.schema, shown)
    throw new GenerateError('PRISMA_FAILED', `Prisma could not read the schema ${shown}`, words)
  }
  const told = JSON.parse(fs.readFileSync(dump, 'utf8'))
  const block = copy.hasBlock ? ownBlock(told.block, target, folderOf(schemaPath)) : null
  return { source: sourceOf(told, prismaVersion([cwd])), block }
}

/**
 * The schema's own block; its output is relative to the file that it stands in.
 * @param {{models?: unknown, output: {value: string | null, fromEnvVar: string | null} | null, sourceFilePath: string}} told
 * @param {string} copied folder of the copy @param {string} original folder of the schema
 */
function ownBlock({ models, output, sourceFilePath }, copied, original) {
  const place = output && (output.fromEnvVar ? process.env[output.fromEnvVar] : output.value)
  const file = path.resolve(original, path.relative(copied, sourceFilePath))
  return { models, output: place ? path.resolve(path.dirname(file), place) : null }
}

/**
 * @param {string} schemaPath absolute @param {string} cwd
 * @param {string} output where files of an earlier run may lie
 * @returns {Promise<Answer>}
 */
async function askPrisma(schemaPath, cwd, output) {
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'sharded-generate-'))
  try {
    return await askFrom(schemaPath, cwd, output, folder)
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

module.exports = { askPrisma }
