/**
 * Which parts of one call go through windows. A part is the read's own rows, or a list below them; each gets the boundary of its window.
 * Whatever else a call wants to know of a window's model needs all of the window's set: it is covered while the window holds that.
 */
const { prove } = require('./prove.js')
const { isWithin } = require('./window.js')

/** @typedef {import('./conditions.js').Condition} Condition */
/** @typedef {import('./model.js').Model} Model */
/** @typedef {import('./prove.js').Ground} Ground */
/**
 * @typedef {object} Part
 * @property {string} model
 * @property {string[]} within relations that lead to it
 * @property {boolean} isMany
 * @property {boolean} isAfter it begins at a cursor
 *
 * @typedef {object} Windowed how a call may be answered by windows
 * @property {boolean} complete that its own rows are none is an answer
 * @property {Part[]} parts
 * @property {string[]} wholes models whose windows must hold all of their sets
 */

class Windows {
  /** @param {import('./declare.js').Scope} scope */
  constructor(scope) {
    this.scope = scope
    /** @type {Part[]} */
    this.parts = []
    /** @type {Set<string>} */
    this.wholes = new Set()
  }

  /** @param {string} model @param {Condition[]} known */
  prove(model, known) {
    const window = this.scope.models.get(model)?.window ?? null
    return window === null ? null : { window, grounds: prove(known, window.conditions) }
  }

  /**
   * Rows in the order of the model's window.
   * @param {Model} model @param {Condition[]} known of the rows @param {any} args @param {string[]} within @param {boolean} isMany
   * @returns {Ground[] | null}
   */
  part(model, known, args, within, isMany) {
    const found = this.prove(model.name, known)
    if (found === null || found.grounds === null || !isWithin(model, found.window, args, isMany)) return null
    this.parts.push({ model: model.name, within, isMany, isAfter: args.cursor !== undefined })
    return found.grounds
  }

  /** Any rows of the window's set. @param {string} model @param {Condition[]} known @returns {Ground[] | null} */
  whole(model, known) {
    const grounds = this.prove(model, known)?.grounds ?? null
    if (grounds !== null) this.wholes.add(model)
    return grounds
  }

  /** @param {boolean} complete @returns {Windowed} */
  result(complete) {
    return { complete, parts: this.parts, wholes: [...this.wholes] }
  }
}

/** Those of a write: what it changes, and lists that it shows changed, have no boundary. */
class WholeWindows extends Windows {
  /** @override @returns {null} */
  part() {
    return null
  }
}

module.exports = { WholeWindows, Windows }
