// `sharded ledger --print | --apply`: the ledger's tables in the main database, for those who make tables by hand.
const { loadArtifacts, locate } = require('../block/artifacts')
const { applyLedger, ledgerSql } = require('../apply/ledger')
const { checkProvider } = require('../block/recipe')
const { CLIENT, requireClient, withClient } = require('./client.js')
const { colorsOf, usage } = require('./output.js')
const { PLACE, placeOf } = require('./place.js')

/** @typedef {{apply?: boolean, print?: boolean, provider?: string, client?: string, dir?: string, generated?: string}} Flags */

/** @param {Flags} flags @returns {Promise<import('./output.js').Report>} */
async function print(flags) {
  const provider = flags.provider ?? loadArtifacts(locate(placeOf(flags)).generated).manifest.provider
  const { ddl, grant, models } = ledgerSql(provider)
  const statements = ddl.map((statement) => `${statement};`)
  const rights = grant ? [`-- what the app's user needs:\n-- ${grant};`] : []
  const known = 'the same as models of schema.prisma, so that Prisma Migrate knows the tables:'
  const inSchema = models ? `${known}\n${models}`.split('\n').map((line) => `-- ${line}`.trimEnd()) : []
  return {
    text: [...statements, ...rights, ...inSchema].join('\n'),
    data: { provider, statements: ddl, grant: grant ?? null, models: models ?? null },
  }
}

/** @param {Flags} flags @returns {Promise<import('./output.js').Report>} */
async function apply(flags) {
  const artifacts = loadArtifacts(locate(placeOf(flags)).generated)
  return withClient(flags, async (given) => {
    const client = requireClient(given, 'ledger --apply')
    checkProvider(client, artifacts)
    await applyLedger(client)
    const { green } = colorsOf(process.stdout)
    const { provider } = artifacts.manifest
    return { text: `${green('✔')} the ledger is in the main database`, data: { provider, applied: true } }
  })
}

/** @param {Flags} flags */
async function run(flags) {
  if (Boolean(flags.apply) === Boolean(flags.print)) throw usage('expected one of --print and --apply')
  return flags.apply ? apply(flags) : print(flags)
}

/** @type {import('./program.js').CliCommand} */
const ledgerCommand = {
  name: 'ledger',
  summary: 'print the SQL of the ledger in the main database, or run it there',
  options: [
    ['--print', 'print the SQL'],
    ['--apply', 'run it by your client; what is there stays'],
    ['--provider <name>', 'postgresql, mysql or sqlite (default: that of the generated files)'],
    CLIENT,
    ...PLACE,
  ],
  run,
}

module.exports = { ledgerCommand }
