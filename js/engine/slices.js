/**
 * Long work on the loop, a slice of it per turn: between two slices the loop serves whatever else is due. All of it takes
 * turns, so that ten results at once hold the loop no longer than one.
 */

const { performance } = require('node:perf_hooks')
const { setTimeout: sleep } = require('node:timers/promises')

/** How long the loop is held before it is given back. */
const SLICE_US = 500

/** @typedef {{ slice: (limitUs: number) => boolean, resolve: () => void, reject: (error: unknown) => void }} Work */

/** @type {Work[]} */
const queue = []

/**
 * @param {(limitUs: number) => boolean} slice works for about that long; true when there is more to do
 * @returns {Promise<void>}
 */
function inSlices(slice) {
  return new Promise((resolve, reject) => {
    queue.push({ slice, resolve, reject })
    if (queue.length === 1) setImmediate(turn)
  })
}

function turn() {
  const until = performance.now() + SLICE_US / 1_000
  let leftUs = SLICE_US
  // What is left of a slice by a small result is the next one's.
  while (queue.length > 0 && leftUs > 0) {
    step(/** @type {Work} */ (queue.shift()), leftUs)
    leftUs = Math.floor((until - performance.now()) * 1_000)
  }
  if (queue.length > 0) setImmediate(turn)
}

/** @param {Work} work @param {number} limitUs */
function step(work, limitUs) {
  try {
    if (work.slice(limitUs)) queue.push(work)
    else work.resolve()
  } catch (error) {
    work.reject(error)
  }
}

/** What holds the loop for longer at a time than this is not made up for. */
const LONGEST_BREATH_MS = 50
/** Nor are more breaths than this: the work has to end some time. */
const ALL_BREATHS_MS = 60_000

/**
 * For long work that comes in pieces: between two of them the loop is left alone for as long as it was busy since the last breath.
 * @returns {() => Promise<void>}
 */
function breather() {
  let last = performance.eventLoopUtilization()
  let leftMs = ALL_BREATHS_MS
  return async () => {
    const { active } = performance.eventLoopUtilization(performance.eventLoopUtilization(), last)
    const ms = Math.min(active, LONGEST_BREATH_MS, leftMs)
    leftMs -= ms
    if (ms > 0) await sleep(ms)
    last = performance.eventLoopUtilization()
  }
}

module.exports = { breather, inSlices }
