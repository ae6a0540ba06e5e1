// The committed account of what was fuzzed: per provider and per state of the code, how many seeds and calls, and what came of them.
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const ROOT = path.resolve(__dirname, '../..')
const FILE = path.join(__dirname, 'ledger.json')

/**
 * @typedef {{seeds: [number, number][], calls: number, differences: number, local: number, forwarded: number,
 *   refused: number, repeated: number, fast: number}} Entry seeds: from, to, both included
 * @typedef {Record<string, Record<string, Entry>>} Ledger by provider, by code
 */

/** Git's tree hashes of src and js as they are in the working tree: `git rev-parse HEAD:src HEAD:js` of a clean one. */
function codeVersion() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sharded-index-'))
  const env = { ...process.env, GIT_INDEX_FILE: path.join(folder, 'index') }
  const git = (/** @type {string[]} */ ...args) =>
    execFileSync('git', args, { cwd: ROOT, env, encoding: 'utf8' }).trim()
  try {
    git('add', 'src', 'js')
    return ['src/', 'js/'].map((prefix) => git('write-tree', `--prefix=${prefix}`).slice(0, 12)).join('-')
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

/** @returns {Ledger} */
function readLedger() {
  return fs.existsSync(FILE) ? JSON.parse(fs.readFileSync(FILE, 'utf8')) : {}
}

/** Seeds of no earlier run. @param {string} provider */
function nextSeed(provider) {
  const ranges = Object.values(readLedger()[provider] ?? {}).flatMap(({ seeds }) => seeds)
  return Math.max(0, ...ranges.map(([, to]) => to)) + 1
}

/** @param {[number, number][]} ranges @param {number} seed */
function addSeed(ranges, seed) {
  const open = ranges.find(([, to]) => to === seed - 1)
  if (open) open[1] = seed
  else if (!ranges.some(([from, to]) => from <= seed && seed <= to)) ranges.push([seed, seed])
}

/** @returns {Entry} */
const empty = () => ({
  seeds: [],
  calls: 0,
  differences: 0,
  local: 0,
  forwarded: 0,
  refused: 0,
  repeated: 0,
  fast: 0,
})

/**
 * Read, added to and written whole, so that runs of several providers can go on beside each other.
 * @param {string} provider @param {string} code
 * @param {{seed: number, differences: number, count: import('./tally').Count}} run
 */
function addToLedger(provider, code, { seed, differences, count }) {
  const ledger = readLedger()
  ledger[provider] ??= {}
  ledger[provider][code] ??= empty()
  const entry = ledger[provider][code]
  addSeed(entry.seeds, seed)
  entry.differences += differences
  for (const name of /** @type {const} */ (['calls', 'local', 'forwarded', 'refused', 'repeated', 'fast']))
    entry[name] += count[name]
  const draft = `${FILE}.${process.pid}`
  fs.writeFileSync(
    draft,
    `${JSON.stringify(ledger, null, 2).replace(/\[\s+(\d+),\s+(\d+)\s+\]/g, '[$1, $2]')}\n`,
  )
  fs.renameSync(draft, FILE)
}

module.exports = { addToLedger, codeVersion, nextSeed }
