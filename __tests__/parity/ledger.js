// The committed account of what was fuzzed: per provider and per state of the code, how many seeds and calls, and what came of them.
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { withLoadLock } = require('../../js/file')

const ROOT = path.resolve(__dirname, '../..')
/** One for all: it is held for a moment. */
const LOCK = path.join(os.tmpdir(), 'sharded-fuzz-ledger')

/**
 * @typedef {Record<string, any> & {seeds: [number, number][], differences: number}} Entry seeds: from, to, both included; and the counts
 * @typedef {Record<string, Record<string, Entry>>} Entries by provider, by code
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

/** @param {[number, number][]} ranges @param {number} seed @returns {boolean} whether it is new */
function addSeed(ranges, seed) {
  if (ranges.some(([from, to]) => from <= seed && seed <= to)) return false
  const open = ranges.find(([, to]) => to === seed - 1)
  if (open) open[1] = seed
  else ranges.push([seed, seed])
  return true
}

class Ledger {
  /** @param {string} file @param {readonly string[]} counts what is counted of each run beside its differences */
  constructor(file, counts) {
    this.file = file
    this.counts = counts
  }

  /** @returns {Entries} */
  read() {
    return fs.existsSync(this.file) ? JSON.parse(fs.readFileSync(this.file, 'utf8')) : {}
  }

  /** Seeds of no earlier run. @param {string} provider */
  nextSeed(provider) {
    const ranges = Object.values(this.read()[provider] ?? {}).flatMap(({ seeds }) => seeds)
    return Math.max(0, ...ranges.map(([, to]) => to)) + 1
  }

  /**
   * Read, added to and written whole, under a lock, so that several runs can go on beside each other. A seed counts once.
   * @param {string} provider @param {string} code
   * @param {{seed: number, differences: number, count: Record<string, number>}} run
   */
  add(provider, code, run) {
    return withLoadLock(LOCK, async () => this.rewrite(provider, code, run))
  }

  /** @param {string} provider @param {string} code @param {{seed: number, differences: number, count: Record<string, number>}} run */
  rewrite(provider, code, { seed, differences, count }) {
    const entries = this.read()
    entries[provider] ??= {}
    const none = Object.fromEntries(this.counts.map((name) => [name, 0]))
    entries[provider][code] ??= { seeds: [], ...none, differences: 0 }
    const entry = entries[provider][code]
    if (!addSeed(entry.seeds, seed)) return
    entry.differences += differences
    for (const name of this.counts) entry[name] = (entry[name] ?? 0) + count[name]
    const draft = `${this.file}.${process.pid}`
    fs.writeFileSync(
      draft,
      `${JSON.stringify(entries, null, 2).replace(/\[\s+(\d+),\s+(\d+)\s+\]/g, '[$1, $2]')}\n`,
    )
    fs.renameSync(draft, this.file)
  }
}

/** Of reads. */
const READS = new Ledger(path.join(__dirname, 'ledger.json'), [
  ...['calls', 'local', 'forwarded', 'refused', 'repeated', 'fast'],
])

module.exports = { Ledger, READS, codeVersion }
