// `sharded flush`, `invalidate` and `delete`: one block of this machine, by name.
const { loadArtifacts, locate } = require('../block/artifacts')
const { Block } = require('../block')
const { checkBlockId } = require('../blockid')
const { blockPath, exists } = require('../file')
const { list } = require('../block/listing')
const { CLIENT, requireClient, withClient } = require('./client.js')
const { PLACE, placeOf } = require('./place.js')
const { colorsOf, usage } = require('./output.js')

/**
 * @typedef {{dir?: string, generated?: string, client?: string, timeout?: string, force?: boolean, all?: boolean, ledger?: boolean, connection?: string, onRejected?: string}} Flags
 * @typedef {import('./output.js').Report} Report
 */

const DEFAULT_SECONDS = '30'
/** @type {[string, string]} */
const TIMEOUT = [
  '--timeout <seconds>',
  `how long to wait for the main database (default: ${DEFAULT_SECONDS})`,
]

/** @param {Flags} flags @returns {number} milliseconds */
function timeoutOf({ timeout = DEFAULT_SECONDS }) {
  const seconds = Number(timeout)
  if (Number.isFinite(seconds) && seconds >= 0.001 && seconds <= 2_000_000) return seconds * 1_000
  throw usage(`--timeout: expected a number of seconds above 0, given '${timeout}'`)
}

/** @param {string} blockId @param {Flags} flags */
function requireFile(blockId, flags) {
  const { generated, dir } = locate(placeOf(flags))
  const { manifest } = loadArtifacts(generated)
  const file = blockPath(dir, checkBlockId(blockId), manifest.fingerprint)
  if (!exists(file)) throw absent(blockId, file)
  return { file, manifest }
}

/** @param {string} blockId @param {string} file */
const absent = (blockId, file) =>
  Object.assign(new Error(`there is no block '${blockId}' on this machine: ${file} does not exist`), {
    code: 'SHARDED_NO_BLOCK',
  })

/**
 * The app may want each change of a model to arrive (`coalesce`), and nobody here knows: all of them do.
 * @param {string} blockId @param {Flags} flags @param {any} client @returns {Promise<Flushed>}
 */
async function flushOne(blockId, flags, client) {
  const { file, manifest } = requireFile(blockId, flags)
  const models = manifest.models.map((/** @type {{name: string}} */ { name }) => [name, 'none'])
  const { onRejected, connection } = flags
  const db = await Block.create({
    blockId,
    client,
    ...placeOf(flags),
    ...(connection === undefined ? {} : { connection }),
    ...(onRejected === undefined ? {} : { onRejected }),
    ...(flags.ledger === false ? { ledger: false } : {}),
    coalesce: Object.fromEntries(models),
  })
  /** @type {any[]} */
  const rejected = []
  db.$block.on('rejected', (/** @type {any} */ event) => rejected.push(event))
  try {
    const { commits } = db.$block.pending()
    await db.$block.flush({ timeout: timeoutOf(flags) })
    return { block: blockId, file, flushed: commits - rejected.length, rejected }
  } finally {
    await db.$disconnect()
  }
}

/** @typedef {{block: string, file: string, flushed: number, rejected: any[], error?: {code: string, message: string}}} Flushed */

/** @param {Flushed} done */
function flushedText({ block: blockId, flushed, rejected, error }) {
  const { green, red } = colorsOf(process.stdout)
  if (error) return `${red('✘')} ${blockId}: ${error.message}`
  const commits = flushed === 1 ? '1 commit' : `${flushed} commits`
  const sent = `${green('✔')} ${commits} of ${blockId} reached the main database`
  if (rejected.length === 0) return sent
  return `${sent}\n${red('✘')} ${rejected.length} refused: npx sharded rejected list --block ${blockId}`
}

/** Those of them that wait; what one cannot send does not keep the others. @param {Flags} flags @param {any} client @returns {Promise<Flushed[]>} */
async function flushAll(flags, client) {
  const listed = await list(placeOf(flags))
  /** @type {Flushed[]} */
  const done = []
  for (const { id, path: file, current, pending, problem } of listed) {
    if (problem === null && pending.commits === 0) continue
    const block = id ?? file
    const failed = (/** @type {string} */ code, /** @type {string} */ message) =>
      done.push({ block, file, flushed: 0, rejected: [], error: { code, message } })
    if (problem !== null) failed('SHARDED_STORAGE', problem)
    else if (!current || id === null)
      failed(
        'SHARDED_NOT_CURRENT',
        `${pending.commits} commits of another data model wait (${file}): flush them with its generated files`,
      )
    else
      await flushOne(id, flags, client).then(
        (one) => done.push(one),
        (error) => failed(error.code ?? error.name, error.message),
      )
  }
  return done
}

