// Whether what is in main, and in the blocks, is what was acknowledged: nothing lost, doubled, torn, out of order, untold.
const { arrivals } = require('./arrivals')
const { busy } = require('./busy')
const { fatesOf } = require('./fates')
const { order } = require('./order')
const { rest } = require('./rest')
const { whole } = require('./whole')

/**
 * @typedef {'lost' | 'doubled' | 'torn' | 'reordered' | 'undone' | 'refused' | 'untold' | 'overwritten' | 'differs' | 'busy' | 'stuck' | 'trouble'} What
 *   `undone`: it was told as failed, or never meant, and is there; `refused`: by main, for no reason; `untold`: its refusal is in no list;
 *   `busy`: its writer was told that others have the file
 * @typedef {{what: What, text: string}} Finding
 * @typedef {object} Evidence
 * @property {import('../plan').Plan} plan
 * @property {Record<string, import('../writelog').Entry[]>} logs by writer
 * @property {import('../collect').MainState} main
 * @property {import('../collect').BlockFile[]} files
 * @property {Record<string, {done: number, unknown: number}>} direct
 * @property {string[]} troubles of processes
 */

/** @param {Evidence} evidence @returns {{findings: Finding[], count: Record<string, number>}} */
function audit(evidence) {
  /** @type {Finding[]} */
  const findings = []
  const find = (/** @type {What} */ what, /** @type {string} */ text) => void findings.push({ what, text })
  const fates = fatesOf(evidence)
  const count = fates.count()
  for (const check of [arrivals, busy, whole, order, rest]) check(evidence, fates, find)
  return { findings, count: { ...count, changes: evidence.main.history.length } }
}

module.exports = { audit }
