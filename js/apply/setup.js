// What an applier is made with: types alone.

/**
 * Where commits come from, and where word of them goes: OutboxSource, LogSource.
 * @typedef {import('./outbox').OutboxSource | import('./log').LogSource} Source
 *
 * @typedef {object} ApplierSetup
 * @property {any} client the user's client under every extension
 * @property {any} manifest
 * @property {any} block the native block
 * @property {import('../transaction/journal').Journal} journal
 * @property {string} path of the block file
 * @property {{blockId: string, onRejected?: 'revert' | 'keep', coalesce?: Record<string, 'none'>, dependencyTimeout?: number, ledger?: boolean}} options
 * @property {(event: string, detail?: any) => void} emit
 *
 * @typedef {object} SourceSetup
 * @property {any} client
 * @property {any} manifest
 * @property {string} blockId
 * @property {(event: string, detail?: any) => void} emit
 * @property {Record<string, 'none'>} [coalesce]
 * @property {number} [dependencyTimeout] ms
 * @property {(onHeld: () => void) => Source} sourceOf `onHeld`: word has to wait for a transaction of this process
 * @property {boolean} [ledger] whether the main database has one, which is so with Redis
 * @property {() => void} [onIdle]
 */

module.exports = {}
