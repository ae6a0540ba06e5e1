/**
 * A call that the block could not make at once: it waits for the write lock, for room in the outbox, for rows that it lacks, and is tried
 * again, until it is made or somebody else's.
 */
const { BUSY, MISS, POOLED } = require('../codes.js')
const { FULL } = require('./room.js')

/** @typedef {import('./index.js').Engine} Engine @typedef {import('./miss.js').Absences} Absences */
/** @typedef {import('./index.js').Call} Call @typedef {import('./index.js').Outcome} Outcome @typedef {import('./index.js').Runs} Runs */

/** @param {Engine} engine @param {Call} call @param {Outcome} first @param {any} opts @param {Runs} [runs] */
async function complete(engine, call, first, opts, runs = engine.block) {
  const absences = engine.misses.begin(call.plan.write && runs === engine.block)
  try {
    return await untilMade(engine, call, first, opts, runs, absences)
  } finally {
    absences.end()
  }
}

/** @param {Engine} engine @param {Call} call @param {Outcome} first @param {any} opts @param {Runs} runs @param {Absences} absences */
async function untilMade(engine, call, first, opts, runs, absences) {
  let outcome = first.code === POOLED ? await engine.end(call, first) : first
  while (outcome.code < 0) {
    const { outbox } = engine.setup.options
    const isFull = outcome.report?.code === FULL
    if (isFull && outbox.whenFull === 'through') return engine.through.one(call.query, opts)
    if (isFull || outcome.code === BUSY) {
      const attempt = () => engine.attempt(call, absences.text)
      const isBehind = isFull || !engine.room.isQuiet
      if (isBehind) await engine.room.wait(outbox)
      outcome = await engine.lock[isBehind ? 'run' : 'wait'](attempt)
      continue
    }
    if (outcome.code !== MISS) return engine.raised(call, outcome.report, opts)
    if (!(await engine.supplied(outcome.miss, absences))) return engine.instead(call, outcome, opts)
    outcome = await attempted(engine, call, absences, runs)
  }
  return engine.resolve(call, outcome)
}

/** With what it lacked. @param {Engine} engine @param {Call} call @param {Absences} absences @param {Runs} runs @returns {Promise<Outcome>} */
async function attempted(engine, call, absences, runs) {
  const { text } = absences
  const outcome = runs === engine.block ? engine.firstRun(call, text) : engine.attempt(call, text, runs)
  absences.tried(outcome.code)
  return engine.end(call, outcome)
}

module.exports = { attempted, complete }
