/** The fields that rows are found by, in the block and by foreign keys. */

/** @typedef {import('../engine/reshape.js').Models} Models */

/** @param {any} model @returns {string[]} */
const keyNames = (model) => model.primaryKey?.fields ?? model.uniques[0].fields

/** Fields of the primary key, and those that foreign keys name. @param {Models} models @param {any} model @returns {Set<string>} */
function named(models, model) {
  const names = new Set(keyNames(model))
  for (const { relations } of /** @type {Iterable<any>} */ (models.values())) {
    for (const relation of relations) {
      if (relation.model === model.name && relation.fields.length > 0)
        for (const name of relation.references) names.add(name)
    }
  }
  return names
}

/** Whether data assigns one of these fields, itself or by a relation. @param {any} data @param {any} model @param {Set<string>} names */
function changes(data, model, names) {
  const rows = Array.isArray(data) ? data : [data]
  return rows.some((row) =>
    Object.keys(row ?? {}).some((key) => {
      const relation = model.relations.find((/** @type {any} */ one) => one.name === key)
      // Of a relation that leads outside the block nobody knows which fields it sets.
      return (
        names.has(key) ||
        model.outside.includes(key) ||
        relation?.fields.some((/** @type {string} */ name) => names.has(name))
      )
    }),
  )
}

module.exports = { changes, keyNames, named }
