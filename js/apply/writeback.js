// What the main database knows better, written to the block: results of increments, and rows of refused commits.
// The native verbs leave a row alone that a later pending commit touches.

const { ShardedError } = require('../errors')
const { fromProtocol } = require('../scalars')
const { indexModels } = require('../engine/reshape')
const { describeClient } = require('../shell')
const { BACKGROUND, lockOf } = require('../engine/writelock')

const FAILED = -3
/** A unique or foreign key of the block that a pending write holds. */
const CONFLICTS = new Set(['P2002', 'P2003'])

/** @typedef {import('./transaction').RowRef} RowRef */

class WriteBack {
  /**
   * @param {any} block the native block
   * @param {any} client the user's client under every extension
   * @param {any} manifest
   * @param {() => void} onHeld it will have to wait for a transaction of this process
   */
  constructor(block, client, manifest, onHeld) {
    this.block = block
    this.onHeld = onHeld
    this.client = client
    /** @type {Map<string, any>} */
    this.models = indexModels(manifest)
    /** @type {any[]} */
    this.joinTables = manifest.joinTables ?? []
  }

  /**
   * Runs a verb of the block when it gets the write lock.
   * @param {() => number} verb
   * @returns {Promise<number>}
   */
  async verb(verb) {
    const attempt = () => {
      const code = verb()
      if (code === FAILED) throw blockError(JSON.parse(this.block.lastError()))
      return code
    }
    if (this.isHeld) this.onHeld()
    await lockOf(this.block).quiet()
    return lockOf(this.block).run(attempt, BACKGROUND)
  }

  /** Whether it may have to wait for a transaction of this process. */
  get isHeld() {
    const lock = lockOf(this.block)
    return lock.isHeld || lock.snapshots().length > 0
  }

  /**
   * Results of increments that differ from what the block holds.
   * @param {import('./returned').Returned[]} returned
   */
  async deltas(returned) {
    for (const { back, fields, values } of returned) {
      const fresh = fields.map((_, at) => at).filter((at) => !back.stale.includes(fields[at]))
      const { row, last } = back
      const model = this.models.get(row.model)
      if (fresh.every((at) => isSameNumber(model, fields[at], values[at], back.local[at]))) continue
      const names = [...Object.keys(row.key), ...fresh.map((at) => fields[at])]
      const params = [
        ...this.keyParams(model, row),
        ...fresh.map((at) => numberParam(model, fields[at], values[at])),
      ]
      await this.verb(() =>
        last <= this.loadedSeq() ? 0 : this.block.replaceRow(row.model, JSON.stringify(names), params, last),
      )
    }
  }

  /** A result may come late: what was loaded again since then is newer. @returns {number} the last commit that had arrived before */
  loadedSeq() {
    return Number(this.block.meta('loadedSeq') ?? 0)
  }

  /**
   * The rows of a refused commit, as the main database has them.
   * @param {RowRef[]} rows
   * @param {number} seq the refused commit
   * @returns {Promise<RowRef[]>} rows left alone: later writes touch them, or conflict with what the main database has
   */
  async revert(rows, seq) {
    const left = []
    for (const { row, found } of await this.asInMain(rows)) {
      try {
        const reverted = await (row.link ? this.revertLink(row, seq) : this.revertRow(row, found, seq))
        if (reverted === 0 && this.writtenSince(seq)) left.push(row)
      } catch (error) {
        if (!isConflict(error)) throw error
        left.push(row)
      }
    }
    return left
  }

  /**
   * What the main database does not have goes first: it may hold a unique value of what comes back. Links go last.
   * @param {RowRef[]} rows @returns {Promise<{row: RowRef, found: any}[]>}
   */
  async asInMain(rows) {
    const known = []
    for (const row of rows) known.push({ row, found: row.link ? null : await this.read(row) })
    const rank = (/** @type {{row: RowRef, found: any}} */ { row, found }) => (row.link ? 2 : found ? 1 : 0)
    return known.sort((one, other) => rank(one) - rank(other))
  }

  /** Rows that could not be reverted yet; kept in the file until nothing is pending. @returns {RowRef[]} */
  unreverted() {
    return JSON.parse(this.block.meta('unreverted') ?? '[]')
  }

  /** @param {RowRef[]} rows */
  async keepUnreverted(rows) {
    await this.verb(() => this.block.setMeta('unreverted', JSON.stringify(rows)))
  }

  /** Nothing is pending: what later writes had kept from being reverted can be now. @returns {Promise<void>} */
  async revertRest() {
    const rows = this.unreverted()
    if (rows.length === 0) return
    const joint = this.block.meta('joint')
    const left = await this.revert(rows, this.block.lastSeq())
    // A commit that main had a part of has no seq: its rows are newer than the answer.
    if (this.block.meta('joint') !== joint) return this.revertRest()
    await this.keepUnreverted(left)
  }

