// What a writer knows of its writes, in a file of its own, outside of the block: the intent before the call, the answer after it, each
// on the disk before anything else happens.
const fs = require('node:fs')

/**
 * @typedef {Record<string, any> & {t: 'intent' | 'ack' | 'fail', op: string}} Entry
 */

/** @param {string} text @returns {number} where a line begins that the end of its process has torn, or the text ends */
const wholeLength = (text) => Buffer.byteLength(text.slice(0, text.lastIndexOf('\n') + 1))

/** @param {string} text @returns {Entry[]} */
const parse = (text) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))

/** @param {string} file @returns {Entry[]} without a line that is not whole */
const readLog = (file) => (fs.existsSync(file) ? parse(fs.readFileSync(file, 'utf8')) : [])

class WriteLog {
  /** @param {string} file */
  constructor(file) {
    this.before = readLog(file)
    this.fd = fs.openSync(file, 'a')
    fs.ftruncateSync(this.fd, wholeLength(fs.readFileSync(file, 'utf8')))
  }

  /** @param {Entry} entry */
  add(entry) {
    fs.writeSync(this.fd, `${JSON.stringify(entry)}\n`)
    fs.fsyncSync(this.fd)
  }
}

module.exports = { WriteLog, readLog }
