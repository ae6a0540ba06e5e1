/**
 * Objects of one layout: block clients, and the models of one client. An app holds thousands of each, so they share the functions
 * behind their properties, and one hidden class; each object has a state, and what is made for it when it is first asked for.
 */

/** Of such an object: its state. */
const STATE = Symbol('sharded.state')

/**
 * @typedef {object} State
 * @property {any[]} made values that are made once, by the place of their property
 * @property {() => any} shell the object of Prisma's that answers for everything else
 */
/**
 * @typedef {object} Property
 * @property {boolean} enumerable
 * @property {boolean} once whether the value is made once, when it is first asked for
 * @property {(state: any) => any} make
 */

/** @param {string | symbol} name @param {Property} property @param {number} at @returns {PropertyDescriptor} */
function accessor(name, { enumerable, once, make }, at) {
  /** @this {any} */
  function get() {
    const state = this[STATE]
    if (!once) return make(state)
    const known = state.made[at]
    if (known !== undefined) return known
    const made = make(state)
    state.made[at] = made
    return made
  }
  /** As of a property with a value. @this {any} @param {any} value */
  function set(value) {
    Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable })
  }
  return { get, set, configurable: true, enumerable }
}

/**
 * What stands behind objects of one layout: the shell's object of whichever is asked. It is not made to learn that it has no such key.
 * @param {any} sample an object with the keys of the shell's
 */
function behind(sample) {
  return new Proxy(
    {},
    {
      get(_, key, receiver) {
        if (key === STATE || !(key in sample)) return undefined
        return receiver[STATE]?.shell()[key]
      },
      has: (_, key) => key in sample,
      getPrototypeOf: () => Object.getPrototypeOf(sample),
    },
  )
}

/**
 * @param {Map<string | symbol, Property>} properties @param {any} sample an object with the keys of the shell's
 * @returns {(state: any) => any} makes an object
 */
function layoutOf(properties, sample) {
  const accessors = [...properties].map(
    ([name, property], at) => /** @type {const} */ ([name, accessor(name, property, at)]),
  )
  const prototype = behind(sample)
  return (state) => {
    state.made = new Array(accessors.length)
    const object = Object.create(prototype)
    Object.defineProperty(object, STATE, { value: state })
    for (const [name, descriptor] of accessors) Object.defineProperty(object, name, descriptor)
    return object
  }
}

module.exports = { layoutOf }