  /** @param {number} seq */
  writtenSince(seq) {
    return (JSON.parse(this.block.span())?.[1] ?? 0) > seq
  }

  /** @param {RowRef} row @param {any} found what the main database has @param {number} seq @returns {Promise<number>} rows changed */
  async revertRow(row, found, seq) {
    const model = this.models.get(row.model)
    if (found === null) {
      return this.verb(() => this.block.deleteRow(row.model, this.keyParams(model, row), seq))
    }
    const names = JSON.stringify(model.fields.map((/** @type {any} */ field) => field.name))
    const params = model.fields.map((/** @type {any} */ field) =>
      fromProtocol(kindOf(field), field.isList, found[field.name]),
    )
    const replaced = await this.verb(() => this.block.replaceRow(row.model, names, params, seq))
    // Not held (the refused commit deleted it), or touched since: told apart when nothing is pending any more.
    if (replaced > 0 || this.writtenSince(seq)) return replaced
    return this.verb(() => this.block.insertRows(row.model, names, params, 'member', seq))
  }

  /** @param {RowRef} row */
  async read(row) {
    const query = {
      modelName: row.model,
      action: 'findUnique',
      query: { arguments: { where: row.where }, selection: { $scalars: true, $composites: true } },
    }
    const { data } = await describeClient(this.client).engine.request(query, { isWrite: false })
    return data.findUnique ?? null
  }

  /** A link exists or not; asked through the relation of its first model. @param {RowRef} row @param {number} seq @returns {Promise<number>} */
  async revertLink(row, seq) {
    const table = this.joinTables.find((one) => one.table === row.model)
    const [a, b] = [table.a, table.b].map((end) => ({ end, field: this.onlyKey(end.model) }))
    const where = { [a.field.name]: row.key.A }
    const relation = {
      arguments: { where: { [b.field.name]: row.key.B } },
      selection: { [b.field.name]: true },
    }
    const query = {
      modelName: a.end.model,
      action: 'findUnique',
      query: { arguments: { where }, selection: { [a.end.field]: relation } },
    }
    const { data } = await describeClient(this.client).engine.request(query, { isWrite: false })
    const linked = (data.findUnique?.[a.end.field] ?? []).length > 0
    const params = [
      fromProtocol(kindOf(a.field), false, row.key.A),
      fromProtocol(kindOf(b.field), false, row.key.B),
    ]
    return linked
      ? this.verb(() => this.block.insertLinks(table.relationName, params))
      : this.verb(() => this.block.deleteRow(row.model, params, seq))
  }

  /** @param {string} name */
  onlyKey(name) {
    const model = this.models.get(name)
    return model.fields.find((/** @type {any} */ field) => field.name === model.primaryKey.fields[0])
  }

  /** @param {any} model @param {RowRef} row */
  keyParams(model, row) {
    return Object.entries(row.key).map(([name, value]) => {
      const field = model.fields.find((/** @type {any} */ one) => one.name === name)
      return fromProtocol(kindOf(field), field.isList, value)
    })
  }
}

/** @param {any} error */
const isConflict = ({ nativeCode, message }) =>
  CONFLICTS.has(nativeCode) || / constraint failed: /.test(nativeCode === undefined ? '' : message)

/** Not with the native code as its own: a refusal of the block is not one of the main database. @param {{code: string, message: string}} report */
function blockError({ code, message }) {
  const error = new ShardedError(`the block could not be written: ${message}`, { code: 'SHARDED_BLOCK' })
  return Object.assign(error, { nativeCode: code })
}

/** @param {any} field */
function kindOf(field) {
  return field.kind === 'enum' ? 'Enum' : field.type
}

/** A double has more than one text. @param {any} model @param {string} name @param {string | null} one @param {string | null} other */
function isSameNumber(model, name, one, other) {
  if (one === other || one === null || other === null) return one === other
  return typeOf(model, name) === 'Float' && Number(one) === Number(other)
}

/** @param {any} model @param {string} name @returns {string} */
const typeOf = (model, name) => model.fields.find((/** @type {any} */ field) => field.name === name).type

/** A number as text -> param. @param {any} model @param {string} name @param {string | null} text */
function numberParam(model, name, text) {
  if (text === null) return null
  const type = typeOf(model, name)
  if (type === 'BigInt') return BigInt(text)
  return type === 'Decimal' ? text : Number(text)
}

module.exports = { WriteBack }
