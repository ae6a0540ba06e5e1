const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { promisify } = require('node:util')
const { percentile } = require('./stats')

const SAMPLES = 100
const fstat = promisify(fs.fstat)

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

/**
 * What the machine itself costs: syncing 4 KiB to the disk that holds `dir`, and waking a thread
 * and being woken by it.
 * @param {string} dir
 */
async function measureMachine(dir) {
  const file = fs.openSync(path.join(dir, 'fdatasync'), 'w')
  const page = Buffer.alloc(4_096, 1)
  let at = 0
  const syncUs = await p50(() => {
    fs.writeSync(file, page, 0, page.length, at)
    at += page.length
    fs.fdatasyncSync(file)
  })
  const threadWakeUs = await p50(() => fstat(file))
  fs.closeSync(file)
  return {
    cpu: os.cpus()[0].model.trim(),
    cores: os.cpus().length,
    system: `${os.type()} ${os.release()}`,
    node: process.version,
    syncUs,
    threadWakeUs,
  }
}

module.exports = { measureMachine }
