// Rows by their place in an order of several columns, as a `where`: a cursor would need its row to be there still.

/** @typedef {'lt' | 'lte' | 'gt' | 'gte'} Beyond */

/**
 * Of `[[a, 'gt'], [b, 'gt']]` and a row: a above the row's, or a the same and b above.
 * @param {[string, Beyond][]} order @param {(field: string) => any} valueIn what the row has
 */
function keyset(order, valueIn) {
  const OR = order.map(([field, beyond], at) => ({
    ...Object.fromEntries(order.slice(0, at).map(([before]) => [before, valueIn(before)])),
    [field]: { [beyond]: valueIn(field) },
  }))
  return { OR }
}

module.exports = { keyset }
