const { Applier } = require('./index')
const { apart } = require('./apart')
const { OutboxSource } = require('./outbox')
const { Outlet } = require('./outlet')

/** The applier of the local queue. @param {import('./setup').ApplierSetup} setup */
function createApplier({ path, emit, ...setup }) {
  const { client, manifest, options } = setup
  const { blockId, coalesce, dependencyTimeout, ledger = true } = options
  const told = apart(emit)
  const sourceOf = (/** @type {() => void} */ onHeld) =>
    new OutboxSource(new Outlet({ ...setup, emit: told }, onHeld), path, manifest.fingerprint, ledger)
  return new Applier({ client, manifest, blockId, coalesce, dependencyTimeout, emit: told, sourceOf, ledger })
}

module.exports = { createApplier }
