// What of a seed follows from its number, and how a difference is shown: as text that can go into regressions.json.

// Every so many seeds the block holds some rows only.
const PARTIAL_EVERY = 5

/** @param {number} seed */
const isPartial = (seed) => seed % PARTIAL_EVERY === 0

/** @param {import('./session').Difference} difference */
const shown = ({ call, text, way }) => `${JSON.stringify(call)}\n  (${way}) ${text}`

module.exports = { isPartial, shown }
