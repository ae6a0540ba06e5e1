// What became of calls: per operation, per reason of a refusal, per code of an error.
const { callsOf } = require('./steps')

/** @typedef {{sequences: number, curtailed: number, parted: number, calls: number, reads: number, refused: number, failed: number}} WriteCount curtailed: sequences of which a call was refused; parted: that ended early, by a choice of main's */

/** @returns {WriteCount} */
const none = () => ({ sequences: 0, curtailed: 0, parted: 0, calls: 0, reads: 0, refused: 0, failed: 0 })

const NESTED = new Set([
  ...['create', 'createMany', 'connect', 'connectOrCreate', 'set', 'disconnect'],
  ...['update', 'updateMany', 'upsert', 'delete', 'deleteMany', 'push', 'skipDuplicates', 'limit'],
])

/** Operations below a call's own arguments. @param {any} node @param {Set<string>} found @param {number} depth */
function nestedIn(node, found = new Set(), depth = 0) {
  if (typeof node !== 'object' || node === null) return found
  for (const [key, value] of Object.entries(node)) {
    if (depth > 1 && NESTED.has(key)) found.add(`nested ${key}`)
    if (key === 'skipDuplicates' || key === 'limit') found.add(key)
    nestedIn(value, found, depth + 1)
  }
  return found
}

/** A refusal without the names and numbers of its call. @param {any} error @param {Set<string>} names of models and fields */
function reason(error, names) {
  const text = String(error.message).split('\n').at(-1) ?? ''
  return text
    .replace(/[A-Za-z_]+/g, (word) => (names.has(word) ? '*' : word))
    .replace(/\d+/g, 'n')
    .replace(/(\*\.|n\.|data\.)+/g, '')
}

/** @param {Map<string, number>} counts @param {string} name */
const more = (counts, name) => counts.set(name, (counts.get(name) ?? 0) + 1)

class WriteTally {
  /** @param {import('../model').DataModel} model */
  constructor({ models }) {
    this.all = none()
    this.names = new Set(
      models.flatMap(({ name, fields, relations }) => [
        name,
        ...[...fields, ...relations].map((one) => one.name),
      ]),
    )
    /** @type {Map<string, WriteCount>} */
    this.by = new Map()
    /** @type {Map<string, number>} */
    this.reasons = new Map()
    /** @type {Map<string, number>} */
    this.codes = new Map()
  }

  /** @param {import('./generate/sequence').Step} step @param {import('./steps').Outcomes} outcomes */
  add(step, { calls, end }) {
    for (const [at, call] of callsOf(step).entries()) this.addCall(step, call, calls[at] ?? end)
    for (const outcome of [...calls, end]) if (outcome && 'error' in outcome) this.addError(outcome)
  }

  /** @param {import('./generate/sequence').Step} step @param {import('../generate/call').Call} call @param {import('./steps').Told} outcome */
  addCall(step, call, outcome) {
    const isRead = /^(find|count|aggregate|groupBy)/.test(call.action)
    const around = step.batch ? ['batch'] : step.calls ? ['interactive'] : step.direct ? ['direct'] : []
    const names = [isRead ? 'read' : call.action, ...around, ...(isRead ? [] : nestedIn(call.args))]
    for (const count of [this.all, ...names.map((name) => this.named(name))]) {
      count.calls += 1
      if (isRead) count.reads += 1
      if (outcome.refused) count.refused += 1
      else if ('error' in outcome) count.failed += 1
    }
  }

  /** A sequence has ended. @param {number} refusedBefore the calls refused before it */
  addSequence(refusedBefore) {
    this.all.sequences += 1
    if (this.all.refused > refusedBefore) this.all.curtailed += 1
  }

  /** @param {{error: any, refused?: boolean}} outcome */
  addError({ error, refused }) {
    if (refused) more(this.reasons, reason(error, this.names))
    else more(this.codes, error.code ?? error.name)
  }

  /** @param {string} name */
  named(name) {
    const known = this.by.get(name) ?? none()
    this.by.set(name, known)
    return known
  }

  /** @param {WriteTally} other */
  merge(other) {
    sum(this.all, other.all)
    for (const [name, count] of other.by) sum(this.named(name), count)
    for (const kind of /** @type {const} */ (['reasons', 'codes']))
      for (const [name, count] of other[kind]) this[kind].set(name, (this[kind].get(name) ?? 0) + count)
  }

  /** @returns {string} tables for people */
  toString() {
    const sorted = (/** @type {Map<string, number>} */ counts) => [...counts].sort(([, a], [, b]) => b - a)
    const lines = [['all', this.all], ...[...this.by].sort(([, a], [, b]) => b.calls - a.calls)].map(
      ([name, count]) => line(String(name), /** @type {WriteCount} */ (count)),
    )
    const listed = (/** @type {Map<string, number>} */ counts) =>
      sorted(counts).map(([name, count]) => `${String(count).padStart(8)}  ${name}`)
    return [...lines, 'errors', ...listed(this.codes), 'refused', ...listed(this.reasons)].join('\n')
  }
}

/** @param {WriteCount} into @param {WriteCount} from */
function sum(into, from) {
  for (const key of /** @type {(keyof WriteCount)[]} */ (Object.keys(into))) into[key] += from[key]
}

/** @param {string} name @param {WriteCount} count */
function line(name, { calls, refused, failed }) {
  const share = (/** @type {number} */ part) =>
    `${((100 * part) / Math.max(1, calls)).toFixed(1).padStart(5)}%`
  return `${name.padEnd(24)} ${String(calls).padStart(8)}  refused ${share(refused)}  failed ${share(failed)}`
}

module.exports = { WriteTally }
