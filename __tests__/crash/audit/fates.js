// What became of each write as far as its writer knows.
const { KINDS } = require('../ops')

/** @typedef {'acknowledged' | 'unknown' | 'failed'} Told */

/** @typedef {import('../writelog').Entry & {told: Told, n: number, kind: string, by: string, got?: any, error?: string, refusal: string | undefined}} Fate */

class Fates {
  /** @param {Map<string, Fate>} byOp @param {Map<string, import('../collect').Rejected[]>} rejected by op */
  constructor(byOp, rejected) {
    this.byOp = byOp
    this.rejected = rejected
    this.all = [...byOp.values()]
  }

  /** @param {...string} kinds */
  of(...kinds) {
    return this.all.filter(({ kind }) => kinds.includes(kind))
  }

  count() {
    const told = (/** @type {Told} */ one) => this.all.filter((fate) => fate.told === one).length
    return {
      acknowledged: told('acknowledged'),
      unknown: told('unknown'),
      failed: told('failed'),
      rejected: this.rejected.size,
    }
  }
}

/**
 * A file that was brought back lacks what was written after it was copied: what had not reached main by then is lost with the newer
 * file, as with a disk. @param {import('../plan').Plan} plan @param {string} by
 */
const mayBeLost = ({ file, flushed, blocks }, by) => file === 'restore' && !flushed && by === `${blocks[0]}.1`

/** @param {string} changes of a refused commit, as JSON @returns {string[]} the ops that they name */
const opsIn = (changes) => [...new Set([...changes.matchAll(/\bw\d+\.\d+\b/g)].map(([op]) => op))]

/** @param {import('.').Evidence} evidence */
function fatesOf({ plan, logs, main }) {
  /** @type {Map<string, Fate>} */
  const byOp = new Map()
  for (const entry of Object.values(logs).flat()) {
    const { t, op } = entry
    if (t === 'intent') {
      const refusal = KINDS[entry.kind].refused
      byOp.set(op, /** @type {Fate} */ ({ ...entry, told: 'unknown', refusal }))
      continue
    }
    const fate = /** @type {Fate} */ (byOp.get(op))
    if (t === 'fail') Object.assign(fate, { told: 'failed', error: `${entry.code}: ${entry.message}` })
    else if (!mayBeLost(plan, fate.by)) Object.assign(fate, { told: 'acknowledged', got: entry.got })
  }
  /** @type {Map<string, import('../collect').Rejected[]>} */
  const rejected = new Map()
  for (const one of main.rejected)
    for (const op of opsIn(one.changes)) rejected.set(op, [...(rejected.get(op) ?? []), one])
  return new Fates(byOp, rejected)
}

module.exports = { Fates, fatesOf, opsIn }
