// The process of startWorker.
const { answering } = require('./processes')
const { connect, memory } = require('./shared')

answering(async ({ start }) => {
  if (!start) return memory()
  const { Block } = require('sharded')
  const { connection, generated } = start
  const worker = await Block.work({ client: connect(start), connection, generated })
  worker.on('error', (/** @type {any} */ error) => process.stderr.write(`worker: ${error.message}\n`))
  return null
})
