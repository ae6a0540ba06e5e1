// How often each write that can be counted is in main: an increment by its digit, a row by the history of its making.
const { DIGITS, TALLIES, WRITERS } = require('../world')

/** @typedef {import('./fates').Fate} Fate */

/** @param {bigint} sum @returns {number[]} how often each increment is in it */
function digitsOf(sum) {
  const digits = []
  for (let rest = sum; rest > 0n; rest >>= 2n) digits.push(Number(rest & 3n))
  return digits
}

/** @param {import('.').Evidence} evidence @returns {Map<string, number>} `tally writer digit` -> times */
function counted({ main }) {
  const times = new Map()
  for (const row of main.tables.Tally)
    for (const writer of WRITERS)
      for (const [at, digit] of digitsOf(BigInt(row[writer])).entries())
        if (digit > 0) times.set(`${row.id} ${writer} ${at}`, digit)
  return times
}

/** @param {import('../collect').Change[]} history @param {string} model @param {string} column @returns {Map<string, number>} */
function makings(history, model, column) {
  const times = new Map()
  for (const change of history)
    if (change.model === model && change.kind === 'INSERT')
      times.set(change.new[column], (times.get(change.new[column]) ?? 0) + 1)
  return times
}

/** @param {Fate} fate */
const named = ({ op, kind, by, told }) => `${op} (${kind}, file ${by}, ${told})`

/**
 * @param {import('.').Evidence} evidence @param {import('./fates').Fates} fates @param {(what: import('.').What, text: string) => void} find
 */
function arrivals(evidence, fates, find) {
  const { history } = evidence.main
  const digits = counted(evidence)
  const marks = makings(history, 'Mark', 'id')
  const tickets = makings(history, 'Ticket', 'op')
  const dropped = new Set(
    fates
      .of('drop mark')
      .filter(({ told }) => told !== 'failed')
      .map(({ mark }) => mark),
  )
  for (const fate of fates.all) {
    const place = `${fate.tally} ${fate.op.split('.')[0]} ${fate.digit}`
    const ways = []
    if (fate.digit !== undefined) ways.push(digits.get(place) ?? 0)
    digits.delete(place)
    // What was made and deleted in one window never was in main.
    if (fate.parts !== undefined || fate.refusal)
      if (!dropped.has(fate.op) || marks.has(fate.op)) ways.push(marks.get(fate.op) ?? 0)
    marks.delete(fate.op)
    if (fate.kind === 'ticket') ways.push(tickets.get(fate.op) ?? 0)
    tickets.delete(fate.op)
    judge(fate, ways, fates.rejected.get(fate.op) ?? [], find)
  }
  for (const op of marks.keys()) find('undone', `a Mark ${op} that nobody made`)
  for (const op of tickets.keys())
    if (!op.startsWith('direct')) find('undone', `a Ticket of ${op} that nobody made`)
  for (const place of digits.keys())
    find('undone', `an increment that nobody made: ${place} (Tally, writer, digit below ${DIGITS})`)
  sums(evidence, find)
}

/** @param {Fate} fate @param {number[]} ways how often it arrived, by each that it can be told by @param {import('../collect').Rejected[]} rejected @param {(what: import('.').What, text: string) => void} find */
function judge(fate, ways, rejected, find) {
  if (rejected.length > 1) find('doubled', `${named(fate)} was refused ${rejected.length} times`)
  if (ways.length === 0) return
  const [least, most] = [Math.min(...ways), Math.max(...ways)]
  if (most > 1) return find('doubled', `${named(fate)} arrived ${most} times`)
  if (least !== most) return find('torn', `${named(fate)} arrived in part: ${ways}`)
  if (fate.told === 'failed' && most > 0)
    return find('undone', `${named(fate)} failed with ${fate.error}, and arrived`)
  if (most > 0 && rejected.length > 0) return find('doubled', `${named(fate)} arrived and was refused`)
  if (fate.refusal) return refusal(fate, most, rejected, find)
  if (rejected.length > 0) return find('refused', `${named(fate)}: ${rejected[0].code} ${rejected[0].error}`)
  if (fate.told === 'acknowledged' && most === 0) find('lost', `${named(fate)} did not arrive`)
}

/** @param {Fate} fate @param {number} times @param {import('../collect').Rejected[]} rejected @param {(what: import('.').What, text: string) => void} find */
function refusal(fate, times, [rejected], find) {
  if (times > 0) return find('undone', `${named(fate)} arrived, which main refuses`)
  if (!rejected && fate.told === 'acknowledged')
    find('untold', `${named(fate)} is in no list of refused commits`)
  if (rejected && rejected.code !== fate.refusal)
    find('untold', `${named(fate)} was refused with ${rejected.code}, expected ${fate.refusal}`)
}

/** Columns that every increment adds to, and those of the direct writer. @param {import('.').Evidence} evidence @param {(what: import('.').What, text: string) => void} find */
function sums({ main, direct }, find) {
  for (const row of main.tables.Tally) {
    const parts = WRITERS.flatMap((writer) => digitsOf(BigInt(row[writer]))).reduce(
      (sum, one) => sum + one,
      0,
    )
    if (parts !== row.n)
      find(row.n < parts ? 'lost' : 'doubled', `Tally ${row.id}: n is ${row.n}, its increments are ${parts}`)
  }
  const touched = { tally: main.tables.Tally, doc: main.tables.Doc }
  for (const [model, rows] of Object.entries(touched))
    for (const row of rows) {
      const { done, unknown } = direct[`${model} ${row.id}`] ?? { done: 0, unknown: 0 }
      if (row.touched < done)
        find('overwritten', `${model} ${row.id}: ${done} direct writes, ${row.touched} are left`)
      if (row.touched > done + unknown)
        find('doubled', `${model} ${row.id}: ${done} (${unknown}) direct writes, it has ${row.touched}`)
    }
}

module.exports = { TALLIES, arrivals, digitsOf, named }
