// npm run fuzz -- --provider postgresql --minutes 10: random reads of a block against its main database.
const { Command, InvalidArgumentError, Option } = require('commander')
const { removeTemporaryDirs } = require('../__tests__/support/app')
const { fuzz } = require('../__tests__/parity/fuzz')

/** @param {string} text */
function positive(text) {
  const number = Number(text)
  if (!(number > 0)) throw new InvalidArgumentError('expected a number above 0')
  return number
}

const program = new Command('fuzz')
  .description('Ask a block and its main database the same random questions, and compare their answers')
  .addOption(
    new Option('--provider <name>', 'of the main database')
      .choices(['postgresql', 'mysql', 'sqlite'])
      .default('postgresql'),
  )
  .option('--minutes <n>', 'how long', positive, 1)
  .option('--seed <n>', 'the first seed; by default the first that the ledger does not have', positive, 0)
  .option('--calls <k>', 'calls of each seed', positive, 1000)
  .option('--shrinks <n>', 'differences of a seed that are made small and shown', positive, 5)
  .option('--no-ledger', 'leave the ledger as it is')

// Folders of this run are named by it.
process.env.SHARDED_TEST_RUN ??= String(process.pid)
fuzz(program.parse().opts())
  .then((differences) => {
    process.exitCode = differences > 0 ? 1 : 0
  })
  .finally(removeTemporaryDirs)
