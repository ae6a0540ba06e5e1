// What the command line prints: words for people, JSON for machines, errors on stderr.
const { createColors } = require('picocolors')

/**
 * @typedef {object} Report
 * @property {string} text for people
 * @property {object} data for machines
 * @property {boolean} [failed] it was done, and what it found is bad: exit code 1
 */

/** Colours are decided per stream: one may be a terminal and the other a file. @param {NodeJS.WriteStream} stream */
function colorsOf(stream) {
  const isWanted = stream.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
  return createColors(Boolean(isWanted || process.env.FORCE_COLOR))
}

/** An error without a code is a fault of ours: its stack says where. @param {any} error @param {boolean} isJson */
function reportError(error, isJson) {
  const { red } = colorsOf(process.stderr)
  const isKnown = typeof error?.code === 'string'
  console.error(`${red('error:')} ${isKnown ? error.message : (error?.stack ?? error)}`)
  if (error?.detail) console.error(error.detail)
  if (isJson) {
    const { name, code, message, detail } = error
    console.log(JSON.stringify({ error: { name, code, message, detail } }))
  }
}

/** A wrong argument: an error of the command line, not a fault of ours. @param {string} message */
const usage = (message) => Object.assign(new Error(message), { code: 'SHARDED_USAGE' })

module.exports = { colorsOf, reportError, usage }
