/**
 * What there is one of for each native block, made when it is first asked for.
 * @template T @param {(native: any) => T} make @returns {(native: any) => T}
 */
function perBlock(make) {
  /** @type {WeakMap<object, T>} */
  const all = new WeakMap()
  return (native) => {
    const known = all.get(native)
    if (known !== undefined) return known
    const made = make(native)
    all.set(native, made)
    return made
  }
}

module.exports = { perBlock }
