// `sharded rejected list|show|retry|drop`: on the files of this machine. None needs a client: what is made anew is sent by whoever
// opens the block next, or has it open.
const { blockDrop, blockRejected, blockRetry } = require('../block/rejected.js')
const { colorsOf, usage } = require('./output.js')
const { PLACE, placeOf } = require('./place.js')

/** @typedef {{block: string, dir?: string, generated?: string, all?: boolean}} Flags */
/** @typedef {import('../block/rejected.js').Rejected} Rejected */

/** @param {string} text */
function seqOf(text) {
  const seq = Number(text)
  if (Number.isSafeInteger(seq) && seq > 0) return seq
  throw usage(`seq: expected the number of a commit, given '${text}'`)
}

/** @param {Rejected} commit */
function lineOf({ seq, atMs, error, cause, changes }) {
  const { bold, dim, red } = colorsOf(process.stdout)
  const code = error.databaseCode ?? error.code ?? 'unknown'
  const why = cause ? dim(`depends on ${cause.seq}`) : `${red(code)} ${error.message}`
  const count = changes.length === 1 ? '1 change' : `${changes.length} changes`
  return `${bold(String(seq))}  ${new Date(atMs).toISOString()}  ${count}  ${why}`
}

/** @param {string[]} _seqs @param {Flags} flags @returns {Promise<import('./output.js').Report>} */
async function list(_seqs, flags) {
  const commits = await blockRejected(flags.block, placeOf(flags))
  const text = commits.length === 0 ? `${flags.block} has no refused commits` : commits.map(lineOf).join('\n')
  return { text, data: { block: flags.block, rejected: commits } }
}

/** @param {string[]} seqs @param {Flags} flags @returns {Promise<import('./output.js').Report>} */
async function show(seqs, flags) {
  const wanted = seqs.map(seqOf)
  const all = await blockRejected(flags.block, placeOf(flags))
  const unknown = wanted.find((seq) => !all.some((commit) => commit.seq === seq))
  if (wanted.length === 0 || unknown !== undefined) {
    const known = all.map(({ seq }) => seq).join(', ') || 'none'
    throw usage(
      `seq: expected one of the refused commits of '${flags.block}' (${known}), given ${unknown ?? 'none'}`,
    )
  }
  const commits = all.filter(({ seq }) => wanted.includes(seq))
  const changesOf = (/** @type {Rejected} */ { changes }) =>
    changes.map((change) => `  ${JSON.stringify(change)}`).join('\n')
  const text = commits.map((commit) => `${lineOf(commit)}\n${changesOf(commit)}`).join('\n')
  return { text, data: { block: flags.block, rejected: commits } }
}

/** @param {string[]} seqs @param {Flags} flags @returns {number[] | undefined} undefined: all */
function whichOf(seqs, { all }) {
  if (all === true && seqs.length === 0) return undefined
  if (!all && seqs.length > 0) return seqs.map(seqOf)
  throw usage('expected numbers of commits, or --all')
}

/** @param {string[]} seqs @param {Flags} flags @returns {Promise<import('./output.js').Report>} */
async function retry(seqs, flags) {
  const retried = await blockRetry(flags.block, whichOf(seqs, flags), placeOf(flags))
  const { green } = colorsOf(process.stdout)
  const lines = retried.map(({ seq, retriedAs }) => `${green('✔')} ${seq} is pending again as ${retriedAs}`)
  const text = lines.join('\n') || `${flags.block} has no refused commits`
  return { text, data: { block: flags.block, retried } }
}

/** @param {string[]} seqs @param {Flags} flags @returns {Promise<import('./output.js').Report>} */
async function drop(seqs, flags) {
  const dropped = await blockDrop(flags.block, whichOf(seqs, flags), placeOf(flags))
  const { green } = colorsOf(process.stdout)
  const lines = dropped.map(({ seq }) => `${green('✔')} ${seq} is dropped`)
  const text = lines.join('\n') || `${flags.block} has no refused commits`
  return { text, data: { block: flags.block, dropped } }
}

/** @type {[string, string]} */
const ALL = ['--all', 'every refused commit of the block']

/** @type {import('./program.js').CliGroup} */
const rejectedCommands = {
  name: 'rejected',
  summary: 'commits that the main database refused',
  required: [['--block <id>', 'the block']],
  commands: [
    { name: 'list', summary: 'list them', options: PLACE, run: list },
    { name: 'show', args: '[seq...]', summary: 'show what they changed', options: PLACE, run: show },
    {
      name: 'retry',
      args: '[seq...]',
      summary: 'make them anew, with those that were refused with them',
      options: [ALL, ...PLACE],
      run: retry,
    },
    {
      name: 'drop',
      args: '[seq...]',
      summary: 'forget them; their rows are read from the main database again',
      options: [ALL, ...PLACE],
      run: drop,
    },
  ],
}

module.exports = { rejectedCommands }
