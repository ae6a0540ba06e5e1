// Runs the user's loader: `(blockClient, mainClient)`. The block client of a loader only takes rows, and only
// until the loader has returned. A call that fails fails the whole load, also when nobody looked at its promise.

const { setImmediate: nextTurn } = require('node:timers/promises')
const { BlockClosedError, LoaderError, NotSupportedError, mismatch } = require('../errors')
const { check } = require('../file/native')
const { RecordWalker, tablesOf } = require('./records')
const { remember } = require('./remember')
const { createLoaderMain, createWholeMain } = require('../shell')

/** @typedef {import('./records').Table} Table */

const ROWS_PER_BATCH = 200
// A commit of all rows would hold the loop for as long as the pages take that the cache still has. Nobody sees the file before it is whole.
const ROWS_PER_COMMIT = 20_000
// How long rows are encoded and inserted before the event loop gets a turn.
const SLICE_MS = 4

const NO_COMMIT_YET = 0

/** Of the block client that a loader gets: takes links without the rows at their ends. Users do not see it. */
const LINKS = Symbol('sharded.links')

/** Collects rows and links, and hands them to the addon in batches. */
class BatchSink {
  /** @param {any} native */
  constructor(native) {
    this.native = native
    /** @type {Map<Table, {fields: string, values: unknown[], rows: number}>} */
    this.batches = new Map()
    /** @type {Map<string, unknown[]>} */
    this.links = new Map()
    this.uncommitted = 0
  }

  /** @param {Table} table @param {unknown[]} values */
  row(table, values) {
    let batch = this.batches.get(table)
    if (!batch) {
      batch = { fields: JSON.stringify(table.columns.map((column) => column.name)), values: [], rows: 0 }
      this.batches.set(table, batch)
    }
    for (const value of values) batch.values.push(value)
    batch.rows += 1
    if (batch.rows >= ROWS_PER_BATCH) this.flushRows(table, batch)
  }

  /** @param {string} relation @param {unknown} a @param {unknown} b */
  link(relation, a, b) {
    const ends = this.links.get(relation)
    if (ends) ends.push(a, b)
    else this.links.set(relation, [a, b])
    if (ends && ends.length >= 2 * ROWS_PER_BATCH) this.flushLinks(relation, ends)
  }

  /** @param {Table} table @param {{fields: string, values: unknown[], rows: number}} batch */
  flushRows(table, batch) {
    if (batch.rows === 0) return
    const { values, rows } = batch
    batch.values = []
    batch.rows = 0
    this.check(this.native.insertRows(table.name, batch.fields, values, 'load', NO_COMMIT_YET))
    this.written(rows)
  }

  /** @param {string} relation @param {unknown[]} ends */
  flushLinks(relation, ends) {
    this.links.delete(relation)
    if (ends.length === 0) return
    this.check(this.native.insertLinks(relation, ends))
    this.written(ends.length / 2)
  }

  /** @param {number} rows */
  written(rows) {
    this.uncommitted += rows
    if (this.uncommitted < ROWS_PER_COMMIT) return
    this.uncommitted = 0
    this.check(this.native.commit())
    this.check(this.native.begin())
  }

  flush() {
    for (const [table, batch] of this.batches) this.flushRows(table, batch)
    for (const [relation, ends] of this.links) this.flushLinks(relation, ends)
  }

  /** @param {number} code */
  check(code) {
    check(this.native, code)
  }
}

/** One run of a loader. */
class Load {
  /** @param {any} native @param {any} manifest */
  constructor(native, manifest) {
    this.sink = new BatchSink(native)
    this.walker = new RecordWalker(this.sink)
    this.tables = tablesOf(manifest)
    this.open = true
    /** @type {unknown[]} */
    this.failures = []
    /** @type {Promise<unknown>} calls run in the order in which they were made */
    this.tail = Promise.resolve()
  }

  /** @param {() => Promise<unknown>} work */
  enqueue(work) {
    if (!this.open) {
      return Promise.reject(
        new BlockClosedError("the loader's block client was used after the loader had returned"),
      )
    }
    const run = this.tail.then(work)
    this.tail = run.catch((error) => this.failures.push(error))
    return run
  }

