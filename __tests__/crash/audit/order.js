// The order of the writes of each row, and that the last of them stays.
const { ownId } = require('../world')
const { named } = require('./arrivals')

/** @typedef {import('./fates').Fate} Fate */

/**
 * The numbers that a row went through, by who wrote them.
 * @param {import('../collect').Change[]} history
 * @returns {Map<string, Map<string, number[]>>} row -> file and phase -> numbers
 */
function numbers(history) {
  const rows = new Map()
  for (const { model, kind, old, new: row } of history) {
    if ((model !== 'Doc' && model !== 'Flip') || kind === 'DELETE') continue
    if (old && old.seq === row.seq && old.by === row.by) continue
    const key = `${model} ${row.id}`
    if (!rows.has(key)) rows.set(key, new Map())
    const lines = rows.get(key)
    if (!lines.has(row.by)) lines.set(row.by, [])
    lines.get(row.by).push(row.seq)
  }
  return rows
}

/**
 * @param {import('.').Evidence} evidence @param {import('./fates').Fates} fates @param {(what: import('.').What, text: string) => void} find
 */
function order({ main, plan }, fates, find) {
  const rows = numbers(main.history)
  for (const [row, lines] of rows)
    for (const [by, seqs] of lines)
      for (let at = 1; at < seqs.length; at++)
        if (seqs[at] <= seqs[at - 1])
          find('reordered', `${row}, file ${by}: ${seqs[at]} after ${seqs[at - 1]}`)
  const docs = new Map(main.tables.Doc.map((row) => [row.id, row]))
  const flips = new Map(main.tables.Flip.map((row) => [row.id, row]))
  for (const writer of Object.keys(plan.homes)) {
    const own = (/** @type {Fate} */ { op }) => op.startsWith(`${writer}.`)
    stays(fates.of('put').filter(own), docs.get(ownId(writer, 'd')), find)
    stays(fates.of('move').filter(own), docs.get(ownId(writer, 's0')), find)
    const flipped = fates.of('flip').filter(own)
    for (const id of new Set(flipped.map(({ flip }) => flip)))
      stays(
        flipped.filter(({ flip }) => flip === id),
        flips.get(id),
        find,
      )
  }
  pairs(fates, rows, docs, plan, find)
  if (plan.everyChange) everyChange(fates, main.history, find)
}

/** The last of the acknowledged, or an unknown one after it, is what the row shows. @param {Fate[]} writes of one row @param {any} row @param {(what: import('.').What, text: string) => void} find */
function stays(writes, row, find) {
  const sure = writes.filter(({ told }) => told === 'acknowledged').sort((a, b) => b.n - a.n)[0]
  const later = writes.filter(({ told, n }) => told === 'unknown' && n > (sure?.n ?? 0))
  const possible = sure ? [sure, ...later] : later
  const shows = (/** @type {Fate} */ fate) =>
    fate.away ? row === undefined : row?.seq === fate.n && row.op === fate.op
  const untouched = row !== undefined && row.seq === 0
  if (possible.some(shows) || (!sure && untouched)) return
  const failed = writes.find((fate) => fate.told === 'failed' && !fate.away && shows(fate))
  if (failed) return find('undone', `${named(failed)} failed with ${failed.error}, and is there`)
  if (sure) find('lost', `${named(sure)} is not what its row shows: ${JSON.stringify(row ?? null)}`)
}

/** @param {import('./fates').Fates} fates @param {ReturnType<typeof numbers>} rows @param {Map<string, any>} docs @param {import('../plan').Plan} plan @param {(what: import('.').What, text: string) => void} find */
function pairs(fates, rows, docs, plan, find) {
  for (const block of plan.blocks) {
    const written = fates.of('pair').filter(({ docs: [left] }) => left === `${block}-l`)
    const row = `Doc ${block}-l`
    for (const by of new Set(written.map((fate) => fate.by))) {
      const seqs = written
        .filter((fate) => fate.by === by && fate.told === 'acknowledged')
        .map(({ got }) => got.seq)
      const [last, reached] = [Math.max(0, ...seqs), reachedBy(rows.get(row), by, plan)]
      if (new Set(seqs).size !== seqs.length)
        find('lost', `${row}, file ${by}: two writes took the same number`)
      if (reached < last)
        find('lost', `${row}, file ${by}: number ${last} was acknowledged, main came to ${reached}`)
    }
    // One file, one line of numbers: none may be missing, none be there twice.
    if (plan.file !== 'none') continue
    const { seq } = docs.get(`${block}-l`)
    const count = (/** @type {string} */ told) => written.filter((fate) => fate.told === told).length
    if (seq < count('acknowledged') || seq > count('acknowledged') + count('unknown'))
      find('lost', `${row}: ${count('acknowledged')} writes (${count('unknown')} unknown) came to ${seq}`)
  }
}

/**
 * Numbers that a later phase of the same file sent in one net change with its own stand there as that phase's. An older copy that came
 * back goes on from where it was copied: of the phase that it does not know nothing is in its numbers.
 * @param {Map<string, number[]> | undefined} lines @param {string} by @param {import('../plan').Plan} plan
 */
function reachedBy(lines, by, plan) {
  const [file, phase] = by.split('.')
  const isForgotten = plan.file === 'restore' && file === plan.blocks[0] && phase === '1'
  const goesOn = (/** @type {string} */ other) => {
    const [otherFile, otherPhase] = other.split('.')
    return other === by || (!isForgotten && otherFile === file && Number(otherPhase) > Number(phase))
  }
  const numbers = [...(lines ?? [])].filter(([other]) => goesOn(other)).flatMap(([, one]) => one)
  return Math.max(0, ...numbers)
}

/** @param {import('./fates').Fates} fates @param {import('../collect').Change[]} history @param {(what: import('.').What, text: string) => void} find */
function everyChange(fates, history, find) {
  const times = new Map()
  for (const { model, kind, old, new: row } of history)
    if (model === 'Doc' && kind === 'UPDATE' && (old.seq !== row.seq || old.by !== row.by)) {
      const key = `${row.id} ${row.op}`
      times.set(key, (times.get(key) ?? 0) + 1)
    }
  for (const fate of fates.of('put', 'pair', 'move'))
    for (const id of fate.docs ?? [fate.doc]) {
      const count = times.get(`${id} ${fate.op}`) ?? 0
      if (count > 1) find('doubled', `${named(fate)}: Doc ${id} was written ${count} times`)
      if (count === 0 && fate.told === 'acknowledged')
        find('lost', `${named(fate)}: Doc ${id} never was at it, with coalesce 'none'`)
      if (count > 0 && fate.told === 'failed')
        find('undone', `${named(fate)} failed with ${fate.error}, and arrived`)
    }
}

module.exports = { order }
