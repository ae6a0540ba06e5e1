/**
 * Look-ups by key that main is asked for in one turn of the loop go as one batch, of which Prisma's engine makes one
 * statement. The wait for the end of the turn is nothing beside the way to the main database.
 */

/** @typedef {{ query: any, resolve: (answer: any) => void, reject: (error: unknown) => void }} Asked */

class Gatherer {
  /** @param {import('./main.js').Main} main */
  constructor(main) {
    this.main = main
    /** Asked since the last turn, by what can be one statement. @type {Map<string, Asked[]>} */
    this.groups = new Map()
  }

  /** @param {any} query @param {any} opts @returns {Promise<{ data: Record<string, any> }>} */
  request(query, opts) {
    const isAlone = !query.action.startsWith('findUnique') || opts?.interactiveTransaction !== undefined
    if (isAlone) return this.main.request(query, opts)
    return new Promise((resolve, reject) => {
      const key = keyOf(query)
      const asked = { query, resolve, reject }
      const group = this.groups.get(key)
      if (group !== undefined) return void group.push(asked)
      this.groups.set(key, [asked])
      setImmediate(() => this.send(key, opts))
    })
  }

  /** @param {string} key @param {any} opts of the first of them: all are reads outside a transaction */
  async send(key, opts) {
    const group = /** @type {Asked[]} */ (this.groups.get(key))
    this.groups.delete(key)
    const queries = group.map(({ query }) => query)
    try {
      const answers =
        queries.length === 1
          ? [await this.main.request(queries[0], opts)]
          : await this.main.requestBatch(queries, { traceparent: opts?.traceparent, containsWrite: false })
      for (const [i, { query, resolve, reject }] of group.entries()) {
        const failure = failureIn(answers[i], query.action)
        if (failure === null) resolve(answers[i])
        else reject(failure)
      }
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
  }
}

/** Of one statement for many, an `OrThrow` that found nothing has its error where its row would be. @param {any} answer @param {string} action */
function failureIn(answer, action) {
  if (answer instanceof Error) return answer
  return answer.data?.[action] instanceof Error ? answer.data[action] : null
}

/** @param {any} query */
function keyOf({ modelName, action, query: { arguments: args, selection } }) {
  return JSON.stringify([
    modelName,
    action,
    Object.keys(args).sort(),
    Object.keys(args.where ?? {}).sort(),
    selection,
  ])
}

module.exports = { Gatherer }
