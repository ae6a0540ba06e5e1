// The data model as the generator of calls looks at it: the manifest with its relations resolved.
const { valuesFor } = require('./values')

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} type
 * @property {'scalar' | 'enum'} kind
 * @property {boolean} isList
 * @property {boolean} isRequired
 * @property {[string, string[]] | null} nativeType
 * @property {string[]} [values] of an enum
 * @property {boolean} hasTies different values of it may be equal to the main database
 *
 * @typedef {object} Relation
 * @property {string} name
 * @property {Model} to
 * @property {boolean} isList
 * @property {boolean} isRequired
 * @property {string[]} fields the foreign key, when it is on this side
 * @property {string[]} references
 * @property {string | null} onDelete
 *
 * @typedef {object} Key
 * @property {string | null} accessor what a compound key is called in `where`; null for one field
 * @property {Field[]} fields
 *
 * @typedef {object} Model
 * @property {string} name
 * @property {string} accessor
 * @property {Field[]} fields
 * @property {Relation[]} relations
 * @property {Key[]} keys the primary one first
 *
 * @typedef {object} DataModel
 * @property {'postgresql' | 'mysql' | 'sqlite'} provider
 * @property {Model[]} models
 * @property {Map<string, Model>} byName
 * @property {(field: any) => any[]} valuesOf
 * @property {any[]} joinTables
 * @property {any} manifest
 */

/** @param {string} name */
const accessorOf = (name) => name[0].toLowerCase() + name.slice(1)

/** @param {any} manifest @param {any} field @returns {Field} */
function fieldOf(manifest, field) {
  const hasTies =
    field.type === 'String' && (manifest.provider === 'mysql' || field.nativeType?.[0] === 'Citext')
  if (field.kind !== 'enum') return { ...field, hasTies }
  const found = manifest.enums.find((/** @type {any} */ one) => one.name === field.type)
  return { ...field, hasTies, values: found.values.map((/** @type {any} */ value) => value.name) }
}

/** @param {any} model @param {Field[]} fields @returns {Key[]} */
function keysOf(model, fields) {
  const byName = new Map(fields.map((field) => [field.name, field]))
  return [model.primaryKey, ...model.uniques].map(({ name, fields: names }) => ({
    accessor: names.length === 1 ? null : (name ?? names.join('_')),
    fields: names.map((/** @type {string} */ one) => byName.get(one)),
  }))
}

/** @param {any} manifest @returns {DataModel} */
function dataModel(manifest) {
  /** @type {Map<string, Model>} */
  const byName = new Map()
  for (const model of manifest.models) {
    const fields = model.fields.map((/** @type {any} */ field) => fieldOf(manifest, field))
    const keys = keysOf(model, fields)
    byName.set(model.name, {
      name: model.name,
      accessor: accessorOf(model.name),
      fields,
      relations: [],
      keys,
    })
  }
  for (const model of manifest.models) {
    const { relations } = /** @type {Model} */ (byName.get(model.name))
    for (const relation of model.relations) {
      relations.push({ ...relation, to: /** @type {Model} */ (byName.get(relation.model)) })
    }
  }
  const { provider, joinTables } = manifest
  return {
    provider,
    models: [...byName.values()],
    byName,
    valuesOf: valuesFor(provider),
    joinTables,
    manifest,
  }
}

/** @param {Key} key */
const isRequiredKey = (key) => key.fields.every((field) => field.isRequired)

module.exports = { dataModel, isRequiredKey }
