// What each kind of fault does.
const { setTimeout: sleep } = require('node:timers/promises')

/**
 * @typedef {{cast: import('./cast').Cast, servers: import('./servers').Servers}} Stage
 * @typedef {(stage: Stage, fault: import('./plan').Fault) => any} Fault resolves when it is over
 */

const APPLIER = 'applier'

/** For a while. @param {(proxy: import('./proxy').FaultProxy) => void} begin @param {boolean} cut @param {'toMain' | 'toRedis'} way @returns {Fault} */
const between =
  (way, begin, cut) =>
  async ({ servers }, { ms }) => {
    const proxy = /** @type {import('./proxy').FaultProxy} */ (servers[way])
    begin(proxy)
    await sleep(ms)
    proxy.heal({ cut })
  }

/** @type {Record<string, Fault>} */
const FAULTS = {
  'kill writer': ({ cast }, { who }) => cast.kill(String(who)),
  'stop writer': ({ cast }, { who, ms }) => cast.stop(String(who), ms),
  'kill applier': ({ cast }) => cast.kill(APPLIER),
  'stop applier': ({ cast }, { ms }) => cast.stop(APPLIER, ms),
  'main: stall': between('toMain', (proxy) => proxy.stall(), false),
  'main: partition': between('toMain', (proxy) => proxy.stall(), true),
  'main: half-open': between('toMain', (proxy) => proxy.halveAll(), false),
  'main: refuse': between('toMain', (proxy) => proxy.refuse(), false),
  'main: reset': ({ servers }) => servers.toMain.resetAll(),
  'main: cut before commit': ({ servers }) => servers.toMain.trap('before', () => {}),
  'main: cut after commit': ({ servers }) => servers.toMain.trap('lost', () => {}),
  'main: kill before commit': ({ cast, servers }) =>
    servers.toMain.trap('before', (owner) => cast.kill(owner)),
  'main: kill after commit': ({ cast, servers }) => servers.toMain.trap('lost', (owner) => cast.kill(owner)),
  'main: crash': ({ servers }, { ms }) => servers.crashMain(ms),
  'main: stand still': ({ servers }, { ms }) => servers.standMain(ms),
  'redis: empty': ({ servers }) => servers.emptyRedis(),
  'redis: restart': ({ servers }, { ms }) => servers.restartRedis(ms),
  'redis: stand still': ({ servers }, { ms }) => servers.standRedis(ms),
  'redis: reset': ({ servers }) => servers.toRedis?.resetAll(),
  'redis: stall': between('toRedis', (proxy) => proxy.stall(), false),
  'redis: partition': between('toRedis', (proxy) => proxy.stall(), true),
}

/** All of a phase, each at its time; resolves when all are over. @param {Stage} stage @param {import('./plan').Fault[]} faults */
async function runFaults(stage, faults) {
  await Promise.all(
    faults.map(async (fault) => {
      await sleep(fault.at)
      await FAULTS[fault.kind](stage, fault)
    }),
  )
}

module.exports = { APPLIER, FAULTS, runFaults }
