// What a writer knows of its writes, in a file of its own, outside of the block: the intent before the call, the answer after it, each
// on the disk before anything else happens.
const fs = require('node:fs')

/**
 * @typedef {Record<string, any> & {t: 'intent' | 'ack' | 'fail', op: string}} Entry
 */

/** @param {string} file @returns {Entry[]} without a line that the end of its process has torn */
function readLog(file) {
  if (!fs.existsSync(file)) return []
  const lines = fs.readFileSync(file, 'utf8').split('\n')
  return lines.slice(0, -1).map((line) => JSON.parse(line))
}

class WriteLog {
  /** @param {string} file */
  constructor(file) {
    this.before = readLog(file)
    this.fd = fs.openSync(file, 'a')
  }

  /** @param {Entry} entry */
  add(entry) {
    fs.writeSync(this.fd, `${JSON.stringify(entry)}\n`)
    fs.fsyncSync(this.fd)
  }
}

module.exports = { WriteLog, readLog }
