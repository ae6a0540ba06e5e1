// What a check of `sharded doctor` finds.

/**
 * @typedef {'ok' | 'warn' | 'fail' | 'skipped'} State
 * @typedef {object} Finding
 * @property {string} name what was looked at
 * @property {State} state skipped: it could not be looked at, and `detail` says what for
 * @property {string} detail what there is
 * @property {string} [fix] what to do
 */

/** @param {string} name @param {string} detail @returns {Finding} */
const ok = (name, detail) => ({ name, state: 'ok', detail })
/** @param {string} name @param {string} detail @returns {Finding} */
const skipped = (name, detail) => ({ name, state: 'skipped', detail })
/** @param {string} name @param {string} detail @param {string} fix @returns {Finding} */
const warn = (name, detail, fix) => ({ name, state: 'warn', detail, fix })
/** @param {string} name @param {string} detail @param {string} fix @returns {Finding} */
const fail = (name, detail, fix) => ({ name, state: 'fail', detail, fix })

/** The first line of what went wrong. @param {any} error */
function reasonOf(error) {
  const text = String(error?.message ?? error).trim()
  return text.split('\n').find((line) => line.trim() !== '') ?? text
}

module.exports = { fail, ok, reasonOf, skipped, warn }
