/**
 * Coverage: which calls the block can answer because it holds every row that they can reach. Decided once per form of a call,
 * from the scope that the block was loaded by; what depends on a call's values is left to a guard, which the fast door asks.
 *
 *   local      the block answers; `guard` says for which values, `complete` that finding nothing is an answer
 *   forward    a read for the main database
 *   through    a write for the main database first
 *
 * Where `windows` cover either, the block may have what it wants (windows.js).
 */
const { NotSupportedError } = require('../errors')
const { Reader, Unreadable } = require('./conditions.js')
const { modelsOf } = require('./model.js')
const { prove } = require('./prove.js')
const { Reads, Uncovered } = require('./reads.js')
const { WholeWindows, Windows } = require('./windows.js')
const { Writes } = require('./writes.js')

/** @typedef {import('./prove.js').Ground} Ground */
/** @typedef {import('../fast/encode.js').Slot} Slot */
/** @typedef {(params: any[]) => boolean} Guard whether the values of another call of the form are covered as well */
/** @typedef {{ forward?: string, through?: string, uncovered: true, windows?: import('./windows.js').Windowed }} Instead who is to do it */
/** @typedef {{ complete: boolean, grounds: Ground[], instead?: Instead }} Decision */

const IS_READ = /^(find|aggregate|groupBy)/

class Coverage {
  /** @param {any} manifest @param {import('./declare.js').Scope | null} scope null: nothing is covered but look-ups by key */
  constructor(manifest, scope) {
    this.models = modelsOf(manifest)
    this.reader = new Reader(this.models)
    this.scope = scope
    this.hasWindows = [...(scope?.models.values() ?? [])].some(({ window }) => window !== null)
  }

  /** @param {any} query of Prisma's JSON protocol @returns {Decision} */
  decide(query) {
    const reads = new Reads(this.reader, this)
    const isRead = IS_READ.test(query.action)
    try {
      if (isRead) return { complete: reads.query(query), grounds: reads.grounds }
      return { complete: this.write(query, reads), grounds: reads.grounds }
    } catch (error) {
      if (!(error instanceof Uncovered || error instanceof Unreadable)) throw error
      const { message } = error
      const instead = isRead ? { forward: message } : { through: message }
      return this.byWindows(query, isRead, { ...instead, uncovered: true })
    }
  }

  /** @param {any} query @param {Reads} reads what it finds is no answer @returns {false} */
  write(query, reads) {
    new Writes(reads, (model, field) => this.touched(model, field)).query(query)
    return false
  }

  /** @param {string} model @param {import('./conditions.js').Condition[]} known @returns {Ground[] | null} */
  covers(model, known) {
    const covered = this.scope?.models.get(model)
    return covered === undefined || covered.conditions === null ? null : prove(known, covered.conditions)
  }

  /**
   * Whether all links are held between some rows and others that a relation leads to.
   * @param {string} model @param {import('./model.js').Relation} relation @param {import('./conditions.js').Condition[]} known of the rows
   * @param {import('./conditions.js').Condition[]} theirs of the others @returns {Ground[] | null}
   */
  links(model, relation, known, theirs) {
    return this.scope?.links.prove(model, relation, known, theirs) ?? null
  }

  /** @param {any} query @param {boolean} isRead @param {Instead} instead @returns {Decision} */
  byWindows(query, isRead, instead) {
    const none = { complete: false, grounds: [], instead }
    if (this.scope === null || !this.hasWindows) return none
    const windows = isRead ? new Windows(this.scope) : new WholeWindows(this.scope)
    const reads = new Reads(this.reader, this, windows)
    try {
      const found = windows.result(isRead ? reads.query(query) : this.write(query, reads))
      return { complete: false, grounds: reads.grounds, instead: { ...instead, windows: found } }
    } catch (error) {
      if (error instanceof Uncovered || error instanceof Unreadable) return none
      throw error
    }
  }

  /** @param {string} model @param {string} field */
  touched(model, field) {
    const scoped = this.scope?.keys.get(`${model}.${field}`)
    if (scoped === undefined) return
    throw new NotSupportedError(
      `${model}.${field}: rows of ${scoped} that follow this key may enter the block's scope unseen; ` +
        'change it with the main client, then Block.invalidate the block',
    )
  }
}

/**
 * What another call of the form must have in common with the one that was proved.
 * @param {Decision | null} decision @param {(Slot | null)[]} slots null: no value of the user's @param {any[]} params
 * @returns {Guard | null} null when the form alone decides
 */
function guardOf(decision, slots, params) {
  const grounds = decision?.grounds ?? []
  /** @type {{ at: number, test: (param: any) => boolean }[]} */
  const checks = []
  for (const { condition, test } of grounds)
    for (const [at, slot] of slots.entries()) {
      if (slot === null || !meets(slot, condition.place)) continue
      const isSame = (/** @type {any} */ param) => Object.is(param, params[at])
      checks.push({ at, test: slot.path.length === condition.place.path.length ? (test ?? isSame) : isSame })
    }
  if (checks.length === 0) return null
  if (checks.length > 1) return (given) => checks.every(({ at, test }) => test(given[at]))
  const [{ at, test }] = checks
  return (given) => test(given[at])
}

/** Does a value stand where the condition does, below it, or around it? @param {Slot} slot @param {import('./conditions.js').Place} place */
function meets({ within = [], path }, place) {
  return (
    within.length === place.within.length &&
    within.every((name, at) => name === place.within[at]) &&
    path.every((step, at) => at >= place.path.length || step === place.path[at])
  )
}

module.exports = { Coverage, guardOf }
