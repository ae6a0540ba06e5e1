// Blocks and main at rest: the same rows, nothing pending, every refusal in the block's own list, every process well.
const { isDeepStrictEqual } = require('node:util')
const { named } = require('./arrivals')

const SHOWN = 3

/** What others write to as well is only the same after a refresh. */
const SHARED = new Set(['Tally', 'Doc', 'Ticket'])

/** @param {unknown} value */
const shown = (value) =>
  JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? String(one) : one)) ?? 'none'

/** @param {import('../collect').Tables} block @param {import('../collect').Tables} main @param {(model: string) => boolean} compared @returns {string[]} */
function differences(block, main, compared) {
  return Object.keys(main)
    .filter(compared)
    .flatMap((model) => {
      const [ours, theirs] = [block, main].map((tables) => new Map(tables[model].map((row) => [row.id, row])))
      const ids = [...new Set([...ours.keys(), ...theirs.keys()])]
      const differing = ids.filter((id) => !isDeepStrictEqual({ ...ours.get(id) }, { ...theirs.get(id) }))
      const more = differing.length > SHOWN ? [`${model}: ${differing.length - SHOWN} more`] : []
      const texts = differing.map(
        (id) => `${model} ${id}: block ${shown(ours.get(id))}, main ${shown(theirs.get(id))}`,
      )
      return [...texts.slice(0, SHOWN), ...more]
    })
}

/**
 * What differs although only this block writes it. Copies do not hear of each other, and an older copy not of what came after it.
 * @param {import('../plan').Plan} plan @param {{before: import('../collect').Tables, mainBefore: import('../collect').Tables}} file
 */
function apart({ file, direct, blocks }, { before, mainBefore }) {
  if (file !== 'none') return []
  const alone = (/** @type {string} */ model) =>
    !SHARED.has(model) || (!direct && (model !== 'Tally' || blocks.length === 1))
  return differences(before, mainBefore, alone)
}

/**
 * @param {import('.').Evidence} evidence @param {import('./fates').Fates} fates @param {(what: import('.').What, text: string) => void} find
 */
function rest({ plan, files, troubles, main }, fates, find) {
  for (const trouble of troubles) find('trouble', trouble)
  for (const file of files) {
    const where = `block ${file.block} in ${file.folder}`
    if (file.stuck) find('stuck', `${where}: ${file.stuck}`)
    if (file.pending > 0) find('stuck', `${where}: ${file.pending} commits are pending`)
    for (const text of apart(plan, file)) find('differs', `${where}, sent, ${text}`)
    if (file.after && file.mainAfter)
      for (const text of differences(file.after, file.mainAfter, () => true))
        find('differs', `${where}, refreshed, ${text}`)
  }
  if (plan.file === 'none') told(files, fates, find)
  for (const { seq, origin, code, error, changes } of main.rejected)
    if (![...fates.rejected.values()].flat().some((one) => one.origin === origin && one.seq === seq))
      find('refused', `commit ${seq} of ${origin}: ${code} ${error}: ${changes.slice(0, 300)}`)
}

/** What main has refused stands in the block's own list. @param {import('../collect').BlockFile[]} files @param {import('./fates').Fates} fates @param {(what: import('.').What, text: string) => void} find */
function told(files, fates, find) {
  const listed = new Set(
    files.flatMap(({ rejected }) => rejected.map(({ origin, seq }) => `${origin} ${seq}`)),
  )
  for (const fate of fates.all)
    for (const { origin, seq } of fates.rejected.get(fate.op) ?? [])
      if (!listed.has(`${origin} ${seq}`))
        find('untold', `${named(fate)}: its refusal is not in the block's list`)
}

module.exports = { apart, rest }
