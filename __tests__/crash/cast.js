// The processes of a phase: started, killed, stopped, and started again when they have died.
const path = require('node:path')
const { startChild } = require('../support/child')

/** Several times: the processes of a busy machine may stand still, and then all their time is over at once. */
const WAIT_MS = 20_000
const WAITS = 3

/** @typedef {{name: string, file: string, given: any}} Role */

class Actor {
  /** @param {Role} role */
  constructor({ name, file, given }) {
    this.name = name
    this.file = path.join(__dirname, file)
    this.given = { ...given, name }
    this.starts = 0
    this.leaving = false
    this.stopped = false
    /** @type {string[]} what it said before it ended with an error */
    this.troubles = []
    this.child = this.start()
  }

  start() {
    this.starts += 1
    const child = startChild(this.file, { env: { CRASH: JSON.stringify(this.given) } })
    child.process.once('close', (code, signal) => {
      // One that has only just started does not know SIGTERM yet.
      const told = this.leaving && (code === 0 || signal === 'SIGTERM')
      if (signal !== 'SIGKILL' && !told)
        this.troubles.push(`${this.name} ended with ${code ?? signal}: ${child.errors.slice(-2_000)}`)
      if (!this.leaving) this.child = this.start()
    })
    return child
  }

  /** @param {NodeJS.Signals} signal */
  signal(signal) {
    this.child.signal(signal)
  }

  /** Until it has its blocks open, however often it has to start. */
  async open() {
    for (let waits = 0; ; ) {
      const { child } = this
      try {
        return void (await child.line('open', WAIT_MS))
      } catch (error) {
        if (child === this.child && child.ended === null) waits += 1
        if (waits === WAITS)
          throw new Error(`${this.name} did not open: ${/** @type {Error} */ (error).message}`)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }
  }

  /** @param {'kill' | 'graceful'} how */
  async end(how) {
    this.leaving = true
    this.signal('SIGCONT')
    this.signal(how === 'kill' ? 'SIGKILL' : 'SIGTERM')
    for (let waits = 1; !this.child.ended; waits++)
      await this.child.exit(WAIT_MS).catch((error) => {
        if (waits === WAITS) throw error
      })
  }
}

class Cast {
  /** @param {Role[]} roles */
  constructor(roles) {
    this.actors = new Map(roles.map((role) => [role.name, new Actor(role)]))
  }

  /** It starts again by itself. @param {string} name */
  kill(name) {
    this.actors.get(name)?.signal('SIGKILL')
  }

  /** @param {string} name @param {number} ms */
  async stop(name, ms) {
    const actor = this.actors.get(name)
    actor?.signal('SIGSTOP')
    await new Promise((resolve) => setTimeout(resolve, ms))
    actor?.signal('SIGCONT')
  }

  async open() {
    await Promise.all([...this.actors.values()].map((actor) => actor.open()))
  }

  /** @param {'kill' | 'graceful'} how */
  async end(how) {
    const ends = await Promise.allSettled([...this.actors.values()].map((actor) => actor.end(how)))
    for (const actor of this.actors.values()) if (!actor.child.ended) await actor.child.kill()
    const late = ends.find(({ status }) => status === 'rejected')
    return [
      ...[...this.actors.values()].flatMap(({ troubles }) => troubles),
      ...(late ? [`did not end: ${/** @type {any} */ (late).reason.message}`] : []),
    ]
  }

  get starts() {
    return [...this.actors.values()].reduce((sum, { starts }) => sum + starts, 0)
  }
}

module.exports = { Cast }
