// How calls were answered: per action and per clause, and how many repeated calls were fast.

/**
 * @typedef {{calls: number, local: number, forwarded: number, refused: number, repeated: number, fast: number}} Count
 *   local, forwarded, refused: of the first call of a pair; repeated: second calls answered locally, fast: of these
 */

/** @returns {Count} */
const none = () => ({ calls: 0, local: 0, forwarded: 0, refused: 0, repeated: 0, fast: 0 })

const CLAUSES = new Set([
  ...[
    'where',
    'orderBy',
    'cursor',
    'take',
    'skip',
    'distinct',
    'select',
    'include',
    'omit',
    '_count',
    '_sum',
    '_avg',
    '_min',
    '_max',
  ],
  ...[
    'by',
    'having',
    'some',
    'every',
    'none',
    'is',
    'isNot',
    'AND',
    'OR',
    'NOT',
    'not',
    'in',
    'notIn',
    'equals',
    'mode',
    'path',
    'nulls',
  ],
  ...[
    'contains',
    'startsWith',
    'endsWith',
    'lt',
    'lte',
    'gt',
    'gte',
    'has',
    'hasEvery',
    'hasSome',
    'isEmpty',
    'array_contains',
  ],
  ...['string_contains', 'string_starts_with', 'string_ends_with', 'array_starts_with', 'array_ends_with'],
])

/** @param {any} node @param {Set<string>} found */
function clausesIn(node, found = new Set()) {
  if (typeof node !== 'object' || node === null) return found
  if (node.$ === 'field') found.add('field reference')
  for (const [key, value] of Object.entries(node)) {
    if (CLAUSES.has(key)) found.add(key)
    clausesIn(value, found)
  }
  return found
}

class Tally {
  constructor() {
    this.all = none()
    /** @type {Map<string, Count>} */
    this.by = new Map()
  }

  /** @param {import('./generate/call').Call} call @param {import('./ask').Way} first @param {import('./ask').Way} second */
  add(call, first, second) {
    const action = call.chain ? 'fluent' : call.action
    const names = [action, ...clausesIn([call.args, call.chain]), ...(call.about ?? [])]
    for (const count of [this.all, ...names.map((name) => this.named(name))]) {
      count.calls += 1
      count[first === 'fast' ? 'local' : first] += 1
      if (second === 'fast' || second === 'local') count.repeated += 1
      if (second === 'fast') count.fast += 1
    }
  }

  /** @param {string} name */
  named(name) {
    const known = this.by.get(name) ?? none()
    this.by.set(name, known)
    return known
  }

  /** @param {Tally} other */
  merge(other) {
    sum(this.all, other.all)
    for (const [name, count] of other.by) sum(this.named(name), count)
  }

  /** @returns {string} a table for people */
  toString() {
    const rows = [['all', this.all], ...[...this.by].sort(([, a], [, b]) => b.calls - a.calls)]
    return rows.map(([name, count]) => line(String(name), /** @type {Count} */ (count))).join('\n')
  }
}

/** @param {Count} into @param {Count} from */
function sum(into, from) {
  for (const key of /** @type {(keyof Count)[]} */ (Object.keys(into))) into[key] += from[key]
}

/** @param {number} part @param {number} whole */
const share = (part, whole) => (whole === 0 ? '  -  ' : `${((100 * part) / whole).toFixed(1).padStart(5)}%`)

/** @param {string} name @param {Count} count */
function line(name, { calls, local, forwarded, refused, repeated, fast }) {
  const shares = `local ${share(local, calls)}  forwarded ${share(forwarded, calls)}  refused ${share(refused, calls)}`
  return `${name.padEnd(20)} ${String(calls).padStart(8)}  ${shares}  repeated fast ${share(fast, repeated)}`
}

module.exports = { Tally }
