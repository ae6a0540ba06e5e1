// A TCP proxy that fails on demand: it stands still, resets, swallows what is sent, or acts at a COMMIT of an applier. A
// connection of PostgreSQL names its process (application_name), so that the process can be killed at a point of its protocol.
const net = require('node:net')

const APPLICATION = Buffer.from('application_name\0')
const COMMIT = Buffer.from('COMMIT')
const LEDGER = Buffer.from('ledger')

/**
 * @typedef {'before' | 'lost'} Moment of a COMMIT: it has not reached the server; the server has answered, and nobody heard it
 * @typedef {(owner: string) => void} Trap what happens to the process that owns the connection, beside its reset
 */

/** @param {Buffer} chunk the first of a connection */
function ownerOf(chunk) {
  const at = chunk.indexOf(APPLICATION)
  if (at < 0) return ''
  const from = at + APPLICATION.length
  return chunk.toString('utf8', from, chunk.indexOf(0, from))
}

class Link {
  /** @param {FaultProxy} proxy @param {net.Socket} client @param {number} port */
  constructor(proxy, client, port) {
    this.proxy = proxy
    this.client = client
    this.server = net.connect({ host: '127.0.0.1', port })
    this.owner = ''
    /** A transaction with a claim of the ledger is under way. */
    this.applies = false
    /** @type {Trap | null} runs when the server answers */
    this.onAnswer = null
    for (const socket of [this.client, this.server]) {
      socket.setNoDelay(true)
      // A reset is what the proxy is for: both ends go.
      socket.on('error', () => this.reset())
      socket.on('close', () => this.end())
    }
    this.client.on('data', (chunk) => this.ask(chunk))
    this.server.on('data', (chunk) => this.answer(chunk))
    if (proxy.isStill) this.pause()
  }

  /** @param {Buffer} chunk */
  ask(chunk) {
    if (this.owner === '') this.owner = ownerOf(chunk)
    if (chunk.includes(LEDGER)) this.applies = true
    if (this.applies && chunk.includes(COMMIT)) {
      this.applies = false
      const trap = this.proxy.traps.shift()
      if (trap?.moment === 'before') return this.spring(trap.act)
      if (trap) this.onAnswer = trap.act
    }
    this.server.write(chunk)
  }

  /** @param {Buffer} chunk */
  answer(chunk) {
    if (this.onAnswer) return this.spring(this.onAnswer)
    this.client.write(chunk)
  }

  /** @param {Trap} act */
  spring(act) {
    this.proxy.sprung += 1
    act(this.owner)
    this.reset()
  }

  pause() {
    this.client.pause()
    this.server.pause()
  }

  resume() {
    this.client.resume()
    this.server.resume()
  }

  /** The server sees the end, the client nothing. */
  halve() {
    this.client.pause()
    this.client.removeAllListeners('close')
    this.server.removeAllListeners('close')
    this.server.destroy()
  }

  reset() {
    this.proxy.links.delete(this)
    for (const socket of [this.client, this.server]) if (!socket.destroyed) socket.resetAndDestroy()
  }

  end() {
    this.proxy.links.delete(this)
    this.client.destroy()
    this.server.destroy()
  }
}

class FaultProxy {
  /** @param {number} target port */
  constructor(target) {
    this.target = target
    /** @type {Set<Link>} */
    this.links = new Set()
    this.isStill = false
    this.refuses = false
    /** @type {Array<{moment: Moment, act: Trap}>} for the next COMMITs of appliers */
    this.traps = []
    this.sprung = 0
    this.server = net.createServer((socket) => {
      if (this.refuses) return void socket.resetAndDestroy()
      this.links.add(new Link(this, socket, this.target))
    })
    this.port = 0
  }

  /** @returns {Promise<void>} */
  listen() {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject)
      this.server.listen(0, '127.0.0.1', () => {
        this.port = /** @type {net.AddressInfo} */ (this.server.address()).port
        this.server.unref()
        resolve()
      })
    })
  }

  /** Nothing passes, in either direction; what is sent waits. */
  stall() {
    this.isStill = true
    for (const link of this.links) link.pause()
  }

  /** @param {Moment} moment @param {Trap} act */
  trap(moment, act) {
    this.traps.push({ moment, act })
  }

  resetAll() {
    for (const link of [...this.links]) link.reset()
  }

  halveAll() {
    for (const link of this.links) link.halve()
  }

  /** New connections are refused, those that there are end. */
  refuse() {
    this.refuses = true
    this.resetAll()
  }

  /** As it was. What stood still goes on, unless it was cut off: then both ends hear of it now. @param {{cut?: boolean}} [options] */
  heal({ cut = false } = {}) {
    this.isStill = false
    this.refuses = false
    if (cut) return this.resetAll()
    for (const link of [...this.links]) {
      if (link.server.destroyed) link.reset()
      else link.resume()
    }
  }

  close() {
    this.server.close()
    this.resetAll()
  }
}

/** @param {number} target port @returns {Promise<FaultProxy>} */
async function startProxy(target) {
  const proxy = new FaultProxy(target)
  await proxy.listen()
  return proxy
}

module.exports = { FaultProxy, startProxy }
