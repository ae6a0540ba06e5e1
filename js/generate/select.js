// Which models go into the block: from the command line, from the generator block, checked against the data model.
const { closest, distance } = require('fastest-levenshtein')
const { GenerateError } = require('./errors.js')

/** @typedef {'all' | string[]} Selection */

const EMPTY = 'the selection of models is empty: name at least one model'

/** @param {string} text */
function splitNames(text) {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

/**
 * @param {{models?: string, allModels?: boolean}} flags
 * @returns {Selection | undefined} undefined when the command line says nothing
 */
function selectionFromFlags({ models, allModels }) {
  if (models !== undefined && allModels) {
    throw new GenerateError('BAD_SELECTION', '--models and --all-models exclude each other: pass one of them')
  }
  if (allModels) return 'all'
  if (models === undefined) return undefined
  const names = splitNames(models)
  if (names.length === 0)
    throw new GenerateError('EMPTY_SELECTION', `--models: ${EMPTY}, or pass --all-models`)
  return names
}

/**
 * @param {unknown} models the `models` of a `generator sharded` block
 * @returns {Selection} absent means all
 */
function selectionFromConfig(models) {
  if (models === undefined || models === 'all') return 'all'
  const names = typeof models === 'string' ? splitNames(models) : models
  if (!Array.isArray(names) || names.length === 0) {
    throw new GenerateError(
      'EMPTY_SELECTION',
      `models of generator sharded: ${EMPTY}, or write models = "all"`,
    )
  }
  return names
}

/** Half of a name mistyped is another name: then a suggestion would mislead. @param {string} name @param {string[]} known */
function suggestion(name, known) {
  if (known.length === 0) return ''
  const lower = new Map(known.map((candidate) => [candidate.toLowerCase(), candidate]))
  const nearest = closest(name.toLowerCase(), [...lower.keys()])
  const isNear = distance(name.toLowerCase(), nearest) <= Math.max(2, Math.floor(nearest.length / 2))
  return isNear ? ` Did you mean ${lower.get(nearest)}?` : ` Known models: ${known.join(', ')}`
}

/**
 * @param {Selection} selection
 * @param {string[]} known names of every model of the schema
 * @returns {Set<string>}
 */
function resolveSelection(selection, known) {
  if (known.length === 0)
    throw new GenerateError('EMPTY_SELECTION', 'the schema has no models: a block needs at least one')
  if (selection === 'all') return new Set(known)
  const unknown = selection.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    const said = unknown.map((name) => `unknown model ${JSON.stringify(name)}.${suggestion(name, known)}`)
    throw new GenerateError('UNKNOWN_MODEL', said.join(' '))
  }
  return new Set(selection)
}

module.exports = { selectionFromFlags, selectionFromConfig, resolveSelection }
