// Loads what a scope names from the main client, page by page in the order of the primary key: a page is in memory, not the set.

const { LINKS } = require('../load/index.js')
const { keyset } = require('./keyset.js')
const { queryOf } = require('./links.js')
const { boundOf } = require('./window.js')

/** @typedef {import('./declare.js').Scope} Scope */
/** @typedef {import('./declare.js').Covered} Covered */
/** @typedef {{ model: string, rows: number, done: boolean }} Progress */

const ROWS_PER_PAGE = 1_000

/**
 * @param {Scope} scope @param {any} block the loader's block client @param {any} main a main client that reads whole rows
 * @param {(progress: Progress) => void} tell @param {() => Promise<void>} breathe before each page but the first ones of the models
 * @returns {Promise<Record<string, import('./window.js').Bound>>} up to where the windows' rows are held
 */
async function loadScope(scope, block, main, tell, breathe) {
  /** @type {Record<string, import('./window.js').Bound>} */
  const bounds = {}
  // First, so that who joins meanwhile is missing as a whole.
  for (const linked of scope.links.all) await loadLinks(linked, block, main, breathe)
  for (const covered of scope.models.values()) {
    const { name } = covered.model
    let rows = 0
    for await (const page of pages(covered.model, covered.args, main[accessorOf(name)], breathe)) {
      rows += page.length
      await block[name].createMany({ data: page })
      const bound = boundOf(covered, page)
      if (bound !== null) bounds[name] = bound
      tell({ model: name, rows, done: false })
    }
    tell({ model: name, rows, done: true })
  }
  return bounds
}

/** @param {import('./links.js').Linked} linked @param {any} block @param {any} main @param {() => Promise<void>} breathe */
async function loadLinks(linked, block, main, breathe) {
  const { other, relation } = linked
  for await (const page of pages(other, queryOf(linked), main[accessorOf(other.name)], breathe))
    await block[LINKS](other.name, relation.back, page)
}

/** @param {string} name */
const accessorOf = (name) => name[0].toLowerCase() + name.slice(1)

/** Kinds whose values JS holds exactly and that compare: of others a page cannot begin where the last one ended. */
const ORDERED = new Set(['Int', 'BigInt', 'String', 'Decimal'])

/**
 * @param {import('./model.js').Model} model @param {Covered['args'] & { select?: any }} args @param {any} delegate
 * @param {() => Promise<void>} breathe @returns {AsyncGenerator<any[]>}
 */
async function* pages(model, args, delegate, breathe) {
  const { where, select } = args
  const isPaged = model.primary.every((name) => ORDERED.has(model.fields.get(name)?.kind ?? ''))
  // A window is as large as its owner has said.
  if (args.take !== undefined || !isPaged) {
    yield await delegate.findMany(args)
    return
  }
  const orderBy = model.primary.map((field) => ({ [field]: 'asc' }))
  const above = model.primary.map((field) => /** @type {[string, 'gt']} */ ([field, 'gt']))
  /** @type {any} */
  let rest = {}
  for (;;) {
    const page = await delegate.findMany({
      where: { AND: [where ?? {}, rest] },
      ...(select && { select }),
      orderBy,
      take: ROWS_PER_PAGE,
    })
    if (page.length > 0) yield page
    if (page.length < ROWS_PER_PAGE) return
    const last = page[page.length - 1]
    rest = keyset(above, (field) => last[field])
    await breathe()
  }
}

module.exports = { loadScope }
