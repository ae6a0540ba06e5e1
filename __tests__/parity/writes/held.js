// What a block shows of all its rows, against what its main database answers. Main is asked again only of tables that have
// changed since: its answer says nothing else than they do.
const { difference } = require('../../support/parity')
const { tagged } = require('../tags')
const { canonical, isMade } = require('./canonical')

/**
 * @typedef {import('../model').Model} Model
 * @typedef {import('../model').DataModel} DataModel
 * @typedef {import('./state').State} State
 */

/** @param {DataModel} data @param {Model} model */
function linksOf({ joinTables }, model) {
  return joinTables.flatMap(({ table, a, b }) =>
    [a, b]
      .filter((end) => end.model === model.name)
      .map((/** @type {any} */ { field }) => ({ table, relation: field })),
  )
}

/** By the primary key. @param {Model} model */
const order = ({ keys }) => keys[0].fields.map(({ name }) => ({ [name]: 'asc' }))

/** Instants of the run are none of the other database. @param {Record<string, any>} row */
const operand = (row) =>
  tagged(
    Object.fromEntries(
      Object.entries(row).filter(([, value]) => canonical(value) === value || !(value instanceof Date)),
    ),
  )

class Held {
  /** @param {DataModel} model */
  constructor(model) {
    const byName = new Map(model.manifest.models.map((/** @type {any} */ one) => [one.name, one.dbName]))
    this.models = model.models.map((one) => {
      const links = linksOf(model, one)
      const include = links.map(({ relation }) => {
        const { to } = /** @type {any} */ (one.relations.find(({ name }) => name === relation))
        const keys = Object.fromEntries(to.keys[0].fields.map((/** @type {any} */ { name }) => [name, true]))
        return [relation, { select: keys, orderBy: order(to) }]
      })
      return {
        name: one.name,
        accessor: one.accessor,
        keys: [...new Set(one.keys.flatMap(({ fields }) => fields.map((field) => field.name)))],
        tables: [byName.get(one.name), ...links.map(({ table }) => table)],
        args: { orderBy: order(one), ...(links.length > 0 && { include: Object.fromEntries(include) }) },
      }
    })
    /** @type {Map<string, {of: string, rows: any}>} by model: main's answer, and the rows it was of */
    this.known = new Map()
  }

  /** @param {any} main @param {State} state @param {Held['models'][number]} model */
  async answer(main, state, { name, accessor, tables, args }) {
    const of = tables.map((table) => state[table].join('\n')).join('\n\n')
    const before = this.known.get(name)
    if (before?.of === of) return before.rows
    const rows = await main[accessor].findMany(args)
    this.known.set(name, { of, rows })
    return rows
  }

  /** Main's answers. @param {any} main @param {State} state main's @returns {Promise<any[][]>} by model */
  async answers(main, state) {
    const answers = []
    for (const model of this.models) answers.push(await this.answer(main, state, model))
    return answers
  }

  /** The first difference in words, or null. @param {any} block @param {any[][]} theirs main's answers */
  async difference(block, theirs) {
    for (const [at, { name, accessor, args }] of this.models.entries()) {
      const ours = await block[accessor].findMany(args)
      const found = difference(ours, theirs[at])
      if (found !== null) return `block's ${name} ${found}`
    }
    return null
  }

  /** The same of a block that holds some rows: each as main has it. @param {any} block @param {any[][]} theirs */
  async stale(block, theirs) {
    for (const [at, { name, accessor, args }] of this.models.entries()) {
      const { include: _, ...flat } = args
      for (const ours of await block[accessor].findMany(flat)) {
        const fields = Object.keys(ours)
        const same = theirs[at].some(
          (row) => difference(ours, Object.fromEntries(fields.map((field) => [field, row[field]]))) === null,
        )
        if (!same) return `block's ${name} ${JSON.stringify(tagged(ours))}  is not in main`
      }
    }
    return null
  }

  /** The rows as operands of calls, without those whose keys are made by chance. @param {any[][]} answers @returns {Map<string, Record<string, any>[]>} */
  operands(answers) {
    return new Map(
      this.models.map(({ name, keys }, at) => [
        name,
        answers[at].filter((row) => !keys.some((key) => isMade(row[key]))).map(operand),
      ]),
    )
  }
}

module.exports = { Held }
