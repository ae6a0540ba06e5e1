// The command line: a table of commands, one exit code, one place where errors become words.
const { Command, CommanderError } = require('commander')
const { version } = require('../../package.json')
const { generateCommand } = require('./generate.js')
const { reportError } = require('./output.js')

/**
 * @typedef {object} CliCommand
 * @property {string} name
 * @property {string} summary
 * @property {[flags: string, description: string][]} options every command has --json besides
 * @property {(options: any) => Promise<import('./output.js').Report>} run
 */

/** @type {CliCommand[]} */
const COMMANDS = [generateCommand]

/** @param {Command} program @param {CliCommand} command */
function addCommand(program, { name, summary, options, run }) {
  const command = program.command(name).summary(summary).description(summary).allowExcessArguments(false)
  for (const [flags, description] of options) command.option(flags, description)
  command.option('--json', 'print the result as JSON')
  command.action(async (given) => {
    try {
      const report = await run(given)
      console.log(given.json ? JSON.stringify(report.data) : report.text)
    } catch (error) {
      reportError(error, Boolean(given.json))
      process.exitCode = 1
    }
  })
}

function makeProgram() {
  const program = new Command('sharded')
    .description('Blocks of a Prisma app: local SQLite files that answer for the main database')
    .version(version, '-v, --version')
    .showSuggestionAfterError()
    .exitOverride()
  for (const command of COMMANDS) addCommand(program, command)
  program.on('command:*', ([name]) => {
    const known = COMMANDS.map((command) => command.name).join(', ')
    program.error(`error: unknown command '${name}': expected one of ${known}`)
  })
  return program
}

/** @param {string[]} argv */
async function main(argv) {
  try {
    await makeProgram().parseAsync(argv)
  } catch (error) {
    // Thrown by exitOverride after commander has printed help, the version or its complaint.
    if (!(error instanceof CommanderError)) throw error
    process.exitCode = error.exitCode
  }
}

module.exports = { main }
