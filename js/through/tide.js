/**
 * The main database's answers do not come in the order of what it did: of two writes of one row the first one's answer may come last, and
 * the block would keep what is older. So every settling counts itself in the file, for all processes, after it has written its rows. One
 * that finds that others were counted since it was asked, or that a transaction of both was committed, reads its rows again, until it is
 * alone: who is counted last has read last.
 */
const { native } = require('../engine/plans.js')
const { fromReport } = require('../errors')

const SETTLED = 'settled'
/** Commits of transactions that main has a part of (js/transaction/journal.js): they are no commits of the outbox. */
const JOINT = 'joint'

/** @typedef {{ settled: number, joint: string | null }} Mark */

/** @param {any} block @returns {Mark} */
const markOf = (block) =>
  native(() => ({ settled: Number(block.meta(SETTLED) ?? 0), joint: block.meta(JOINT) }))

/**
 * Counts a settling whose rows are written.
 * @param {import('../engine/miss.js').Misses} misses @param {Mark} since @returns {Promise<Mark | null>} null: it was alone since then
 */
async function count({ block, locking }, since) {
  let found = since
  await locking.run(() => {
    const began = block.begin()
    if (began < 0) return began
    found = markOf(block)
    const set = block.setMeta(SETTLED, String(found.settled + 1))
    if (set >= 0) return block.commit()
    const report = JSON.parse(block.lastError())
    block.rollback()
    throw fromReport(report)
  })
  const isAlone = found.settled === since.settled && found.joint === since.joint
  return isAlone ? null : { ...found, settled: found.settled + 1 }
}

module.exports = { count, markOf }
