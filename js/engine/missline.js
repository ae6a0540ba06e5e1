// Writes that miss the same row, in the order in which they were called: each goes on when those before it have had their try. No more than
// that is waited for, and only of those that came before, so nobody waits in a circle.

const { perBlock } = require('./perblock.js')

/** @typedef {{ isBehind: boolean, ahead: Promise<unknown>, leave: () => void }} Place */

class MissLine {
  constructor() {
    /** The last who misses a row, by the row's text. @type {Map<string, Promise<void>>} */
    this.last = new Map()
  }

  /** To be asked in the turn of the call. @param {string[]} rows @returns {Place} */
  join(rows) {
    const before = rows.flatMap((row) => this.last.get(row) ?? [])
    const ahead = Promise.all(before)
    /** @type {() => void} */
    let passed = () => {}
    const own = new Promise((/** @type {(value: void) => void} */ resolve) => {
      passed = resolve
    })
    for (const row of rows) this.last.set(row, own)
    // Who leaves early, as for an error, does not let those behind pass the ones before.
    const leave = () =>
      void ahead.then(() => {
        for (const row of rows) if (this.last.get(row) === own) this.last.delete(row)
        passed()
      })
    return { isBehind: before.length > 0, ahead, leave }
  }
}

/** The one line of a native block. */
const lineOf = perBlock(() => new MissLine())

module.exports = { lineOf }
