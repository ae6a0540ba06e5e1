// A call of windows: the block's rows, or main's when it asks for more than are held.
const { MISS, POOLED } = require('../codes.js')
const { attempted } = require('../engine/complete.js')

/** @typedef {import('../engine/index.js').Call} Call */
/** @typedef {import('../engine/index.js').Outcome} Outcome */

/**
 * @param {import('../engine/index.js').Engine} engine @param {Call | null} call null: main's
 * @param {Outcome | null} first its run, to be gone on with in the turn of that
 * @param {() => Promise<any>} instead what answers where the windows are too short
 */
async function askWindow(engine, call, first, instead) {
  if (call === null || first === null) return instead()
  const absences = engine.misses.begin()
  let outcome = await engine.end(call, first)
  while (outcome.code === MISS && (await engine.supplied(outcome.miss, absences)))
    outcome = await attempted(engine, call, absences, engine.block)
  if (isOwnFault(outcome)) throw engine.error(outcome.report)
  return isAnswer(engine, call, outcome) ? engine.resolve(call, outcome) : instead()
}

/** An error of the block itself, as of its file or its disk: main has no say in it. @param {Outcome} outcome */
const isOwnFault = ({ report }) => report !== undefined && !/^P\d{4}$/.test(report.code)

/** Of a read. @param {import('../engine/index.js').Engine} engine @param {Call} call @param {Outcome} outcome @returns {boolean} */
const isAnswer = ({ block }, { limits, params }, { code, data }) =>
  code >= 0 && limits !== undefined && limits.areMet(block, data, params)

/**
 * Whether a call of windows, a write too, has not got what it needs of them, nor lacks what may be supplied: what else becomes of it
 * is main's to say, as if there were no windows.
 * @param {import('../engine/index.js').Engine} engine @param {Call} call @param {Outcome} outcome
 */
function isShort(engine, call, outcome) {
  if (call.limits === undefined || isOwnFault(outcome)) return false
  const { code, miss, report } = outcome
  // What is not held is missing, and not main's to be asked for.
  if (report?.code === 'P2025' && engine.setup.options.fallback === 'never') return false
  return code === MISS ? !['rows', 'ids'].includes(miss.kind) : !isAnswer(engine, call, outcome)
}

/**
 * Whether others of its form are worth a try: those that the windows have proved too short for are not.
 * @param {import('../engine/index.js').Engine} engine @param {Call} call @param {Outcome | null} outcome
 */
const isPromising = (engine, call, outcome) =>
  call.limits === undefined ||
  (outcome !== null && (outcome.code === POOLED || isAnswer(engine, call, outcome)))

module.exports = { askWindow, isOwnFault, isPromising, isShort }
