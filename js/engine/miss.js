/**
 * Misses: what the block does not hold is asked of the main database, whose rows are adopted. Adopted rows serve
 * look-ups by key; a held row is never overwritten, and a key deleted here since the question was asked is skipped.
 */
const { MISS } = require('../codes.js')
const { NotSupportedError } = require('../errors')
const { Gatherer } = require('./gather.js')
const { lineOf } = require('./missline.js')
const { native } = require('./plans.js')
const { ALL_SCALARS, collectRows, flatten, reshape, unholdable, widen } = require('./reshape.js')
const { keyNames } = require('../through/keys.js')

/** @typedef {{ model: string, where: Record<string, any> }} MissedRow */
/** @typedef {import('./reshape.js').Models} Models */
/**
 * @typedef {object} Locking
 * @property {(call: () => number) => Promise<number>} run a native call, when it gets the write lock
 * @property {(call: () => any) => any} look a native call that only reads
 * @property {(row: import('../apply/transaction').RowRef) => void} note what it has changed is told
 * @property {() => void | Promise<void>} markStale rows that nobody names have changed
 * @property {() => boolean} isHeld whether a transaction of this process has it
 * @property {boolean} tellsRows whether the main database tells of the rows that it creates in bulk: MySQL does not
 * @property {boolean} keepsAll whether every row that main tells of is kept: the block has a scope
 * @property {boolean} knowsSets whether the block answers for sets of rows
 * @property {(model: string) => Set<string> | undefined} entrances relations by which rows above enter the block's scope
 * @property {boolean} idsAscend whether an id of autoincrement() is above all others, given ones too: a sequence does not know those
 * @property {'RepeatableRead' | 'Serializable'} oneMoment the isolation level of main's that shows one moment and costs least; SQLite has no other than the last
 */

/** Opts of a read of ours on the main engine. */
const READ = { isWrite: false, interactiveTransaction: undefined, traceparent: '00-10-10-00' }
/** A write that still finds something new to miss after so many rounds is not going to end. */
const MAX_ROUNDS = 16
/** Rows that one query asks for. */
const MAX_NAMED = 500

class Misses {
  /**
   * @param {any} block @param {Models} models @param {import('./main.js').Main} main
   * @param {Locking} locking
   */
  constructor(block, models, main, locking) {
    this.block = block
    this.models = models
    this.main = main
    this.gatherer = new Gatherer(main)
    this.locking = locking
  }

  /** A read that the block cannot answer. @param {any} query @param {any} opts */
  async read(query, opts) {
    const answer = await this.ask(query, opts)
    return { data: { [query.action]: this.shown(query, answer) } }
  }

  /** Main's answer to the widened query, whose rows are adopted. @param {any} query @param {any} opts */
  async ask(query, opts) {
    const since = native(() => this.block.lastSeq())
    const { data } = await this.gatherer.request(this.widened(query), opts)
    const answer = data[query.action]
    await this.adopt(collectRows(this.models, query.modelName, answer), since)
    return answer
  }

  /** Reads that the block cannot answer together, of one moment of main's. @param {any[]} queries @param {any} opts @returns {Promise<any[]>} */
  async readAll(queries, opts) {
    const since = native(() => this.block.lastSeq())
    const isKept = (/** @type {any} */ { action }) => action.startsWith('find')
    const asked = queries.map((query) => (isKept(query) ? this.widened(query) : query))
    const answers = await this.main.requestBatch(asked, opts)
    const failed = answers.some((answer) => answer instanceof Error)
    if (failed) return answers
    const told = []
    for (const [at, query] of queries.entries()) {
      const { modelName, action } = query
      const rows = answers[at].data[action]
      if (isKept(query)) await this.adopt(collectRows(this.models, modelName, rows), since)
      told.push(isKept(query) ? { data: { [action]: this.shown(query, rows) } } : answers[at])
    }
    return told
  }

  /** What a call shows of main's answer to the widened one. @param {any} query @param {any} answer */
  shown({ modelName, query }, answer) {
    return reshape(this.models, modelName, query.selection, answer)
  }

  /** @param {any} query */
  widened(query) {
    const selection = widen(this.models, query.modelName, query.query.selection)
    return { ...query, query: { ...query.query, selection } }
  }

