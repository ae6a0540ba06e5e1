// A child process that a test kills: it prints markers, the test waits for one and ends it there.
const { spawn } = require('node:child_process')
const readline = require('node:readline')

const WAIT_MS = 20_000

class Child {
  /** @param {string} file @param {string[]} args @param {Record<string, string>} env */
  constructor(file, args, env) {
    this.process = spawn(process.execPath, [file, ...args], {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    /** @type {string[]} */
    this.lines = []
    this.errors = ''
    /** @type {Set<() => void>} */
    this.waiters = new Set()
    /** @type {{code: number | null, signal: NodeJS.Signals | null} | null} */
    this.ended = null
    readline.createInterface({ input: this.process.stdout }).on('line', (line) => {
      this.lines.push(line)
      this.wake()
    })
    this.process.stderr.on('data', (chunk) => {
      this.errors += chunk
    })
    // 'close' comes after the last line of output was read.
    this.process.once('close', (code, signal) => {
      this.ended = { code, signal }
      this.wake()
    })
  }

  wake() {
    for (const waiter of [...this.waiters]) waiter()
  }

  /**
   * @param {() => boolean} done @param {string} what @param {number} timeoutMs
   * @returns {Promise<void>}
   */
  until(done, what, timeoutMs) {
    return new Promise((resolve, reject) => {
      const finish = (/** @type {Error | null} */ error) => {
        clearTimeout(timer)
        this.waiters.delete(check)
        if (error) reject(error)
        else resolve()
      }
      const check = () => {
        if (done()) finish(null)
        else if (this.ended) finish(this.complaint(`ended with ${JSON.stringify(this.ended)} before ${what}`))
      }
      const timer = setTimeout(() => finish(this.complaint(`no ${what} within ${timeoutMs} ms`)), timeoutMs)
      this.waiters.add(check)
      check()
    })
  }

  /** @param {string} text */
  complaint(text) {
    return new Error(`child ${text}\n--- stdout\n${this.lines.join('\n')}\n--- stderr\n${this.errors}`)
  }

  /**
   * The rest of the first line that starts with the marker.
   * @param {string} marker @param {number} [timeoutMs]
   */
  async line(marker, timeoutMs = WAIT_MS) {
    const find = () => this.lines.find((line) => line === marker || line.startsWith(`${marker} `))
    await this.until(() => find() !== undefined, `line '${marker}'`, timeoutMs)
    return /** @type {string} */ (find()).slice(marker.length + 1)
  }

  /** @param {string} line */
  send(line) {
    this.process.stdin.write(`${line}\n`)
  }

  /** @param {NodeJS.Signals} signal */
  signal(signal) {
    this.process.kill(signal)
  }

  /** Ends it as a power cut of the process would, and waits until it is gone. */
  async kill() {
    if (!this.ended) this.process.kill('SIGKILL')
    await this.exit()
  }

  /** Waits for its end. @param {number} [timeoutMs] */
  async exit(timeoutMs = WAIT_MS) {
    await this.until(() => this.ended !== null, 'end', timeoutMs)
    return { ...this.ended, lines: this.lines, errors: this.errors }
  }
}

/**
 * Runs a JavaScript file as a process of its own.
 * @param {string} file @param {{args?: string[], env?: Record<string, string>}} [options]
 */
function startChild(file, { args = [], env = {} } = {}) {
  return new Child(file, args, env)
}

module.exports = { startChild }
