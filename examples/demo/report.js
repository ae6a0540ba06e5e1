const Table = require('cli-table3')
const color = require('picocolors')

/** @param {number} us */
function duration(us) {
  if (us < 1_000) return `${us.toFixed(us < 100 ? 1 : 0)} µs`
  return `${(us / 1_000).toFixed(us < 100_000 ? 1 : 0)} ms`
}

/** @param {number} ratio */
const times = (ratio) => `${ratio < 10 ? ratio.toFixed(1) : ratio.toFixed(0)}×`

/** @param {number} ratio */
const speedUp = (ratio) => (ratio >= 1 ? color.green : color.red)(times(ratio))

/**
 * Prints what is being done, then how long it took.
 * @template T
 * @param {string} title
 * @param {() => Promise<[string, T]>} work resolves to what to say, and the result
 * @returns {Promise<T>}
 */
async function step(title, work) {
  console.log(`${color.cyan('▸')} ${color.bold(title)}`)
  const start = performance.now()
  const [said, result] = await work()
  console.log(`  ${said} ${color.dim(`(${((performance.now() - start) / 1_000).toFixed(1)} s)`)}\n`)
  return result
}

/** Lines between columns and under the head, none between rows. */
const LINES = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' }

/**
 * @typedef {{ p50: number, p99: number, calls: number }} Timing
 * @param {{ title: string, timings: Timing[] }[]} rows timings: block, near main, far main
 * @param {number} latency
 */
function speedTable(rows, latency) {
  const table = new Table({
    colAligns: ['left', ...Array(8).fill('right')],
    chars: LINES,
    style: { border: color.isColorSupported ? ['gray'] : [], compact: true },
  })
  const head = (/** @type {string} */ text) => color.cyan(text)
  table.push([
    '',
    { content: head('block'), colSpan: 2, hAlign: 'center' },
    { content: head('main, +0 ms'), colSpan: 3, hAlign: 'center' },
    { content: head(`main, +${latency} ms`), colSpan: 3, hAlign: 'center' },
  ])
  table.push(['', ...['p50', 'p99', 'p50', 'p99', 'faster', 'p50', 'p99', 'faster'].map(color.dim)])
  for (const { title, timings } of rows) {
    const [block, near, far] = timings
    const cells = [color.bold(duration(block.p50)), duration(block.p99)]
    for (const main of [near, far])
      cells.push(duration(main.p50), duration(main.p99), speedUp(main.p50 / block.p50))
    table.push([title, ...cells])
  }
  return table.toString()
}

module.exports = { step, speedTable }
