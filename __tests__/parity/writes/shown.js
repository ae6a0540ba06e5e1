// How a difference is shown: as text that can go into regressions.json.

/** Rows of the state that a sequence needs are not known, so all of them are shown. @param {import('./session').Difference & {isSmall?: boolean}} difference */
function shown({ state, steps, text, isSmall }) {
  const rows = Object.fromEntries(Object.entries(state).filter(([, found]) => found.length > 0))
  const head = isSmall === false ? '(not met again from its start)\n' : ''
  return `${head}${text}\n  ${JSON.stringify(steps)}\n  ${JSON.stringify(rows)}`
}

module.exports = { shown }
