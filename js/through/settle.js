/**
 * The block after a write of the main database: its rows over ours, and whatever else that write may have changed asked for
 * again. A commit made here meanwhile is newer than the answer: the native verbs leave the rows it touches alone.
 */
const { fromProtocol, kindOf } = require('../scalars.js')
const { ALL_SCALARS, collectNested, flatten, unholdable } = require('../engine/reshape.js')
const { fieldsOf } = require('../engine/miss.js')
const { NotSupportedError } = require('../errors')

/** @typedef {import('../engine/miss.js').Misses} Misses */
/** @typedef {'member' | 'adopt' | 'held'} Mode what becomes of a row that is not held: seen by set reads, by look-ups, or no concern */
/** @typedef {{ model: string, where: Record<string, any>, adopted: boolean, removed?: boolean }} Doubtful */

/** Opts of a read of ours on the main engine. */
const READ = { isWrite: false, interactiveTransaction: undefined, traceparent: '00-10-10-00' }
const CHUNK = 500

class Settling {
  /** @param {Misses} misses @param {number} since what the block's last seq was before the main database was asked */
  constructor(misses, since) {
    this.misses = misses
    this.block = misses.block
    this.since = since
    /** Rows that may have changed. @type {Doubtful[]} */
    this.doubtful = []
    /** Rows by which those above may have entered the block's scope. @type {Array<[string, any]>} */
    this.entering = []
    /** Rows that it has written, by model and key. @type {Map<string, Doubtful>} */
    this.written = new Map()
    /** Of a row that is left out. @type {Error | null} */
    this.unheld = null
  }

  /** @param {string} name @returns {any} */
  model(name) {
    return this.misses.models.get(name)
  }

  /** @param {any} model */
  fieldsJson(model) {
    return JSON.stringify(model.fields.map((/** @type {any} */ field) => field.name))
  }

  /** Rows that are new in the main database. @param {string} name @param {any[]} all */
  async created(name, all) {
    const model = this.model(name)
    const rows = []
    for (const row of all) if (await this.keeps(name, row)) rows.push(row)
    this.enter(name, rows)
    for (const row of rows) this.note(name, row)
    if (model.uniques.length > 0) for (const row of rows) await this.evict(name, row)
    const inserted = await this.misses.insert(name, rows, 'member', this.since)
    // The others are held as they were before somebody else deleted them.
    if (inserted < rows.length) for (const row of rows) await this.overwrite(name, row)
  }

  /** @param {string} name @param {any} row @param {any} before the row as it was, where that was asked @param {Mode} mode */
  async updated(name, row, before, mode) {
    if (before === null) return this.put(name, row, mode)
    if (!(await this.keeps(name, row, before))) return
    await this.evict(name, row, before)
    if (await this.moved(name, row, before)) {
      this.enter(name, [row])
      // A key in another spelling, which the main database's collation takes for the same, has not moved what names it.
      this.doubt(name, before)
      return
    }
    this.doubt(name, before)
    const [held] = this.ask('holders', name, this.whereOf(name, before))
    // Seen by set reads under its old key, it is under its new one.
    await this.put(name, row, held?.adopted === false ? 'member' : mode)
    if (this.keyOf(name, before).text !== this.keyOf(name, row).text) await this.forget(name, before)
  }

  /**
   * A row that no block can hold is forgotten; who has asked for the write hears of it when all is settled.
   * @param {string} name @param {any} row @param {any} [before] the same row
   */
  async keeps(name, row, before = row) {
    const why = unholdable(this.model(name), row)
    if (why === null) return true
    this.unheld ??= why
    this.doubt(name, this.whereOf(name, before))
    await this.forget(name, before)
    return false
  }

  /** Sets that the block answers lack the row; one that knows no sets lacks nothing. */
  tellUnheld() {
    if (this.unheld === null || !this.misses.locking.knowsSets) return
    const text = `${this.unheld.message}. The main database has made this write; the block leaves the row out of what it answers of sets`
    throw new NotSupportedError(text, { cause: this.unheld })
  }

  /** What it has written is read again. */
  async again() {
    this.doubtful.push(...this.written.values())
    await this.end()
  }

  /** Over the row that was held, with what names it. @param {string} name @param {any} row @param {any} before */
  async moved(name, row, before) {
    this.note(name, before)
    this.note(name, row)
    const { values } = this.keyOf(name, before)
    const params = flatten(this.model(name), [row])
    return (await this.misses.locking.run(() => this.block.moveRow(name, values, params, this.since))) > 0
  }

