// npm run fuzz -- --provider postgresql --minutes 10: random reads of a block against its main database; with --writes, random
// sequences of writes on a block and on a second main database.
const { Command, InvalidArgumentError, Option } = require('commander')
const { removeTemporaryDirs } = require('../__tests__/support/app')
const { fuzz } = require('../__tests__/parity/fuzz')
const { fuzzWrites } = require('../__tests__/parity/writes/fuzz')

/** @param {string} text */
function positive(text) {
  const number = Number(text)
  if (!(number > 0)) throw new InvalidArgumentError('expected a number above 0')
  return number
}

/** @param {string} text */
function whole(text) {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError('expected a whole number')
  return number
}

const program = new Command('fuzz')
  .description('Ask a block and its main database the same random questions, and compare their answers')
  .option('--writes', 'sequences of writes and reads, and compare the tables too')
  .option('--sequences <k>', 'with --writes: sequences of each seed', positive, 40)
  .addOption(
    new Option('--prisma <version>', 'with --writes: the major version of Prisma')
      .choices(['6', '7'])
      .default('7'),
  )
  .option('--flat', 'with --writes: without relations and interactive transactions')
  .addOption(
    new Option('--provider <name>', 'of the main database')
      .choices(['postgresql', 'mysql', 'sqlite'])
      .default('postgresql'),
  )
  .option('--minutes <n>', 'how long', positive, 1)
  .option('--seed <n>', 'the first seed; by default the first that the ledger does not have', positive, 0)
  .option('--calls <k>', 'calls of each seed', positive, 1000)
  .option('--shrinks <n>', 'differences of a seed that are made small and shown', whole, 5)
  .option('--no-ledger', 'leave the ledger as it is')

// Folders of this run are named by it.
process.env.SHARDED_TEST_RUN ??= String(process.pid)
const options = /** @type {any} */ (program.parse().opts())
const run = options.writes ? fuzzWrites(options) : fuzz(options)
run
  .then((differences) => {
    process.exitCode = differences > 0 ? 1 : 0
  })
  .finally(removeTemporaryDirs)
