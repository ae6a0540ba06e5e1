const { parseArgs } = require('node:util')

const HELP = `npm run demo -- [options]

  --messages <n>  messages in the main database        (default 50000)
  --chats <n>     chats they are spread over, at least 2  (default 25)
  --calls <n>     calls per operation on a block       (default 1000)
  --latency <ms>  network delay of the second main client (default 20)
  --help`

/**
 * @typedef {object} Options
 * @property {number} messages
 * @property {number} chats
 * @property {number} calls
 * @property {number} latency milliseconds added to every round trip of the "far" main client
 * @property {boolean} help
 */

/**
 * @param {string} name
 * @param {string} text
 * @param {number} least
 */
function integer(name, text, least) {
  const value = Number(text)
  if (!Number.isInteger(value) || value < least) {
    throw new Error(`--${name}: expected an integer of at least ${least}, got ${JSON.stringify(text)}`)
  }
  return value
}

/**
 * @param {string[]} args
 * @returns {Options}
 */
function parseOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      messages: { type: 'string', default: '50000' },
      chats: { type: 'string', default: '25' },
      calls: { type: 'string', default: '1000' },
      latency: { type: 'string', default: '20' },
      help: { type: 'boolean', default: false },
    },
  })
  const chats = integer('chats', values.chats, 2)
  return {
    messages: integer('messages', values.messages, chats * 50),
    chats,
    calls: integer('calls', values.calls, 1),
    latency: integer('latency', values.latency, 1),
    help: values.help,
  }
}

module.exports = { HELP, parseOptions }
