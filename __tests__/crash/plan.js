// What a trial does, all of it from its seed: who writes where, which faults happen when, how it ends.
const { Rng } = require('../parity/rng')
const { WRITERS, blocksOf } = require('./world')

/**
 * @typedef {'local' | 'redis'} Queue
 * @typedef {{at: number, kind: string, who?: string, ms: number}} Fault `at`, `ms`: milliseconds; of the phase, and how long
 * @typedef {{op: number, ticks: number}} Death of a writer by its own hand, `ticks` turns of its loop after it started this write
 * @typedef {object} Writer
 * @property {string} name
 * @property {string} block
 * @property {number} atOnce writes under way at the same time
 * @property {number} pauseMs between two writes, at most
 * @property {Death[]} deaths
 *
 * @typedef {object} Phase
 * @property {Writer[]} writers of the block files as they are
 * @property {Writer[]} apart of the copied file, in a folder of its own
 * @property {Fault[]} faults
 * @property {number} ms
 * @property {'kill' | 'graceful'} end of its processes
 *
 * @typedef {'copied' | 'moved' | 'overwritten' | 'overwritten whole'} Return of an older copy: the file put in its place, or its bytes
 *   over those that are there, with or without its lock files
 *
 * @typedef {object} Plan
 * @property {number} seed
 * @property {Queue} queue
 * @property {'full' | 'os'} durability
 * @property {boolean} everyChange main is sent every change of a Doc
 * @property {string[]} blocks
 * @property {Record<string, string>} homes writer -> block
 * @property {boolean} applier whether a process applies that does not write; without Redis a writer does as well
 * @property {boolean} direct whether somebody else writes the same rows
 * @property {'none' | 'copy' | 'restore'} file what happens to the file of the first block between the phases
 * @property {Return} back how an older copy comes back
 * @property {boolean} flushed whether the writes after the copy have reached main before it comes back
 * @property {Phase[]} phases
 * @property {number} [ttl] seconds after which each process has the block loaded again
 * @property {'wait' | 'empty'} lease with Redis: those of the dead run out, or Redis is emptied
 */

const ALWAYS = { 'kill writer': 20, 'stop writer': 8, 'kill applier': 16, 'stop applier': 8 }
const MAIN = {
  'main: stall': 8,
  'main: reset': 12,
  'main: half-open': 6,
  'main: partition': 6,
  'main: refuse': 5,
  'main: cut before commit': 12,
  'main: cut after commit': 14,
  'main: kill before commit': 8,
  'main: kill after commit': 10,
  'main: crash': 7,
  'main: stand still': 5,
}
const REDIS = {
  'redis: empty': 12,
  'redis: restart': 8,
  'redis: stand still': 6,
  'redis: reset': 8,
  'redis: stall': 6,
  'redis: partition': 4,
}

/** @param {Rng} rng @param {Queue} queue @param {Writer[]} writers @param {number} ms @param {number} most @param {number} [least] @returns {Fault[]} */
function faults(rng, queue, writers, ms, most, least = 1) {
  const weights = /** @type {Record<string, number>} */ ({
    ...ALWAYS,
    ...MAIN,
    ...(queue === 'redis' ? REDIS : {}),
  })
  const made = rng.times(rng.int(least, most), () => {
    const kind = rng.weighted(weights)
    const fault = { at: rng.int(0, ms), kind, ms: rng.int(20, 350) }
    return kind.endsWith(' writer') ? { ...fault, who: rng.pick(writers).name } : fault
  })
  return made.sort((a, b) => a.at - b.at)
}

/** @param {Rng} rng @param {string} name @param {string} block @returns {Writer} */
const writer = (rng, name, block) => ({
  name,
  block,
  atOnce: rng.pick([1, 1, 2, 6]),
  pauseMs: rng.pick([2, 8, 8, 20]),
  deaths: rng.chance(25) ? [{ op: rng.int(1, 40), ticks: rng.int(0, 6) }] : [],
})

/**
 * @param {number} seed @param {Queue} queue
 * @returns {Plan}
 */
function makePlan(seed, queue) {
  const rng = Rng.of(seed * 2 + (queue === 'redis' ? 1 : 0))
  const file = rng.weighted({ none: 70, copy: 14, restore: 16 })
  const blocks = blocksOf(seed).slice(0, rng.chance(65) ? 1 : 2)
  const names = WRITERS.slice(0, file === 'none' && rng.chance(40) ? 3 : 2)
  const writers = names.map((name, at) => writer(rng, name, blocks[at % blocks.length]))
  const end = () => rng.pick(/** @type {const} */ (['kill', 'kill', 'graceful']))
  const ms = file === 'none' ? rng.int(500, 1_100) : rng.int(300, 500)
  /** @type {Phase[]} */
  const phases = [
    { writers, apart: [], ms, end: end(), faults: faults(rng, queue, writers, ms, file === 'none' ? 5 : 2) },
  ]
  if (file !== 'none') {
    const fresh = writer(rng, 'w2', blocks[0])
    // Who goes on in a restored file would not know what it had written: others do.
    const others = writers.filter(({ block }) => block !== blocks[0] || file === 'copy')
    if (file === 'restore') phases.push({ writers, apart: [], ms: rng.int(100, 300), end: end(), faults: [] })
    const last =
      file === 'copy' ? { writers: others, apart: [fresh] } : { writers: [...others, fresh], apart: [] }
    phases.push({
      ...last,
      ms,
      end: end(),
      faults: faults(rng, queue, [...last.writers, ...last.apart], ms, 3),
    })
  }
  return {
    seed,
    queue,
    durability: rng.pick(/** @type {const} */ (['full', 'os'])),
    everyChange: rng.chance(25),
    blocks,
    homes: Object.fromEntries([
      ...names.map((name, at) => [name, blocks[at % blocks.length]]),
      ['w2', names.length > 2 ? blocks[2 % blocks.length] : blocks[0]],
    ]),
    direct: rng.chance(60),
    applier: queue === 'redis' || rng.chance(50),
    file,
    back: rng.pick(/** @type {const} */ (['copied', 'moved', 'overwritten', 'overwritten whole'])),
    flushed: rng.chance(40),
    phases,
    lease: rng.chance(65) ? 'empty' : 'wait',
  }
}

module.exports = { faults, makePlan }
