// A copy of the user's schema in which one more generator listens: the user's own files are never touched.
const { randomBytes } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { isInside } = require('./places.js')

/**
 * @typedef {object} SchemaCopy
 * @property {string} schema what to give to `prisma generate --schema`
 * @property {string} generator the name to give to `--generator`
 * @property {boolean} hasBlock whether the schema has a `generator sharded` block of its own
 */

const DUMP = path.join(__dirname, 'dump.js')
const GENERATOR_BLOCK = /^[ \t]*generator\s+(\w+)\s*\{[^}]*\}/gm
const OUR_PROVIDER = /^(\s*provider\s*=\s*)"(?:npx )?sharded"/m

/** Prisma gives the provider to a shell: both paths are quoted there, then the whole is a string of the schema. */
const PROVIDER = JSON.stringify(`"${process.execPath}" "${DUMP}"`)

/** @param {string} schemaPath @param {string} output files that we generated are not part of the schema */
function readSchema(schemaPath, output) {
  if (!fs.statSync(schemaPath).isDirectory()) {
    return [{ name: path.basename(schemaPath), text: fs.readFileSync(schemaPath, 'utf8') }]
  }
  return fs
    .readdirSync(schemaPath, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.prisma') && !isInside(path.join(schemaPath, name), output))
    .map((name) => ({ name, text: fs.readFileSync(path.join(schemaPath, name), 'utf8') }))
}

/** The user's own block, made to run the dump; its `models` and `output` are then read by Prisma. @param {string} text */
function redirectBlock(text) {
  /** @type {string | null} */
  let generator = null
  const redirected = text.replace(GENERATOR_BLOCK, (block, name) => {
    if (generator !== null || !OUR_PROVIDER.test(block)) return block
    generator = name
    return block.replace(OUR_PROVIDER, (_, start) => `${start}${PROVIDER}`)
  })
  return { text: redirected, generator }
}

/**
 * @param {string} schemaPath @param {string} target an empty folder
 * @param {string} output
 * @returns {SchemaCopy}
 */
function copySchema(schemaPath, target, output) {
  const files = readSchema(schemaPath, output).map(({ name, text }) => ({ name, ...redirectBlock(text) }))
  const own = files.find(({ generator }) => generator !== null)?.generator ?? null
  const generator = own ?? `sharded_${randomBytes(4).toString('hex')}`
  // At the end, so that the line numbers in Prisma's messages stay true.
  if (own === null) files[0].text += `\ngenerator ${generator} {\n  provider = ${PROVIDER}\n}\n`
  for (const { name, text } of files) {
    fs.mkdirSync(path.dirname(path.join(target, name)), { recursive: true })
    fs.writeFileSync(path.join(target, name), text)
  }
  const isFolder = fs.statSync(schemaPath).isDirectory()
  return { schema: isFolder ? target : path.join(target, files[0].name), generator, hasBlock: own !== null }
}

module.exports = { copySchema }
