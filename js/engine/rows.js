/**
 * Row factories: made once per plan from its result shape, called natively with some rows of one node, one after the
 * other in one list of arguments, so that the hot path creates an object from a literal and nothing else. All rows of a
 * node's relations come before the first row of the node; a row's last values say how many of them are its own, and it
 * takes as many from where the row before it stopped.
 */
const { decoder } = require('../scalars.js')

/** @typedef {{ name: string, kind: string, list: boolean }} Field */
/** @typedef {{ name: string, list: boolean, node: number }} Relation */
/** @typedef {{ name: string, of?: string[] }} Output a field of its own, or an object of some: the next columns, in order */
/** @typedef {{ model: string, fields: Field[], relations: Relation[], keys: string[], counts?: string[], outputs?: Output[] }} ShapeNode `counts`: the lists that `_count` shows */
/** @typedef {{ result: 'many' | 'one' | 'upsert' | 'count' | 'aggregate', shape: { nodes: ShapeNode[] } }} Shaped */
/** @typedef {{ Decimal: import('../scalars.js').DecimalClass, tagged: boolean }} RowContext */
/**
 * @typedef {object} RowMaker
 * @property {((...values: any[]) => void)[]} factories one per node; each takes the values of one row or of several
 * @property {() => any} take the result that has accumulated: array, row or null
 * @property {() => void} reset forget what a failed run has accumulated
 */

/**
 * Kinds whose literal is cheaper inline than through a call. `v` is the argument's name.
 * @type {Record<string, (v: string) => string>}
 */
const INLINE = {
  Int: (v) => v,
  BigInt: (v) => v,
  Float: (v) => v,
  String: (v) => v,
  Enum: (v) => v,
  Boolean: (v) => v,
  DateTime: (v) => `${v} === null ? null : new Date(${v})`,
  Decimal: (v) => `${v} === null ? null : new Decimal(${v})`,
  Json: (v) => `${v} === null ? null : json(${v})`,
}

/**
 * @param {Shaped} plan
 * @param {RowContext} context `tagged` is read at each Json value: Prisma's shell deserialises what it gets once more
 * @returns {RowMaker}
 */
function makeRows(plan, context) {
  if (plan.result === 'count') return makeCounter()
  const maker = makeObjects(plan, context)
  if (plan.result !== 'upsert') return maker
  const { take } = maker
  // Prisma's word for a row that is gone when its upsert is shown.
  return { ...maker, take: () => take() ?? [] }
}

/** @param {Shaped} plan @param {RowContext} context @returns {RowMaker} */
function makeObjects(plan, context) {
  /** @param {string} text */
  const json = (text) => (context.tagged ? { $type: 'Json', value: text } : JSON.parse(text))
  const nodes = plan.shape.nodes.map((node, index) => ({ ...node, single: isSingle(plan, index) }))
  const decoders = nodes.map((node) =>
    node.fields.map((field) =>
      node.outputs && field.kind === 'BigInt' ? wideInteger : fieldDecoder(field, context, json),
    ),
  )
  try {
    return compiled(source(nodes))(context.Decimal, json, decoders)
  } catch (error) {
    if (!(error instanceof EvalError)) throw error
    return makeInterpreted(nodes, decoders)
  }
}

/** Calls differ in their `where` far more often than in their result, and compiling costs more than planning. @type {Map<string, Function>} */
const makers = new Map()
const MAX_MAKERS = 500

/** @param {string} text */
function compiled(text) {
  const known = makers.get(text)
  if (known !== undefined) return known
  const made = new Function('Decimal', 'json', 'decoders', text)
  if (makers.size >= MAX_MAKERS) makers.clear()
  makers.set(text, made)
  return made
}

/** A node whose rows go into one slot, not an array. @param {Shaped} plan @param {number} index */
function isSingle(plan, index) {
  if (index === 0) return plan.result !== 'many'
  return !plan.shape.nodes.some((node) =>
    node.relations.some((relation) => relation.node === index && relation.list),
  )
}

