// `sharded doctor`: what a block needs, looked at one by one; each that is wrong says how to mend it.
const { checkFolder } = require('./checks/folder.js')
const { fail, reasonOf } = require('./checks/finding.js')
const { checkGenerated } = require('./checks/generated.js')
const { checkRuntime } = require('./checks/runtime.js')
const { checkMain, checkRedis } = require('./checks/servers.js')
const { CLIENT, withClient } = require('./client.js')
const { CONNECTION } = require('./blocks.js')
const { colorsOf } = require('./output.js')
const { PLACE } = require('./place.js')

/**
 * @typedef {import('./checks/finding.js').Finding} Finding
 * @typedef {{dir?: string, generated?: string, schema?: string, client?: string, connection?: string}} Flags
 */

/** @param {Finding[]} findings */
function textOf(findings) {
  const { bold, dim, green, red, yellow } = colorsOf(process.stdout)
  const signs = { ok: green('✔'), warn: yellow('!'), fail: red('✘'), skipped: dim('–') }
  const lines = findings.flatMap(({ name, state, detail, fix }) => {
    const line = `${signs[state]} ${bold(name)}  ${state === 'skipped' ? dim(`not checked: ${detail}`) : detail}`
    return fix === undefined ? [line] : [line, `    ${dim('→')} ${fix}`]
  })
  const count = (/** @type {string} */ state) => findings.filter((one) => one.state === state).length
  return [...lines, '', `${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} wrong`].join('\n')
}

/** A client that cannot be made is a finding, not the end. @param {Flags} flags @param {any} manifest @returns {Promise<Finding[]>} */
async function checkWithClient(flags, manifest) {
  try {
    return await withClient(flags, (client) => checkMain(client, manifest))
  } catch (error) {
    return [fail('main database', reasonOf(error), 'correct the module that --client names')]
  }
}

/** @param {Flags} flags @returns {Promise<import('./output.js').Report>} */
async function run(flags) {
  const runtime = checkRuntime()
  const { findings: generated, manifest, dir } = await checkGenerated(flags)
  const hasAddon = !runtime.some(({ name, state }) => name === 'addon' && state === 'fail')
  const rest = hasAddon
    ? [...checkFolder(dir), await checkRedis(flags.connection), ...(await checkWithClient(flags, manifest))]
    : []
  const findings = [...runtime, ...generated, ...rest]
  const failed = findings.some(({ state }) => state === 'fail')
  return { text: textOf(findings), data: { ok: !failed, findings }, failed }
}

/** @type {import('./program.js').CliCommand} */
const doctorCommand = {
  name: 'doctor',
  summary: 'look at what blocks need here: what is wrong, and how to mend it',
  options: [
    ['--schema <path>', "the schema's file or folder (default: where Prisma finds it)"],
    CONNECTION,
    CLIENT,
    ...PLACE,
  ],
  run,
}

module.exports = { doctorCommand }