  /**
   * The answer does not wait for a transaction to end; what is not kept now is asked for again.
   * @param {Map<string, any[]>} found rows by model @param {number} since
   */
  async adopt(found, since) {
    if (this.locking.isHeld()) return
    for (const [name, rows] of found) {
      const model = /** @type {import('./reshape.js').ManifestModel} */ (this.models.get(name))
      const kept = rows.filter((row) => unholdable(model, row) === null)
      await this.insert(name, kept, 'adopt', since)
    }
  }

  /** @param {string} name @param {any[]} rows @param {'adopt' | 'member'} mode @param {number} since */
  insert(name, rows, mode, since) {
    const model = /** @type {import('./reshape.js').ManifestModel} */ (this.models.get(name))
    const fields = JSON.stringify(model.fields.map((field) => field.name))
    const values = flatten(model, rows)
    return this.locking.run(() => this.block.insertRows(name, fields, values, mode, since))
  }

  /** The memory of one write over its rounds. @param {boolean} [inLine] whether it is not to pass those that miss the same rows */
  begin(inLine = false) {
    return new Absences(this, inLine ? lineOf(this.block) : null)
  }

  /** Which of some rows of one model the main database does not have. @param {MissedRow[]} rows @returns {Promise<MissedRow[]>} */
  async fetchSome(rows) {
    const since = native(() => this.block.lastSeq())
    const { model } = rows[0]
    const named = rows.map(({ where }) => fieldsOf(where))
    const query = {
      modelName: model,
      action: 'findMany',
      query: { arguments: { where: { OR: named } }, selection: ALL_SCALARS },
    }
    const { data } = await this.main.request(query, READ)
    if (data.findMany.length === 0) return rows
    const held = await this.held(model, data.findMany, since)
    const textsOf = (/** @type {any[]} */ found) => new Set(found.map((row) => keyText(row, named[0])))
    const [texts, heldTexts] = [textsOf(data.findMany), textsOf(held)]
    const lacking = (/** @type {Set<string>} */ known) =>
      rows.filter((_, at) => !known.has(keyText(named[at], named[at])))
    const [missing, left] = [lacking(heldTexts), lacking(texts)]
    if (rows.length - left.length >= data.findMany.length) return missing
    // Main writes some value otherwise than the call does: one by one there is no doubt which row is meant.
    const others = missing.filter((row) => !left.includes(row))
    return [...others, ...(await this.fetchEach(left))]
  }

  /** Those of main's rows that the block has then. @param {string} model @param {any[]} found @param {number} since */
  async held(model, found, since) {
    await this.insert(model, found, 'adopt', since)
    return found
  }

  /** @param {MissedRow[]} rows @returns {Promise<MissedRow[]>} those that the main database does not have */
  async fetchEach(rows) {
    const missing = []
    for (const row of rows) if (!(await this.fetch(row))) missing.push(row)
    return missing
  }

  /** @param {MissedRow} row @returns {Promise<boolean>} whether the main database has it */
  async fetch(row) {
    return (await this.look(row)) !== null
  }

  /** @param {MissedRow} row @returns {Promise<{ found: any, isNew: boolean } | null>} main's row, adopted */
  async look({ model, where }) {
    const since = native(() => this.block.lastSeq())
    const query = {
      modelName: model,
      action: 'findFirst',
      query: { arguments: { where: fieldsOf(where) }, selection: ALL_SCALARS },
    }
    const { data } = await this.main.request(query, READ)
    if (data.findFirst === null || data.findFirst === undefined) return null
    const isNew = (await this.insert(model, [data.findFirst], 'adopt', since)) > 0
    return { found: data.findFirst, isNew }
  }

  /**
   * Of a row that was adopted and is missed again: whether the block holds it, so that it is the call itself that has changed or
   * deleted it. As far as the call knows, main has none by that value.
   * @param {MissedRow} row
   */
  async isChangedHere(row) {
    const looked = await this.look(row)
    if (looked === null) return true
    const model = /** @type {any} */ (this.models.get(row.model))
    return !looked.isNew && this.locking.look(() => holds(this.block, model, looked.found))
  }
}

