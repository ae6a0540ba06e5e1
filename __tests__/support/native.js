// A native block without the client around it: what the applier sees.
const fs = require('node:fs')
const path = require('node:path')
const { createApplier } = require('../../js/apply/local')
const { addon } = require('../../js/binding')
const { Journal } = require('../../js/transaction/journal')
const { fromProtocol } = require('../../js/scalars')

/** Strings are compared as bytes: what the main database does with them is not what is tested here. */
const BYTES = JSON.stringify({ collations: [{ kind: 'bytes' }], default: 0, columns: {} })

/** @param {any} schema @param {string} file */
function openKnowingStrings(schema, file) {
  const open = () => addon().Block.open(schema, file, JSON.stringify({ durability: 'os', load: false }))
  const first = open()
  first.setMeta('collation', BYTES)
  first.close()
  return open()
}

/**
 * @param {any} app @param {string} dir
 * @returns {{block: any, schema: any, manifest: any, file: string, write: (modelName: string, action: string, args: any) => void}}
 */
function openNative(app, dir) {
  const text = fs.readFileSync(path.join(app.generated, 'manifest.json'), 'utf8')
  const schema = new (addon().Schema)(text)
  fs.mkdirSync(dir, { recursive: true })
  const file = path.join(dir, 'block.sqlite')
  if (!fs.existsSync(file)) schema.createTemplate(file)
  const block = openKnowingStrings(schema, file)
  /** @param {string} modelName @param {string} action @param {any} args in the JSON protocol */
  const write = (modelName, action, args) => {
    const query = { arguments: args, selection: { $scalars: true, $composites: true } }
    const plan = JSON.parse(block.compile(JSON.stringify({ modelName, action, query })))
    if (plan.planId === undefined) throw new Error(`not compiled: ${JSON.stringify(plan)}`)
    block.setFactories(
      plan.planId,
      plan.shape.nodes.map(() => () => {}),
    )
    const params = plan.slots.map((/** @type {any} */ slot) => {
      const value = slot.path.reduce(
        (/** @type {any} */ inner, /** @type {any} */ name) => inner?.[name],
        args,
      )
      return fromProtocol(slot.kind, slot.list, value)
    })
    const code = block.run(plan.planId, params)
    if (code < 0)
      throw new Error(`run answered ${code}: ${code === -3 ? block.lastError() : block.lastMiss()}`)
  }
  return { block, schema, manifest: JSON.parse(text), file, write }
}

/**
 * @param {any} client @param {ReturnType<typeof openNative>} native
 * @param {{lock?: string, blockId?: string, onRejected?: 'revert' | 'keep', coalesce?: Record<string, 'none'>}} [options] `lock`: another file elects
 */
function applierFor(
  client,
  { block, manifest, file },
  { lock = '', blockId = 'b', onRejected = 'revert', coalesce = {} } = {},
) {
  /** @type {Array<[string, any]>} */
  const events = []
  const applier = createApplier({
    client,
    manifest,
    block,
    journal: new Journal({ native: block, file, blockId, durability: 'os' }),
    path: file + lock,
    options: { blockId, onRejected, coalesce },
    emit: (event, detail) => events.push([event, detail]),
  })
  return {
    applier,
    events,
    of: (/** @type {string} */ name) =>
      events.filter(([event]) => event === name).map(([, detail]) => detail),
  }
}

module.exports = { applierFor, openNative }
