// One trial that goes on: four processes write to one block that is loaded again every few seconds, while they are killed and started
// again, and main and Redis fail now and then.
const fs = require('node:fs')
const path = require('node:path')
const { Rng } = require('../parity/rng')
const { faults } = require('./plan')
const { startServers } = require('./servers')
const { Trial } = require('./trial')
const { WRITERS, blocksOf, crashApp } = require('./world')
const { readLog } = require('./writelog')

const TTL_S = 3
const FAULTS_A_MINUTE = 12

/** @param {number} seed @param {import('./plan').Queue} queue @param {number} minutes @returns {import('./plan').Plan} */
function makeSoak(seed, queue, minutes) {
  const rng = Rng.of(seed)
  const [block] = blocksOf(seed)
  const writers = WRITERS.map((name) => ({ name, block, atOnce: rng.pick([1, 2]), pauseMs: 80, deaths: [] }))
  const ms = minutes * 60_000
  const most = Math.ceil(minutes * FAULTS_A_MINUTE)
  return {
    seed,
    queue,
    durability: 'full',
    everyChange: false,
    blocks: [block],
    homes: Object.fromEntries(WRITERS.map((name) => [name, block])),
    direct: true,
    applier: queue === 'redis',
    file: 'none',
    back: 'copied',
    flushed: false,
    phases: [
      { writers, apart: [], ms, end: 'graceful', faults: faults(rng, queue, writers, ms, most, most) },
    ],
    lease: 'wait',
    ttl: TTL_S,
  }
}

/** @param {string} dir of the logs */
function told(dir) {
  const names = fs.readdirSync(dir)
  const loads = names.filter((name) => name.endsWith('.loads'))
  /** @type {Record<string, number>} */
  const failed = {}
  for (const name of names.filter((one) => !one.endsWith('.loads')))
    for (const { t, code } of readLog(path.join(dir, name)))
      if (t === 'fail') failed[code] = (failed[code] ?? 0) + 1
  return { loads: loads.reduce((sum, name) => sum + fs.statSync(path.join(dir, name)).size, 0), failed }
}

/** @param {{seed: number, queue: import('./plan').Queue, minutes: number, say: (line: string) => void}} options @returns {Promise<number>} findings */
async function soak({ seed, queue, minutes, say }) {
  const plan = makeSoak(seed, queue, minutes)
  const servers = await startServers(queue)
  try {
    const trial = new Trial(crashApp(), servers, plan)
    const { findings, count, dir } = await trial.run()
    const faultCount = plan.phases[0].faults.length
    say(JSON.stringify({ seed, queue, minutes, faults: faultCount, ...count, ...told(trial.folder('logs')) }))
    for (const { what, text } of findings) say(`  ${what}: ${text}`)
    if (findings.length > 0) say(`its files are in ${dir}`)
    else fs.rmSync(dir, { recursive: true, force: true })
    return findings.length
  } finally {
    await servers.remove()
  }
}

module.exports = { soak }
