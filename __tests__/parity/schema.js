// The schemas of the parity tests: one per provider, cut from a file of models.
const fs = require('node:fs')
const path = require('node:path')
const { VERSIONS } = require('../support/app')

const MODELS = path.join(__dirname, 'schema/models.prisma')

/** @typedef {'postgresql' | 'mysql' | 'sqlite'} Provider */

/** @param {string} line @param {Provider} provider @returns {string[]} the line, or none */
function lineFor(line, provider) {
  const [text, only] = line.split('//:')
  return only === undefined || only.trim().split(' ').includes(provider) ? [text.trimEnd()] : []
}

/** @param {Provider} provider @param {string} [file] of the models @param {'6' | '7'} [version] of Prisma */
function schemaText(provider, file = MODELS, version = '7') {
  const { engine, source } = VERSIONS[version]
  const head = `generator client {\n  provider = "prisma-client-js"\n  output = "../client"\n${engine}}\n\ndatasource db {\n  provider = "${provider}"\n${source}}\n\n`
  const models = fs.readFileSync(file, 'utf8').split('\n')
  return head + models.flatMap((line) => lineFor(line, provider)).join('\n')
}

/** @param {string} schema @returns {string[]} */
function modelNames(schema) {
  return [...schema.matchAll(/^model (\w+) \{/gm)].map((match) => match[1])
}

module.exports = { modelNames, schemaText }
