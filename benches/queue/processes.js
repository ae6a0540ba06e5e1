// Processes beside the one that is measured: a worker, and another process of the app. Told what to do by messages, each answered by
// one; they go with the process that started them.
const { fork } = require('node:child_process')
const path = require('node:path')

/** @param {string} file @param {any} start what it begins with */
async function startProcess(file, start) {
  const child = fork(path.join(__dirname, file), { env: { ...process.env, NODE_ENV: 'production' } })
  const ask = (/** @type {any} */ request) =>
    new Promise((resolve, reject) => {
      const gone = (/** @type {any} */ code) => reject(new Error(`${file} ended (${code})`))
      child.once('exit', gone)
      child.once('message', (/** @type {any} */ { answer, error }) => {
        child.off('exit', gone)
        if (error === undefined) resolve(answer)
        else reject(new Error(error))
      })
      child.send(request)
    })
  await ask({ start })
  return { ask, stop: () => new Promise((resolve) => child.once('exit', resolve).kill()) }
}

/** In such a process. @param {(request: any) => Promise<any>} answer */
function answering(answer) {
  process.on('message', (request) => {
    answer(request).then(
      (value) => process.send?.({ answer: value }),
      (error) => process.send?.({ error: String(error?.stack ?? error) }),
    )
  })
  process.once('disconnect', () => process.exit())
}

/**
 * A worker of its own, as on another machine.
 * @param {any} context @param {string} connection
 */
async function startWorker(context, connection) {
  const { ask, stop } = await startProcess('worker.js', { ...context, connection })
  return {
    /** RSS now, and the most there ever was, in MiB. @returns {Promise<{nowMiB: number, mostMiB: number}>} */
    memory: () => /** @type {any} */ (ask({ memory: true })),
    stop,
  }
}

/**
 * Another process of the app, which writes to a block of its own from `write` to `rest`.
 * @param {any} context @param {string} connection
 */
async function startNeighbour(context, connection) {
  const { ask, stop } = await startProcess('neighbour.js', { ...context, connection })
  return {
    /** @param {number} paceMs between two writes */
    write: (paceMs) => ask({ paceMs }),
    rest: () => ask({ paceMs: null }),
    stop,
  }
}

module.exports = { answering, startNeighbour, startWorker }