  /** @param {string} name @param {any} row @param {Mode} mode */
  async put(name, row, mode) {
    if (!(await this.keeps(name, row))) return
    this.enter(name, [row])
    if (this.model(name).uniques.length > 0) await this.evict(name, row)
    // By what it says now the row may belong to a set that the block knows.
    const isKept = mode !== 'held' || this.misses.locking.keepsAll
    if (isKept) await this.misses.insert(name, [row], mode === 'held' ? 'adopt' : mode, this.since)
    await this.overwrite(name, row)
  }

  /** @param {string} name @param {any} row */
  async overwrite(name, row) {
    const model = this.model(name)
    const values = flatten(model, [row])
    const changed = await this.misses.locking.run(() =>
      this.block.overwriteRow(name, this.fieldsJson(model), values, this.since),
    )
    if (changed > 0) this.note(name, row)
    return changed
  }

  /** @param {any} table of an implicit many-to-many relation @param {any[][]} links pairs of rows, the one of `a` first */
  link(table, links) {
    for (const pair of links) this.noteLink(table, pair)
    const { relationName, table: name, a, b } = table
    const values = links.flatMap(([one, other]) => [
      ...this.keyOf(a.model, one).values,
      ...this.keyOf(b.model, other).values,
    ])
    // Of a link that the block is known to hold a refresh which has read before it must not say that there is none.
    return this.misses.locking.run(() =>
      this.misses.locking.keepsAll
        ? this.block.insertRows(name, '["A","B"]', values, 'adopt', this.since)
        : this.block.insertLinks(relationName, values),
    )
  }

  /** @param {any} table @param {any[]} pair of rows, the one of `a` first */
  unlink(table, [one, other]) {
    this.noteLink(table, [one, other])
    const { a, b } = table
    const values = [...this.keyOf(a.model, one).values, ...this.keyOf(b.model, other).values]
    return this.misses.locking.run(() => this.block.deleteRow(table.table, values, this.since))
  }

  /** @param {any} table @param {any[]} pair of rows, the one of `a` first */
  noteLink({ table, a, b }, [one, other]) {
    const [A, B] = [this.whereOf(a.model, one), this.whereOf(b.model, other)].map(
      (key) => Object.values(key)[0],
    )
    this.misses.locking.note({ model: table, link: true, key: { A, B }, where: {} })
  }

  /** @param {string} name @param {any} row as far as it is known */
  async deleted(name, row) {
    this.doubt(name, row)
    await this.forget(name, row)
  }

  /** @param {string} name @param {any} row */
  forget(name, row) {
    this.note(name, row, true)
    const { values } = this.keyOf(name, row)
    return this.misses.locking.run(() => this.block.forgetRow(name, values, this.since))
  }

  /** Referential actions may have changed those that name the row. @param {string} name @param {any} row */
  doubt(name, row) {
    this.doubtful.push(...this.ask('dependents', name, row))
  }

  /**
   * Rows whose unique value the main database has given to this one: they have changed, or are gone.
   * @param {string} name @param {any} row @param {any} [before] the same row
   */
  async evict(name, row, before = row) {
    const same = this.keyOf(name, before).text
    for (const rival of this.ask('rivals', name, row)) {
      const key = fieldsOf(rival.where)
      if (this.keyOf(name, key).text === same) continue
      // Its links stay: most rivals come back when they are read again.
      const { values } = this.keyOf(name, key)
      await this.misses.locking.run(() => this.block.deleteRow(name, values, this.since))
      this.doubtful.push({ ...rival, removed: true })
    }
  }

  /** @param {'dependents' | 'holders' | 'rivals'} verb @param {string} name @param {any} row @returns {Doubtful[]} */
  ask(verb, name, row) {
    const model = this.model(name)
    const fields = model.fields.filter((/** @type {any} */ field) => row[field.name] !== undefined)
    const names = JSON.stringify(fields.map((/** @type {any} */ field) => field.name))
    const values = flatten({ ...model, fields }, [row])
    return JSON.parse(this.misses.locking.look(() => this.block[verb](name, names, values)))
  }

  /** @param {string} name @param {any} row */
  keyOf(name, row) {
    const model = this.model(name)
    const names = model.primaryKey?.fields ?? model.uniques[0].fields
    const values = names.map((/** @type {string} */ key) => {
      const field = model.fields.find((/** @type {any} */ one) => one.name === key)
      return fromProtocol(kindOf(field), field.isList, row[key])
    })
    const text = values.map(String).join('\0')
    return { values, text }
  }

