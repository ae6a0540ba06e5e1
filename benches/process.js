const { fork } = require('node:child_process')
const path = require('node:path')

/** A cell's process, and its verbs as async methods. */
class CellProcess {
  /** @param {string} title for error messages */
  constructor(title) {
    this.title = title
    // 'advanced' keeps a Date a Date on its way to the parent, which compares rows.
    this.child = fork(path.join(__dirname, 'cell.js'), {
      serialization: 'advanced',
      execArgv: ['--expose-gc'],
      // Elsewhere Prisma captures a stack trace for each call, and a block does the same.
      env: { ...process.env, NODE_ENV: 'production' },
    })
  }

  /** @param {string} command @param {any} [argument] @returns {Promise<any>} */
  send(command, argument) {
    return new Promise((resolve, reject) => {
      const onExit = (/** @type {number | null} */ code) =>
        reject(new Error(`${this.title}: the process ended (${code}) during ${command}`))
      this.child.once('exit', onExit)
      this.child.once('message', (/** @type {any} */ { result, error }) => {
        this.child.off('exit', onExit)
        if (error === undefined) resolve(result)
        else reject(new Error(`${this.title}, ${command}: ${error}`))
      })
      this.child.send({ command, argument })
    })
  }

  /** Ends the process and waits until it is gone. */
  async end() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const gone = new Promise((resolve) => this.child.once('exit', resolve))
    this.child.kill('SIGKILL')
    await gone
  }
}

module.exports = { CellProcess }
