// Reads that wait for a refresh which is due, see js/fresh/index.js.

/** Reads of the shell door wait; the fast door leaves them to it. @param {import('../engine').Engine} engine @param {import('./index').Freshness} fresh */
function awaitFresh(engine, fresh) {
  const request = engine.request.bind(engine)
  const requestBatch = engine.requestBatch.bind(engine)
  engine.request = async (query, opts) => {
    const due = opts?.isWrite || opts?.interactiveTransaction ? null : fresh.due()
    if (due) {
      // Those who queue behind this read may be writes.
      engine.setup.arrived(query, null)
      await due
    }
    return request(query, opts)
  }
  engine.requestBatch = async (queries, opts) => {
    const isReads = opts?.transaction?.kind === 'batch' && !opts.containsWrite
    if (isReads) await fresh.due()
    return requestBatch(queries, opts)
  }
}

module.exports = { awaitFresh }