  /** A row of the block that has changed. @param {string} name @param {any} row @param {boolean} [removed] */
  note(name, row, removed = false) {
    const key = this.whereOf(name, row)
    this.written.set(`${name} ${this.keyOf(name, row).text}`, {
      model: name,
      where: key,
      adopted: false,
      removed,
    })
    const { primaryKey, uniques } = this.model(name)
    const names = Object.keys(key)
    const compound = (primaryKey ?? uniques[0]).name ?? names.join('_')
    const where = names.length > 1 ? { [compound]: key } : key
    this.misses.locking.note({ model: name, link: false, key, where })
  }

  /** @param {string} name @param {any} row */
  mayBeGone(name, row) {
    this.doubtful.push({ model: name, where: this.whereOf(name, row), adopted: false })
  }

  /** Any row that is held. @param {string} name */
  anyMayBeGone(name) {
    this.doubtful.push(...this.ask('holders', name, {}))
  }

  /** @param {string} name @param {any} row */
  whereOf(name, row) {
    const model = this.model(name)
    const names = model.primaryKey?.fields ?? model.uniques[0].fields
    return Object.fromEntries(names.map((/** @type {string} */ key) => [key, row[key]]))
  }

  /** @param {string} name @param {any[]} rows */
  enter(name, rows) {
    if (this.misses.locking.entrances(name) !== undefined)
      this.entering.push(...rows.map((row) => /** @type {[string, any]} */ ([name, row])))
  }

  /** Rows above that these have brought into the scope are held, as if they had been loaded. */
  async bringIn() {
    const missing = this.entering.splice(0).flatMap(([name, row]) =>
      [...(this.misses.locking.entrances(name) ?? [])].flatMap((by) => {
        const { model, fields, references } = this.model(name).relations.find(
          (/** @type {any} */ one) => one.name === by,
        )
        const values = fields.map((/** @type {string} */ field) => row[field] ?? null)
        if (values.includes(null)) return []
        const where = Object.fromEntries(
          references.map((/** @type {string} */ field, /** @type {number} */ at) => [field, values[at]]),
        )
        return this.ask('holders', model, where).length > 0 ? [] : [{ model, where }]
      }),
    )
    await this.misses.begin().resolve(missing)
  }

  /** Whether it says which row it is. @param {string} name @param {any} row */
  isNamed(name, row) {
    return Object.values(this.whereOf(name, row)).every((value) => value !== undefined && value !== null)
  }

  /** Until nothing is in doubt: what is found gone leads to others. */
  async end() {
    await this.settleDoubts()
    await this.bringIn()
  }

  async settleDoubts() {
    while (this.doubtful.length > 0) {
      const all = this.doubtful.splice(0)
      for (const name of new Set(all.map((one) => one.model))) {
        const rows = all.filter((one) => one.model === name)
        for (let at = 0; at < rows.length; at += CHUNK) await this.reread(name, rows.slice(at, at + CHUNK))
      }
    }
  }

  /** @param {string} name @param {Doubtful[]} doubtful */
  async reread(name, doubtful) {
    const where = { OR: doubtful.map((one) => fieldsOf(one.where)) }
    const query = {
      modelName: name,
      action: 'findMany',
      query: { arguments: { where }, selection: ALL_SCALARS },
    }
    const { data } = await this.misses.main.engine.request(query, READ)
    const found = new Map(data.findMany.map((/** @type {any} */ row) => [this.keyOf(name, row).text, row]))
    for (const { where: by, removed, adopted } of doubtful) {
      const row = found.get(this.keyOf(name, fieldsOf(by)).text)
      if (row === undefined) await this.deleted(name, fieldsOf(by))
      else await this.put(name, row, modeOf(removed === true, adopted))
    }
  }

  /** A row by its key, as it is in the main database now. @param {string} name @param {any} row @param {any} selection */
  async read(name, row, selection) {
    const query = {
      modelName: name,
      action: 'findFirst',
      query: { arguments: { where: this.whereOf(name, row) }, selection },
    }
    const { data } = await this.misses.main.engine.request(query, READ)
    return data.findFirst ?? null
  }

  /** What else the answer shows is worth keeping. @param {string} name @param {any[]} roots */
  adopt(name, roots) {
    return this.misses.adopt(collectNested(this.misses.models, name, roots), this.since)
  }
}

/** @param {boolean} removed @param {boolean} adopted @returns {Mode} */
function modeOf(removed, adopted) {
  if (!removed) return 'held'
  return adopted ? 'adopt' : 'member'
}

module.exports = { Settling }
