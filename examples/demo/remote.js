const path = require('node:path')
const { Worker } = require('node:worker_threads')

const CALLS = ['queryRaw', 'executeRaw', 'executeScript', 'commit', 'rollback', 'dispose']

/** The database's thread (postgres.worker.js), and the calls on their way to it. */
class Remote {
  /** @param {string[]} statements run before anything else */
  constructor(statements) {
    this.worker = new Worker(path.join(__dirname, 'postgres.worker.js'), { workerData: { statements } })
    /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
    this.calls = new Map()
    this.called = 0
    this.worker.on('message', (answer) => this.answered(answer))
    this.worker.on('error', (error) => this.failed(error))
  }

  /** @param {string} name @param {number} [target] @param {any[]} [args] @returns {Promise<any>} */
  call(name, target, args) {
    const id = ++this.called
    this.worker.postMessage({ id, target, name, args })
    return new Promise((resolve, reject) => this.calls.set(id, { resolve, reject }))
  }

  /** @param {{ id: number, value?: any, error?: { name: string, message: string, cause: unknown } }} answer */
  answered({ id, value, error }) {
    const call = this.calls.get(id)
    this.calls.delete(id)
    if (error === undefined) call?.resolve(value)
    else call?.reject(Object.assign(new Error(error.message, { cause: error.cause }), { name: error.name }))
  }

  /** @param {Error} error */
  failed(error) {
    for (const { reject } of this.calls.values()) reject(error)
    this.calls.clear()
  }
}

/** A connection or transaction of the other thread, as Prisma's driver adapters look. @param {Remote} remote @param {{ number: number, options?: any }} kept */
function queryable(remote, { number, options }) {
  /** @type {Record<string, any>} */
  const adapter = { provider: 'postgres', adapterName: 'pglite in a thread', options }
  for (const name of CALLS) adapter[name] = (/** @type {any[]} */ ...args) => remote.call(name, number, args)
  adapter.getConnectionInfo = () => ({ supportsRelationJoins: true })
  adapter.startTransaction = async (/** @type {any[]} */ ...args) =>
    queryable(remote, await remote.call('startTransaction', number, args))
  return adapter
}

/**
 * A PostgreSQL in a thread of this process, in memory.
 * @param {string[]} statements that make and fill its tables
 */
async function startRemote(statements) {
  const remote = new Remote(statements)
  await remote.call('ready')
  return {
    factory: {
      provider: 'postgres',
      adapterName: 'pglite in a thread',
      connect: async () => queryable(remote, await remote.call('connect')),
    },
    stop: () => remote.worker.terminate(),
  }
}

module.exports = { startRemote }
