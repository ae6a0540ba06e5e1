// Whether the block answers by itself: the same call, with the main database's engine refusing every request.
const { both } = require('./parity')

/**
 * @template T
 * @param {any} main a main client
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function withMainDown(main, work) {
  const engine = main._originalClient._engine
  const { request, requestBatch } = engine
  const down = async () => {
    throw new Error('this call asked the main database')
  }
  Object.assign(engine, { request: down, requestBatch: down })
  try {
    return await work()
  } finally {
    Object.assign(engine, { request, requestBatch })
  }
}

/**
 * The same answer as main's, twice, and a third time without it. (A read that finds nothing asks main by rule.)
 * @param {import('./doors').Pair} pair @param {(client: any) => any} call
 */
async function askLocally(pair, call) {
  const answer = await pair.ask(call)
  const found = Array.isArray(answer) ? answer.length > 0 : answer !== null
  if (found) await withMainDown(pair.main, async () => call(pair.block))
  return answer
}

/**
 * The same answer as main's, which the block has from there: without main there is none, but for what Prisma has refused before.
 * @param {import('./doors').Pair} pair @param {(client: any) => any} call
 */
async function askOfMain(pair, call) {
  const answer = await both(pair.main, pair.block, call)
  const alone = withMainDown(pair.main, async () => call(pair.block))
  const { name, message } = await alone.catch((/** @type {any} */ error) => error)
  const remembered = answer === undefined ? '^PrismaClientValidationError: |' : ''
  expect(`${name}: ${message}`).toMatch(new RegExp(`${remembered}asked the main database`))
  return answer
}

module.exports = { askLocally, askOfMain, withMainDown }
