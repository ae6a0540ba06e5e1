// Rows that are written together are together after every transaction of main.
const { SEATS, ownId } = require('../world')
const { digitsOf, named } = require('./arrivals')

/** @param {import('../collect').Change[]} history @returns {Map<string, import('../collect').Change[]>} by transaction */
function transactions(history) {
  const groups = new Map()
  for (const change of history) {
    const group = groups.get(change.xid)
    if (group) group.push(change)
    else groups.set(change.xid, [change])
  }
  return groups
}

/**
 * @param {import('.').Evidence} evidence @param {import('./fates').Fates} fates @param {(what: import('.').What, text: string) => void} find
 */
function whole({ main, plan }, fates, find) {
  const groups = transactions(main.history)
  marked(groups, fates, find)
  for (const block of plan.blocks)
    together(
      groups,
      ['l', 'r'].map((side) => `${block}-${side}`),
      find,
    )
  for (const writer of Object.keys(plan.homes)) {
    const seats = SEATS.map((seat) => ownId(writer, seat))
    together(groups, seats, find)
    labelled(groups, seats, find)
  }
}

/** A mark, its entries and its increment: one transaction. @param {Map<string, import('../collect').Change[]>} groups @param {import('./fates').Fates} fates @param {(what: import('.').What, text: string) => void} find */
function marked(groups, fates, find) {
  const xids = new Map()
  const entries = new Map()
  const digits = new Map()
  for (const [xid, changes] of groups)
    for (const { model, kind, old, new: row } of changes) {
      if (kind === 'INSERT' && model === 'Mark') xids.set(row.id, xid)
      if (kind === 'INSERT' && model === 'Entry') entries.set(row.id, xid)
      if (kind === 'UPDATE' && model === 'Tally') for (const place of added(old, row)) digits.set(place, xid)
    }
  const dropped = new Set(
    fates
      .of('drop')
      .filter(({ told }) => told !== 'failed')
      .map(({ entry }) => entry),
  )
  for (const fate of fates.of('nest', 'both')) {
    const xid = xids.get(fate.op)
    if (xid === undefined) continue
    for (let at = 0; at < fate.parts; at++) {
      const id = `${fate.op}-${at}`
      if (entries.get(id) !== xid && !(dropped.has(id) && !entries.has(id)))
        find(
          'torn',
          `${named(fate)}: entry ${at} ${entries.has(id) ? 'came in another transaction' : 'is missing'}`,
        )
    }
    const place = `${fate.tally} ${fate.op.split('.')[0]} ${fate.digit}`
    if (fate.kind === 'both' && digits.get(place) !== xid)
      find('torn', `${named(fate)}: its increment came in another transaction`)
  }
}

/** @param {any} old @param {any} row of Tally @returns {string[]} the increments between them */
function added(old, row) {
  return Object.keys(row)
    .filter((column) => /^w\d$/.test(column) && row[column] !== old[column])
    .flatMap((column) => {
      const before = digitsOf(BigInt(old[column]))
      const after = digitsOf(BigInt(row[column]))
      return after.flatMap((digit, at) => (digit !== (before[at] ?? 0) ? [`${row.id} ${column} ${at}`] : []))
    })
}

/** Docs that carry the same number after every transaction that numbers one. @param {Map<string, import('../collect').Change[]>} groups @param {string[]} ids @param {(what: import('.').What, text: string) => void} find */
function together(groups, ids, find) {
  for (const [xid, changes] of groups) {
    /** @type {Map<string, string>} */
    const last = new Map()
    for (const { model, kind, old, new: row } of changes)
      if (
        model === 'Doc' &&
        kind === 'UPDATE' &&
        ids.includes(row.id) &&
        (old.seq !== row.seq || old.by !== row.by || last.has(row.id))
      )
        last.set(row.id, `${row.by} ${row.seq}`)
    if (last.size > 0 && (last.size < ids.length || new Set(last.values()).size > 1))
      find(
        'torn',
        `transaction ${xid} left ${ids} apart: ${[...last].map(([id, state]) => `${id} at ${state}`).join(', ')}`,
      )
  }
}

/** No label is lost or in two places. @param {Map<string, import('../collect').Change[]>} groups @param {string[]} seats @param {(what: import('.').What, text: string) => void} find */
function labelled(groups, seats, find) {
  const labels = new Map(seats.map((seat) => [seat, `label ${seat}`]))
  const all = [...labels.values()].sort().join()
  for (const [xid, changes] of groups) {
    const moved = changes.filter(({ model, new: row }) => model === 'Doc' && labels.has(row?.id))
    for (const { new: row } of moved) labels.set(row.id, row.label)
    if (moved.length > 0 && [...labels.values()].map(String).sort().join() !== all)
      return find('torn', `transaction ${xid} left labels ${JSON.stringify([...labels])}`)
  }
}

module.exports = { transactions, whole }