/** @param {Flags} flags @param {string | undefined} blockId @returns {Promise<Report>} */
async function flush(flags, blockId) {
  timeoutOf(flags)
  if ((blockId === undefined) === (flags.all !== true)) throw usage('expected the id of a block, or --all')
  if (blockId !== undefined) requireFile(blockId, flags)
  return withClient(flags, async (given) => {
    const client = requireClient(given, 'flush')
    const all =
      blockId === undefined ? await flushAll(flags, client) : [await flushOne(blockId, flags, client)]
    const text = all.map(flushedText).join('\n') || 'nothing is pending'
    const data = blockId === undefined ? { blocks: all } : all[0]
    return {
      text,
      data,
      failed: all.some(({ rejected, error }) => rejected.length > 0 || error !== undefined),
    }
  })
}

/** @type {Record<string, (id: string) => string>} */
const INVALIDATED = {
  marked: (id) => `${id} is stale: who opens it, or has it open, loads it again`,
  told: (id) => `${id} is not on this machine; those that have it open were told`,
}

/** @param {Flags} flags @param {string} blockId @returns {Promise<Report>} */
async function invalidate(flags, blockId) {
  const { connection } = flags
  return withClient(flags, async (client) => {
    const result = await Block.invalidate(blockId, {
      ...placeOf(flags),
      ...(client === undefined ? {} : { client }),
      ...(connection === undefined ? {} : { connection }),
    })
    if (result === 'absent') requireFile(blockId, flags)
    const { green } = colorsOf(process.stdout)
    return { text: `${green('✔')} ${INVALIDATED[result](blockId)}`, data: { block: blockId, result } }
  })
}

/** @param {Flags} flags @param {string} blockId @returns {Promise<Report>} */
async function remove(flags, blockId) {
  const timeout = timeoutOf(flags)
  const { file } = requireFile(blockId, flags)
  const force = flags.force === true
  return withClient(flags, async (client) => {
    const options = { ...placeOf(flags), force, timeout, ...(client === undefined ? {} : { client }) }
    const { deleted, dropped } = await Block.delete_block(blockId, options).catch(inWords)
    if (!deleted) throw absent(blockId, file)
    const { green, yellow } = colorsOf(process.stdout)
    const lost = dropped === 1 ? '1 commit was' : `${dropped} commits were`
    const lines = [`${green('✔')} ${blockId} is deleted`]
    if (dropped > 0) lines.push(yellow(`! ${lost} dropped that had not reached the main database`))
    return { text: lines.join('\n'), data: { block: blockId, file, dropped } }
  })
}

/** The API's words for its options are not those of the command line. @param {any} error @returns {never} */
function inWords(error) {
  if (error?.code === 'SHARDED_PENDING_COMMITS')
    error.message = error.message
      .replace('and is not open in this process: ', 'and no client was named: ')
      .replace('{client}', '--client <module>')
      .replace('{force: true}', '--force')
  throw error
}

/** @type {[string, string]} */
const CONNECTION = ['--connection <url>', 'the Redis of its queue (default: REDIS_URL, else REDIS_HOST)']

/** @type {import('./program.js').CliCommand[]} */
const blockCommands = [
  {
    name: 'flush',
    args: '[blockId]',
    summary: 'send what is pending to the main database, and wait for it',
    options: [
      ['--all', 'every block of the folder that has something pending'],
      CLIENT,
      TIMEOUT,
      CONNECTION,
      ['--no-ledger', 'for a block that was made with ledger: false'],
      ['--on-rejected <how>', "what happens to the rows of a refused commit: 'revert' (default) or 'keep'"],
      ...PLACE,
    ],
    run: flush,
  },
  {
    name: 'invalidate',
    args: '<blockId>',
    summary: 'have a block loaded again, here and, with Redis, on every machine',
    options: [CONNECTION, CLIENT, ...PLACE],
    run: invalidate,
  },
  {
    name: 'delete',
    args: '<blockId>',
    summary: 'send what is pending, then remove a block’s files',
    options: [['--force', 'drop what is pending'], CLIENT, TIMEOUT, ...PLACE],
    run: remove,
  },
]

module.exports = { CONNECTION, blockCommands, flushOne, timeoutOf }
