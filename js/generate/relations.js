// What lies between models: implicit many-to-many tables, and the relations that leave the block.

/**
 * @typedef {import('./types.js').JoinTable} JoinTable
 * @typedef {import('./types.js').ManifestModel} ManifestModel
 * @typedef {import('./types.js').ManifestRelation} ManifestRelation
 * @typedef {import('./types.js').Outside} Outside
 * @typedef {{model: ManifestModel, relation: ManifestRelation}} End
 */

/** Prisma's rule: model names in order, and field names where both ends are one model. @param {End} x @param {End} y */
function byColumn(x, y) {
  const [a, b] =
    x.model.name === y.model.name ? [x.relation.name, y.relation.name] : [x.model.name, y.model.name]
  return a < b ? -1 : 1
}

/** Column A holds the key of the row whose field `a` lists the rows in B. @param {End} first @param {End} second @returns {JoinTable} */
function joinTable(first, second) {
  const [a, b] = [first, second].sort(byColumn)
  const { relationName } = a.relation
  return {
    table: `_${relationName}`,
    schema: a.model.schema,
    relationName,
    a: { model: a.model.name, field: a.relation.name },
    b: { model: b.model.name, field: b.relation.name },
  }
}

/** A list on both ends and no foreign key: Prisma keeps such a relation in a table of its own. @param {ManifestModel[]} models */
function joinTablesOf(models) {
  /** @type {Map<string, End[]>} */
  const lists = new Map()
  for (const model of models) {
    for (const relation of model.relations.filter(({ isList }) => isList)) {
      lists.set(relation.relationName, [...(lists.get(relation.relationName) ?? []), { model, relation }])
    }
  }
  return [...lists.values()]
    .filter((ends) => ends.length === 2)
    .map(([first, second]) => joinTable(first, second))
    .sort((x, y) => (x.table < y.table ? -1 : 1))
}

/** @param {import('./model.js').DmmfModel[]} models sorted by name @param {Set<string>} chosen @returns {Outside} */
function outsideOf(models, chosen) {
  const relations = models
    .filter(({ name }) => chosen.has(name))
    .flatMap(({ name: model, fields }) =>
      fields
        .filter(({ kind, type }) => kind === 'object' && !chosen.has(type))
        .map(({ name: field, type: to }) => ({ model, field, to })),
    )
  return { models: models.map(({ name }) => name).filter((name) => !chosen.has(name)), relations }
}

module.exports = { joinTablesOf, outsideOf }
