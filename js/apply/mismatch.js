// The ledger and the outbox disagree: nobody may apply, and nothing may be acknowledged, until somebody has looked.

const { ShardedError } = require('../errors')

/** @typedef {import('./transaction').Work} Work */

/** @param {Work} work @param {number | null} seq */
function gap(work, seq) {
  return new ShardedError(
    `the ledger of the main database holds commit ${seq ?? 'none'} of origin ${work.origin}, the outbox goes on after ` +
      `${work.base}: commits between are missing (was the main database restored from a backup?). Nothing was applied`,
    { code: 'SHARDED_LEDGER_GAP' },
  )
}

/** @param {string} origin @param {number} seq @param {number} lastSeq */
function ahead(origin, seq, lastSeq) {
  return new ShardedError(
    `the ledger of the main database holds commit ${seq} of origin ${origin}, but this file ends at ${lastSeq}: it is ` +
      'an older copy of the block. Nothing was applied or acknowledged',
    { code: 'SHARDED_LEDGER_AHEAD' },
  )
}

module.exports = { ahead, gap }
