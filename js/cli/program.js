// The command line: a table of commands, one exit code, one place where errors become words.
const { Command, CommanderError } = require('commander')
const { version } = require('../../package.json')
const { blockCommands } = require('./blocks.js')
const { doctorCommand } = require('./doctor.js')
const { generateCommand } = require('./generate.js')
const { ledgerCommand } = require('./ledger.js')
const { reportError } = require('./output.js')
const { rejectedCommands } = require('./rejected.js')
const { statusCommand } = require('./status.js')

/**
 * @typedef {object} CliCommand
 * @property {string} name
 * @property {string} [args] its one argument, as commander spells it
 * @property {string} summary
 * @property {[flags: string, description: string][]} options every command has --json besides
 * @property {(options: any, given: any) => Promise<import('./output.js').Report | null>} run null: it has printed by itself
 *
 * @typedef {object} CliGroup commands under one name
 * @property {string} name
 * @property {string} summary
 * @property {[flags: string, description: string][]} required of every command of it
 * @property {Array<{name: string, args?: string, summary: string, options: [flags: string, description: string][], run: (args: string[], options: any) => Promise<import('./output.js').Report>}>} commands
 */

/** @type {CliCommand[]} */
const COMMANDS = [generateCommand, statusCommand, ...blockCommands, ledgerCommand, doctorCommand]

/** @type {CliGroup[]} */
const GROUPS = [rejectedCommands]

// Any long time: the timer does not fire.
const LONG_MS = 2 ** 30

/** @param {{json?: boolean}} given @param {() => Promise<import('./output.js').Report | null>} run */
async function reported(given, run) {
  // Nothing of a block holds a process; a command ends when it has its answer.
  const alive = setInterval(() => {}, LONG_MS)
  try {
    const report = await run()
    if (report === null) return
    console.log(given.json ? JSON.stringify(report.data) : report.text)
    if (report.failed) process.exitCode = 1
  } catch (error) {
    reportError(error, Boolean(given.json))
    process.exitCode = 1
  } finally {
    clearInterval(alive)
  }
}

/** @param {Command} parent @param {string} name @param {string} summary @param {[string, string][]} options */
function newCommand(parent, name, summary, options) {
  const command = parent.command(name).summary(summary).description(summary).allowExcessArguments(false)
  for (const [flags, description] of options) command.option(flags, description)
  return command.option('--json', 'print the result as JSON')
}

/** @param {Command} program @param {CliCommand} command */
function addCommand(program, { name, args, summary, options, run }) {
  const command = newCommand(program, name, summary, options)
  if (args !== undefined) command.argument(args)
  command.action((/** @type {any[]} */ ...given) => {
    // The arguments, then the options, then the command.
    const [flags, argument] = args === undefined ? [given[0], undefined] : [given[1], given[0]]
    return reported(flags, () => run(flags, argument))
  })
}

/** @param {Command} program @param {CliGroup} group */
function addGroup(program, { name, summary, required, commands }) {
  const group = program.command(name).summary(summary).description(summary)
  for (const { name, args = '', summary, options, run } of commands) {
    const command = newCommand(group, name, summary, options)
    for (const [flags, description] of required) command.requiredOption(flags, description)
    if (args === '') command.action((given) => reported(given, () => run([], given)))
    else
      command
        .argument(args)
        .action((/** @type {string[]} */ given, /** @type {any} */ flags) =>
          reported(flags, () => run(given, flags)),
        )
  }
}

function makeProgram() {
  const program = new Command('sharded')
    .description('Blocks of a Prisma app: local SQLite files that answer for the main database')
    .version(version, '-v, --version')
    .showSuggestionAfterError()
    .exitOverride()
  for (const command of COMMANDS) addCommand(program, command)
  for (const group of GROUPS) addGroup(program, group)
  program.on('command:*', ([name]) => {
    const known = [...COMMANDS, ...GROUPS].map((command) => command.name).join(', ')
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
