// A section of the report that is measured in a process of its own, as the cells are.

const { fork } = require('node:child_process')

/**
 * Runs the file there, which answers with `serve`.
 * @param {string} file @param {any} context what it measures with @param {string[]} [execArgv] @returns {Promise<any>}
 */
function measureApart(file, context, execArgv = []) {
  return new Promise((resolve, reject) => {
    const child = fork(file, { execArgv, env: { ...process.env, NODE_ENV: 'production' } })
    child.once('exit', (code) => reject(new Error(`${file}: the process ended (${code})`)))
    child.once('message', (/** @type {any} */ { result, error }) => {
      child.removeAllListeners('exit')
      child.kill()
      if (error === undefined) resolve(result)
      else reject(new Error(error))
    })
    child.send(context)
  })
}

/** Answers the one request of such a process. @param {(context: any) => Promise<any>} measure */
function serve(measure) {
  process.once('message', (context) => {
    measure(context).then(
      (result) => process.send?.({ result }),
      (error) => process.send?.({ error: String(error?.stack ?? error) }),
    )
  })
}

module.exports = { measureApart, serve }
