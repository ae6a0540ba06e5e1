/**
 * The nearest-rank percentile: a value that was really measured, not one between two.
 * @param {number[]} values
 * @param {number} percent above 0, at most 100
 */
function percentile(values, percent) {
  if (values.length === 0) throw new Error('percentile of no values')
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]
}

/** The middle value, or the mean of the two in the middle. @param {number[]} values */
function median(values) {
  if (values.length === 0) throw new Error('median of no values')
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * Several rounds of one cell in one line: the median, and how far the rounds lie apart.
 * @param {number[]} values one per round
 */
function spread(values) {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) }
}

/** Of a section's figures: three significant digits, thousands grouped. @param {number} value */
const digits = (value) => Number(value.toPrecision(3)).toLocaleString('en-US')

/** @template T @param {() => Promise<T>} work @returns {Promise<[number, T]>} milliseconds */
async function timed(work) {
  const began = performance.now()
  const result = await work()
  return [performance.now() - began, result]
}

module.exports = { digits, median, percentile, spread, timed }
