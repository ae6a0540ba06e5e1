// Parameters of the statements that native wrote (src/sync/dialect/mod.rs), as the user's client takes them.

/** @typedef {string | number | null | {bytes: string} | {instant: number}} Param */

/** @param {Param} param @returns {any} */
function revived(param) {
  if (param === null || typeof param !== 'object') return param
  // How an instant is written is up to the user's driver adapter.
  return 'bytes' in param ? Buffer.from(param.bytes, 'base64') : new Date(param.instant)
}

module.exports = { revived }
