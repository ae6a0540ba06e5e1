// Which rows a block holds that holds some: a few, and all that belong to them, so that their lists are complete.

/**
 * @typedef {import('../model').Model} Model
 * @typedef {import('../model').DataModel} DataModel
 */

const EVERY = 4
/** Of a hundred rows, so many are where it begins. */
const ROOTS = 25

/** @param {number} seed */
const isPartial = (seed) => seed % EVERY === 1

/** @param {any} value */
const text = (value) => String(value)

/** A number below 100 that depends on nothing else. @param {string} name */
function lot(name) {
  let hash = 2_166_136_261
  for (const character of name)
    hash = Math.imul(hash ^ /** @type {number} */ (character.codePointAt(0)), 16_777_619)
  return (hash >>> 8) % 100
}

/** @param {Model} model @param {any} row */
const keyOf = (model, row) => model.keys[0].fields.map(({ name }) => text(row[name])).join('/')

/**
 * The rows that name a row by a foreign key, and those that are linked with it.
 * @param {DataModel} data @param {any[][]} all @param {Model} model @param {any} row @returns {[Model, any][]}
 */
function belonging({ models }, all, model, row) {
  const naming = models.flatMap((child, at) =>
    child.relations
      .filter(({ to, fields }) => to === model && fields.length > 0)
      .flatMap(({ fields, references }) =>
        all[at]
          .filter((one) =>
            fields.every((name, n) => one[name] !== null && text(one[name]) === text(row[references[n]])),
          )
          .map((one) => /** @type {[Model, any]} */ ([child, one])),
      ),
  )
  const linked = model.relations.flatMap(({ name, to }) =>
    Array.isArray(row[name])
      ? row[name].map((/** @type {any} */ one) => /** @type {[Model, any]} */ ([to, one]))
      : [],
  )
  return [...naming, ...linked]
}

/** @param {DataModel} data @param {any[][]} all the rows of each model, with what they are linked with @param {number} seed @returns {any[][]} */
function partOf(data, all, seed) {
  const held = new Set()
  const place = (/** @type {Model} */ model, /** @type {any} */ row) => `${model.name}/${keyOf(model, row)}`
  const byPlace = new Map(data.models.flatMap((model, at) => all[at].map((row) => [place(model, row), row])))
  const take = (/** @type {Model} */ model, /** @type {any} */ row) => {
    const name = place(model, row)
    if (held.has(name)) return
    held.add(name)
    for (const [other, one] of belonging(data, all, model, byPlace.get(name))) take(other, one)
  }
  for (const [at, model] of data.models.entries())
    for (const row of all[at]) if (lot(`${seed}/${place(model, row)}`) < ROOTS) take(model, row)
  return data.models.map((model, at) => all[at].filter((row) => held.has(place(model, row))))
}

module.exports = { isPartial, partOf }