/** @param {Field} field @param {RowContext} context @param {(text: string) => any} json */
function fieldDecoder(field, context, json) {
  if (field.kind !== 'Json') return decoder(field.kind, field.list, context.Decimal)
  if (!field.list) return (/** @type {any} */ param) => (param === null ? null : json(param))
  const plain = decoder('Json', true, context.Decimal)
  return (/** @type {any} */ param) => {
    const values = plain(param)
    return context.tagged ? values.map((/** @type {any} */ value) => json(JSON.stringify(value))) : values
  }
}

/** A sum beyond 64 bits comes as its digits. @param {any} param */
const wideInteger = (param) => (typeof param === 'string' ? BigInt(param) : param)

/** @returns {RowMaker} */
function makeCounter() {
  /** @type {any} */
  let result = null
  return {
    factories: [
      (count) => {
        result = { count }
      },
    ],
    take: () => result,
    reset: () => {
      result = null
    },
  }
}

/** @typedef {ShapeNode & { single: boolean }} Node */

/** `s0`, … hold the rows of each node, `p1`, … say how many of them their parents have taken. @param {Node[]} nodes */
function source(nodes) {
  const below = nodes.map((_, i) => i).slice(1)
  const states = [`s0 = ${empty(nodes[0])}`, ...below.map((i) => `s${i} = [], p${i} = 0`)]
  const reset = [`s0 = ${empty(nodes[0])}`, ...below.map((i) => `s${i} = []; p${i} = 0`)].join('; ')
  return `'use strict'
let ${states.join(', ')}
return {
  factories: [${nodes.map((node, i) => factorySource(nodes, node, i)).join(',\n')}],
  take() { const r = s0; ${reset}; return r },
  reset() { ${reset} },
}`
}

/** What holds the rows of the root. @param {Node} node */
const empty = (node) => (node.single ? 'null' : '[]')

/** @param {Node[]} nodes @param {Node} node @param {number} index */
function factorySource(nodes, node, index) {
  const takes = node.relations.map((relation, i) => takeSource(nodes, relation, i, numberAt(node, i)))
  const row = node.outputs
    ? outputsSource(node, node.outputs, index)
    : `{ ${node.keys.map((key) => keySource(node, key, index)).join(', ')} }`
  const body = `{ ${takes.join('; ')}; ${storeSource(node, index, row)} }`
  const width = widthOf(node)
  return width === 0 ? `() => ${body}` : `(...v) => { for (let i = 0; i < v.length; i += ${width}) ${body} }`
}

/**
 * A row's own rows of a relation. Where they are all there are, they need no copy.
 * @param {Node[]} nodes @param {Relation} relation @param {number} i @param {string} number
 */
function takeSource(nodes, { node }, i, number) {
  const [slot, at] = [`s${node}`, `p${node}`]
  if (nodes[node].single) return `const r${i} = ${number} === 0 ? null : ${slot}[${at}]; ${at} += ${number}`
  return `let r${i} = ${slot}; if (${number} === ${slot}.length) ${slot} = []; else r${i} = ${slot}.slice(${at}, ${at} += ${number})`
}

/** How many rows of a relation are a row's, in a factory. @param {Node} node @param {number} relation */
const numberAt = ({ fields, counts = [] }, relation) => valueAt(fields.length + counts.length + relation)

/** How many values a row has. @param {ShapeNode} node */
const widthOf = ({ fields, counts = [], relations }) => fields.length + counts.length + relations.length

/** The value of a column, in a factory. @param {number} column */
const valueAt = (column) => `v[i + ${column}]`

/** The first row of a single root wins. @param {Node} node @param {number} index @param {string} row */
function storeSource(node, index, row) {
  return index === 0 && node.single ? `if (s0 === null) s0 = ${row}` : `s${index}.push(${row})`
}

