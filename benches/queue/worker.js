// The worker of startWorker: told what to do by messages, each answered by one.
const { connect, memory } = require('./shared')

/** @param {any} request */
async function answer({ start }) {
  if (!start) return memory()
  const { Block } = require('sharded')
  const { connection, generated } = start
  const worker = await Block.work({ client: connect(start), connection, generated })
  worker.on('error', (/** @type {any} */ error) => process.stderr.write(`worker: ${error.message}\n`))
  return null
}

process.on('message', (request) => {
  answer(request).then(
    (value) => process.send?.({ answer: value }),
    (error) => process.send?.({ error: String(error?.stack ?? error) }),
  )
})
process.once('disconnect', () => process.exit())
