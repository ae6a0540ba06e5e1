// The schemas of the parity tests: one per provider, cut from schema/models.prisma.
const fs = require('node:fs')
const path = require('node:path')

const MODELS = path.join(__dirname, 'schema/models.prisma')

/** @typedef {'postgresql' | 'mysql' | 'sqlite'} Provider */

/** @param {string} line @param {Provider} provider @returns {string[]} the line, or none */
function lineFor(line, provider) {
  const [text, only] = line.split('//:')
  return only === undefined || only.trim().split(' ').includes(provider) ? [text.trimEnd()] : []
}

/** @param {Provider} provider */
function schemaText(provider) {
  const head = `generator client {\n  provider = "prisma-client-js"\n  output = "../client"\n}\n\ndatasource db {\n  provider = "${provider}"\n}\n\n`
  const models = fs.readFileSync(MODELS, 'utf8').split('\n')
  return head + models.flatMap((line) => lineFor(line, provider)).join('\n')
}

/** @param {string} schema @returns {string[]} */
function modelNames(schema) {
  return [...schema.matchAll(/^model (\w+) \{/gm)].map((match) => match[1])
}

module.exports = { modelNames, schemaText }