/** @param {Node} node @param {Output[]} outputs @param {number} index */
function outputsSource(node, outputs, index) {
  let column = 0
  const value = () => valueSource(node, column++, index)
  const entries = outputs.map(({ name, of }) => {
    const inner = of?.map((field) => `${property(field)}: ${value()}`)
    return `${property(name)}: ${inner ? `{ ${inner.join(', ')} }` : value()}`
  })
  return `{ ${entries.join(', ')} }`
}

/** @param {Node} node @param {string} key @param {number} index */
function keySource(node, key, index) {
  if (key === '_count') return `_count: { ${countsSource(node).join(', ')} }`
  const relation = node.relations.findIndex((candidate) => candidate.name === key)
  if (relation >= 0) return `${property(key)}: r${relation}`
  const position = node.fields.findIndex((candidate) => candidate.name === key)
  return `${property(key)}: ${valueSource(node, position, index)}`
}

/** @param {Node} node @param {number} position @param {number} index */
function valueSource(node, position, index) {
  const field = node.fields[position]
  const inline = field.list || (node.outputs && field.kind === 'BigInt') ? undefined : INLINE[field.kind]
  return inline ? inline(valueAt(position)) : `decoders[${index}][${position}](${valueAt(position)})`
}

/** @param {Node} node */
function countsSource({ counts = [], fields }) {
  return counts.map((name, i) => `${property(name)}: ${valueAt(fields.length + i)}`)
}

/** Computed, so that a field called __proto__ is a field. @param {string} name */
function property(name) {
  return name === '__proto__' ? '["__proto__"]' : JSON.stringify(name)
}

/**
 * The same without code generation, for processes that disallow it.
 * @param {Node[]} nodes @param {((param: any) => any)[][]} decoders @returns {RowMaker}
 */
function makeInterpreted(nodes, decoders) {
  /** @type {any[][]} */
  let rows = nodes.map(() => [])
  let taken = nodes.map(() => 0)
  const reset = () => {
    rows = nodes.map(() => [])
    taken = nodes.map(() => 0)
  }
  /** @param {number} index @param {number} count */
  const next = (index, count) => {
    const own = rows[index].slice(taken[index], taken[index] + count)
    taken[index] += count
    return nodes[index].single ? (own[0] ?? null) : own
  }
  return {
    factories: nodes.map((node, index) =>
      interpretedFactory(node, decoders[index], next, (row) => rows[index].push(row)),
    ),
    take: () => {
      const [root] = rows
      reset()
      return nodes[0].single ? (root[0] ?? null) : root
    },
    reset,
  }
}

/**
 * @param {Node} node @param {((param: any) => any)[]} decoders
 * @param {(index: number, count: number) => any} next @param {(row: any) => void} push
 */
function interpretedFactory(node, decoders, next, push) {
  const { outputs, counts = [] } = node
  const make = (/** @type {any[]} */ values) => {
    if (outputs) return push(outputRow(outputs, decoders, values))
    /** @type {Map<string, any>} */
    const byKey = new Map()
    for (const [i, field] of node.fields.entries()) byKey.set(field.name, decoders[i](values[i]))
    const shown = node.fields.length
    for (const [i, relation] of node.relations.entries()) {
      byKey.set(relation.name, next(relation.node, values[shown + counts.length + i]))
    }
    if (counts.length > 0) {
      byKey.set('_count', Object.fromEntries(counts.map((name, i) => [name, values[shown + i]])))
    }
    push(Object.fromEntries(node.keys.map((key) => [key, byKey.get(key)])))
  }
  const width = widthOf(node)
  if (width === 0) return () => make([])
  return (/** @type {any[]} */ ...values) => {
    for (let at = 0; at < values.length; at += width) make(values.slice(at, at + width))
  }
}

/** @param {Output[]} outputs @param {((param: any) => any)[]} decoders @param {any[]} values */
function outputRow(outputs, decoders, values) {
  let column = 0
  const value = () => decoders[column](values[column++])
  /** @type {Record<string, any>} */
  return Object.fromEntries(
    outputs.map(({ name, of }) => [
      name,
      of ? Object.fromEntries(of.map((field) => [field, value()])) : value(),
    ]),
  )
}

module.exports = { makeRows }
