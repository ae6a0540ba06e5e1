// The data model of a manifest as coverage asks for it: relations with both ends, keys by name.

const { kindOf } = require('../scalars.js')

/**
 * @typedef {object} Relation
 * @property {string} name
 * @property {string} model where it leads
 * @property {'own' | 'theirs' | 'link'} side who has the foreign key: this model, the other one, or a table between them
 * @property {string[]} fields the foreign key, on whichever side it is
 * @property {string[]} references the fields that it names, on the other side
 * @property {string} back the relation that leads back
 * @property {string} onDelete
 * @property {string} onUpdate
 *
 * @typedef {object} Model
 * @property {string} name
 * @property {Map<string, { kind: string, list: boolean, required: boolean, updatedAt: boolean }>} fields updatedAt: every update gives it another value
 * @property {Map<string, Relation>} relations
 * @property {Map<string, string[]>} keys fields of each unique key, by the name that a `where` gives it
 * @property {string[]} primary
 *
 * @typedef {Map<string, Model>} Models
 */

/** @param {any} manifest @returns {Models} */
function modelsOf(manifest) {
  return new Map(manifest.models.map((/** @type {any} */ raw) => [raw.name, modelOf(raw, manifest)]))
}

/** @param {any} raw @param {any} manifest @returns {Model} */
function modelOf(raw, manifest) {
  const unique = [raw.primaryKey, ...raw.uniques].filter((key) => key !== null)
  return {
    name: raw.name,
    fields: new Map(
      raw.fields.map((/** @type {any} */ field) => [
        field.name,
        {
          kind: kindOf(field),
          list: field.isList,
          required: field.isRequired && !field.isList,
          updatedAt: field.isUpdatedAt,
        },
      ]),
    ),
    relations: new Map(
      raw.relations.map((/** @type {any} */ relation) => [
        relation.name,
        relationOf(raw, relation, manifest),
      ]),
    ),
    keys: new Map(unique.map(({ name, fields }) => [name ?? fields.join('_'), fields])),
    primary: unique[0].fields,
  }
}

/** @param {any} owner @param {any} raw @param {any} manifest @returns {Relation} */
function relationOf(owner, raw, manifest) {
  const target = manifest.models.find((/** @type {any} */ model) => model.name === raw.model)
  const other = target.relations.find(
    (/** @type {any} */ one) =>
      one.relationName === raw.relationName && (target !== owner || one.name !== raw.name),
  )
  const isOwn = raw.fields.length > 0
  const holder = isOwn ? raw : other
  const isRequired = isOwn ? raw.isRequired : other.isRequired
  return {
    name: raw.name,
    model: raw.model,
    side: isOwn ? 'own' : other.fields.length > 0 ? 'theirs' : 'link',
    fields: holder.fields,
    references: holder.references,
    back: other.name,
    onDelete: holder.onDelete ?? (isRequired ? 'Restrict' : 'SetNull'),
    onUpdate: holder.onUpdate ?? 'Cascade',
  }
}

module.exports = { modelsOf }
