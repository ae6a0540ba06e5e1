// From what Prisma told to the files of a block: the one path behind the command line and the generator block.
const fs = require('node:fs')
const path = require('node:path')
const { ignoreData } = require('./gitignore.js')
const { buildManifest } = require('./manifest.js')
const { isInside } = require('./places.js')
const { blockPrisma } = require('./psl.js')
const { publish } = require('./publish.js')
const { resolveSelection } = require('./select.js')
const { typingsOf } = require('./typings.js')

/**
 * @typedef {(manifestJson: string, path: string) => void} CreateTemplate
 *
 * @typedef {object} Request
 * @property {import('./manifest.js').Source} source
 * @property {import('./select.js').Selection} selection
 * @property {string} schemaPath absolute; a file or a folder
 * @property {string} output absolute
 * @property {string} cwd
 * @property {CreateTemplate} createTemplate
 *
 * @typedef {object} Generated
 * @property {string} output
 * @property {string} fingerprint
 * @property {string[]} models
 * @property {string[]} files relative to output
 * @property {LeftOut[]} leftOut
 * @property {string | null} ignored the line added to .gitignore
 *
 * @typedef {{model: string, field: string, to: string, keeps: string[]}} LeftOut
 */

/** @param {Request['source']} source @param {import('./types.js').Manifest} manifest @returns {LeftOut[]} */
function leftOutOf({ datamodel }, { outside }) {
  return outside.relations.map((relation) => {
    const model = datamodel.models.find(({ name }) => name === relation.model)
    const field = model?.fields.find(({ name }) => name === relation.field)
    return { ...relation, keeps: [...(field?.relationFromFields ?? [])] }
  })
}

/** @param {Request} request @returns {Generated} */
function generate({ source, selection, schemaPath, output, cwd, createTemplate }) {
  const known = source.datamodel.models.map(({ name }) => name).sort()
  const manifest = buildManifest(source, resolveSelection(selection, known))
  const isInsideSchema = fs.statSync(schemaPath).isDirectory() && isInside(output, schemaPath)
  const manifestText = `${JSON.stringify(manifest, null, 2)}\n`
  const files = [
    { name: 'template.sqlite', make: (/** @type {string} */ target) => createTemplate(manifestText, target) },
    { name: 'block.prisma', text: blockPrisma(manifest, isInsideSchema) },
    { name: path.join('generated', 'index.d.ts'), text: typingsOf(manifest) },
    // Last: the manifest is what Block.create reads first.
    { name: path.join('generated', 'manifest.json'), text: manifestText },
  ]
  publish(output, files)
  return {
    output,
    fingerprint: manifest.fingerprint,
    models: manifest.models.map(({ name }) => name),
    files: files.map(({ name }) => name),
    leftOut: leftOutOf(source, manifest),
    ignored: ignoreData(output, cwd),
  }
}

/** What a person should know about the result, one line each. @param {Generated} result */
function remarksOf({ leftOut, ignored }) {
  const relations = leftOut.map(({ model, field, to, keeps }) => {
    const kept = keeps.length > 0 ? `; ${keeps.join(', ')} stays as a plain column` : ''
    return `${model}.${field} is left out: ${to} was not chosen${kept}`
  })
  return ignored === null ? relations : [...relations, `${ignored} was added to .gitignore`]
}

module.exports = { generate, remarksOf }
