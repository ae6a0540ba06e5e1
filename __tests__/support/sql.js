// What SQL a call runs in the block, heard by the client's own `$on('query')`.

/** @type {WeakMap<object, string[]>} */
const heardBy = new WeakMap()

/** @param {any} block @returns {string[]} */
function listen(block) {
  /** @type {string[]} */
  const texts = []
  block.$on('query', (/** @type {any} */ event) => {
    if (event.target === 'sharded') texts.push(event.query)
  })
  heardBy.set(block, texts)
  return texts
}

/**
 * The statements of one call, in order; none when the main database answers it.
 * @param {any} block @param {(block: any) => PromiseLike<unknown>} call
 * @returns {Promise<string[]>}
 */
async function sqlOf(block, call) {
  const texts = heardBy.get(block) ?? listen(block)
  texts.length = 0
  await call(block)
  return [...texts]
}

module.exports = { sqlOf }