/** Whether it has a row of this key. @param {any} block @param {any} model @param {any} row */
function holds(block, model, row) {
  const names = keyNames(model)
  const fields = model.fields.filter((/** @type {any} */ field) => names.includes(field.name))
  const ordered = JSON.stringify(fields.map((/** @type {any} */ field) => field.name))
  return JSON.parse(block.holders(model.name, ordered, flatten({ ...model, fields }, [row]))).length > 0
}

/** A compound key's name is no field, and `findFirst` takes fields. @param {Record<string, any>} where */
function fieldsOf(where) {
  const parts = Object.entries(where).map(([name, value]) => {
    const isCompound = typeof value === 'object' && value !== null && value.$type === undefined
    return isCompound ? value : { [name]: value }
  })
  return Object.assign({}, ...parts)
}

/** Rows that the main database was asked for and does not have, as native named them. */
class Absences {
  /** @param {Misses} misses @param {ReturnType<typeof lineOf> | null} line */
  constructor(misses, line) {
    this.misses = misses
    this.line = line
    /** @type {import('./missline.js').Place | null} */
    this.place = null
    /** Whether its next try is for what others may have brought. */
    this.isHopeful = false
    /** @type {Map<string, MissedRow>} */
    this.rows = new Map()
    /** Those that were looked for, by their text. @type {Set<string>} */
    this.sought = new Set()
    this.rounds = 0
    /** Nothing that is not held exists, as far as this write is told. */
    this.all = false
  }

  /** The text for native, or null when nothing is known absent. */
  get text() {
    if (this.all) return 'null'
    return this.rows.size === 0 ? null : JSON.stringify([...this.rows.values()])
  }

  /** @param {MissedRow[]} rows @param {Misses} [misses] where they are adopted */
  async resolve(rows, misses = this.misses) {
    this.rounds += 1
    if (this.rounds > MAX_ROUNDS) {
      const names = rows.map((row) => `${row.model} ${JSON.stringify(row.where)}`).join(', ')
      throw new NotSupportedError(`a write that misses more rows each time it runs; the last were ${names}`)
    }
    if (this.rounds === 1 && this.line !== null) this.place = this.line.join(rows.map(textOf))
    // Those before it may have brought the rows along; a question of its own would only let others pass.
    this.isHopeful = this.rounds === 1 && this.place !== null && this.place.isBehind
    if (this.isHopeful) await this.place?.ahead
    else await this.seek(rows, misses)
  }

  /** A try is over. @param {number} code */
  tried(code) {
    if (this.isHopeful && code === MISS) this.isHopeful = false
    else this.end()
  }

  /** Those behind it may go on. */
  end() {
    this.place?.leave()
    this.place = null
  }

  /** @param {MissedRow[]} rows @param {Misses} misses */
  async seek(rows, misses) {
    const [again, first] = [true, false].map((is) =>
      rows.filter((row) => this.sought.has(textOf(row)) === is),
    )
    for (const row of again) if (await misses.isChangedHere(row)) this.rows.set(textOf(row), row)
    for (const some of alike(first)) {
      const missing = await (some.length > 1 ? misses.fetchSome(some) : misses.fetchEach(some))
      for (const row of missing) this.rows.set(textOf(row), row)
    }
    for (const row of first) this.sought.add(textOf(row))
  }
}

/** Rows of one model that are named by the same fields, as many as one query takes. @param {MissedRow[]} rows @returns {MissedRow[][]} */
function alike(rows) {
  /** @type {Map<string, MissedRow[]>} */
  const groups = new Map()
  for (const row of new Map(rows.map((one) => [JSON.stringify(one), one])).values()) {
    const kind = JSON.stringify([row.model, Object.keys(fieldsOf(row.where))])
    const group = groups.get(kind)
    if (group) group.push(row)
    else groups.set(kind, [row])
  }
  return [...groups.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / MAX_NAMED) }, (_, at) =>
      group.slice(at * MAX_NAMED, (at + 1) * MAX_NAMED),
    ),
  )
}

/** @param {MissedRow} row */
const textOf = (row) => JSON.stringify(row)

/** The values of some fields, as text. @param {Record<string, any>} row @param {Record<string, any>} fields */
const keyText = (row, fields) => JSON.stringify(Object.keys(fields).map((name) => row[name]))

module.exports = { Absences, Misses, fieldsOf }
