// What an engine is made with: types alone.

/**
 * @typedef {object} EngineSetup
 * @property {any} block
 * @property {any} manifest
 * @property {any} options
 * @property {any} seams
 * @property {import('../scope/index.js').Coverage | null} coverage
 * @property {any} main the main client's own engine
 * @property {(started: any) => any} withinMain a client within a transaction of the main client's
 * @property {any} emitter of the main client's events
 * @property {InstanceType<typeof import('./plans.js').Plans>} plans
 * @property {(report: { code: string, message: string, meta?: any }) => Error} knownError
 * @property {(query: any, known: import('../fast/memo.js').Learnable | null) => void} arrived a request has reached the block, or another way: then nothing is known
 * @property {(query: any, asked: Promise<any>) => Promise<any>} refusing main is asked whether it takes a call's arguments
 * @property {() => void} batchArrived
 * @property {(query: object) => import('../transaction/life.js').Life | null} callerOf in whose callback a batch with this query was asked for
 * @property {{ shell: number, forwarded: number, pooled: number }} stats
 */

module.exports = {}
