// One model of Prisma's data model (DMMF) -> one model of the manifest.
const { GenerateError } = require('./errors.js')

/**
 * @typedef {import('@prisma/generator-helper').DMMF.Datamodel} Datamodel
 * @typedef {import('@prisma/generator-helper').DMMF.Model} DmmfModel
 * @typedef {import('@prisma/generator-helper').DMMF.Field} DmmfField
 * @typedef {import('./types.js').ManifestField} ManifestField
 * @typedef {import('./types.js').ManifestRelation} ManifestRelation
 * @typedef {import('./types.js').ManifestModel} ManifestModel
 * @typedef {import('./types.js').ManifestKey} ManifestKey
 */

// Kinds of index that an ordinary ordered index can stand in for; Gin, Gist and the like answer other questions.
const ORDERED_INDEXES = new Set([undefined, 'BTree', 'Hash', 'Brin'])

/** @param {DmmfField['default']} value @returns {ManifestField['default']} */
function defaultOf(value) {
  if (value === undefined || value === null) return null
  const isCall = typeof value === 'object' && 'name' in value
  return isCall ? { function: value.name, args: [...value.args] } : { value }
}

/** @param {DmmfField} field @returns {ManifestField} */
function scalarField(field) {
  return {
    name: field.name,
    dbName: field.dbName ?? field.name,
    kind: field.kind === 'enum' ? 'enum' : 'scalar',
    type: field.type,
    isList: field.isList,
    isRequired: field.isRequired,
    isUpdatedAt: field.isUpdatedAt ?? false,
    nativeType: field.nativeType ? [field.nativeType[0], [...field.nativeType[1]]] : null,
    default: defaultOf(field.default),
  }
}

/** @param {DmmfField} field @returns {ManifestRelation} */
function relationField(field) {
  return {
    name: field.name,
    model: field.type,
    isList: field.isList,
    isRequired: field.isRequired,
    relationName: field.relationName ?? '',
    fields: [...(field.relationFromFields ?? [])],
    references: [...(field.relationToFields ?? [])],
    onDelete: field.relationOnDelete ?? null,
    onUpdate: field.relationOnUpdate ?? null,
  }
}

/** Every unique of the model, single fields first; one entry per list of fields. @param {DmmfModel} model */
function uniquesOf(model) {
  /** @type {ManifestKey[]} */
  const compound = model.uniqueIndexes.map(({ name, fields }) => ({
    name: name ?? null,
    fields: [...fields],
  }))
  const single = model.fields
    .filter((field) => field.isUnique)
    .map(({ name }) => ({ name: null, fields: [name] }))
  const known = new Set(compound.map(({ fields }) => fields.join()))
  return [...single.filter(({ fields }) => !known.has(fields.join())), ...compound]
}

/** @param {DmmfModel} model @param {ManifestKey[]} uniques @returns {ManifestKey} */
function primaryKeyOf(model, uniques) {
  const id = model.fields.find((field) => field.isId)
  if (id) return { name: null, fields: [id.name] }
  if (model.primaryKey) return { name: model.primaryKey.name ?? null, fields: [...model.primaryKey.fields] }
  const required = new Set(model.fields.filter((field) => field.isRequired).map((field) => field.name))
  const key = uniques.find(({ fields }) => fields.every((name) => required.has(name)))
  if (key) return { ...key, unique: true }
  throw new GenerateError(
    'NO_KEY',
    `model ${model.name} has no @id and no @unique of required fields only: a block cannot tell its rows apart`,
  )
}

/** @param {Datamodel} datamodel @param {string} model */
function indexesOf(datamodel, model) {
  return datamodel.indexes
    .filter(
      (index) => index.model === model && index.type === 'normal' && ORDERED_INDEXES.has(index.algorithm),
    )
    .map(({ fields }) => ({ fields: fields.map(({ name }) => name) }))
}

/** @param {Datamodel} datamodel @param {DmmfModel} model @param {Set<string>} chosen @returns {ManifestModel} */
function manifestModel(datamodel, model, chosen) {
  const uniques = uniquesOf(model)
  const primaryKey = primaryKeyOf(model, uniques)
  return {
    name: model.name,
    dbName: model.dbName ?? model.name,
    schema: model.schema ?? null,
    fields: model.fields.filter(({ kind }) => kind === 'scalar' || kind === 'enum').map(scalarField),
    relations: model.fields
      .filter(({ kind, type }) => kind === 'object' && chosen.has(type))
      .map(relationField),
    primaryKey,
    uniques: uniques.filter(({ fields }) => fields.join() !== primaryKey.fields.join()),
    indexes: indexesOf(datamodel, model.name),
  }
}

module.exports = { manifestModel }
