// A call as text: plain JSON, with tags for what JSON has not. `revive` makes the values that a client takes.

/** @typedef {{$: string, v?: any}} Tag */

const tag = {
  bigint: (/** @type {string | bigint} */ v) => ({ $: 'bigint', v: String(v) }),
  date: (/** @type {string} */ v) => ({ $: 'date', v }),
  decimal: (/** @type {string} */ v) => ({ $: 'decimal', v }),
  bytes: (/** @type {string} */ v) => ({ $: 'bytes', v }),
  /** NaN, Infinity, -Infinity, -0 */
  number: (/** @type {string} */ v) => ({ $: 'number', v }),
  /** DbNull, JsonNull, AnyNull */
  null: (/** @type {string} */ v) => ({ $: 'null', v }),
  field: (/** @type {string} */ model, /** @type {string} */ field) => ({
    $: 'field',
    v: `${model}.${field}`,
  }),
  undefined: () => ({ $: 'undefined' }),
}

/** @param {any} node @returns {node is Tag} */
function isTag(node) {
  return typeof node === 'object' && node !== null && typeof node.$ === 'string'
}

/** @type {Record<string, (v: any, world: {Prisma: any, main: any}) => unknown>} */
const REVIVE = {
  bigint: (v) => BigInt(v),
  date: (v) => new Date(v),
  decimal: (v, { Prisma }) => new Prisma.Decimal(v),
  bytes: (v) => new Uint8Array(Buffer.from(v, 'hex')),
  number: (v) => Number(v),
  null: (v, { Prisma }) => Prisma[v],
  field: (v, { main }) => {
    const [model, field] = v.split('.')
    return main[model[0].toLowerCase() + model.slice(1)].fields[field]
  },
  undefined: () => undefined,
}

/** @param {any} node @param {{Prisma: any, main: any, digits?: number}} world digits: to which numbers are rounded @returns {any} */
function revive(node, world) {
  if (typeof node === 'number' && world.digits !== undefined) return Number(node.toPrecision(world.digits))
  if (Array.isArray(node)) return node.map((item) => revive(item, world))
  if (typeof node !== 'object' || node === null) return node
  if (isTag(node)) return REVIVE[node.$](node.v, world)
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, revive(value, world)]))
}

/** A value of an answer as such text. @param {any} value @returns {any} */
function tagged(value) {
  if (value === null || value === undefined) return null
  if (typeof value === 'bigint') return tag.bigint(value)
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0)
      ? value
      : tag.number(Object.is(value, -0) ? '-0' : String(value))
  if (value instanceof Date) return tag.date(value.toISOString())
  if (value instanceof Uint8Array) return tag.bytes(Buffer.from(value).toString('hex'))
  if (Array.isArray(value)) return value.map(tagged)
  if (typeof value !== 'object') return value
  if (typeof value.toFixed === 'function') return tag.decimal(value.toString())
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, tagged(inner)]))
}

module.exports = { isTag, revive, tag, tagged }
