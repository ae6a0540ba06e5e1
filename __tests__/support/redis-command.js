// One command to a Redis, for tests that look into it: RESP2 over a socket, no client library.
const net = require('node:net')

const ANSWER_MS = 3_000

/** @param {Buffer} bytes @param {number} from @returns {{value: any, at: number} | null} null when more is to come */
function parse(bytes, from) {
  const end = bytes.indexOf('\r\n', from)
  if (end < 0) return null
  const [kind, text, at] = [String.fromCharCode(bytes[from]), bytes.toString('utf8', from + 1, end), end + 2]
  if (kind === '+') return { value: text, at }
  if (kind === '-') return { value: new Error(text), at }
  if (kind === ':') return { value: Number(text), at }
  const size = Number(text)
  if (size < 0) return { value: null, at }
  if (kind === '$') {
    if (bytes.length < at + size + 2) return null
    return { value: bytes.toString('latin1', at, at + size), at: at + size + 2 }
  }
  const items = []
  let next = at
  for (let index = 0; index < size; index++) {
    const item = parse(bytes, next)
    if (item === null) return null
    items.push(item.value)
    next = item.at
  }
  return { value: items, at: next }
}

/** @param {string[]} args */
const encode = (args) =>
  `*${args.length}\r\n${args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join('')}`

/**
 * @param {string} url @param {string[]} args
 * @returns {Promise<any>} texts as latin1
 */
function redisCommand(url, args) {
  const { hostname, port, password, pathname } = new URL(url)
  const commands = [args]
  if (/^\/[1-9]/.test(pathname)) commands.unshift(['SELECT', pathname.slice(1)])
  if (password) commands.unshift(['AUTH', decodeURIComponent(password)])
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: hostname, port: Number(port || 6379) })
    let bytes = Buffer.alloc(0)
    const done = (/** @type {any} */ value) => {
      socket.destroy()
      if (value instanceof Error) reject(value)
      else resolve(value)
    }
    socket.setTimeout(ANSWER_MS, () => done(new Error(`Redis did not answer ${args[0]}`)))
    socket.on('error', done)
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk])
      let at = 0
      for (let index = 0; index < commands.length; index++) {
        const answer = parse(bytes, at)
        if (answer === null) return
        at = answer.at
        if (answer.value instanceof Error || index === commands.length - 1) return done(answer.value)
      }
    })
    socket.write(commands.map(encode).join(''))
  })
}

module.exports = { redisCommand }
