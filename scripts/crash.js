// npm run crash -- --trials 100 --seed 1: processes that write while all around them fails, and an audit of what arrived.
const { Command, InvalidArgumentError, Option } = require('commander')
const { crash } = require('../__tests__/crash/run')
const { soak } = require('../__tests__/crash/soak')

/** @param {string} text */
function whole(text) {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError('expected a whole number above 0')
  return number
}

const program = new Command('crash')
  .description(
    'Kill processes and servers while they write, then prove that nothing is lost, doubled, torn or out of order',
  )
  .option('--trials <n>', 'how many', whole, 20)
  .option('--seed <n>', 'the first seed; by default the first that the ledger does not have', whole)
  .addOption(new Option('--queue <name>', 'on the way to main').choices(['local', 'redis']).default('local'))
  .addOption(
    new Option('--provider <name>', 'of the main database').choices(['postgresql']).default('postgresql'),
  )
  .option('--jobs <n>', 'trials side by side, each with servers of its own', whole, 4)
  .option('--soak <minutes>', 'one trial of so many minutes instead, of four processes on one block', whole)
  .option('--no-ledger', 'leave the ledger as it is')

// Folders of this run are named by it.
process.env.SHARDED_TEST_RUN ??= `crash-${process.pid}`
const options = /** @type {any} */ (program.parse().opts())

/**
 * Not left to Node 20: after a `resetAndDestroy()` of a socket that was being shut down it never ends of itself.
 * @param {number} code
 */
const end = (code) => process.exit(code)

/** @returns {Promise<number>} findings */
async function run() {
  const { queue, seed = 1, soak: minutes } = options
  if (minutes !== undefined) return soak({ seed, queue, minutes, say: console.log })
  const { findings, sums } = await crash({ ...options, seed: options.seed ?? 0, say: console.log })
  console.log(`${queue}: ${JSON.stringify(sums)}, ${findings} findings`)
  return findings
}

run().then(
  (findings) => end(findings > 0 ? 1 : 0),
  (error) => {
    console.error(error)
    end(1)
  },
)
