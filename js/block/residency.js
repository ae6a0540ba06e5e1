// How many blocks of this process have their files open. The others sleep: a call opens the file again, unnoticed by whoever made it.
// Native knows who is used (src/native/residency.rs); here are its limits, and the clock.

const fs = require('node:fs')
const { addon } = require('../binding')
const { CONFIGURE_OPTIONS, checkOptions } = require('../options')

/** An awake block has 4 descriptors, more while it is written to; a sleeping one keeps 1 while there are enough. */
const AWAKE_DESCRIPTORS = 10
const USUAL_DESCRIPTORS = 1024
const LIMITS = '/proc/self/limits'

const NONE = { awake: 0, asleep: 0, woken: 0 }

/** @returns {number} how many descriptors this process may have */
function descriptorLimit() {
  try {
    const found = /^Max open files\s+(\d+|unlimited)/m.exec(fs.readFileSync(LIMITS, 'utf8'))?.[1]
    return found === 'unlimited' ? Infinity : Number(found ?? USUAL_DESCRIPTORS)
  } catch {
    // Systems without it give a process at least so many.
    return USUAL_DESCRIPTORS
  }
}

/** @typedef {{maxOpen: number, maxBytes: number, maxDescriptors: number, idle: number}} Limits */

/** @type {Limits} */
const limits = checkOptions({}, 'Block.configure', CONFIGURE_OPTIONS)
/** @type {any} */
let residency
/** @type {NodeJS.Timeout | undefined} */
let clock

/** What native is told: blocks awake, bytes, locks that sleeping blocks keep. @returns {[number, number, number]} */
function told() {
  const descriptors = limits.maxDescriptors ?? Math.min(Math.floor(descriptorLimit() * 0.8), 2 ** 31)
  const awake = Math.max(1, Math.min(limits.maxOpen, Math.floor(descriptors / 2 / AWAKE_DESCRIPTORS)))
  return [awake, limits.maxBytes, Math.max(0, descriptors - awake * AWAKE_DESCRIPTORS)]
}

/** For how many blocks the descriptors of a process are enough, by what it may have. @returns {{descriptors: number, awake: number, asleep: number}} */
function capacity() {
  const [awake, , asleep] = told()
  return { descriptors: descriptorLimit(), awake, asleep }
}

/** Looks twice in the time after which an unused block sleeps; no timer while none is awake. */
function tick() {
  clock = residency.tick() === 0 ? undefined : setTimeout(tick, limits.idle / 2).unref()
}

/** For whoever opens a block. */
function residencyOf() {
  const { Residency } = addon()
  residency ??= new Residency(...told())
  clock ??= setTimeout(tick, limits.idle / 2).unref()
  return residency
}

/** @param {unknown} config @returns {Omit<Limits, 'maxDescriptors'> & {maxDescriptors: number | null, awake: number, asleep: number, woken: number}} */
function configure(config = {}) {
  const checked = checkOptions(config, 'Block.configure', CONFIGURE_OPTIONS)
  for (const name of Object.keys(/** @type {object} */ (config)))
    if (checked[name] !== undefined) Object.assign(limits, { [name]: checked[name] })
  residency?.limit(...told())
  if (clock) {
    clearTimeout(clock)
    clock = setTimeout(tick, limits.idle / 2).unref()
  }
  const { awake, asleep, woken } = residency ? JSON.parse(residency.counts()) : NONE
  return { ...limits, maxDescriptors: limits.maxDescriptors ?? null, awake, asleep, woken }
}

module.exports = { capacity, configure, residencyOf }
