const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { promisify } = require('node:util')
const { median, percentile } = require('./stats')

const SAMPLES = 100
const PAGE = Buffer.alloc(4_096, 1)
const fstat = promisify(fs.fstat)
const fdatasync = promisify(fs.fdatasync)

/** @param {() => unknown} call @returns {Promise<number>} p50 in microseconds */
async function p50(call) {
  const samples = []
  for (let i = 0; i < SAMPLES; i++) {
    const before = process.hrtime.bigint()
    await call()
    samples.push(Number(process.hrtime.bigint() - before) / 1_000)
  }
  return percentile(samples, 50)
}

/** Who measures. */
const describeMachine = () => ({
  cpu: os.cpus()[0].model.trim(),
  cores: os.cpus().length,
  system: `${os.type()} ${os.release()}`,
  node: process.version,
})

/**
 * What the machine itself costs: appending 4 KiB to a file in `dir` and syncing it, waking a thread and being woken by
 * it, and both in one: what a write costs that another thread brings to the disk.
 * @param {string} dir
 */
async function measureDisk(dir) {
  const file = fs.openSync(path.join(dir, 'fdatasync'), 'a')
  const append = () => fs.writeSync(file, PAGE)
  const syncUs = await p50(() => {
    append()
    fs.fdatasyncSync(file)
  })
  const threadWakeUs = await p50(() => fstat(file))
  const threadSyncUs = await p50(() => {
    append()
    return fdatasync(file)
  })
  fs.closeSync(file)
  return { syncUs, threadWakeUs, threadSyncUs }
}

/** @typedef {Awaited<ReturnType<typeof measureDisk>>} Disk */

/** @param {Disk[]} disks measured over the run, since a disk has its moods */
const medianDisk = (disks) => ({
  syncUs: median(disks.map(({ syncUs }) => syncUs)),
  threadWakeUs: median(disks.map(({ threadWakeUs }) => threadWakeUs)),
  threadSyncUs: median(disks.map(({ threadSyncUs }) => threadSyncUs)),
})

module.exports = { describeMachine, measureDisk, medianDisk }
