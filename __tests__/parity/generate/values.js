// Operands: mostly values that rows of the data set have, so that filters hit; else values on the edges.

/**
 * @typedef {import('../model').Model} Model
 * @typedef {import('../model').Field} Field
 */

const FROM_ROWS = 75

class Operands {
  /** @param {import('../rng').Rng} rng @param {import('../world').World} world */
  constructor(rng, { model, data }) {
    this.rng = rng
    this.model = model
    this.data = data
  }

  /** @param {Model} model @returns {Record<string, any> | null} */
  row(model) {
    const rows = this.data.rows.get(model.name) ?? []
    return rows.length === 0 ? null : this.rng.pick(rows)
  }

  /** Never null. @param {Model} model @param {Field} field @returns {any} */
  of(model, field) {
    if (this.rng.chance(FROM_ROWS)) {
      const found = this.ofRow(model, field)
      if (found !== null && found !== undefined) return found
    }
    const edges = this.model.valuesOf(field)
    return this.rng.pick(edges)
  }

  /** @param {Model} model @param {Field} field */
  ofRow(model, field) {
    const value = this.row(model)?.[field.name]
    if (!field.isList) return value?.$ === 'null' ? null : value
    return Array.isArray(value) && value.length > 0 ? this.rng.pick(value) : null
  }

  /** A piece of a text, for LIKE. @param {Model} model @param {Field} field */
  piece(model, field) {
    const characters = [...String(this.of(model, field))]
    const from = this.rng.int(0, Math.max(0, characters.length - 1))
    return characters.slice(from, from + this.rng.int(0, 3)).join('')
  }

  /** @param {Model} model @param {Field} field @param {number} [most] */
  several(model, field, most = 4) {
    return this.rng.times(this.rng.int(0, most), () => this.of(model, field))
  }
}

module.exports = { Operands }