  /** @param {Table} table @param {any[]} records */
  addAll(table, records) {
    return this.each(records, (record) => this.walker.walk(table, record))
  }

  /** @param {any[]} records @param {(record: any) => void} add */
  async each(records, add) {
    let sliceEnd = performance.now() + SLICE_MS
    for (const record of records) {
      add(record)
      if (performance.now() < sliceEnd) continue
      await nextTurn()
      sliceEnd = performance.now() + SLICE_MS
    }
  }

  /** Waits for the calls that were made, started by the loader's return. */
  async finish() {
    this.open = false
    await this.tail
    if (this.failures.length > 0) throw this.failures[0]
    this.sink.flush()
  }
}

/** @param {string} call @param {any} args @param {string} key */
function argument(call, args, key) {
  const value = args?.[key]
  if (typeof value === 'object' && value !== null) return value
  throw new LoaderError(mismatch(`${call}({${key}}) in the loader`, 'an object', value))
}

/** The verbs of the loader's block client; each answers like Prisma's as far as a loader can use it. */
const VERBS = {
  /** @param {Load} load @param {Table} table @param {any} args */
  async create(load, table, args) {
    const data = argument(`${table.name}.create`, args, 'data')
    await load.addAll(table, [data])
    return data
  },
  /** @param {Load} load @param {Table} table @param {any} args */
  async createMany(load, table, args) {
    const data = [argument(`${table.name}.createMany`, args, 'data')].flat()
    await load.addAll(table, data)
    return { count: data.length }
  },
  /** A row met twice is one row, so an upsert loads what it would create. @param {Load} load @param {Table} table @param {any} args */
  async upsert(load, table, args) {
    const data = argument(`${table.name}.upsert`, args, 'create')
    await load.addAll(table, [data])
    return data
  },
}

/** @param {string} call */
function notInLoader(call) {
  return new NotSupportedError(
    `${call} is not supported on the loader's block client, which takes rows by ${Object.keys(VERBS).join(', ')}; read from the main client, the second argument`,
  )
}

/**
 * @param {object} verbs
 * @param {string} name what it is called in messages
 */
function refuseOthers(verbs, name) {
  return new Proxy(verbs, {
    get(target, key) {
      // `then` must be absent: the client may be returned from an async function.
      if (typeof key === 'symbol' || key === 'then' || Object.hasOwn(target, key))
        return Reflect.get(target, key)
      throw notInLoader(`${name}.${key}`)
    },
  })
}

/** @param {string} model */
const accessor = (model) => model[0].toLowerCase() + model.slice(1)

/** @param {Load} load */
function loaderClient(load) {
  /** @type {Record<string | symbol, unknown>} */
  const client = {}
  for (const table of load.tables.values()) {
    const bound = Object.entries(VERBS).map(([verb, run]) => [
      verb,
      (/** @type {any} */ args) => load.enqueue(() => run(load, table, args)),
    ])
    const model = refuseOthers(Object.fromEntries(bound), table.name)
    client[accessor(table.name)] = model
    client[table.name] = model
  }
  const guarded = refuseOthers(client, 'db')
  client[LINKS] = (
    /** @type {string} */ model,
    /** @type {string} */ relation,
    /** @type {any[]} */ records,
  ) =>
    load.enqueue(() => {
      const table = /** @type {Table} */ (load.tables.get(model))
      return load.each(records, (record) => load.walker.links(table, record, relation))
    })
  client.$transaction = (/** @type {any} */ work) =>
    typeof work === 'function' ? work(guarded) : Promise.all(work)
  return guarded
}

/**
 * @param {{native: any, manifest: any, client: object, loader: Function}} run `native` has an open load transaction
 */
async function runLoader({ native, manifest, client, loader }) {
  const load = new Load(native, manifest)
  const main = createLoaderMain(client, remember)
  try {
    await loader(loaderClient(load), main)
    await load.finish()
  } finally {
    // After a loader that threw, what it had started must end before the file closes.
    load.open = false
    await load.tail
  }
}

/** Of what a loader is given by it every column is there. @param {object} raw the main client under every extension */
const wholeMain = (raw) => createWholeMain(raw, remember)

module.exports = { LINKS, runLoader, wholeMain }
